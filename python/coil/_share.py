"""Outputs that lie in an input's buffer: coil_share of coil/runtime.h."""
import numpy as np


def _root(array):
    """The array that owns the memory, or the last that is known."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


def _whole(array, shape):
    """The array of exactly this `shape` that `array` is the first rows of; None where there is none. What is a part of some
    other array is none: the run writes to all of the buffer."""
    for whole in (array, _root(array)):
        first = whole.shape == tuple(shape) and whole.dtype == array.dtype and whole.ctypes.data == array.ctypes.data
        rows = first and all(n <= 1 or own == wanted for n, own, wanted in zip(array.shape, array.strides, whole.strides))
        if rows and whole.flags.c_contiguous and whole.flags.writeable:
            return whole
    return None


def _first_rows(whole, shape):
    return whole[(*map(slice, shape), ...)]  # the dots: without a dimension, too, it is an array


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
