"""COIL from Python: compile an ONNX model, load the library, call it on numpy arrays.

    import coil
    library = coil.compile("digits.onnx", target="host")
    with coil.load(library, threads=1) as model:
        print(model.inputs, model.outputs)
        probability = model(image=images)["probability"]

Element types are numpy's. numpy has no bfloat16: such tensors are uint16 arrays of the same bits
(`x.astype(np.float32).view(np.uint32) >> 16` truncates to it). Floats of 8 and 4 bits are uint8 arrays of their
bits; strings are str, or bytes, in an array of any kind, and come back as str in one of objects; int4 and int2 are int8, uint4 and uint2 uint8 arrays, one element a byte. Arrays of the package ml_dtypes are
taken too.

A sequence is a list of arrays, an optional value that is absent is None, both as an input and as an output.

Threads: a Model runs one call at a time; calls from several threads wait for each other. To run calls
at the same time, load the library once for each thread: the code and the weights are shared.
"""
from ._compile import CompileError, compile
from ._model import Error, Model, Value, load

__all__ = ["CompileError", "Error", "Model", "Value", "compile", "load"]
__version__ = "0.1.0"
