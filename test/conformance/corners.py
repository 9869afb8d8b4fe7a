"""Cases of corners: special numbers, sizes and ranks at the limits, attributes that few cases use. What they expect are
the specification's words as numpy formulas. Called by formulas.py."""
import numpy as np

NAN, INF = np.nan, np.inf
ROUNDED = {"Exp", "Log", "Pow", "Tanh"}  # the others are exact
SPECIAL = np.array([NAN, INF, -INF, 0., -0., 1e-40, -1e-40, 1.5, -2.5, .5, -.5, 2.5, 3.4e38, -1, 1], np.float32)


def special_numbers(case):
    x = SPECIAL
    with np.errstate(all="ignore"):
        for op, y in (("Sign", np.sign(x)), ("Round", np.rint(x)), ("Ceil", np.ceil(x)), ("Floor", np.floor(x)),
                      ("Sqrt", np.sqrt(x)), ("Log", np.log(x.astype(np.float64)).astype(np.float32)), ("Exp", np.exp(x)),
                      ("Reciprocal", 1 / x), ("Relu", np.maximum(x, 0)), ("IsNaN", np.isnan(x)), ("IsInf", np.isinf(x)),
                      ("Abs", np.abs(x)), ("Neg", -x), ("Tanh", np.tanh(x)), ("Softsign", x / (1 + np.abs(x)))):
            case(f"special_{op}", op, [x], [y], atol=None if op in ROUNDED else 0)
        a, b = (m.ravel() for m in np.meshgrid(x, x))
        for op, y in (("Max", np.maximum(a, b)), ("Min", np.minimum(a, b)), ("Div", a / b), ("Mul", a * b), ("Add", a + b),
                      ("Equal", a == b), ("Less", a < b), ("GreaterOrEqual", a >= b), ("Pow", np.power(a, b))):
            case(f"special_{op}", op, [a, b], [y], atol=None if op in ROUNDED else 0)
        case("special_fmod", "Mod", [a, b], [np.fmod(a, b)], fmod=1, atol=0)
    # An infinity in a sum of exponentials.
    case("softmax_minus_infinity", "Softmax", [np.array([[1, -INF, 2]], np.float32)],
         [np.array([[1 / (1 + np.e), 0, np.e / (1 + np.e)]], np.float32)])
    x = np.array([[-INF, -INF], [INF, 1], [1, 2]], np.float32)
    case("log_sum_exp_infinite", "ReduceLogSumExp", [x, np.array([1])], [np.array([-INF, INF, np.log(np.e + np.e ** 2)], np.float32)],
         keepdims=0)
    x = np.array([[1, NAN, 2], [INF, 1, -INF]], np.float32)
    case("max_of_nan", "ReduceMax", [x, np.array([1])], [x.max(1)], keepdims=0)
    case("min_of_nan", "ReduceMin", [x, np.array([1])], [x.min(1)], keepdims=0)
    case("argmax_of_nan", "ArgMax", [x], [x.argmax(1)], axis=1, keepdims=0)


def integers(case):
    a, b = np.array([7, -7, 7, -7, 0, 5, -8]), np.array([3, 3, -3, -3, 5, -1, 2])
    for kind in (np.int8, np.int16, np.int32, np.int64):
        p, q, name = a.astype(kind), b.astype(kind), kind.__name__
        case(f"mod_{name}", "Mod", [p, q], [np.mod(p, q)])
        case(f"fmod_{name}", "Mod", [p, q], [np.fmod(p, q)], fmod=1)
        case(f"div_{name}", "Div", [p, q], [np.trunc(p / q).astype(kind)])
        least = np.array([np.iinfo(kind).min] * 3 + [np.iinfo(kind).max], kind)
        by, quotients = np.array([-1, 1, 2, -1], kind), np.array([least[0], least[0], least[0] // 2, -least[3]], kind)  # wrapped
        for tail, constants in (("", ()), ("_constant", (1,))):
            case(f"div_least_{name}{tail}", "Div", [least, by], [quotients], constants=constants)
            for fmod in (0, 1):
                case(f"mod_least_{name}_{fmod}{tail}", "Mod", [least, by], [np.zeros(4, kind)], constants=constants, fmod=fmod)
        case(f"div_minus_one_{name}", "Div", [least, by[:1]], [-least], constants=(1,))
        case(f"wrap_{name}", "Add", [np.array([np.iinfo(kind).max], kind), np.array([1], kind)], [np.array([np.iinfo(kind).min], kind)])
    for kind in (np.uint8, np.uint16, np.uint32, np.uint64):
        p, q, name = np.array([200, 7, 255, 1], kind), np.array([3, 9, 2, 1], kind), kind.__name__
        for op, y in (("Div", p // q), ("Mod", p % q), ("Sub", p - q), ("Max", np.maximum(p, q)), ("Less", p < q)):
            case(f"{op.lower()}_{name}", op, [p, q], [y])
        case(f"shift_left_{name}", "BitShift", [p, q], [(p << q).astype(kind)], direction="LEFT")
        case(f"shift_right_{name}", "BitShift", [p, q], [(p >> q).astype(kind)], direction="RIGHT")
    case("pow_integers", "Pow", [np.array([2, -3, 0, 5]), np.array([3, 2, 0, 1])], [np.array([8, 9, 1, 5])])
    case("clip_crossed", "Clip", [SPECIAL[3:], np.float32(2), np.float32(1)], [np.full(12, 1, np.float32)])


def lines(case):
    """One dimension, where there is none beside the axis."""
    x = np.array([3, 1, 4, 1, 5, 9, 2, 6], np.float32)
    for dynamic in (False, True):
        tail = "_dynamic" * dynamic
        case(f"line_argmax{tail}", "ArgMax", [x], [np.array([5])], dynamic=dynamic)
        case(f"line_argmin{tail}", "ArgMin", [x], [np.array(3)], dynamic=dynamic, keepdims=0, select_last_index=1)
        case(f"line_hardmax{tail}", "Hardmax", [x], [(x == 9).astype(np.float32)], dynamic=dynamic)
        case(f"line_topk{tail}", "TopK", [x, np.array([3])], [np.array([9, 6, 5], np.float32), np.array([5, 7, 4])], dynamic=dynamic)
        case(f"line_cumsum{tail}", "CumSum", [x, np.array(0)], [x.cumsum()], dynamic=dynamic)
        case(f"line_softmax{tail}", "Softmax", [x], [np.exp(x) / np.exp(x).sum()], dynamic=dynamic)
        case(f"line_norm{tail}", "LpNormalization", [x], [x / np.linalg.norm(x)], dynamic=dynamic)
        case(f"line_layer{tail}", "LayerNormalization", [x, x], [(x - x.mean()) / np.sqrt(x.var() + 1e-5) * x], dynamic=dynamic)


def nothing(case):
    """Tensors without elements."""
    z, none = np.zeros((0, 3), np.float32), np.zeros(0, np.int64)
    x, k = case.floats(3, 4), case.floats(2, 3, 3, 3)
    for dynamic in (False, True):
        for name, op, inputs, y, attributes in [
                ("add", "Add", [z, case.floats(1, 3)], z, {}), ("product", "MatMul", [np.zeros((2, 0), np.float32), z], np.zeros((2, 3)), {}),
                ("rows", "MatMul", [z, x], np.zeros((0, 4)), {}), ("join", "Concat", [z, x[:2, :3]], x[:2, :3], {"axis": 0}),
                ("softmax", "Softmax", [z], z, {}), ("gather", "Gather", [x, none], np.zeros((0, 4)), {}),
                ("conv", "Conv", [np.zeros((0, 3, 5, 5), np.float32), k], np.zeros((0, 2, 3, 3)), {}),
                ("pool", "MaxPool", [np.zeros((0, 3, 5, 5), np.float32)], np.zeros((0, 3, 4, 4)), {"kernel_shape": [2, 2]}),
                ("sum", "ReduceSum", [z, np.array([0])], np.zeros((1, 3)), {}), ("product_of", "ReduceProd", [z, np.array([0])], np.ones((1, 3)), {}),
                ("max", "ReduceMax", [z, np.array([0])], np.full((1, 3), -INF), {}), ("min", "ReduceMin", [z, np.array([0])], np.full((1, 3), INF), {}),
                ("pad", "Pad", [z, np.array([1, 0, 0, 2])], np.zeros((1, 5)), {}), ("transpose", "Transpose", [z], z.T, {}),
                ("layer", "LayerNormalization", [z, case.floats(3)], z, {}), ("where", "Where", [np.zeros((0, 1), bool), z, z], z, {}),
                ("einsum", "Einsum", [z, x[:, :2]], np.zeros((0, 2)), {"equation": "ij,jk->ik"}), ("cumsum", "CumSum", [z, np.array(0)], z, {})]:
            case(f"nothing_{name}{'_dynamic' * dynamic}", op, inputs, [np.asarray(y, np.float32)], dynamic=dynamic, **attributes)
        case(f"nothing_found{'_dynamic' * dynamic}", "NonZero", [np.zeros((2, 2), np.float32)], [np.zeros((2, 0), np.int64)], dynamic=dynamic)
        case(f"nothing_unique{'_dynamic' * dynamic}", "Unique", [np.zeros(0, np.float32)], [np.zeros(0, np.float32), none, none, none], dynamic=dynamic)


def many_dimensions(case):
    x = case.floats(1, 2, 1, 3, 2, 1, 2, 2)
    y = case.floats(3, 1, 1, 2, 1)
    for dynamic in (False, True):
        tail = "_dynamic" * dynamic
        case(f"eight_add{tail}", "Add", [x, y], [x + y], dynamic=dynamic)
        case(f"eight_transpose{tail}", "Transpose", [x], [x.transpose(7, 3, 1, 0, 2, 6, 5, 4)], dynamic=dynamic, perm=[7, 3, 1, 0, 2, 6, 5, 4])
        case(f"eight_sum{tail}", "ReduceSum", [x, np.array([1, 3, 6])], [x.sum((1, 3, 6))], constants=(1,), dynamic=dynamic, keepdims=0)
        case(f"eight_product{tail}", "MatMul", [x, y[:2, 0, 0, :, 0]], [x @ y[:2, 0, 0, :, 0]], dynamic=dynamic)
        case(f"eight_join{tail}", "Concat", [x, x], [np.concatenate([x, x], 4)], dynamic=dynamic, axis=4)
        case(f"eight_softmax{tail}", "Softmax", [x], [np.exp(x) / np.exp(x).sum(3, keepdims=True)], dynamic=dynamic, axis=3)
        case(f"scalar_add{tail}", "Add", [np.float32(2.5), np.float32(-1)], [np.float32(1.5)], dynamic=dynamic)
        case(f"scalar_expand{tail}", "Expand", [np.float32(2.5), np.array([2, 3])], [np.full((2, 3), 2.5, np.float32)], constants=(1,), dynamic=dynamic)
        case(f"scalar_sum{tail}", "ReduceSum", [np.float32(3)], [np.float32(3)], dynamic=dynamic, keepdims=0)


def pools(case):
    """Few public cases have a norm or a region; windows by their definition, one after the other."""
    x = case.floats(2, 3, 7, 6)
    for p in (1, 2, 3):
        case(f"global_norm_{p}", "GlobalLpPool", [x], [(np.abs(x) ** p).sum((2, 3), keepdims=True) ** (1 / p)], p=p, dynamic=True, atol=1e-4)
    padded = np.pad(np.abs(x), ((0, 0), (0, 0), (1, 1), (1, 1)))
    windows = np.stack([padded[:, :, i:i + 6:2, j:j + 6:2] for i in range(3) for j in range(2)])
    case("norm_pool", "LpPool", [x], [np.cbrt((windows[:, :, :, :3, :3] ** 3).sum(0))], kernel_shape=[3, 2], strides=[2, 2],
         pads=[1, 1, 0, 0], p=3, atol=1e-4)
    rois = np.array([[0, 1, 1, 4, 5], [1, 0, 0, 5, 6], [0, 3, 2, 3, 2]], np.float32)
    y = np.empty((3, 3, 2, 2), np.float32)
    for n, (image, left, top, right, bottom) in enumerate(rois.astype(int)):
        high, wide = (bottom - top + 1) / 2, (right - left + 1) / 2
        for i in range(2):
            for j in range(2):
                part = x[image, :, int(top + np.floor(i * high)):int(top + np.ceil((i + 1) * high)),
                         int(left + np.floor(j * wide)):int(left + np.ceil((j + 1) * wide))]
                y[n, :, i, j] = part.max((1, 2))
    case("roi_pool", "MaxRoiPool", [x, rois], [y], pooled_shape=[2, 2], dynamic=True)


ACTIVATIONS = {
    "Relu": (lambda x: np.maximum(x, 0), ()), "Tanh": (np.tanh, ()), "Sigmoid": (lambda x: 1 / (1 + np.exp(-x)), ()),
    "Affine": (lambda x: .3 * x + .6, (.3, .6)), "LeakyRelu": (lambda x: np.where(x < 0, .3 * x, x), (.3,)),
    "ThresholdedRelu": (lambda x: np.where(x > .3, x, 0), (.3,)), "ScaledTanh": (lambda x: .3 * np.tanh(.6 * x), (.3, .6)),
    "HardSigmoid": (lambda x: np.clip(.3 * x + .6, 0, 1), (.3, .6)), "Elu": (lambda x: np.where(x < 0, .3 * (np.exp(x) - 1), x), (.3,)),
    "Softsign": (lambda x: x / (1 + np.abs(x)), ()), "Softplus": (lambda x: np.log1p(np.exp(x)), ())}


def recurrence(case):
    """The activations of a simple recurrence, its clip, and lengths, in both directions."""
    steps, batch, size, hidden = 5, 3, 4, 3
    x, w, r, bias = case.floats(steps, batch, size), .5 * case.floats(2, hidden, size), .5 * case.floats(2, hidden, hidden), case.floats(2, 2 * hidden)
    first, lengths = case.floats(2, batch, hidden), np.array([5, 2, 3], np.int32)
    for name, (f, (*numbers,)) in ACTIVATIONS.items():
        for clip in (None, .4):
            y, last = np.zeros((steps, 2, batch, hidden), np.float32), np.empty((2, batch, hidden), np.float32)
            for d in range(2):
                for n in range(batch):
                    h = first[d, n]
                    for t in range(lengths[n])[::-1 if d else 1]:
                        z = w[d] @ x[t, n] + r[d] @ h + bias[d, :hidden] + bias[d, hidden:]
                        h = y[t, d, n] = f(np.clip(z, -clip, clip) if clip else z)
                    last[d, n] = h
            extra = {"clip": clip} if clip else {}
            if numbers:
                extra["activation_alpha"] = numbers[:1] * 2
            if len(numbers) > 1:
                extra["activation_beta"] = numbers[1:] * 2
            case(f"rnn_{name}{'_clip' if clip else ''}", "RNN", [x, w, r, bias, lengths, first], [y, last], dynamic=clip is None,
                 hidden_size=hidden, direction="bidirectional", activations=[name, name], **extra)


def samples(case):
    """A line that is sampled by cubics: only coordinates more than half an element outside come back in, and the neighbours."""
    line, places = case.floats(6), np.linspace(-1.6, 1.6, 33).astype(np.float32)
    cubic = lambda d: (1.25 * d - 2.25) * d * d + 1 if d <= 1 else ((-.75 * d + 3.75) * d - 6) * d + 3
    for align in (0, 1):
        v = (places + 1) / 2 * 5 if align else ((places + 1) * 6 - 1) / 2
        low, high = (0, 5) if align else (-.5, 5.5)
        v = np.where((v < low) | (v > high), np.clip(v, 0, 5), v)
        y = [sum(cubic(abs(c - k)) * line[min(max(k, 0), 5)] for k in range(int(np.floor(c)) - 1, int(np.floor(c)) + 3)) for c in v]
        case(f"cubic_border_{align}", "GridSample", [line.reshape(1, 1, 6), places.reshape(1, 33, 1)],
             [np.array(y, np.float32).reshape(1, 1, 33)], mode="cubic", padding_mode="border", align_corners=align)


def write(case):
    for family in (special_numbers, integers, lines, nothing, many_dimensions, pools, recurrence, samples):
        family(case)
