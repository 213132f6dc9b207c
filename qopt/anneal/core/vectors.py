"""SIMD vectors of any width as numba values.

numba's auto-vectoriser does not find the loops of the annealing kernels (it mixes uint64 into
uint32 arithmetic, adds aliasing checks and stops at 256 bits), so the vectors are written out as
LLVM vector types. A vector has as many lanes as the kernel asks for; LLVM splits it over the
registers of the machine. Numbers are int8, int16, int32, uint32, float32 or float64; a mask is a
vector of bits, kept in memory as one unsigned integer of that many bits.

Nothing here checks bounds. Arrays are C-contiguous; row `i` of a 2-d array is one vector of as many
lanes as it has columns.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Any, cast

import numpy as np
from llvmlite import ir
from numba.core import types
from numba.core.cgutils import get_or_insert_function
from numba.core.datamodel import models
from numba.extending import intrinsic, register_model

_FLOATS = {types.float32: ir.FloatType(), types.float64: ir.DoubleType()}
_LLVM = {types.int8: 8, types.int16: 16, types.int32: 32, types.uint32: 32}
_INT32 = ir.IntType(32)


def _element(number: Any) -> ir.Type:
    if number in _FLOATS:
        return _FLOATS[number]
    return ir.IntType(1 if number == types.boolean else _LLVM[number])


class Vector(types.Type):
    """A numba type whose values are one LLVM vector of `lanes` elements of the numba type `number`
    (boolean: a mask).
    """

    def __init__(self, number: Any, lanes: int) -> None:
        self.number, self.lanes = number, lanes
        self.llvm = ir.VectorType(_element(number), lanes)
        super().__init__(name=f"{'mask' if number == types.boolean else number}x{lanes}")

    @property
    def is_float(self) -> bool:
        return self.number in _FLOATS


@register_model(Vector)
class _VectorModel(models.PrimitiveModel):
    def __init__(self, dmm: Any, fe_type: Vector) -> None:
        super().__init__(dmm, fe_type, fe_type.llvm)


@cache
def vector(number: Any, lanes: int) -> Vector:
    return Vector(number, lanes)


def mask_of(lanes: int) -> Vector:
    return vector(types.boolean, lanes)


def _intrinsic(build: Callable[..., Any]) -> Callable[..., Any]:
    """An operation for compiled code: called there without the typing context that `build` gets
    from numba.
    """
    return cast(Callable[..., Any], intrinsic(build))


def _constant(llvm: ir.VectorType, value: float | int) -> ir.Constant:
    return ir.Constant(llvm, [value] * llvm.count)


def _splat(builder: ir.IRBuilder, scalar: ir.Value, lanes: int) -> ir.Value:
    llvm = ir.VectorType(scalar.type, lanes)
    undefined = ir.Constant(llvm, ir.Undefined)
    first = builder.insert_element(undefined, scalar, ir.Constant(_INT32, 0))
    return builder.shuffle_vector(
        first, undefined, ir.Constant(ir.VectorType(_INT32, lanes), [0] * lanes)
    )


def _fma(builder: ir.IRBuilder, *operands: ir.Value) -> ir.Value:
    llvm = operands[0].type
    name = f"llvm.fma.v{llvm.count}f32"
    return builder.call(
        get_or_insert_function(builder.module, ir.FunctionType(llvm, [llvm] * 3), name), operands
    )


def _operation(result: Vector, operands: list[Any], emit: Callable[..., ir.Value]) -> Any:
    """`emit(builder, *values)` as what an intrinsic returns: a signature and a code generator."""

    def codegen(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> ir.Value:
        return emit(builder, *arguments)

    return result(*operands), codegen


# ---- memory --------------------------------------------------------------------------------------


# bytes: a row that crosses a cache line costs twice. A trial on G1: with this, unsigned indices and
# a known row length, 0.88 ns an update became 0.70
ALIGNMENT = 64


def aligned(shape: tuple[int, ...], number: Any) -> Any:
    """An uninitialised numpy array that starts at a multiple of `ALIGNMENT` bytes, as `load` and
    `store` presume.
    """
    size = math.prod(shape) * np.dtype(number).itemsize
    room = np.empty(size + ALIGNMENT, dtype=np.uint8)
    start = -room.ctypes.data % ALIGNMENT
    return room[start : start + size].view(number).reshape(shape)


def _alignment(vector_type: Vector) -> int:
    return int(min(ALIGNMENT, vector_type.lanes * vector_type.number.bitwidth // 8))


def _row(
    context: Any,
    builder: ir.IRBuilder,
    array_type: Any,
    array: ir.Value,
    row: ir.Value,
    wanted: Vector,
) -> ir.Value:
    data = context.make_array(array_type)(context, builder, array).data
    start = builder.mul(row, ir.Constant(row.type, wanted.lanes))
    return builder.bitcast(builder.gep(data, [start]), wanted.llvm.as_pointer())


@_intrinsic
def lanes_of(typingctx: Any, like: Any) -> Any:
    """The number of lanes of a vector, known to the compiler."""

    def codegen(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> ir.Value:
        return ir.Constant(ir.IntType(64), like.lanes)

    return types.uint64(like), codegen


@_intrinsic
def load(typingctx: Any, array: Any, row: Any, like: Any) -> Any:
    """Row `row` of `array`, counting as many elements a row as `like` has lanes."""
    made = vector(array.dtype, like.lanes)

    def codegen(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> ir.Value:
        return builder.load(
            _row(context, builder, signature.args[0], arguments[0], arguments[1], made),
            align=_alignment(made),
        )

    return made(array, row, like), codegen


@_intrinsic
def store(typingctx: Any, array: Any, row: Any, value: Any) -> Any:
    """Write `value` to row `row` of `array` (modified in place)."""

    def codegen(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> ir.Value:
        pointer = _row(context, builder, signature.args[0], arguments[0], arguments[1], value)
        builder.store(arguments[2], pointer, align=_alignment(value))
        return context.get_dummy_value()

    return types.void(array, row, value), codegen


@_intrinsic
def load_mask(typingctx: Any, bits: Any, index: Any) -> Any:
    """Element `index` of an array of unsigned integers as a mask, bit l for lane l."""
    made = mask_of(bits.dtype.bitwidth)

    def codegen(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> ir.Value:
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        return builder.bitcast(builder.load(builder.gep(data, [arguments[1]])), made.llvm)

    return made(bits, types.int64), codegen


@_intrinsic
def store_mask(typingctx: Any, bits: Any, index: Any, mask: Any) -> Any:
    """Write a mask as element `index` of an array of unsigned integers (modified in place)."""

    def codegen(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> ir.Value:
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        builder.store(
            builder.bitcast(arguments[2], ir.IntType(mask.lanes)), builder.gep(data, [arguments[1]])
        )
        return context.get_dummy_value()

    return types.void(bits, types.int64, mask), codegen


# ---- masks ---------------------------------------------------------------------------------------


@_intrinsic
def both(typingctx: Any, a: Any, b: Any) -> Any:
    """a and b."""
    return _operation(a, [a, b], lambda builder, x, y: builder.and_(x, y))


@_intrinsic
def but_not(typingctx: Any, a: Any, b: Any) -> Any:
    """a and not b."""
    return _operation(
        a, [a, b], lambda builder, x, y: builder.and_(x, builder.xor(y, _constant(a.llvm, 1)))
    )


@_intrinsic
def flipped(typingctx: Any, a: Any, b: Any) -> Any:
    """a where b is not set, not a where it is."""
    return _operation(a, [a, b], lambda builder, x, y: builder.xor(x, y))


@_intrinsic
def anywhere(typingctx: Any, mask: Any) -> Any:
    """Whether any lane of the mask is set."""

    def codegen(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> ir.Value:
        bits = builder.bitcast(arguments[0], ir.IntType(mask.lanes))
        return builder.icmp_unsigned("!=", bits, ir.Constant(bits.type, 0))

    return types.boolean(mask), codegen


# ---- numbers -------------------------------------------------------------------------------------


@_intrinsic
def splat(typingctx: Any, scalar: Any, like: Any) -> Any:
    """`scalar`, of the type of a vector's numbers, in as many lanes as `like` has."""
    made = vector(scalar, like.lanes)

    def codegen(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> ir.Value:
        return _splat(builder, arguments[0], like.lanes)

    return made(scalar, like), codegen


@_intrinsic
def mul(typingctx: Any, a: Any, b: Any) -> Any:
    """a * b."""
    return _operation(
        a, [a, b], lambda builder, x, y: builder.fmul(x, y) if a.is_float else builder.mul(x, y)
    )


@_intrinsic
def add_where(typingctx: Any, a: Any, mask: Any, b: Any) -> Any:
    """a + b in the lanes of the mask, a elsewhere; integers wrap around."""

    def emit(builder: ir.IRBuilder, x: ir.Value, m: ir.Value, y: ir.Value) -> ir.Value:
        return builder.select(m, builder.fadd(x, y) if a.is_float else builder.add(x, y), x)

    return _operation(a, [a, mask, b], emit)


@_intrinsic
def sub_where(typingctx: Any, a: Any, mask: Any, b: Any) -> Any:
    """a - b in the lanes of the mask, a elsewhere; integers wrap around."""

    def emit(builder: ir.IRBuilder, x: ir.Value, m: ir.Value, y: ir.Value) -> ir.Value:
        return builder.select(m, builder.fsub(x, y) if a.is_float else builder.sub(x, y), x)

    return _operation(a, [a, mask, b], emit)


@_intrinsic
def negate_where(typingctx: Any, mask: Any, a: Any) -> Any:
    """-a in the lanes of the mask, a elsewhere."""

    def emit(builder: ir.IRBuilder, m: ir.Value, x: ir.Value) -> ir.Value:
        return builder.select(m, builder.fneg(x) if a.is_float else builder.neg(x), x)

    return _operation(a, [mask, a], emit)


@_intrinsic
def below(typingctx: Any, a: Any, threshold: Any) -> Any:
    """Lanes where a <= threshold, a float32 vector; `a` is of float32, or of 8 or 16 bits and the
    threshold at least 0.
    """

    def emit(builder: ir.IRBuilder, x: ir.Value, t: ir.Value) -> ir.Value:
        if a.is_float:
            return builder.fcmp_ordered("<=", x, t)
        largest = _constant(t.type, float(2 ** (a.number.bitwidth - 1) - 1))
        capped = builder.select(builder.fcmp_ordered("<", t, largest), t, largest)
        whole = builder.fptosi(capped, ir.VectorType(_INT32, a.lanes))
        return builder.icmp_signed(
            "<=", x, builder.trunc(whole, a.llvm) if a.number.bitwidth < 32 else whole
        )

    return _operation(mask_of(a.lanes), [a, threshold], emit)


@_intrinsic
def add(typingctx: Any, a: Any, b: Any) -> Any:
    """a + b; integers wrap around."""
    return _operation(
        a, [a, b], lambda builder, x, y: builder.fadd(x, y) if a.is_float else builder.add(x, y)
    )


@_intrinsic
def sub(typingctx: Any, a: Any, b: Any) -> Any:
    """a - b; integers wrap around."""
    return _operation(
        a, [a, b], lambda builder, x, y: builder.fsub(x, y) if a.is_float else builder.sub(x, y)
    )


@_intrinsic
def widened(typingctx: Any, a: Any) -> Any:
    """The same numbers in what sums of them need: int32, or float64 for float32."""
    made = vector(types.float64 if a.is_float else types.int32, a.lanes)
    return _operation(
        made,
        [a],
        lambda builder, x: (
            builder.fpext(x, made.llvm) if a.is_float else builder.sext(x, made.llvm)
        ),
    )


# ---- lanes by number -----------------------------------------------------------------------------


@_intrinsic
def bits_of(typingctx: Any, mask: Any) -> Any:
    """The mask as a uint64, bit l for lane l."""

    def codegen(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> ir.Value:
        bits = builder.bitcast(arguments[0], ir.IntType(mask.lanes))
        return bits if mask.lanes == 64 else builder.zext(bits, ir.IntType(64))

    return types.uint64(mask), codegen


@_intrinsic
def mask_from(typingctx: Any, bits: Any, like: Any) -> Any:
    """The low bits of a uint64 as a mask of as many lanes as `like` has."""
    made = mask_of(like.lanes)

    def codegen(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> ir.Value:
        low = (
            arguments[0]
            if like.lanes == 64
            else builder.trunc(arguments[0], ir.IntType(like.lanes))
        )
        return builder.bitcast(low, made.llvm)

    return made(bits, like), codegen


@_intrinsic
def lowest(typingctx: Any, bits: Any) -> Any:
    """The number of the lowest bit that is set; undefined for 0."""

    def codegen(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> ir.Value:
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))

    return types.uint64(types.uint64), codegen


@_intrinsic
def negative(typingctx: Any, a: Any) -> Any:
    """Lanes where a < 0."""

    def emit(builder: ir.IRBuilder, x: ir.Value) -> ir.Value:
        zero = _constant(a.llvm, 0)
        return (
            builder.fcmp_ordered("<", x, zero) if a.is_float else builder.icmp_signed("<", x, zero)
        )

    return _operation(mask_of(a.lanes), [a], emit)


# ---- randomness ----------------------------------------------------------------------------------


@_intrinsic
def xorshift(typingctx: Any, state: Any) -> Any:
    """The next states of xorshift32 generators, one a lane (Marsaglia 2003, triple 13, 17, 5); a
    state is never 0.
    """

    def emit(builder: ir.IRBuilder, x: ir.Value) -> ir.Value:
        x = builder.xor(x, builder.shl(x, _constant(x.type, 13)))
        x = builder.xor(x, builder.lshr(x, _constant(x.type, 17)))
        return builder.xor(x, builder.shl(x, _constant(x.type, 5)))

    return _operation(state, [state], emit)


# log2(1 + t) on [0, 1) as t times a cubic, fitted so that the curve meets log2 at both ends (no
# jump between octaves). Largest error 1.2e-4: far below what 2**31 levels of u resolve anywhere a
# flip is decided.
_LOG2 = (1.43872575, -0.67778401, 0.32118899, -0.08213073)
# the same as a Chebyshev fit of degree 9, to 4.8e-09
_FINE_LOG2 = (
    1.44269503,
    -0.721346134,
    0.480850292,
    -0.360017999,
    0.283894423,
    -0.220901456,
    0.153128342,
    -0.0823233791,
    0.0287185322,
    -0.00469765999,
)
LARGEST_DRAW = 31.0  # of `exponential2`


def _minus_log2(state: Any, polynomial: tuple[float, ...]) -> Any:
    """-log2(u) for u = (state >> 1 | 1) / 2**31; log2(1 + t) is t times the polynomial, lowest
    power first.
    """
    made = vector(types.float32, state.lanes)

    def emit(builder: ir.IRBuilder, x: ir.Value) -> ir.Value:
        f32, u32 = made.llvm, x.type
        # "| 1" keeps u above 0; a signed conversion is the cheap one on machines before AVX-512
        integer = builder.or_(builder.lshr(x, _constant(u32, 1)), _constant(u32, 1))
        bits = builder.bitcast(builder.sitofp(integer, f32), u32)
        octave = builder.sitofp(
            builder.sub(_constant(u32, 127 + 31), builder.lshr(bits, _constant(u32, 23))), f32
        )
        one_to_two = builder.or_(
            builder.and_(bits, _constant(u32, 0x007FFFFF)), _constant(u32, 0x3F800000)
        )
        minus_t = builder.fsub(_constant(f32, 1.0), builder.bitcast(one_to_two, f32))
        signed = [coefficient * (-1) ** power for power, coefficient in enumerate(polynomial)]
        curve = _constant(f32, signed[-1])
        for coefficient in signed[-2::-1]:
            curve = _fma(builder, curve, minus_t, _constant(f32, coefficient))
        return _fma(builder, curve, minus_t, octave)

    return _operation(made, [state], emit)


@_intrinsic
def exponential2(typingctx: Any, state: Any) -> Any:
    """-log2(u) in each lane: exponential variates, over ln 2, without exp, table or gather."""
    return _minus_log2(state, _LOG2)


@_intrinsic
def logistic2(typingctx: Any, state: Any) -> Any:
    """log2((1 - u) / u) in each lane: logistic variates, over ln 2, from a polynomial good to
    float32's precision.
    """
    made = vector(types.float32, state.lanes)
    _, low = _minus_log2(state, _FINE_LOG2)

    def codegen(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> ir.Value:
        x = arguments[0]
        rest = builder.xor(x, _constant(x.type, 0xFFFFFFFF))
        return builder.fsub(
            low(context, builder, signature, [x]), low(context, builder, signature, [rest])
        )

    return made(state), codegen
