"""Cases of sequences and optional values: what their specifications say. Called by formulas.py."""
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


class Optional:
    """A value of the run that may be absent; `like` has its type then."""

    def __init__(self, value, like=None):
        self.value, self.like = value, value if like is None else like

    def type(self, dynamic=False):
        return helper.make_optional_type_proto(type_of(self.like, dynamic))

    def proto(self, name):
        if self.value is None:
            return onnx.OptionalProto(name=name, elem_type=0)
        if isinstance(self.value, list):
            return onnx.OptionalProto(name=name, elem_type=3, sequence_value=numpy_helper.from_list(self.value))
        return onnx.OptionalProto(name=name, elem_type=1, tensor_value=numpy_helper.from_array(self.value))


def type_of(x, typed):
    """Of a tensor, or of a list; with sizes that only the run tells if `typed`, else without shape."""
    first = x[0] if isinstance(x, list) else x
    shape = [None] * np.ndim(first) if typed else None
    element = helper.make_tensor_type_proto(numpy_helper.from_array(np.asarray(first)).data_type, shape)
    return helper.make_sequence_type_proto(element) if isinstance(x, list) else element


def known(case):
    a, b, c = case.floats(2, 3), case.floats(1, 3), case.floats(4, 3)
    node = helper.make_node
    build = node("SequenceConstruct", ["a", "b", "c"], ["s"])
    inputs = {"a": a, "b": b, "c": c}
    for at in (0, -1, 1):
        for constant in (False, True):
            where = {"i": np.array(at)}
            given = dict(inputs=inputs | ({} if constant else where), constants=where if constant else {})
            name = f"{at}{'_constant' * constant}"
            join = node("ConcatFromSequence", ["t"], ["y"], axis=0)
            case.graph(f"sequence_at_{name}", [build, node("SequenceAt", ["s", "i"], ["y"])], outputs={"y": [a, b, c][at]}, **given)
            rest = [a, b, c]
            rest.pop(at)
            case.graph(f"sequence_erase_{name}", [build, node("SequenceErase", ["s", "i"], ["t"]), join],
                       outputs={"y": np.concatenate(rest)}, **given)
            more = [a, b, c]
            more.insert(at, c)
            case.graph(f"sequence_insert_{name}", [build, node("SequenceInsert", ["s", "c", "i"], ["t"]), join],
                       outputs={"y": np.concatenate(more)}, **given)
    case.graph("sequence_last", [build, node("SequenceErase", ["s"], ["t"]), node("SequenceInsert", ["t", "a"], ["u"]),
                                 node("ConcatFromSequence", ["u"], ["y"], axis=-2), node("SequenceLength", ["u"], ["n"])],
               inputs, {"y": np.concatenate([a, b, a]), "n": np.array(3)})
    x = case.floats(3, 5)
    for axis in (0, -1):
        for size in (1, 2):
            pieces = [x[i:i + size] for i in range(0, 3, size)] if axis == 0 else [x[:, i:i + size] for i in range(0, 5, size)]
            case.graph(f"sequence_split_{axis}_{size}", [node("SplitToSequence", ["x", "k"], ["y"], axis=axis)], {"x": x},
                       {"y": pieces}, {"k": np.array(size)})
    for constant in (False, True):
        k = {"k": np.array([1, 4])}
        case.graph(f"sequence_split_list{'_constant' * constant}", [node("SplitToSequence", ["x", "k"], ["y"], axis=1)],
                   {"x": x} | ({} if constant else k), {"y": [x[:, :1], x[:, 1:]]}, k if constant else {})
    case.graph("sequence_unstack", [node("SplitToSequence", ["x"], ["s"], axis=1, keepdims=0),
                                    node("ConcatFromSequence", ["s"], ["y"], axis=0, new_axis=1)], {"x": x}, {"y": x.T})
    value = lambda name, kind=TensorProto.FLOAT, shape=None: helper.make_tensor_value_info(name, kind, shape)
    body = helper.make_graph([node("Mul", ["e", "f"], ["g"]), node("Shape", ["e"], ["h"])], "body", [value("e"), value("f")],
                             [value("g"), value("h", TensorProto.INT64)])
    case.graph("sequence_map", [build, node("SequenceMap", ["s", "b"], ["t", "n"], body=body)], inputs,
               {"t": [a * b, b * b, c * b], "n": [np.array(v.shape) for v in (a, b, c)]})
    yes = helper.make_graph([node("SequenceConstruct", ["a", "b"], ["s"])], "yes", [], [value("s")])
    no = helper.make_graph([node("SequenceConstruct", ["c", "a"], ["t"])], "no", [], [value("t")])
    for taken in (False, True):
        case.graph(f"sequence_if_{taken}", [node("If", ["p"], ["y"], then_branch=yes, else_branch=no)],
                   inputs | {"p": np.array(taken)}, {"y": [a, b] if taken else [c, a]})
    step = helper.make_graph([node("SequenceInsert", ["s", "w"], ["t"]), node("Add", ["w", "w"], ["v"]), node("Identity", ["p"], ["q"]),
                              node("SequenceLength", ["t"], ["n"])], "step",
                             [value("i", TensorProto.INT64, []), value("p", TensorProto.BOOL, []), value("s"), value("w")],
                             [value("q", TensorProto.BOOL, []), value("t"), value("v"), value("n", TensorProto.INT64, [])])
    case.graph("sequence_loop", [node("SequenceEmpty", [], ["e"]), node("Loop", ["m", "", "e", "a"], ["s", "w", "n"], body=step),
                                 node("ConcatFromSequence", ["s"], ["y"], axis=0)], {"a": a},
               {"y": np.concatenate([a, 2 * a, 4 * a]), "w": 8 * a, "n": np.array([1, 2, 3])}, {"m": np.array(3)})
    case.graph("optional", [node("Optional", ["a"], ["o"]), node("OptionalHasElement", ["o"], ["h"]),
                            node("OptionalGetElement", ["o"], ["y"]), node("OptionalHasElement", [], ["n"])], {"a": a},
               {"h": np.array(True), "y": a, "n": np.array(False)})


def of_the_run(case):
    """Inputs whose length the model does not state."""
    node = helper.make_node
    xs = [case.floats(n, 3) for n in (2, 1, 4, 0)]
    w = case.floats(2, 3)
    for at in (0, 2, -1, -4):
        i, k = np.array(at), at % 4
        case.graph(f"sequence_run_at_{at}", [node("SequenceAt", ["s", "i"], ["x"]), node("Exp", ["x"], ["y"])],
                   {"s": xs, "i": i}, {"y": np.exp(xs[at])}, typed=True)
        case.graph(f"sequence_run_erase_{at}", [node("SequenceErase", ["s", "i"], ["t"])], {"s": xs, "i": i},
                   {"t": xs[:k] + xs[k + 1:]})
        case.graph(f"sequence_run_insert_{at}", [node("SequenceInsert", ["s", "w", "i"], ["t"]),
                                                 node("SequenceLength", ["t"], ["n"])],
                   {"s": xs, "w": w, "i": i}, {"t": xs[:k] + [w] + xs[k:], "n": np.array(5)}, dynamic=True)
    case.graph("sequence_run_ends", [node("SequenceErase", ["s"], ["t"]), node("SequenceInsert", ["t", "w"], ["u"]),
                                     node("SequenceInsert", ["t", "v"], ["o"])],
               {"s": xs, "w": w, "v": w[:1]}, {"u": xs[:3] + [w], "o": xs[:3] + [w[:1]]}, typed=True)
    equal = [case.floats(2, 3) for _ in range(3)]
    for axis in (0, -1):
        parts = [case.floats(2, n) for n in (1, 3)] if axis else xs
        case.graph(f"sequence_run_concat_{axis}", [node("ConcatFromSequence", ["s"], ["y"], axis=axis)], {"s": parts},
                   {"y": np.concatenate(parts, axis)}, dynamic=True)
        case.graph(f"sequence_run_stack_{axis}", [node("ConcatFromSequence", ["s"], ["y"], axis=axis, new_axis=1)],
                   {"s": equal}, {"y": np.stack(equal, axis)}, typed=True)
    x = case.floats(5, 4)
    for axis in (0, 1):
        for size in (1, 2, 9):
            places = range(size, x.shape[axis], size)
            case.graph(f"sequence_run_split_{axis}_{size}", [node("SplitToSequence", ["x", "k"], ["y"], axis=axis)],
                       {"x": x, "k": np.array(size)}, {"y": np.split(x, places, axis)}, dynamic=True)
        drop = [part.squeeze(axis) for part in np.split(x, x.shape[axis], axis)]
        case.graph(f"sequence_run_unstack_{axis}", [node("SplitToSequence", ["x"], ["y"], axis=axis, keepdims=0)], {"x": x},
                   {"y": drop}, dynamic=True)
    case.graph("sequence_run_split_list", [node("SplitToSequence", ["x", "k"], ["y"])], {"x": x, "k": np.array([2, 0, 3])},
               {"y": [x[:2], x[:0], x[2:]]}, dynamic=True)
    every = {"f16": np.float16, "bool": np.bool_, "u8": np.uint8, "u16": np.uint16, "i64": np.int64, "f64": np.float64}
    for name, kind in every.items():
        s = [(case.bytes(n, 2) > 99).astype(kind) if kind == np.bool_ else case.bytes(n, 2).astype(kind) for n in (1, 2)]
        nodes = [node("SequenceAt", ["s", "i"], ["x"]), node("Cast", ["x"], ["y"], to=TensorProto.FLOAT),
                 node("Cast", ["y"], ["z"], to=int(numpy_helper.from_array(s[0]).data_type)), node("SequenceInsert", ["s", "z"], ["t"])]
        case.graph(f"sequence_run_{name}", nodes, {"s": s, "i": np.array(-1)}, {"t": [*s, s[-1]], "y": s[-1].astype(np.float32)},
                   typed=True)
    s = [np.array(["a", "bc"], object), np.array(["", "d"], object)]
    case.graph("sequence_run_string", [node("SequenceInsert", ["s", "w"], ["t"]), node("ConcatFromSequence", ["t"], ["y"], axis=0)],
               {"s": s, "w": s[1]}, {"t": [*s, s[1]], "y": np.concatenate([*s, s[1]])}, typed=True)


def graphs_of_the_run(case):
    """Graphs that carry, choose and map what only the run tells."""
    node, graph = helper.make_node, helper.make_graph
    info = lambda name, kind=TensorProto.FLOAT: helper.make_tensor_value_info(name, kind, None)
    xs, w = [case.floats(n, 3) for n in (2, 1, 4)], case.floats(1, 3)
    # Of each element a sum, which starts the next one's.
    body = graph([node("SequenceAt", ["xs", "i"], ["x"]), node("Add", ["x", "a"], ["y"]), node("SequenceInsert", ["t", "y"], ["u"]),
                  node("Identity", ["p"], ["q"]), node("ReduceSum", ["y", "zero"], ["b"], keepdims=1)], "body",
                 [info("i", TensorProto.INT64), info("p", TensorProto.BOOL), info("t"), info("a")],
                 [info("q", TensorProto.BOOL), info("u"), info("b")])
    a, ys = w, []
    for x in xs:
        ys.append(x + a)
        a = ys[-1].sum(0, keepdims=True)
    case.graph("sequence_run_loop", [node("SequenceLength", ["xs"], ["n"]), node("SequenceEmpty", [], ["e"]),
                                     node("Loop", ["n", "", "e", "w"], ["ys", "b"], body=body)],
               {"xs": xs, "w": w}, {"ys": ys, "b": a}, {"zero": np.array([0])}, typed=True, atol=1e-4)
    # Takes from the front until few rows are left.
    step = graph([node("SequenceErase", ["t", "zero"], ["u"]), node("ConcatFromSequence", ["u"], ["all"], axis=0),
                  node("Shape", ["all"], ["rows"], end=1), node("Greater", ["rows", "five"], ["more"]),
                  node("Squeeze", ["more"], ["q"])], "step",
                 [info("i", TensorProto.INT64), info("p", TensorProto.BOOL), info("t")], [info("q", TensorProto.BOOL), info("u")])
    case.graph("sequence_run_while", [node("Loop", ["", "", "xs"], ["ys"], body=step)], {"xs": [*xs, w]}, {"ys": [xs[2], w]},
               {"zero": np.array(0), "five": np.array([5])}, typed=True)
    for taken in (True, False):
        p = np.array(taken)
        yes, no = (graph([node("SequenceInsert", ["xs", name], ["r"])], name, [], [info("r")]) for name in ("v", "w"))
        case.graph(f"sequence_run_if_{taken}", [node("If", ["p"], ["ys"], then_branch=yes, else_branch=no)],
                   {"p": p, "xs": xs, "v": w[:, :2], "w": w}, {"ys": [*xs, w[:, :2] if taken else w]}, typed=True)
        yes, no = (graph([node("Identity", [name], ["r"])], name, [], [info("r")]) for name in ("xs", "zs"))
        case.graph(f"sequence_run_choose_{taken}", [node("If", ["p"], ["ys"], then_branch=yes, else_branch=no)],
                   {"p": p, "xs": xs, "zs": [w]}, {"ys": xs if taken else [w]}, typed=True)
        yes = graph([node("SequenceConstruct", ["w", "w"], ["r"])], "yes", [], [info("r")])
        no = graph([node("SequenceConstruct", ["w"], ["r"])], "no", [], [info("r")])
        case.graph(f"sequence_run_lists_{taken}", [node("If", ["p"], ["ys"], then_branch=yes, else_branch=no)], {"p": p, "w": w},
                   {"ys": [w, w] if taken else [w]})
    each = graph([node("MatMul", ["x", "m"], ["y"]), node("Shape", ["y"], ["n"])], "each", [info("x"), info("m")],
                 [info("y"), info("n", TensorProto.INT64)])
    m = case.floats(3, 5)
    case.graph("sequence_run_map", [node("SequenceMap", ["xs", "m"], ["ys", "ns"], body=each)], {"xs": xs, "m": m},
               {"ys": [x @ m for x in xs], "ns": [np.array([len(x), 5]) for x in xs]}, typed=True, atol=1e-4)
    given = lambda name, *shape: helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
    rows = graph([node("ReduceMax", ["x", "one"], ["y"], keepdims=0)], "rows", [given("x", None, None)], [given("y", None)])
    case.graph("sequence_run_map_ranks", [node("SequenceMap", ["xs"], ["ys"], body=rows)], {"xs": xs},
               {"ys": [x.max(1) for x in xs]}, {"one": np.array([1])})
    two = graph([node("Mul", ["x", "z"], ["y"])], "two", [info("x"), info("z")], [info("y")])
    zs = [case.floats(1, 3) for _ in xs]
    case.graph("sequence_run_map_two", [node("SequenceConstruct", ["a", "b", "c"], ["zs"]),
                                        node("SequenceMap", ["xs", "zs"], ["ys"], body=two)],
               {"xs": xs, "a": zs[0], "b": zs[1], "c": zs[2]}, {"ys": [x * z for x, z in zip(xs, zs)]}, typed=True)


def optional(case):
    node, graph = helper.make_node, helper.make_graph
    info = lambda name, kind=TensorProto.FLOAT: helper.make_tensor_value_info(name, kind, None)
    x, xs = case.floats(2, 3), [case.floats(n, 3) for n in (1, 2)]
    get = graph([node("OptionalGetElement", ["o"], ["r"])], "get", [], [info("r")])
    other = graph([node("Neg", ["w"], ["r"])], "other", [], [info("r")])
    for name, value in (("there", x), ("absent", None)):
        o = Optional(value, x)
        case.graph(f"optional_{name}", [node("OptionalHasElement", ["o"], ["h"]), node("If", ["h"], ["y"], then_branch=get, else_branch=other),
                                        node("Identity", ["o"], ["p"])],
                   {"o": o, "w": x}, {"y": -x if value is None else x, "h": np.array(value is not None), "p": o}, dynamic=True)
        s = Optional(None if value is None else xs, xs)
        case.graph(f"optional_sequence_{name}", [node("OptionalHasElement", ["o"], ["h"]), node("Identity", ["o"], ["p"])],
                   {"o": s}, {"h": np.array(value is not None), "p": s})
    case.graph("optional_get_sequence", [node("OptionalGetElement", ["o"], ["s"]), node("ConcatFromSequence", ["s"], ["y"], axis=0)],
               {"o": Optional(xs)}, {"y": np.concatenate(xs)}, dynamic=True)
    # One that a branch makes or does not.
    yes = graph([node("Optional", ["x"], ["r"])], "yes", [], [helper.make_value_info("r", Optional(x).type())])
    no = graph([node("Optional", [], ["r"], type=type_of(x, False))], "no", [], [helper.make_value_info("r", Optional(x).type())])
    for taken in (True, False):
        case.graph(f"optional_if_{taken}", [node("If", ["p"], ["o"], then_branch=yes, else_branch=no),
                                            node("OptionalHasElement", ["o"], ["h"])],
                   {"p": np.array(taken), "x": x}, {"o": Optional(x if taken else None, x), "h": np.array(taken)})
    case.graph("optional_made", [node("Optional", ["x"], ["o"])], {"x": x}, {"o": Optional(x)})


def write(case):
    for family in (known, of_the_run, graphs_of_the_run, optional):
        family(case)
    # A result that the next op goes on writing stays what the caller gets.
    x, i, u = case.floats(2, 4), np.tile(np.arange(4), (2, 1)), case.floats(2, 4)
    case.graph("result_written_on", [helper.make_node("Exp", ["x"], ["y"]),
                                     helper.make_node("ScatterElements", ["y", "i", "u"], ["z"], axis=1)],
               {"x": x, "i": i, "u": u}, {"y": np.exp(x), "z": u}, dynamic=True)
