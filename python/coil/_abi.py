"""include/coil/runtime.h in ctypes, and the one exported symbol of a library."""
import ctypes
import pathlib
import platform
import struct

import numpy as np

ABI = 6
MAX_RANK = 8
RANK_UNKNOWN = -1
# coil_kind, and coil_type of what is no tensor.
IS_SEQUENCE, IS_OPTIONAL = 1, 2
NONE, SEQUENCE = 0, 64

# coil_type -> (ONNX's name, numpy's type)
TYPES = {
    1: ("float32", np.float32), 2: ("uint8", np.uint8), 3: ("int8", np.int8), 4: ("uint16", np.uint16),
    5: ("int16", np.int16), 6: ("int32", np.int32), 7: ("int64", np.int64), 8: ("string", np.object_), 9: ("bool", np.bool_),
    10: ("float16", np.float16), 11: ("float64", np.float64), 12: ("uint32", np.uint32), 13: ("uint64", np.uint64),
    16: ("bfloat16", np.uint16),
    17: ("float8e4m3fn", np.uint8), 18: ("float8e4m3fnuz", np.uint8), 19: ("float8e5m2", np.uint8),
    20: ("float8e5m2fnuz", np.uint8), 21: ("uint4", np.uint8), 22: ("int4", np.int8), 23: ("float4e2m1", np.uint8),
    24: ("float8e8m0", np.uint8), 25: ("uint2", np.uint8), 26: ("int2", np.int8),
}
# numpy's type -> coil_type. From 16 on numpy has no type of its own: an array of that integer may be given.
PLAIN = 16
CODES = {np.dtype(dtype): code for code, (name, dtype) in TYPES.items() if code < PLAIN}
NUMBERS = {name: code for code, (name, dtype) in TYPES.items()}
# Package ml_dtypes has them for numpy, under these names; a byte an element, as here.
ML_DTYPES = {"bfloat16": 16, "float8_e4m3fn": 17, "float8_e4m3fnuz": 18, "float8_e5m2": 19, "float8_e5m2fnuz": 20,
             "uint4": 21, "int4": 22, "float4_e2m1fn": 23, "float8_e8m0fnu": 24, "uint2": 25, "int2": 26}


STRING = 8
PLACE = np.dtype([("data", np.uintp), ("bytes", np.uintp)])  # a coil_string


class Tensor(ctypes.Structure):
    _fields_ = [("data", ctypes.c_void_p), ("bytes", ctypes.c_size_t), ("type", ctypes.c_int32),
                ("rank", ctypes.c_int32), ("dims", ctypes.c_int64 * MAX_RANK)]


class ValueInfo(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char_p), ("type", ctypes.c_int32), ("rank", ctypes.c_int16),
                ("kind", ctypes.c_uint16), ("dims", ctypes.POINTER(ctypes.c_int64))]


class Share(ctypes.Structure):
    _fields_ = [("output", ctypes.c_int32), ("input", ctypes.c_int32), ("axis", ctypes.c_int32), ("reserved", ctypes.c_int32),
                ("capacity", ctypes.c_int64)]


class Options(ctypes.Structure):
    _fields_ = [("threads", ctypes.c_int32), ("pin", ctypes.c_int32), ("weights", ctypes.c_char_p), ("allocator", ctypes.c_void_p)]


class Api(ctypes.Structure):
    _fields_ = [
        ("create", ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.POINTER(Options),
                                    ctypes.POINTER(ctypes.c_void_p))),
        ("run", ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.POINTER(Tensor), ctypes.POINTER(Tensor))),
        ("destroy", ctypes.CFUNCTYPE(None, ctypes.c_void_p)),
        ("error", ctypes.CFUNCTYPE(ctypes.c_char_p, ctypes.c_void_p)),
        ("set_profiling", ctypes.c_void_p),
        ("profile", ctypes.c_void_p),
        ("memory", ctypes.CFUNCTYPE(ctypes.c_size_t, ctypes.c_void_p)),
    ]


class ModelInfo(ctypes.Structure):
    _fields_ = [
        ("abi", ctypes.c_int32), ("input_count", ctypes.c_int32), ("output_count", ctypes.c_int32),
        ("symbol_count", ctypes.c_int32), ("site_count", ctypes.c_int32), ("share_count", ctypes.c_int32),
        ("name", ctypes.c_char_p), ("target", ctypes.c_char_p), ("compiler", ctypes.c_char_p),
        ("inputs", ctypes.POINTER(ValueInfo)), ("outputs", ctypes.POINTER(ValueInfo)),
        ("symbols", ctypes.POINTER(ctypes.c_char_p)), ("sites", ctypes.c_void_p),
        ("shares", ctypes.POINTER(Share)), ("weights", ctypes.c_void_p),
        ("weight_file", ctypes.c_char_p), ("weight_bytes", ctypes.c_int64), ("weight_hash", ctypes.c_uint64),
        ("invoke", ctypes.c_void_p), ("api", ctypes.POINTER(Api)), ("strings", ctypes.c_void_p),
    ]


MACHINES = {62: "x86_64", 183: "aarch64"}  # ELF's e_machine


def model_symbols(path):
    """The names NAME_model that a library for this machine defines; ImportError when it is no such library."""
    data = pathlib.Path(path).read_bytes()
    if data[:6] != b"\x7fELF\x02\x01" or len(data) < 64:
        raise ImportError(f"{path}: not a 64-bit ELF library")
    machine = MACHINES.get(struct.unpack_from("<H", data, 18)[0], "another machine")
    if machine != platform.machine():
        raise ImportError(f"{path}: compiled for {machine}, but this is {platform.machine()}; "
                          "coil-run can run it under QEMU")
    try:
        return _dynamic_objects(data, b"_model")
    except (struct.error, IndexError, ValueError):
        raise ImportError(f"{path}: damaged") from None


def _dynamic_objects(data, suffix):
    offset, = struct.unpack_from("<Q", data, 40)
    size, count = struct.unpack_from("<HH", data, 58)
    # name, type, flags, address, offset, size, link, info, alignment, entry size
    sections = [struct.unpack_from("<IIQQQQIIQQ", data, offset + i * size) for i in range(count)]
    names = []
    for section in sections:
        if section[1] != 11:  # SHT_DYNSYM
            continue
        strings = sections[section[6]][4]
        for at in range(section[4], section[4] + section[5], 24):
            name, info, _, index = struct.unpack_from("<IBBH", data, at)
            if info & 15 != 1 or index == 0:  # STT_OBJECT, defined here
                continue
            start = strings + name
            text = data[start:data.index(b"\0", start)]
            if text.endswith(suffix):
                names.append(text.decode())
    return names
