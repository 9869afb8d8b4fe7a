"""How far a model's results are from f64's, for several ways to compile it: flags of coilc.

The reference is the same model with f64 in the place of f32 and f16 everywhere, compiled for the host. Weights that a model
makes of one number are random ones here, else filters would do nothing; a Softmax at the end, which would hide what
differs, is left out. The inputs are the model's first reference data set; random where it has none or its weights are. An error is relative to the result's largest magnitude (max) or to its root mean square (RMS).
"""
import pathlib

import numpy as np
import onnx
import onnx.numpy_helper

import coiltest
import compile_models

WAYS = [f"--target=host --winograd={way}" for way in ("off", "2", "4", "auto")]


def arguments(parser):
    parser.add_argument("--build", type=pathlib.Path, default=coiltest.SOURCE / "build", help="the build folder")
    parser.add_argument("--corpus", type=pathlib.Path, default=coiltest.corpus())
    parser.add_argument("--models", default="super_resolution,torch_resnet20_cifar,light_vgg19,light_resnet50",
                        metavar="PATTERN[,PATTERN...]", help="default: %(default)s")
    parser.add_argument("--way", action="append", metavar="=FLAGS",
                        help="a column: flags of coilc, several with blanks (default: " + ", ".join(WAYS) + ")")
    parser.add_argument("--timeout", type=int, default=300, metavar="SECONDS", help="for each compile and each run")


def give_real_filters(model):
    """Initializers in the place of ConstantOfShape, of the size that keeps what a layer makes as large as what it gets.
    Returns whether there were any."""
    graph, random, made = model.graph, np.random.default_rng(0), False
    values = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in graph.initializer}
    for node in [node for node in graph.node if node.op_type == "ConstantOfShape" and node.input[0] in values]:
        shape = values[node.input[0]]
        if len(shape) > 1:
            data = random.standard_normal(shape, np.float32) * np.float32((2 / np.prod(shape[1:])) ** 0.5)
            graph.initializer.append(onnx.numpy_helper.from_array(data, node.output[0]))
            graph.node.remove(node)
            made = True
    if graph.node[-1].op_type == "Softmax":
        graph.output[0].name = graph.node[-1].input[0]
        del graph.node[-1]
    return made


def in_double(model):
    double = onnx.ModelProto()
    double.CopyFrom(model)
    wide = lambda tensor: onnx.numpy_helper.from_array(onnx.numpy_helper.to_array(tensor).astype(np.float64), tensor.name)
    narrow = (onnx.TensorProto.FLOAT, onnx.TensorProto.FLOAT16)
    tensors = [*double.graph.initializer, *(a.t for node in double.graph.node for a in node.attribute if a.HasField("t"))]
    for tensor in tensors:
        if tensor.data_type in narrow:
            tensor.CopyFrom(wide(tensor))
    for value in [*double.graph.input, *double.graph.output, *double.graph.value_info]:
        if value.type.tensor_type.elem_type in narrow:
            value.type.tensor_type.elem_type = onnx.TensorProto.DOUBLE
    for node in double.graph.node:
        for attribute in node.attribute:
            if node.op_type == "Cast" and attribute.name == "to" and attribute.i in narrow:
                attribute.i = onnx.TensorProto.DOUBLE
    return double


def inputs_of(model, folder, made):
    """The arrays of the first data set in `folder`; random ones where there is none, or filters were made."""
    known = {tensor.name for tensor in model.graph.initializer}
    values = [value for value in model.graph.input if value.name not in known]
    paths = [folder / "test_data_set_0" / f"input_{number}.pb" for number in range(len(values))]
    if not made and all(path.exists() for path in paths):
        return [onnx.numpy_helper.to_array(onnx.TensorProto.FromString(path.read_bytes())) for path in paths]
    random = np.random.default_rng(1)
    types = [value.type.tensor_type for value in values]
    return [random.standard_normal([d.dim_value or 1 for d in kind.shape.dim], np.float32).astype(
        onnx.mapping.TENSOR_TYPE_TO_NP_TYPE[kind.elem_type]) for kind in types]


def results(options, model, inputs, folder, flags):
    """The outputs of a run, as arrays of f64."""
    coiltest.fresh_folder(folder)
    onnx.save(model, folder / "model.onnx")
    paths = []
    for number, data in enumerate(inputs):
        paths.append(folder / f"in{number}.npy")
        np.save(paths[-1], data)
    for command in ([coiltest.tool(options.build, "coilc"), folder / "model.onnx", "-o", folder / "m.so", *flags],
                    [coiltest.tool(options.build, "coil-run"), folder / "m.so", "--outputs", folder, "--inputs", *paths]):
        outcome = coiltest.run([str(word) for word in command], options.timeout)
        if outcome.code:
            raise SystemExit(f"{command[1]}: {coiltest.complaint(outcome, options.timeout)}")
    return [np.load(folder / f"output_{number}.npy").astype(np.float64) for number in range(len(model.graph.output))]


def errors(got, wanted):
    """The largest error and the RMS error, of the output that has the greatest."""
    size = lambda x: np.sqrt(np.mean(np.square(x)))
    return max((np.abs(x - y).max() / np.abs(y).max(), size(x - y) / size(y)) for x, y in zip(got, wanted))


def run(options):
    work, ways = options.build.resolve() / "test" / "bench" / "errors", options.way or WAYS
    print("errors of results beside f64")
    print(f"{'model':<24}" + "".join(f"{way:>34}" for way in ways))
    print(" " * 24 + f"{'max':>24}{'RMS':>10}" * len(ways), flush=True)
    for name, path in compile_models.find_models(options, work).items():
        model = onnx.load(path)
        made = give_real_filters(model)
        inputs = inputs_of(model, path.parent, made)
        wide = [data.astype(np.float64) if data.dtype.kind == "f" else data for data in inputs]
        wanted = results(options, in_double(model), wide, work / name / "f64", ["--target=host"])
        row = f"{name:<24}"
        for number, way in enumerate(ways):
            got = results(options, model, inputs, work / name / str(number), way.split())
            row += "{:>24.1e}{:>10.1e}".format(*errors(got, wanted))
        print(row, flush=True)
