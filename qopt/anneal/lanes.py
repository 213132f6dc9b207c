"""Sixteen replicas side by side: SIMD vectors as numba values.

numba's auto-vectoriser does not find the lane loops of the annealing kernels (it mixes uint64 into uint32 arithmetic, adds
aliasing checks and stops at 256 bits), so the vectors are written out: three LLVM vector types and the few operations the
kernels need. LLVM splits the same code on machines with narrower registers. Measured on G22 (2000 spins, degree 20), 16
replicas, one core: plain loops 17 ns a spin update, these vectors 4.4 ns.

Every array passed in is C-contiguous and its last axis has `LANES` elements; row `i` is the vector of spin `i`. Nothing here
checks bounds.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from llvmlite import ir
from numba import njit
from numba.core import types
from numba.core.cgutils import get_or_insert_function
from numba.core.datamodel import models
from numba.extending import intrinsic, register_model

LANES = 16

_F32 = ir.VectorType(ir.FloatType(), LANES)
_U32 = ir.VectorType(ir.IntType(32), LANES)
_BIT = ir.VectorType(ir.IntType(1), LANES)


class _Lanes(types.Type):
    """A numba type whose values are one LLVM vector."""

    def __init__(self, name: str, llvm: ir.VectorType) -> None:
        self.llvm = llvm
        super().__init__(name=name)


@register_model(_Lanes)
class _LanesModel(models.PrimitiveModel):
    def __init__(self, dmm: Any, fe_type: _Lanes) -> None:
        super().__init__(dmm, fe_type, fe_type.llvm)


f32x16 = _Lanes("f32x16", _F32)
u32x16 = _Lanes("u32x16", _U32)
mask16 = _Lanes("mask16", _BIT)

_OF_DTYPE = {types.float32: f32x16, types.uint32: u32x16}


Function = TypeVar("Function", bound=Callable[..., Any])


def _intrinsic(build: Callable[..., Any]) -> Callable[..., Any]:
    """An operation for compiled code: called there without the typing context that `build` gets from numba."""
    return cast(Callable[..., Any], intrinsic(build))


def compiled(kernel: Function) -> Function:
    """The compiler settings every kernel shares: no GIL, cached on disk, no bounds checks, IEEE division."""
    return cast(Function, njit(nogil=True, cache=True, boundscheck=False, error_model="numpy")(kernel))


def _constant(llvm: ir.VectorType, value: float | int) -> ir.Constant:
    return ir.Constant(llvm, [value] * LANES)


def _splat(builder: ir.IRBuilder, scalar: ir.Value) -> ir.Value:
    vector = ir.VectorType(scalar.type, LANES)
    first = builder.insert_element(ir.Constant(vector, ir.Undefined), scalar, ir.Constant(ir.IntType(32), 0))
    everywhere = ir.Constant(_U32, [0] * LANES)
    return builder.shuffle_vector(first, ir.Constant(vector, ir.Undefined), everywhere)


def _fma(builder: ir.IRBuilder, operands: list[ir.Value]) -> ir.Value:
    fused = get_or_insert_function(builder.module, ir.FunctionType(_F32, [_F32] * 3), f"llvm.fma.v{LANES}f32")
    return builder.call(fused, operands)


def _row_pointer(
    context: Any, builder: ir.IRBuilder, array_type: Any, array: ir.Value, row: ir.Value, llvm: ir.VectorType
) -> ir.Value:
    data = context.make_array(array_type)(context, builder, array).data
    return builder.bitcast(builder.gep(data, [builder.mul(row, ir.Constant(row.type, LANES))]), llvm.as_pointer())


def _like_operands(emit: Callable[[ir.IRBuilder, list[ir.Value]], ir.Value]) -> Any:
    """An operation on vectors of one type, giving that type."""

    def build(result: Any, arity: int) -> Any:
        def codegen(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> ir.Value:
            return emit(builder, list(arguments))

        return result(*[result] * arity), codegen

    return build


@_intrinsic
def load(typingctx: Any, array: Any, row: Any) -> Any:
    """Row `row` of a float32 or uint32 array as a vector."""
    vector = _OF_DTYPE[array.dtype]

    def codegen(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> ir.Value:
        pointer = _row_pointer(context, builder, signature.args[0], arguments[0], arguments[1], vector.llvm)
        return builder.load(pointer, align=4)

    return vector(array, types.int64), codegen


@_intrinsic
def store(typingctx: Any, array: Any, row: Any, value: Any) -> Any:
    """Write `value` to row `row` of `array` (modified in place)."""
    vector = _OF_DTYPE[array.dtype]

    def codegen(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> ir.Value:
        pointer = _row_pointer(context, builder, signature.args[0], arguments[0], arguments[1], vector.llvm)
        builder.store(arguments[2], pointer, align=4)
        return context.get_dummy_value()

    return types.void(array, types.int64, vector), codegen


@_intrinsic
def splat(typingctx: Any, scalar: Any) -> Any:
    """One float32 in every lane."""

    def codegen(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> ir.Value:
        return _splat(builder, arguments[0])

    return f32x16(types.float32), codegen


@_intrinsic
def mul(typingctx: Any, a: Any, b: Any) -> Any:
    """a * b."""
    return _like_operands(lambda builder, v: builder.fmul(v[0], v[1]))(f32x16, 2)


@_intrinsic
def add(typingctx: Any, a: Any, b: Any) -> Any:
    """a + b."""
    return _like_operands(lambda builder, v: builder.fadd(v[0], v[1]))(f32x16, 2)


@_intrinsic
def fma(typingctx: Any, a: Any, b: Any, c: Any) -> Any:
    """a * b + c, rounded once."""

    return _like_operands(_fma)(f32x16, 3)


@_intrinsic
def greater(typingctx: Any, a: Any, b: Any) -> Any:
    """Lanes where a > b; false where either is NaN."""

    def codegen(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> ir.Value:
        return builder.fcmp_ordered(">", arguments[0], arguments[1])

    return mask16(f32x16, f32x16), codegen


@_intrinsic
def anywhere(typingctx: Any, mask: Any) -> Any:
    """Whether any lane of the mask is set."""

    def codegen(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> ir.Value:
        bits = builder.bitcast(arguments[0], ir.IntType(LANES))
        return builder.icmp_unsigned("!=", bits, ir.Constant(bits.type, 0))

    return types.boolean(mask16), codegen


@_intrinsic
def where(typingctx: Any, mask: Any, a: Any) -> Any:
    """`a` in the lanes of the mask, 0 elsewhere."""

    def codegen(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> ir.Value:
        return builder.select(arguments[0], arguments[1], _constant(_F32, 0.0))

    return f32x16(mask16, f32x16), codegen


@_intrinsic
def xorshift(typingctx: Any, state: Any) -> Any:
    """The next state of 16 xorshift32 generators (Marsaglia 2003, triple 13, 17, 5); a state is never 0."""

    def emit(builder: ir.IRBuilder, v: list[ir.Value]) -> ir.Value:
        x = v[0]
        x = builder.xor(x, builder.shl(x, _constant(_U32, 13)))
        x = builder.xor(x, builder.lshr(x, _constant(_U32, 17)))
        return builder.xor(x, builder.shl(x, _constant(_U32, 5)))

    return _like_operands(emit)(u32x16, 1)


# log2(1 + t) on [0, 1) as t times a cubic, fitted so that the curve meets log2 at both ends (no jump between octaves).
# Largest error 1.2e-4: far below what 2**31 levels of u resolve anywhere a flip is decided.
_LOG2 = (1.43872575, -0.67778401, 0.32118899, -0.08213073)
EXPONENTIAL_MAX = 21.5  # ln(2**31), rounded up: no draw of `exponential` is larger


@_intrinsic
def exponential(typingctx: Any, state: Any) -> Any:
    """-ln(u) for u = (state >> 1) / 2**31, in each lane: standard exponential variates without exp, table or gather."""

    def codegen(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> ir.Value:
        # "| 1" keeps u above 0; a signed conversion is the cheap one on machines before AVX-512
        integer = builder.or_(builder.lshr(arguments[0], _constant(_U32, 1)), _constant(_U32, 1))
        bits = builder.bitcast(builder.sitofp(integer, _F32), _U32)
        octave = builder.sitofp(builder.sub(builder.lshr(bits, _constant(_U32, 23)), _constant(_U32, 127)), _F32)
        one_to_two = builder.or_(builder.and_(bits, _constant(_U32, 0x007FFFFF)), _constant(_U32, 0x3F800000))
        t = builder.fsub(builder.bitcast(one_to_two, _F32), _constant(_F32, 1.0))
        curve = _constant(_F32, _LOG2[3])
        for coefficient in _LOG2[2::-1]:
            curve = _fma(builder, [curve, t, _constant(_F32, coefficient)])
        log2 = _fma(builder, [curve, t, octave])
        return builder.fmul(builder.fsub(_constant(_F32, 31.0), log2), _constant(_F32, 0.6931471805599453))

    return f32x16(u32x16), codegen
