"""Cases of strings: operators that look at their characters against Python's str and re, and those that only move them
against numpy on arrays of objects. Called by formulas.py."""
import re

import numpy as np
from onnx import TensorProto, helper, numpy_helper

ML = "ai.onnx.ml"
WORDS = ["", "a", "ab", "Ünïcode", "日本語", "😀", "nul\0byte", "long " * 60, "ab", "B"]


def texts(*items):
    return np.array(items, object)


def words(*shape):
    count = int(np.prod(shape))
    return texts(*(WORDS[i * 7 % len(WORDS)] for i in range(count))).reshape(shape)


def each(function, x, of=object):
    return np.array([function(s) for s in x.ravel()] or [], of).reshape(x.shape)


def movement(case):
    x, i, one = words(3, 4), np.array([2, 0, -1]), np.array([1])
    for dynamic in (False, True):
        end = "_dynamic" * dynamic

        def move(name, op, inputs, y, constants=(), **attributes):
            case(f"string_move_{name}{end}", op, inputs, [y], dynamic=dynamic, constants=constants, **attributes)

        move("identity", "Identity", [x], x)
        move("transpose", "Transpose", [x], x.T, perm=[1, 0])
        move("reshape", "Reshape", [x, np.array([2, -1])], x.reshape(2, 6), (1,))
        move("flatten", "Flatten", [words(2, 3, 2)], words(2, 3, 2).reshape(2, 6))
        move("gather", "Gather", [x, i], x[i], axis=0)
        move("gather_nd", "GatherND", [x, np.array([[0, 3], [2, 1]])], x[[0, 2], [3, 1]], (1,))
        move("gather_elements", "GatherElements", [x, np.array([[1, 0, 2, 1]])], x[[1, 0, 2, 1], range(4)][None], axis=0)
        move("slice", "Slice", [x, np.array([0, 1]), np.array([3, 4]), np.array([0, 1]), np.array([2, 2])], x[::2, 1::2], (1, 2, 3, 4))
        move("concat", "Concat", [x, words(2, 4)], np.concatenate([x, words(2, 4)]), axis=0)
        move("concat_constant", "Concat", [x, words(3, 1)], np.concatenate([x, words(3, 1)], 1), (1,), axis=1)
        move("tile", "Tile", [x, np.array([2, 1])], np.tile(x, (2, 1)), (1,))
        move("expand", "Expand", [words(3, 1), np.array([2, 3, 4])], np.broadcast_to(words(3, 1), (2, 3, 4)), (1,))
        move("unsqueeze", "Unsqueeze", [x, one], x[:, None], (1,))
        move("squeeze", "Squeeze", [x[:, None], one], x, (1,))
        # What is filled with zeros elsewhere is filled with empty strings.
        padded = np.full((4, 6), "", object)
        padded[1:, 1:5] = x
        move("pad", "Pad", [x, np.array([1, 1, 0, 1])], padded, (1,))
        move("pad_value", "Pad", [x, np.array([1, 1, 0, 1]), np.array("pad", object)],
             np.where(np.pad(np.ones((3, 4), bool), ((1, 0), (1, 1))), padded, "pad"), (1, 2))
        move("trilu", "Trilu", [x], np.where(np.tri(3, 4, -1, dtype=bool), "", x))
        scattered = x.copy()
        scattered[[0, 2]] = words(2, 4)
        move("scatter_nd", "ScatterND", [x, np.array([[0], [2]]), words(2, 4)], scattered)
        move("where", "Where", [np.arange(12).reshape(3, 4) % 3 == 0, x, texts("no")],
             np.where(np.arange(12).reshape(3, 4) % 3 == 0, x, "no"), (2,))
        move("one_hot", "OneHot", [i % 3, np.array(3), texts("off", "on")],
             np.where(np.eye(3, dtype=bool)[i % 3], "on", "off").astype(object), (1, 2))
        move("compress", "Compress", [x, np.array([True, False, True])], x[[0, 2]], axis=0)
        move("reverse", "ReverseSequence", [x, np.array([3, 1, 2, 0])],
             np.stack([np.r_[x[:n, k][::-1], x[n:, k]] for k, n in enumerate((3, 1, 2, 0))], 1))
        move("equal", "Equal", [x, texts("ab", "a", "", "日本語")], x == texts("ab", "a", "", "日本語"))
        move("nonzero", "NonZero", [x], np.stack(np.nonzero(x != "")))
        move("shape", "Shape", [x], np.array(x.shape))
        move("size", "Size", [x], np.array(x.size))
        # Sorted as UTF-8, which is by characters.
        y, first, inverse, counts = np.unique(x, return_index=True, return_inverse=True, return_counts=True)
        case(f"string_unique{end}", "Unique", [x], [y, first, inverse.ravel(), counts], dynamic=dynamic)
    case("string_unique_axis", "Unique", [texts("b", "a", "b", "a", "c", "a").reshape(3, 2)],
         [texts("b", "a", "c", "a").reshape(2, 2), np.array([0, 2]), np.array([0, 0, 1]), np.array([2, 1])], axis=0)
    case("string_split_axis", "Split", [x], np.split(x, 2, axis=1), axis=1, num_outputs=2)
    case("string_empty", "Concat", [words(0, 2), words(0, 2)], [words(0, 2)], dynamic=True, axis=0)


def casts(case):
    numbers = {np.float32: [0, -0.0, 1, .1, 1e16, 1.5e-5, 3.4028235e38, 1e-45, 16777216],
               np.float64: [.1, 1 / 3, 1e22, 5e-324, 9007199254740993, 123456789.125, -2 ** -44],
               np.float16: [.1, 65504, 6e-8, 1 / 64], np.int8: [-128, 127, 0], np.int64: [-2 ** 63, 2 ** 63 - 1],
               np.uint64: [2 ** 64 - 1, 0], np.int32: [-7], np.uint8: [255], np.bool_: [True, False]}
    for kind, values in numbers.items():
        x = np.array(values, kind)
        written = texts(*map(str, x))
        name, number = kind.__name__, numpy_helper.from_array(x).data_type
        case(f"string_from_{name}", "Cast", [x], [written], dynamic=True, to=TensorProto.STRING)
        case(f"string_to_{name}", "Cast", [written], [x], to=number, atol=0)
        case(f"string_like_{name}", "CastLike", [written, x], [x], dynamic=True, atol=0)
    special = np.array([np.nan, np.inf, -np.inf], np.float32)
    case("string_from_special", "Cast", [special], [texts("NaN", "INF", "-INF")], to=TensorProto.STRING)
    case("string_to_special", "Cast", [texts("nAn", "+inf", "-INF", "INF", " 1E8 ", "1e-5", ".5", "5.")],
         [np.float32([np.nan, np.inf, -np.inf, np.inf, 1e8, 1e-5, .5, 5])], to=TensorProto.FLOAT, atol=0)
    case("string_to_integer", "Cast", [texts("100.5", "+7", " -3", "1e3")], [np.int32([100, 7, -3, 1000])], to=TensorProto.INT32)
    digits = "2.22507385850720138309023271733240406421921598046233e-308", "0." + "3" * 900, "1" + "0" * 400 + "e-400"
    case("string_to_digits", "Cast", [texts(*digits)], [np.array([float(d) for d in digits])], to=TensorProto.DOUBLE, atol=0)


def concat(case):
    x = words(3, 4)
    for dynamic in (False, True):
        case(f"string_concat{'_dynamic' * dynamic}", "StringConcat", [x, words(4)], [x + words(4)], dynamic=dynamic)
    case("string_concat_outer", "StringConcat", [words(3, 1), words(1, 4)], [words(3, 1) + words(1, 4)], dynamic=True)
    case("string_concat_constant", "StringConcat", [x, texts("-")], [x + "-"], constants=(1,))


def split(case):
    x = texts("a,b,,c", "", ",", " two  words\t", "ünï,日本,😀", "aa").reshape(2, 3)

    def python(delimiter, most, x=x):
        parts = np.empty(x.shape, object)
        for at in np.ndindex(x.shape):
            parts[at] = x[at].split(delimiter or None, -1 if most is None else most)
        counts = each(len, parts, np.int64)
        y = np.full(x.shape + (counts.max(initial=0),), "", object)
        for at in np.ndindex(x.shape):
            y[at][:counts[at]] = parts[at]
        return [y, counts]

    for name, delimiter in (("comma", ","), ("none", None), ("empty", ""), ("two", "a"), ("character", "日本"), ("double", ",,")):
        for most in (None, 0, 1, 2):
            given = {} if delimiter is None else {"delimiter": delimiter}
            given |= {} if most is None else {"maxsplit": most}
            case(f"string_split_{name}_{most}", "StringSplit", [x], python(delimiter, most), dynamic=most == 1, **given)
    case("string_split_nothing", "StringSplit", [words(0)], [words(0, 0), np.zeros(0, np.int64)], dynamic=True)
    case("string_split_blank", "StringSplit", [texts(" ", "")], [words(2, 0), np.zeros(2, np.int64)])
    case("string_split_overlap", "StringSplit", [texts("aaa")], python("aa", None, texts("aaa")), delimiter="aa")


def normalize(case):
    x = texts("Straße", "ÉCOLE", "école", "ЖУК", "Σίσυφος", "Mon", "mon", "ǆ", "ﬁ", "İi", "")
    one = lambda s, function: "".join(t if len(t := function(c)) == 1 else c for c in s)
    actions = {"NONE": lambda s: s, "LOWER": lambda s: one(s, str.lower).replace("İ", "i"), "UPPER": lambda s: one(s, str.upper)}
    for action, change in actions.items():
        case(f"string_normalize_{action}", "StringNormalizer", [x], [each(change, x)], dynamic=True, case_change_action=action)
        for sensitive in (0, 1):
            key = (lambda s: s) if sensitive else actions["LOWER"]
            stop = ["mon", "ÉCOLE", "nothing"]
            kept = texts(*(change(s) for s in x if key(s) not in map(key, stop)))
            case(f"string_normalize_{action}_{sensitive}", "StringNormalizer", [x], [kept], case_change_action=action,
                 is_case_sensitive=sensitive, stopwords=stop)
            case(f"string_normalize_row_{action}_{sensitive}", "StringNormalizer", [x[None]], [kept[None]], dynamic=True,
                 case_change_action=action, is_case_sensitive=sensitive, stopwords=stop)
    case("string_normalize_turkish", "StringNormalizer", [texts("Iıİi" * 200)], [texts("ııii" * 200)],
         case_change_action="LOWER", locale="tr_TR")
    case("string_normalize_turkish_upper", "StringNormalizer", [texts("iı" * 200)], [texts("İI" * 200)], case_change_action="UPPER",
         locale="tr_TR")
    case("string_normalize_all", "StringNormalizer", [texts("a", "A")], [texts("")], dynamic=True, stopwords=["a"])
    case("string_normalize_all_row", "StringNormalizer", [texts("a", "A")[None]], [texts("")[None]], stopwords=["A"])


# Patterns that Python reads as RE2 does; \s is without \v, which no text has.
PATTERNS = [r"", r"a*b+", r".*", r"(?s).*", r"[^a]+", r"\d{2,4}-\d+", r"\w+@\w+\.(com|org)", r"(a|b)*abb", r"(?i)ünïCODE", r"日.語",
            r"[а-яё]+", r"\bfoo\b.*", r".*\Bo", r"^a$", r"(?m)^a$\n^b$", r"(?P<x>a)(?:b)?", r"a{3}", r"a{0,2}", r"(?:a?){20}a{20}",
            r"[\w.\-]{0,25}@", r"😀+|€", r"\W+", r"[[:alpha:]]+", r"\x41[\x{42}-\x44]*", r"\Qa.b\E", r"(?i:A)b", r"x{,2}", r"[]a]+",
            r"(|a)+", r"\S*\s\S*"]
TEXTS = ["", "a", "b", "ab", "aab", "abb", "ababb", "a\nb", "\n", "12-3", "12345-6", "me@x.com", "me@x.net", "ÜNÏcode", "日本語", "日語",
         "привет", "foo", "foo bar", "foobar", "fooo", "aaa", "aa", "a" * 20, "a" * 19, "a" * 40, "x.y-z@", "😀😀", "€", "é€",
         "Alpha", "ABCD", "a.b", "axb", "Ab", "x{,2}", "]a]", "two words", " "]


def regex(case):
    special = {r"[[:alpha:]]+": "[A-Za-z]+", r"\x41[\x{42}-\x44]*": "A[B-D]*", r"\Qa.b\E": r"a\.b", r"x{,2}": r"x\{,2\}",
               r"(?i)ünïCODE": None}
    x = texts(*TEXTS)
    for i, pattern in enumerate(PATTERNS):
        python = special.get(pattern, pattern)
        matcher = re.compile("(?i)ünïCODE") if python is None else re.compile(python.replace("$", r"\Z") if "(?m)" not in python
                                                                               else python, re.ASCII)
        case(f"string_regex_{i}", "RegexFullMatch", [x], [each(lambda s: bool(matcher.fullmatch(s)), x, bool)],
             dynamic=i % 2 == 1, pattern=pattern)


def learning(case):
    x, labels = texts("b", "a", "zz", "日本", "b"), ["a", "b", "日本", "b"]
    tensor = lambda values: numpy_helper.from_array(np.array(values, object))
    at = np.array([1, 0, -1, 2, 1])
    kinds = {"int64s": ([7, 8, 9, 10], -5, np.int64), "floats": ([.5, 1.5, 2.5, 9.], -.5, np.float32),
             "strings": (["A", "B", "C", "D"], "none", object)}
    for kind, (values, rest, of) in kinds.items():
        y = np.array([rest if k < 0 else values[k] for k in at], of)
        case(f"string_label_{kind}", "LabelEncoder", [x], [y], ML, dynamic=True,
             **{"keys_strings": labels, f"values_{kind}": values, f"default_{kind[:-1]}": rest})
        if kind != "strings":
            keys = np.array(values + [np.array(99).astype(of)], of)
            case(f"string_label_of_{kind}", "LabelEncoder", [keys], [texts(*labels, "_Unused")], ML,
                 **{f"keys_{kind}": values, "values_strings": labels})
    case("string_label_tensors", "LabelEncoder", [x], [texts("B", "A", "?", "C", "B")], ML, keys_tensor=tensor(["a", "b", "日本"]),
         values_tensor=tensor(["A", "B", "C"]), default_tensor=tensor(["?"]))
    case("string_mapper", "CategoryMapper", [x[:, None]], [np.array([8, 7, -3, 9, 8])[:, None]], ML, dynamic=True, cats_strings=labels[:3],
         cats_int64s=[7, 8, 9], default_int64=-3)
    case("string_mapper_back", "CategoryMapper", [np.array([[9, 1], [7, 8]])], [texts("日本", "?", "a", "b").reshape(2, 2)], ML,
         cats_strings=labels[:3], cats_int64s=[7, 8, 9], default_string="?")
    hot = (x[:, None] == texts(*labels[:3])).astype(np.float32)
    case("string_onehot", "OneHotEncoder", [x], [hot], ML, dynamic=True, cats_strings=labels[:3])
    case("string_extract", "ArrayFeatureExtractor", [words(2, 4), np.array([3, 0])], [words(2, 4)[:, [3, 0]]], ML)
    pool = ["a", "b", "a", "b", "日本", "b"]
    rows = texts("a", "b", "日本", "a", "b", "b").reshape(2, 3)
    counts = np.float32([[1, 1, 1, 0], [1, 2, 1, 0]])
    case("string_tfidf", "TfIdfVectorizer", [rows], [counts], dynamic=True, min_gram_length=1, max_gram_length=2, max_skip_count=0,
         mode="TF", ngram_counts=[0, 2], ngram_indexes=[0, 1, 2, 3], pool_strings=pool)
    f = case.floats(5, 3)
    w = case.floats(3, 3)
    flat = lambda a: np.asarray(a, np.float32).ravel().tolist()
    names = texts("one", "two", "three")
    scores = f @ w.T
    case("string_linear", "LinearClassifier", [f], [names[scores.argmax(1)], scores], ML, coefficients=flat(w), intercepts=[0., 0., 0.],
         classlabels_strings=names.tolist())
    case("string_svm", "SVMClassifier", [f], [names[scores.argmax(1)], scores], ML, dynamic=True, coefficients=flat(w), rho=[0.],
         classlabels_strings=names.tolist())
    # One node: feature 0 up to 0 is of class "one", else of "three".
    leaf = np.float32([[1, 0, 0], [0, 0, 1]])[(f[:, 0] > 0).astype(int)]
    case("string_tree", "TreeEnsembleClassifier", [f], [names[leaf.argmax(1)], leaf], ML, dynamic=True, nodes_treeids=[0, 0, 0],
         nodes_nodeids=[0, 1, 2], nodes_featureids=[0, 0, 0], nodes_modes=["BRANCH_LEQ", "LEAF", "LEAF"], nodes_values=[0., 0., 0.],
         nodes_truenodeids=[1, 0, 0], nodes_falsenodeids=[2, 0, 0], class_treeids=[0, 0], class_nodeids=[1, 2], class_ids=[0, 2],
         class_weights=[1., 1.], classlabels_strings=names.tolist())
    case("string_zipmap", "ZipMap", [f], [f], ML, classlabels_strings=names.tolist())


def control(case):
    node = helper.make_node
    value = lambda name, kind=TensorProto.STRING, shape=None: helper.make_tensor_value_info(name, kind, shape)
    a, b = texts("a", "b"), texts("x", "yz")
    yes = helper.make_graph([node("StringConcat", ["a", "b"], ["s"])], "yes", [], [value("s")])
    no = helper.make_graph([node("Constant", [], ["t"], value_strings=["no", "no"])], "no", [], [value("t")])
    for taken in (False, True):
        case.graph(f"string_if_{taken}", [node("If", ["p"], ["y"], then_branch=yes, else_branch=no)],
                   {"a": a, "b": b, "p": np.array(taken)}, {"y": a + b if taken else texts("no", "no")})
    # Carries a string that grows, and scans it.
    body = helper.make_graph([node("StringConcat", ["s", "a"], ["t"]), node("Identity", ["p"], ["q"]), node("Identity", ["t"], ["u"])],
                             "body", [value("i", TensorProto.INT64, []), value("p", TensorProto.BOOL, []), value("s")],
                             [value("q", TensorProto.BOOL, []), value("t"), value("u")])
    steps = [b + a * n for n in (1, 2, 3)]
    for dynamic in (False, True):
        case.graph(f"string_loop{'_dynamic' * dynamic}", [node("Loop", ["m", "", "b"], ["y", "z"], body=body)],
                   {"a": a, "b": b} | ({"m": np.array(3)} if dynamic else {}), {"y": steps[-1], "z": np.stack(steps)},
                   {} if dynamic else {"m": np.array(3)}, dynamic=dynamic)
    scan = helper.make_graph([node("StringConcat", ["s", "e"], ["t"]), node("Identity", ["t"], ["u"])], "scan", [value("s"), value("e")],
                             [value("t"), value("u")])
    x = texts("p", "q", "r")
    case.graph("string_scan", [node("Scan", ["b", "x"], ["y", "z"], body=scan, num_scan_inputs=1)], {"b": b, "x": x},
               {"y": b + "pqr", "z": np.stack([b + "p", b + "pq", b + "pqr"])})
    case.graph("string_sequence", [node("SplitToSequence", ["x"], ["s"], axis=0, keepdims=0), node("ConcatFromSequence", ["s"], ["y"], axis=0, new_axis=1)],
               {"x": x}, {"y": x})
    # Of one node's results as another's operand, and the text of one result in two outputs.
    case.graph("string_chain", [node("StringSplit", ["x"], ["s", "n"], delimiter="-"), node("Unique", ["s"], ["u"]),
                                node("StringNormalizer", ["u"], ["y"], case_change_action="UPPER"), node("Cast", ["n"], ["c"], to=8)],
               {"x": texts("b-a", "a-c")}, {"y": texts("A", "B", "C"), "u": texts("a", "b", "c"), "c": texts("2", "2")}, dynamic=True)
    case.graph("string_constant", [node("Constant", [], ["c"], value_string="only"), node("StringConcat", ["x", "c"], ["y"])], {"x": x},
               {"y": x + "only", "c": np.array("only", object)})


def write(case):
    for family in (movement, casts, concat, split, normalize, regex, learning, control):
        family(case)
