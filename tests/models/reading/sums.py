"""A kernel for the tests of machine code: the sum of whole numbers times a factor, in whole numbers."""

from numba import carray, cfunc, types


@cfunc(types.int64(types.CPointer(types.int64), types.int64, types.float32))
def kernel(numbers_at, count, factor):
    total = 0
    for number in carray(numbers_at, count):
        total += number
    return int(total * factor)


@cfunc(types.int64(types.int64))
def failing(count):
    if count > 3:
        raise ValueError("too many")
    return count
