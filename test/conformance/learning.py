"""Cases of ai.onnx.ml: what their specifications say, as numpy formulas. Called by formulas.py."""
import numpy as np
from onnx import TensorProto, helper, numpy_helper

ML = "ai.onnx.ml"


def expit(x):
    return (1 / (1 + np.exp(-x))).astype(x.dtype)


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


TRANSFORMS = {"NONE": lambda x: x, "LOGISTIC": expit, "SOFTMAX": softmax}


def features(case):
    x = case.floats(4, 3)
    case("ml_scaler", "Scaler", [x], [(x - np.float32([1, 2, 3])) * np.float32([.5, 2, -1])], ML, offset=[1., 2., 3.],
         scale=[.5, 2., -1.])
    i = np.arange(6).reshape(2, 3)
    case("ml_scaler_int", "Scaler", [i], [((i - .5) * 2).astype(np.float32)], ML, dynamic=True, offset=[.5], scale=[2.])
    for norm, of in (("MAX", lambda v: np.abs(v).max(-1, keepdims=True)), ("L1", lambda v: np.abs(v).sum(-1, keepdims=True)),
                     ("L2", lambda v: np.sqrt((v * v).sum(-1, keepdims=True)))):
        case(f"ml_normalizer_{norm}", "Normalizer", [x], [x / of(x)], ML, dynamic=True, norm=norm)
        rows = np.concatenate([x, np.zeros((1, 3), np.float32)])
        case(f"ml_normalizer_{norm}_zero", "Normalizer", [rows], [np.concatenate([x / of(x), rows[-1:]])], ML, norm=norm)
    case("ml_binarizer", "Binarizer", [x], [(x > .25).astype(np.float32)], ML, threshold=.25)
    case("ml_binarizer_int", "Binarizer", [i], [(i > 2.5).astype(np.int64)], ML, threshold=2.5)
    holes = np.where(x > 0, x, np.float32("nan"))
    fill = np.float32([7, 8, 9])
    case("ml_imputer_nan", "Imputer", [holes], [np.where(np.isnan(holes), fill, holes)], ML, imputed_value_floats=fill,
         replaced_value_float=float("nan"))
    case("ml_imputer_int", "Imputer", [i], [np.where(i == 4, -1, i)], ML, dynamic=True, imputed_value_int64s=[-1],
         replaced_value_int64=4)
    for cast in (np.int64, np.int32, np.float32):
        k = np.array([[1, 5], [9, 1]], cast)
        hot = (k[..., None] == np.array([1, 5, 7])).astype(np.float32)
        case(f"ml_onehot_{cast.__name__}", "OneHotEncoder", [k], [hot], ML, cats_int64s=[1, 5, 7], zeros=1)
    k = np.array([7, 1])
    case("ml_onehot_strict", "OneHotEncoder", [k], [(k[:, None] == np.array([1, 5, 7])).astype(np.float32)], ML,
         dynamic=True, cats_int64s=[1, 5, 7], zeros=0)
    at = np.array([[2, 0]])
    case("ml_extract", "ArrayFeatureExtractor", [x, at], [x[:, [2, 0]]], ML, dynamic=True)
    case("ml_extract_row", "ArrayFeatureExtractor", [x[0], at[0]], [x[:1, [2, 0]]], ML, constants=(1,))
    y = case.floats(4, 2)
    wide = np.concatenate([x[:, :2], y, np.zeros((4, 1), np.float32)], 1)
    case("ml_vectorizer", "FeatureVectorizer", [x, y], [wide], ML, inputdimensions=[2, 3])
    case("ml_zipmap", "ZipMap", [x], [x], ML, classlabels_int64s=[3, 4, 5])


def encoders(case):
    x = np.array([[1, 2], [3, 9]])
    look = lambda x, pairs, rest, of: np.vectorize(lambda k: pairs.get(k, rest), otypes=[of])(x)
    pairs = {1: 10, 2: 20, 3: 30}
    for keys, kind in (("int64s", np.int64), ("floats", np.float32)):
        for values, of in (("int64s", np.int64), ("floats", np.float32)):
            expected = look(x, pairs, -7, of)
            lists = {f"keys_{keys}": np.array(list(pairs), kind).tolist(), f"values_{values}": np.array(list(pairs.values()), of).tolist(),
                     f"default_{values[:-1]}": -7 if of is np.int64 else -7.}
            case(f"ml_label_{keys}_{values}", "LabelEncoder", [x.astype(kind)], [expected], ML, dynamic=of is np.int64, **lists)
    for kind, of in ((np.int16, np.float64), (np.float64, np.int16), (np.int32, np.float32)):
        tensor = lambda values, kind: numpy_helper.from_array(np.array(values, kind))
        case(f"ml_label_{kind.__name__}_{of.__name__}", "LabelEncoder", [x.astype(kind)], [look(x, pairs, 5, of)], ML,
             keys_tensor=tensor(list(pairs), kind), values_tensor=tensor(list(pairs.values()), of), default_tensor=tensor([5], of))
    nan = np.float32([1, np.nan, 2])
    case("ml_label_nan", "LabelEncoder", [nan], [np.array([4, 6, -1])], ML, keys_floats=nan[:2], values_int64s=[4, 6])


def linear(case):
    x, w, c = case.floats(5, 4), case.floats(3, 4), case.floats(3)
    flat = lambda a: np.asarray(a, np.float32).ravel().tolist()
    for name, transform in TRANSFORMS.items():
        y = transform(x @ w.T + c)
        case(f"ml_linear_regressor_{name}", "LinearRegressor", [x], [y], ML, dynamic=True, coefficients=flat(w),
             intercepts=flat(c), targets=3, post_transform=name)
        case(f"ml_linear_classifier_{name}", "LinearClassifier", [x], [np.array([7, 8, 9])[y.argmax(1)], y], ML,
             coefficients=flat(w), intercepts=flat(c), classlabels_ints=[7, 8, 9], post_transform=name)
        one = x @ w[:1].T + c[:1]
        z = transform(np.concatenate([-one, one], 1))
        case(f"ml_linear_binary_{name}", "LinearClassifier", [x], [np.array([7, 8])[z.argmax(1)], z], ML, dynamic=True,
             coefficients=flat(w[:1]), intercepts=flat(c[:1]), classlabels_ints=[7, 8], post_transform=name)
    i = np.arange(8).reshape(2, 4)
    case("ml_linear_int", "LinearRegressor", [i], [(i @ w[:1].T).astype(np.float32)], ML, coefficients=flat(w[:1]), atol=1e-4)


def kernel(name, x, v, gamma, start, degree):
    if name == "RBF":
        return np.exp(-gamma * ((x[:, None] - v) ** 2).sum(-1))
    dot = x @ v.T
    return {"LINEAR": dot, "POLY": (gamma * dot + start) ** degree, "SIGMOID": np.tanh(gamma * dot + start)}[name]


def coupled(r):
    """The probabilities of classes that r[i, j], those of i against j, come from: libsvm's iteration."""
    k = len(r)
    q = -r.T * r
    for t in range(k):
        q[t, t] = sum(r[j, t] ** 2 for j in range(k) if j != t)
    p = np.full(k, 1 / k)
    for _ in range(max(100, k)):
        qp = q @ p
        pqp = p @ qp
        if np.abs(qp - pqp).max() < .005 / k:
            break
        for t in range(k):
            diff = (pqp - qp[t]) / q[t, t]
            p[t] += diff
            pqp = (pqp + diff * (diff * q[t, t] + 2 * qp[t])) / (1 + diff) ** 2
            qp = (qp + diff * q[t]) / (1 + diff)
            p /= 1 + diff
    return p


def vectors(case):
    x, v = case.floats(6, 4), case.floats(7, 4)
    flat = lambda a: np.asarray(a, np.float32).ravel().tolist()
    parameters = [.3, .5, 3.]
    for name in ("LINEAR", "POLY", "RBF", "SIGMOID"):
        k = kernel(name, x, v, *parameters)
        a = case.floats(7)
        common = dict(kernel_type=name, kernel_params=parameters, support_vectors=flat(v), atol=1e-4)
        y = (k @ a + .25)[:, None].astype(np.float32)
        case(f"ml_svm_regressor_{name}", "SVMRegressor", [x], [y], ML, dynamic=True, coefficients=flat(a), n_supports=7,
             rho=[.25], **common)
        case(f"ml_svm_one_class_{name}", "SVMRegressor", [x], [np.where(y > 0, 1, -1).astype(np.float32)], ML,
             coefficients=flat(a), n_supports=7, one_class=1, rho=[.25], **common)
        for counts in ((3, 4), (3, 2, 2)):
            classes, labels = len(counts), np.arange(len(counts)) + 5
            begin = np.cumsum([0, *counts])
            w = case.floats(classes - 1, 7)
            scores, votes = [], np.zeros((6, classes))
            for i in range(classes):
                for j in range(i + 1, classes):
                    one, two = slice(begin[i], begin[i + 1]), slice(begin[j], begin[j + 1])
                    s = k[:, one] @ w[j - 1, one] + k[:, two] @ w[i, two] + .1
                    scores.append(s)
                    votes[:, i] += s > 0
                    votes[:, j] += s <= 0
            pairs = len(scores)
            s = np.stack(scores, 1).astype(np.float32)
            label = labels[votes.argmax(1)]
            machines = dict(coefficients=flat(w), rho=[.1] * pairs, vectors_per_class=counts, classlabels_ints=labels.tolist(), **common)
            z = np.concatenate([-s, s], 1) if pairs == 1 else s
            case(f"ml_svm_{name}_{classes}", "SVMClassifier", [x], [label, z], ML, dynamic=True, **machines)
            case(f"ml_svm_{name}_{classes}_logistic", "SVMClassifier", [x], [label, expit(z)], ML, post_transform="LOGISTIC", **machines)
            slope, offset = -np.abs(case.floats(pairs)) - .5, case.floats(pairs)
            probability = []
            for row in s:
                r, p = np.zeros((classes, classes)), iter(np.clip(1 - expit(row * slope + offset), 1e-7, 1 - 1e-7))
                for i in range(classes):
                    for j in range(i + 1, classes):
                        r[i, j] = next(p)
                        r[j, i] = 1 - r[i, j]
                probability.append(coupled(r))
            case(f"ml_svm_{name}_{classes}_probability", "SVMClassifier", [x], [label, np.float32(probability)], ML,
                 dynamic=True, prob_a=flat(slope), prob_b=flat(offset), **machines)
    w = case.floats(3, 4)
    y = x @ w.T + .5
    case("ml_svm_linear", "SVMClassifier", [x], [np.array([5, 6, 7])[y.argmax(1)], y.astype(np.float32)], ML, coefficients=flat(w),
         rho=[.5], classlabels_ints=[5, 6, 7], atol=1e-4)
    case("ml_svm_linear_regressor", "SVMRegressor", [x], [y[:, :1].astype(np.float32)], ML, coefficients=flat(w[0]), rho=[.5], atol=1e-4)


BRANCHES = {"BRANCH_LEQ": np.less_equal, "BRANCH_LT": np.less, "BRANCH_GTE": np.greater_equal, "BRANCH_GT": np.greater,
            "BRANCH_EQ": np.equal, "BRANCH_NEQ": np.not_equal}


def trees(case):
    x = case.random.randint(-2, 3, (9, 3)).astype(np.float32)
    x[4, 1] = np.nan
    # Two trees of two branches: node 0 asks for feature 1, then node 1 for feature 2; the leaves are 2, 3, 4.
    nodes = dict(nodes_treeids=[0] * 5 + [1] * 5, nodes_nodeids=[*range(5)] * 2, nodes_truenodeids=[1, 2, 0, 0, 0] * 2,
                 nodes_falsenodeids=[4, 3, 0, 0, 0] * 2, nodes_featureids=[1, 2, 0, 0, 0, 0, 1, 0, 0, 0],
                 nodes_values=[0., 1., 0., 0., 0., -1., 0., 0., 0., 0.], nodes_missing_value_tracks_true=[1, 0, 0, 0, 0, 0, 1, 0, 0, 0])
    target, weight = np.array([[0, 1, 1], [1, 0, 0]]), case.floats(2, 3)
    leaves = dict(target_treeids=[0] * 3 + [1] * 3, target_nodeids=[2, 3, 4] * 2, target_ids=target.ravel().tolist(),
                  target_weights=weight.ravel().tolist())

    def reached(holds, members=None):
        for row in x:
            found = []
            for tree, at in enumerate(((1, 2, 0., 1., 1, 0), (0, 1, -1., 0., 0, 1))):
                goes = lambda f, v, m, n: holds(row[f], v, 2 * tree + n) or (m and np.isnan(row[f]))
                found.append((0 if goes(at[1], at[3], at[5], 1) else 1) if goes(at[0], at[2], at[4], 0) else 2)
            yield found

    def aggregated(holds, how, base=(0, 0)):
        rows = []
        for found in reached(holds):
            each = [[weight[t, leaf] for t, leaf in enumerate(found) if target[t, leaf] == n] for n in range(2)]
            rows.append([b + {"SUM": sum, "AVERAGE": lambda w: sum(w) / 2, "MIN": lambda w: min(w, default=0),
                              "MAX": lambda w: max(w, default=0)}[how](w) for w, b in zip(each, base)])
        return np.float32(rows)

    for mode, compare in BRANCHES.items():
        holds = lambda value, limit, node, compare=compare: bool(compare(value, limit))
        modes = [mode, mode, "LEAF", "LEAF", "LEAF"] * 2
        case(f"ml_tree_{mode}", "TreeEnsembleRegressor", [x], [aggregated(holds, "SUM")], ML, dynamic=True, n_targets=2,
             nodes_modes=modes, **nodes, **leaves)
    for how in ("SUM", "AVERAGE", "MIN", "MAX"):
        holds = lambda value, limit, node: bool(value <= limit)
        for name, transform in TRANSFORMS.items():
            case(f"ml_tree_{how}_{name}", "TreeEnsembleRegressor", [x], [transform(aggregated(holds, how, (.5, -1)))], ML,
                 n_targets=2, nodes_modes=["BRANCH_LEQ", "BRANCH_LEQ", "LEAF", "LEAF", "LEAF"] * 2, aggregate_function=how,
                 post_transform=name, base_values=[.5, -1.], **nodes, **leaves)
    # The same trees in the form of opset 5; the leaves of a branch are numbered by themselves.
    sets = {1: [1., 2.], 2: [-1., 0., 1.]}
    for kind in (np.float32, np.float64, np.float16):
        tensor = lambda values, kind=kind: numpy_helper.from_array(np.array(values, kind))
        for number, how in enumerate(("AVERAGE", "SUM", "MIN", "MAX")):
            holds = lambda value, limit, node: bool(value in sets[node]) if node in sets else bool(value <= limit)
            case(f"ml_tree5_{how}_{kind.__name__}", "TreeEnsemble", [x.astype(kind)], [aggregated(holds, how).astype(kind)], ML,
                 atol=1e-2 if kind is np.float16 else 1e-5, dynamic=kind is np.float64,
                 n_targets=2, aggregate_function=number, tree_roots=[0, 2], nodes_featureids=[1, 2, 0, 1],
                 nodes_modes=tensor([0, 6, 6, 0], np.uint8), nodes_splits=tensor([0, 0, 0, 0]),
                 nodes_truenodeids=[1, 0, 3, 3], nodes_trueleafs=[0, 1, 0, 1], nodes_falsenodeids=[2, 1, 5, 4],
                 nodes_falseleafs=[1, 1, 1, 1], nodes_missing_value_tracks_true=[1, 0, 0, 1], leaf_targetids=target.ravel().tolist(),
                 leaf_weights=tensor(weight.ravel()), membership_values=tensor([*sets[1], np.nan, *sets[2], np.nan]))
    case("ml_tree5_leaf", "TreeEnsemble", [x], [np.full((9, 1), 3, np.float32)], ML, n_targets=1, tree_roots=[0], nodes_featureids=[0],
         nodes_modes=numpy_helper.from_array(np.array([0], np.uint8)), nodes_splits=numpy_helper.from_array(np.float32([0])),
         nodes_truenodeids=[0], nodes_trueleafs=[1], nodes_falsenodeids=[0], nodes_falseleafs=[1], leaf_targetids=[0],
         leaf_weights=numpy_helper.from_array(np.float32([3])))


def write(case):
    for family in (features, encoders, linear, vectors, trees):
        family(case)
