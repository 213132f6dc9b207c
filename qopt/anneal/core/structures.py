"""Many arrays handed to a kernel as one: a block of their addresses.

numba takes a named tuple of arrays apart at every call, into several values for each array. For
the ninety arrays of a constrained model that was most of what compiling took, and numba counts
references to each array wherever the tuple goes, which took fifty times what the moves take
themselves (a trial: 4 microseconds a move, then 0.1). So Python writes the addresses into one
array of int64, and a kernel reads a field where it needs one. A block does not change while a
kernel runs; the compiler is told so, and reads each address once.

Declare a named tuple whose fields are annotated `int`, `float`, `bool` or `NDArray[...]`; make its
blocks by `addresses` or `row_addresses`, and in the kernel read them by what `reader` and
`row_reader` return:

    class Model(NamedTuple):
        size: int
        bias: Floats

    the_model = reader(Model)

    @compiled
    def total(block):
        model, result = the_model(block), 0.0
        for v in range(model.size):
            result += model.bias[v]
        return result

    total(addresses(model))  # `model` must stay alive as long as the block

An array of any dimensions is read as one of one dimension, and nothing checks bounds.
"""

from __future__ import annotations

from functools import cache
from typing import Any, get_args, get_origin, get_type_hints

import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba.core import types
from numba.core.datamodel import models
from numba.core.typing.templates import AttributeTemplate, infer_getattr
from numba.extending import intrinsic, lower_getattr_generic, register_model
from numba.np.numpy_support import from_dtype

_WORD = ir.IntType(64)
_POINTER: Any = getattr(types, "CPointer")  # noqa: B009  # whose stubs do not know it

_NUMBERS = {int: types.int64, float: types.float64, bool: types.boolean}

Block = npt.NDArray[np.int64]


class Structure(types.Type):
    """The numba type of a pointer to the words of one `record`, a class of named tuples."""

    def __init__(self, record: type) -> None:
        self.record, self.fields = record, _fields(record)
        super().__init__(name=record.__name__)


@register_model(Structure)
class _StructureModel(models.PrimitiveModel):
    def __init__(self, dmm: Any, fe_type: Structure) -> None:
        super().__init__(dmm, fe_type, _WORD.as_pointer())


@infer_getattr
class _StructureFields(AttributeTemplate):
    key = Structure

    def generic_resolve(self, structure: Structure, name: str) -> Any:
        return structure.fields.get(name)


def _read(context: Any, builder: Any, structure: Structure, pointer: Any, name: str) -> Any:
    place = list(structure.fields).index(name)
    kind = structure.fields[name]
    at = builder.gep(pointer, [ir.Constant(_WORD, place)])
    if kind == types.float64 or isinstance(kind, _POINTER):
        at = builder.bitcast(at, context.get_value_type(kind).as_pointer())
    word = builder.load(at)
    word.set_metadata("invariant.load", builder.module.add_metadata([]))
    if kind == types.boolean:
        return builder.icmp_unsigned("!=", word, ir.Constant(_WORD, 0))
    return word


lower_getattr_generic(Structure)(_read)


def addresses(record: Any) -> Block:
    """int64[fields]: of each array of a named tuple its address, and each number as it is.

    Raises TypeError for an array of another type than the field's, or not C-contiguous.
    """
    return np.array([_word(record, name) for name in record._fields], dtype=np.int64)


def row_addresses(record: Any) -> Block:
    """int64[rows, fields]: of each array of a named tuple the address of each of its rows."""
    first = addresses(record)
    strides = np.array([array.strides[0] for array in record], dtype=np.int64)
    rows = np.arange(len(record[0]), dtype=np.int64)
    return np.ascontiguousarray(first + rows[:, None] * strides)


def reader(record: type) -> Any:
    """For compiled code: a block made by `addresses` as the named tuple."""
    structure = Structure(record)

    def the_structure(typingctx: Any, block: Any) -> Any:
        def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return context.make_array(block)(context, builder, arguments[0]).data

        return structure(block), codegen

    return intrinsic(the_structure)


def row_reader(record: type) -> Any:
    """For compiled code: a row of a block made by `row_addresses` as the named tuple."""
    structure = Structure(record)

    def the_structure(typingctx: Any, blocks: Any, row: Any) -> Any:
        def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            array = context.make_array(blocks)(context, builder, arguments[0])
            words = ir.Constant(_WORD, len(structure.fields))
            return builder.gep(array.data, [builder.mul(arguments[1], words)])

        return structure(blocks, types.int64), codegen

    return intrinsic(the_structure)


def _fields(record: type) -> dict[str, Any]:
    return {name: _kind(hint) for name, hint in _hints(record).items()}


def _kind(hint: Any) -> Any:
    if hint in _NUMBERS:
        return _NUMBERS[hint]
    return _POINTER(from_dtype(np.dtype(_number(hint))))


def _number(hint: Any) -> Any:
    """`np.float64` of `NDArray[np.float64]`, which is `ndarray[shape, dtype[np.float64]]`."""
    assert get_origin(hint) is np.ndarray, hint
    return get_args(get_args(hint)[1])[0]


@cache
def _hints(record: Any) -> dict[str, Any]:
    return get_type_hints(record)


def _word(record: Any, name: str) -> int:
    kind: Any = type(record)
    value, hint = getattr(record, name), _hints(kind)[name]
    if hint is float:
        return int(np.float64(value).view(np.int64))
    if hint in _NUMBERS:
        return int(value)
    number = np.dtype(_number(hint))
    if value.dtype != number or not value.flags.c_contiguous:
        raise TypeError(
            f"{type(record).__name__}.{name} is {value.dtype}{value.shape}, strides "
            f"{value.strides}; kernels read a C-contiguous array of {number}"
        )
    return int(value.ctypes.data)
