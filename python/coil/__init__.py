"""COIL from Python: compile an ONNX model, load the library, call it on numpy arrays.

    import coil
    library = coil.compile("digits.onnx", target="host")
    with coil.load(library, threads=1) as model:
        print(model.inputs, model.outputs)
        probability = model(image=images)["probability"]

Element types are numpy's. numpy has no bfloat16: such tensors are uint16 arrays of the same bits
(`x.astype(np.float32).view(np.uint32) >> 16` truncates to it).

Threads: a Model runs one call at a time; calls from several threads wait for each other. To run calls
at the same time, load the library once for each thread: the code and the weights are shared.
"""
from ._compile import CompileError, compile
from ._model import Error, Model, Value, load

__all__ = ["CompileError", "Error", "Model", "Value", "compile", "load"]
__version__ = "0.1.0"
