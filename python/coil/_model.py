"""A loaded model."""
import collections
import ctypes
import os
import threading

import numpy as np

from . import _abi, _share

STATUS = {1: "argument", 2: "type", 3: "shape", 4: "buffer", 5: "weights", 6: "memory", 7: "data", 8: "threads"}

Value = collections.namedtuple("Value", "name dtype shape type kind", defaults=["tensor"])
Value.__doc__ = """An input or output: its name, numpy type, shape (a dynamic dimension is its name), ONNX type and kind: a
"tensor", "sequence", "optional tensor" or "optional sequence". Of a sequence, type and shape are those of each element;
a shape that each element has for itself is None."""


_DIM_UNKNOWN = -2**63  # COIL_DIM_UNKNOWN of coil/runtime.h


class Error(Exception):
    """A run or a load failed. `code` is the coil_status, `kind` its name in small letters, e.g. "shape"."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code
        self.kind = STATUS.get(code, "unknown")


class Model:
    """Made by load(). Call it with the inputs in order or by name; it returns {name: array} of the outputs.

    A result that shares its buffer with an input (coilc --share) is not copied: it is a view of the memory of that argument,
    which the run has changed. Where it grows, the argument is one if it has room, as the result of the last call has, or
    buffer[:, :, :n] of an array that has its own memory and the capacity's shape; any other is copied into a new buffer first.
    Such an array begins as zeros: GroupQueryAttention reads what lies behind the tokens, weighed by 0."""

    def __init__(self, library, symbol, threads, weights):
        self._lock = threading.Lock()
        self._context = ctypes.c_void_p()
        self._info = _abi.ModelInfo.in_dll(library, symbol)
        if self._info.abi != _abi.ABI:
            raise ImportError(f"{symbol}: made for version {self._info.abi} of the runtime's interface, "
                              f"this package knows {_abi.ABI}")
        self._api = self._info.api.contents
        self.name = self._info.name.decode()
        self.target = self._info.target.decode()
        self.compiler = self._info.compiler.decode()
        self.inputs = tuple(map(self._value, self._info.inputs[:self._info.input_count]))
        self.outputs = tuple(map(self._value, self._info.outputs[:self._info.output_count]))
        self._shares = {share.input: share for share in self._info.shares[:self._info.share_count]}
        options = _abi.Options(threads, 0, os.fsencode(weights) if weights else None, None)
        status = self._api.create(ctypes.byref(self._info), ctypes.byref(options), ctypes.byref(self._context))
        if status:
            raise Error(status, self._message())

    def _value(self, info):
        type_name, dtype = _abi.TYPES[info.type]
        # A size that only the data tells has no symbol.
        shape = None if info.rank == _abi.RANK_UNKNOWN else tuple(
            d if d >= 0 else "?" if d == _DIM_UNKNOWN else self._info.symbols[-1 - d].decode() for d in info.dims[:info.rank])
        kind = "optional " * bool(info.kind & _abi.IS_OPTIONAL) + ("sequence" if info.kind & _abi.IS_SEQUENCE else "tensor")
        return Value(info.name.decode(), np.dtype(dtype), shape, type_name, kind)

    def _message(self):
        return self._api.error(self._context).decode(errors="replace")

    def _bind(self, positional, named):
        """The arguments in the order of the inputs."""
        names = [value.name for value in self.inputs]
        if len(positional) > len(names):
            raise TypeError(f"{self.name} takes {len(names)} inputs, {len(positional)} were given")
        given = dict(zip(names, positional))
        for name, value in named.items():
            if name not in names:
                raise TypeError(f"{self.name} has no input '{name}'; it has {', '.join(names)}")
            if name in given:
                raise TypeError(f"{self.name}: input '{name}' is given twice")
            given[name] = value
        if missing := [name for name in names if name not in given]:
            raise TypeError(f"{self.name}: missing {', '.join(missing)}")
        return [given[name] for name in names]

    def __call__(self, *positional, **named):
        inputs = (_abi.Tensor * max(1, len(self.inputs)))()
        outputs = (_abi.Tensor * max(1, len(self.outputs)))()
        buffers = {}  # of outputs that lie in an input's
        alive = [self._fill(tensor, value, argument) if number not in self._shares else
                 buffers.setdefault(self._shares[number].output, self._fill_shared(tensor, value, argument, number))
                 for number, (tensor, value, argument) in enumerate(zip(inputs, self.inputs, self._bind(positional, named)))]
        with self._lock:
            if not self._context:
                raise ValueError(f"{self.name} is closed")
            status = self._api.run(self._context, inputs, outputs)
            del alive
            if status:
                raise Error(status, self._message())
            return {value.name: _share.result(buffers[number], tensor) if number in buffers else self._result(tensor)
                    for number, (value, tensor) in enumerate(zip(self.outputs, outputs))}

    def _fill(self, tensor, value, argument):
        """Describes an argument to the runtime; what is returned must live as long as it reads."""
        if argument is None and value.kind.startswith("optional"):
            tensor.type = _abi.NONE
            return None
        if not value.kind.endswith("sequence"):
            array, tensor.type, texts = self._array(value, argument)
            tensor.data, tensor.bytes, tensor.rank = array.ctypes.data, array.nbytes, array.ndim
            tensor.dims[:array.ndim] = array.shape
            return array, texts
        if not isinstance(argument, (list, tuple)):
            raise TypeError(f"input '{value.name}': a list of arrays is expected, not {type(argument).__name__}")
        elements, one = (_abi.Tensor * max(1, len(argument)))(), value._replace(kind="tensor")
        arrays = [self._fill(element, one, item) for element, item in zip(elements, argument)]
        tensor.data, tensor.bytes = ctypes.addressof(elements), ctypes.sizeof(_abi.Tensor) * len(argument)
        tensor.type, tensor.rank, tensor.dims[0] = _abi.SEQUENCE, 1, len(argument)
        return elements, arrays

    def _fill_shared(self, tensor, value, argument, number):
        """The same of an argument whose buffer a result will lie in, which is returned."""
        array, tensor.type, _ = self._array(value, argument, dense=False)
        array, whole = _share.bind(array, self._shares[number])
        tensor.data, tensor.bytes, tensor.rank = array.ctypes.data, whole.nbytes, array.ndim
        tensor.dims[:array.ndim] = array.shape
        return whole

    def _array(self, value, argument, dense=True):
        """What the runtime reads, its type, and what must live as long. An array keeps its type, and the runtime refuses
        a wrong one; numbers and lists have none yet."""
        wanted = None if isinstance(argument, (np.ndarray, np.generic)) else value.dtype
        array = np.asarray(argument, dtype=wanted)
        if array.ndim > _abi.MAX_RANK:
            raise Error(3, f"input '{value.name}': {array.ndim} dimensions, {_abi.MAX_RANK} are the limit")
        if array.dtype.kind in "OUS":
            return self._strings(value, array)
        code = _abi.CODES.get(array.dtype) or _abi.ML_DTYPES.get(array.dtype.name)
        if code is None:
            raise Error(2, f"input '{value.name}': no tensor has elements of type {array.dtype}")
        plain = np.dtype(_abi.TYPES[code][1])
        if array.dtype != plain and code >= _abi.PLAIN:
            array = array.view(plain)
        elif _abi.NUMBERS[value.type] >= _abi.PLAIN and array.dtype == value.dtype:
            code = _abi.NUMBERS[value.type]
        return np.require(array, dtype=array.dtype.newbyteorder("="), requirements="C" if dense else None), code, None

    @staticmethod
    def _strings(value, array):
        """A coil_string for each str or bytes, and their texts."""
        texts = []
        for item in array.ravel():
            if not isinstance(item, (str, bytes)):
                raise Error(2, f"input '{value.name}': an element is a {type(item).__name__}, expected str or bytes")
            texts.append(item if isinstance(item, bytes) else item.encode(errors="surrogateescape"))
        joined = np.frombuffer(b"".join(texts) + b"\0", np.uint8)
        places = np.empty(array.shape, _abi.PLACE)
        sizes = np.array([len(text) for text in texts], np.uintp)
        places["bytes"] = sizes.reshape(array.shape)
        places["data"] = (joined.ctypes.data + np.cumsum(sizes) - sizes).astype(np.uintp).reshape(array.shape)
        return places, _abi.STRING, joined

    @classmethod
    def _result(cls, tensor):
        """A copy: the context reuses its memory in the next run. Strings are str in an array of objects."""
        if tensor.type == _abi.NONE:
            return None
        if tensor.type == _abi.SEQUENCE:
            return [cls._result(item) for item in ctypes.cast(tensor.data, ctypes.POINTER(_abi.Tensor))[:tensor.dims[0]]]
        if tensor.type == _abi.STRING:
            places = np.frombuffer(ctypes.string_at(tensor.data, tensor.bytes) if tensor.bytes else b"", _abi.PLACE)
            result = np.empty(len(places), object)
            result[:] = [ctypes.string_at(int(data), int(size)).decode(errors="surrogateescape")
                         for data, size in places]
            return result.reshape(tensor.dims[:tensor.rank])
        dtype = np.dtype(_abi.TYPES[tensor.type][1])
        data = ctypes.string_at(tensor.data, tensor.bytes) if tensor.bytes else b""
        return np.frombuffer(bytearray(data), dtype).reshape(tensor.dims[:tensor.rank])

    @property
    def memory(self):
        """Bytes that this model holds for tensors."""
        with self._lock:
            return self._api.memory(self._context) if self._context else 0

    def close(self):
        """Gives the memory and the threads back. The model cannot be called any more."""
        with self._lock:
            if self._context:
                self._api.destroy(self._context)
                self._context = ctypes.c_void_p()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def __del__(self):
        if getattr(self, "_context", None):
            self.close()

    def __repr__(self):
        kind = lambda v: "" if v.kind == "tensor" else f"{v.kind} of " if v.kind.endswith("sequence") else "optional "
        shape = lambda v: "" if v.shape is None else str(list(v.shape)).replace("'", "")
        show = lambda values: ", ".join(f"{v.name}: {kind(v)}{v.type}{shape(v)}" for v in values)
        return f"<coil model {self.name} ({self.target}): {show(self.inputs)} -> {show(self.outputs)}>"


def load(path, threads=0, weights=None, name=None):
    """Loads a library made by coilc.

    threads: 0 is one for each core this process may use. weights: the weights file, if it is not beside the library.
    name: which model, in a library that has several.
    """
    path = os.path.abspath(path)
    symbols = _abi.model_symbols(path)
    if name is not None:
        symbols = [symbol for symbol in symbols if symbol == f"{name}_model"]
    if len(symbols) != 1:
        models = ", ".join(symbol.removesuffix("_model") for symbol in symbols)
        raise ImportError(f"{path}: has the models {models}; say which by name=" if symbols else
                          f"{path}: has no model" + (f" named '{name}'" if name else ""))
    return Model(ctypes.CDLL(path), symbols[0], threads, weights)
