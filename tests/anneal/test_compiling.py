"""Kernels' parts: never machine code by themselves, compiled once whatever constants they get."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numba import njit

from qopt.anneal.core.compiling import called, inlined


@called
def _power(base: float, exponent: int) -> float:
    result = 1.0
    for _ in range(exponent):
        result *= base
    return result


@inlined
def _square(x: float) -> float:
    return _power(x, 2)


@njit
def _polynomial(x: Any) -> Any:
    total = 0.0
    for k in range(len(x)):
        total += _square(x[k]) + 3.0 * _power(x[k], 5) + _power(x[k], k)
    return total


@njit
def _cube(x: float) -> float:
    return _power(x, 3)


def test_a_kernel_takes_its_parts_in() -> None:
    x = np.array([0.5, -1.25, 3.0])
    expected = sum(v**2 + 3.0 * v**5 + v**k for k, v in enumerate(x))
    assert _polynomial(x) == pytest.approx(expected, rel=1e-12)
    assert _cube(1.5) == 1.5**3


def test_a_part_is_compiled_once_for_all_constants() -> None:
    _polynomial(np.ones(3))
    _cube(2.0)
    assert len(_power.signatures) == 1  # type: ignore[attr-defined]


def test_python_cannot_call_a_part() -> None:
    with pytest.raises(TypeError):
        _power(2.0, 3)
