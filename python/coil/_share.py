"""Outputs that lie in an input's buffer: coil_share of coil/runtime.h."""
import numpy as np


def _root(array):
    """The array that owns the memory, or the last that is known."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


def _whole(array, shape):
    """The buffer of `shape` that `array` is the beginning of; None where it is none."""
    root, size = _root(array), int(np.prod(shape)) * array.itemsize
    offset = array.ctypes.data - root.ctypes.data
    strides = array.itemsize * np.cumprod([1, *shape[:0:-1]])[::-1]
    laid_out = all(n <= 1 or own == wanted for n, own, wanted in zip(array.shape, array.strides, strides))
    if not (array.flags.writeable and laid_out and root.flags.c_contiguous and 0 <= offset <= root.nbytes - size):
        return None
    return np.ndarray(shape, array.dtype, root, offset)


def _first_rows(whole, shape):
    return whole[tuple(slice(n) for n in shape)]


def bind(array, share):
    """(what the run is to read, the buffer it may write): of an array that is not in such a buffer, a copy that is."""
    if share.axis >= array.ndim or (share.axis >= 0 and array.shape[share.axis] > share.capacity):
        return array, array  # the runtime says what is wrong with it
    shape = list(array.shape)
    if share.axis >= 0:
        shape[share.axis] = share.capacity
    whole = _whole(array, shape)
    if whole is None:
        whole = np.zeros(shape, array.dtype)
        _first_rows(whole, array.shape)[...] = array
    return _first_rows(whole, array.shape), whole


def result(whole, tensor):
    """What the run made of it: no copy."""
    return _first_rows(whole, tensor.dims[:tensor.rank])
