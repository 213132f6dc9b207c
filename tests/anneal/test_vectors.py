from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from numba import njit

from qopt.anneal.core import vectors
from qopt.anneal.core.vectors import (
    ALIGNMENT,
    LARGEST_DRAW,
    add,
    add_where,
    aligned,
    anywhere,
    below,
    bits_of,
    both,
    but_not,
    exponential2,
    flipped,
    lanes_of,
    load,
    load_mask,
    logistic2,
    lowest,
    mask_from,
    mul,
    negate_where,
    negative,
    splat,
    store,
    store_mask,
    sub,
    sub_where,
    widened,
    xorshift,
)
from qopt.anneal.ising.layout import FORMS

from .oracle import WEYL, xorshift32
from .oracle import exponential2 as exact_exponential2

KINDS = [(form.number, form.mask) for form in FORMS if not form.dense]
ROWS = 50
# numba's cache on disk does not see that `vectors` has changed: what is tested here is compiled
# anew
uncached = njit(nogil=True, boundscheck=False, error_model="numpy")


@uncached
def _numbers(a: Any, b: Any, masks: Any, found: Any) -> None:
    rows = a.shape[0]
    for i in range(rows):
        m = load_mask(masks, i)
        x, y = load(a, i, m), load(b, i, m)
        store(found, i, add(x, y))
        store(found, rows + i, sub(x, y))
        store(found, 2 * rows + i, mul(x, y))
        store(found, 3 * rows + i, add_where(x, m, y))
        store(found, 4 * rows + i, sub_where(x, m, y))
        store(found, 5 * rows + i, negate_where(m, x))
        store(found, 6 * rows + i, splat(a[i, 3], m))


@uncached
def _compare(a: Any, thresholds: Any, like: Any, found: Any) -> None:
    rows = a.shape[0]
    for i in range(rows):
        m = load_mask(like, i)
        store_mask(found, i, below(load(a, i, m), load(thresholds, i, m)))
        store_mask(found, rows + i, negative(load(a, i, m)))


@uncached
def _widen(a: Any, like: Any, found: Any) -> None:
    for i in range(a.shape[0]):
        store(found, i, widened(load(a, i, load_mask(like, i))))


@uncached
def _masks(a: Any, b: Any, found: Any, scalars: Any) -> None:
    rows = a.shape[0]
    for i in range(rows):
        x, y = load_mask(a, i), load_mask(b, i)
        store_mask(found, i, both(x, y))
        store_mask(found, rows + i, but_not(x, y))
        store_mask(found, 2 * rows + i, flipped(x, y))
        store_mask(found, 3 * rows + i, mask_from(np.uint64(0xFEDCBA9876543210) ^ bits_of(y), x))
        scalars[i, 0] = anywhere(x)
        scalars[i, 1] = bits_of(x)
        scalars[i, 2] = lowest(bits_of(x)) if bits_of(x) else 0
        scalars[i, 3] = lanes_of(x)


@dataclass
class Sample:
    """Random vectors of one kind: numbers over the whole range of their type, and masks as bits and
    as booleans.
    """

    number: Any
    mask: Any

    def __post_init__(self) -> None:
        self.lanes = 8 * np.dtype(self.mask).itemsize
        self.random = np.random.default_rng([self.lanes, np.dtype(self.number).itemsize])
        self.a, self.b = self.numbers(), self.numbers()
        self.bits, self.other = self.masks(), self.masks()
        self.where, self.elsewhere = self.unpacked(self.bits), self.unpacked(self.other)

    def numbers(self) -> Any:
        made = aligned((ROWS, self.lanes), self.number)
        if self.number is np.float32:
            made[...] = self.random.normal(0, 1, made.shape) * 10.0 ** self.random.integers(
                -6, 7, made.shape
            )
        else:
            made[...] = self.random.integers(
                np.iinfo(self.number).min, np.iinfo(self.number).max, made.shape, endpoint=True
            )
            made[:2, 0] = np.iinfo(self.number).min, np.iinfo(self.number).max
        return made

    def masks(self) -> Any:
        made = np.frombuffer(self.random.bytes(ROWS * self.lanes // 8), dtype=self.mask).copy()
        made[:4] = 0, -1 & ((1 << self.lanes) - 1), 1, 1 << (self.lanes - 1)
        return made

    def unpacked(self, bits: Any) -> Any:
        return (
            np.unpackbits(bits.view(np.uint8), bitorder="little")
            .reshape(-1, self.lanes)
            .astype(bool)
        )


@pytest.fixture(
    params=KINDS, ids=lambda kind: f"{kind[0].__name__}x{8 * np.dtype(kind[1]).itemsize}"
)
def sample(request: pytest.FixtureRequest) -> Sample:
    return Sample(*request.param)


def test_arithmetic_is_numpys_and_wraps_around(sample: Sample) -> None:
    a, b, where = sample.a, sample.b, sample.where
    found = aligned((7 * ROWS, sample.lanes), sample.number)
    _numbers(a, b, sample.bits, found)
    expected = [
        a + b,
        a - b,
        a * b,
        np.where(where, a + b, a),
        np.where(where, a - b, a),
        np.where(where, -a, a),
    ]
    expected.append(np.broadcast_to(a[:, 3:4], a.shape))
    assert expected[0].dtype == sample.number
    for k, values in enumerate(expected):
        np.testing.assert_array_equal(found[k * ROWS : (k + 1) * ROWS], values, err_msg=str(k))


def test_masks_are_bits(sample: Sample) -> None:
    found, scalars = np.zeros(4 * ROWS, dtype=sample.mask), np.zeros((ROWS, 4), dtype=np.uint64)
    _masks(sample.bits, sample.other, found, scalars)
    a, b = sample.where, sample.elsewhere
    np.testing.assert_array_equal(
        sample.unpacked(found[: 3 * ROWS]), np.concatenate([a & b, a & ~b, a ^ b])
    )
    constant = np.uint64(0xFEDCBA9876543210)
    np.testing.assert_array_equal(
        found[3 * ROWS :], (constant ^ sample.other.astype(np.uint64)).astype(sample.mask)
    )
    np.testing.assert_array_equal(scalars[:, 0], a.any(axis=1))
    np.testing.assert_array_equal(scalars[:, 1], sample.bits)
    np.testing.assert_array_equal(scalars[:, 2], a.argmax(axis=1))
    assert (scalars[:, 3] == sample.lanes).all()


def test_below_and_negative_compare_as_real_numbers_do(sample: Sample) -> None:
    """Thresholds of 0, at whole numbers and between them, about the largest number of the type, and
    far above.
    """
    a, random = sample.a, sample.random
    largest = 100.0 if sample.number is np.float32 else float(np.iinfo(sample.number).max)
    special = [
        0.0,
        0.5,
        1.0,
        1.5,
        largest - 1,
        largest - 0.5,
        largest,
        largest + 0.5,
        largest + 1,
        2.0**31,
        1e30,
        np.inf,
    ]
    thresholds, found = aligned(a.shape, np.float32), np.zeros(2 * ROWS, dtype=sample.mask)
    thresholds[...] = random.choice(special, a.shape)
    for draws in (
        random.exponential(largest / 4, a.shape),
        np.abs(a.astype(float)),
        np.abs(a.astype(float)) - 0.5,
    ):
        thresholds[...] = np.where(random.random(a.shape) < 0.3, thresholds, np.maximum(draws, 0))
        _compare(a, thresholds, sample.bits, found)
        expected = np.concatenate([a.astype(np.float64) <= thresholds, a < 0])
        np.testing.assert_array_equal(sample.unpacked(found), expected)
        assert 0.2 < expected[:ROWS].mean() < 0.98


def test_nothing_above_a_threshold_of_zero_is_below_it(sample: Sample) -> None:
    thresholds, found = aligned(sample.a.shape, np.float32), np.zeros(2 * ROWS, dtype=sample.mask)
    thresholds[...] = 0
    sample.a[:, ::3] = 0
    _compare(sample.a, thresholds, sample.bits, found)
    np.testing.assert_array_equal(sample.unpacked(found[:ROWS]), sample.a <= 0)


def test_widened_numbers_are_the_same_in_32_bits_or_float64(sample: Sample) -> None:
    found = aligned(sample.a.shape, np.float64 if sample.number is np.float32 else np.int32)
    _widen(sample.a, sample.bits, found)
    np.testing.assert_array_equal(found, sample.a)


@uncached
def _copy(source: Any, target: Any, masks: Any, copied: Any, rows: Any) -> None:
    for i in rows:
        store(target, i, load(source, i, load_mask(masks, i)))
        store_mask(copied, i, load_mask(masks, i))


def test_load_and_store_touch_one_row(sample: Sample) -> None:
    rows = np.array([0, 3, 17, ROWS - 1])
    target, copied = aligned(sample.a.shape, sample.number), np.zeros_like(sample.bits)
    target[...] = 7
    _copy(sample.a, target, sample.bits, copied, rows)
    others = np.setdiff1d(np.arange(ROWS), rows)
    np.testing.assert_array_equal(target[rows], sample.a[rows])
    np.testing.assert_array_equal(copied[rows], sample.bits[rows])
    assert (target[others] == 7).all()
    assert not copied[others].any()


@pytest.mark.parametrize("shape", [(0,), (1,), (7,), (3, 16), (5, 64), (0, 32), (2, 3, 32)])
@pytest.mark.parametrize("number", [np.int8, np.int16, np.uint32, np.uint64, np.float32])
def test_aligned_arrays_are_whole_rows_of_cache_lines(shape: tuple[int, ...], number: Any) -> None:
    arrays = [aligned(shape, number) for _ in range(20)]
    for k, made in enumerate(arrays):
        made[...] = k
        assert not made.size or made.ctypes.data % ALIGNMENT == 0
        assert (made.shape, made.dtype, made.flags.c_contiguous, made.flags.writeable) == (
            shape,
            number,
            True,
            True,
        )
    assert all((made == k).all() for k, made in enumerate(arrays))


# ---- randomness ----------------------------------------------------------------------------------


@uncached
def _apply(states: Any, exponentials: Any, logistics: Any, like: Any) -> None:
    """What is drawn from each state."""
    m = load_mask(like, 0)
    for k in range(states.shape[0]):
        state = load(states, k, m)
        store(exponentials, k, exponential2(state))
        store(logistics, k, logistic2(state))


@uncached
def _draw(random: Any, exponentials: Any, logistics: Any, like: Any) -> None:
    """Draws as the kernels make them: from a xorshift32 and a Weyl counter."""
    m = load_mask(like, 0)
    state, counter = load(random, 0, m), load(random, 1, m)
    for k in range(exponentials.shape[0]):
        state, counter = xorshift(state), add(counter, splat(np.uint32(WEYL), m))
        store(exponentials, k, exponential2(add(state, counter)))
        store(logistics, k, logistic2(add(state, counter)))
    store(random, 0, state)
    store(random, 1, counter)


MASKS = [np.uint16, np.uint32, np.uint64]


def _of(states: Any, mask: Any = np.uint16) -> tuple[Any, Any]:
    lanes = 8 * np.dtype(mask).itemsize
    rows = -(-len(states) // lanes)
    padded = aligned((rows, lanes), np.uint32)
    padded.ravel()[:] = np.resize(states, rows * lanes)
    found = aligned((rows, lanes), np.float32), aligned((rows, lanes), np.float32)
    _apply(padded, *found, np.zeros(1, dtype=mask))
    return found[0].ravel()[: len(states)], found[1].ravel()[: len(states)]


def _random(seed: int, mask: Any) -> Any:
    random = aligned((2, 8 * np.dtype(mask).itemsize), np.uint32)
    random[...] = np.random.default_rng(seed).integers(1, 2**32, random.shape, dtype=np.uint32)
    return random


def _draws(count: int, random: Any, mask: Any) -> tuple[Any, Any]:
    found = (
        aligned((count, random.shape[1]), np.float32),
        aligned((count, random.shape[1]), np.float32),
    )
    _draw(random, *found, np.zeros(1, dtype=mask))
    return found


def _states(seed: int, count: int) -> Any:
    """Random ones, and all about the powers of two, where the polynomial is pieced together."""
    tops = (2 ** np.arange(1, 33)[:, None] + np.arange(-400, 400)).ravel()
    tops = tops[(tops > 0) & (tops < 2**32)]
    return np.concatenate([tops, np.random.default_rng(seed).integers(0, 2**32, count)])


def _uniform(states: Any) -> Any:
    return ((states >> 1) | 1) / 2**31


@pytest.mark.parametrize("mask", MASKS)
def test_lanes_step_marsaglias_generator_and_a_weyl_sequence(mask: Any) -> None:
    random = _random(1, mask)
    before = random.copy()
    _draws(2, random, mask)
    assert random[0].tolist() == [xorshift32(xorshift32(state)) for state in before[0].tolist()]
    assert random[1].tolist() == [(counter + 2 * WEYL) % 2**32 for counter in before[1].tolist()]


@pytest.mark.parametrize("mask", MASKS)
def test_exponential2_is_minus_log2_of_the_uniform(mask: Any) -> None:
    """To the 1.2e-4 that the polynomial claims, over 160,000 states, and never below 0."""
    states = _states(1, 160_000)
    drawn, _ = _of(states, mask)
    assert np.abs(drawn + np.log2(_uniform(states))).max() < 1.2e-4
    assert drawn.min() >= 0


@pytest.mark.parametrize("mask", MASKS)
def test_exponential2_is_the_oracles_to_the_last_bit(mask: Any) -> None:
    states = _states(2, 3000)
    assert _of(states, mask)[0].tolist() == [exact_exponential2(int(state)) for state in states]


def test_exponential2_falls_as_the_uniform_rises() -> None:
    """Without a jump between octaves, to float32's rounding."""
    drawn, _ = _of(np.sort(_states(3, 160_000)))
    assert (np.diff(drawn) <= np.spacing(drawn[:-1])).all()


def test_exponential2_has_mean_and_deviation_one_over_ln_2() -> None:
    draws, _ = _draws(50_000, _random(2, np.uint16), np.uint16)
    draws = draws.astype(np.float64) * np.log(2)
    error = 5 / np.sqrt(
        draws.size
    )  # five standard errors of the mean; the variance's own spread is 8 / size
    assert abs(draws.mean() - 1) < error
    assert abs(draws.var() - 1) < np.sqrt(8) * error


def test_no_draw_exceeds_the_early_out() -> None:
    """The largest draw comes from the smallest uniform, of states 0, 1, 2 and 3."""
    largest, _ = _of(np.arange(4))
    assert largest.tolist() == [LARGEST_DRAW] * 4
    assert _of(_states(4, 160_000))[0].max() <= LARGEST_DRAW


@pytest.mark.parametrize("mask", MASKS)
def test_logistic2_is_the_log2_of_the_odds(mask: Any) -> None:
    """To float32's precision, absolute below 1, relative above: three units in the last place."""
    states = _states(5, 160_000)
    _, drawn = _of(states, mask)
    u = _uniform(states)
    exact = np.log2((1 - u) / u)
    assert (
        np.abs(drawn - exact) <= 3 * np.finfo(np.float32).eps * np.maximum(np.abs(exact), 1)
    ).all()


def test_logistic2_is_odd_in_the_uniform() -> None:
    """1 - u comes of the complement of the state, to the last bit."""
    states = _states(6, 10_000)
    np.testing.assert_array_equal(_of(states)[1], -_of(2**32 - 1 - states)[1])


def test_logistic2_has_mean_zero_and_the_logistic_variance() -> None:
    _, draws = _draws(50_000, _random(3, np.uint32), np.uint32)
    draws = draws.astype(np.float64)
    variance = np.pi**2 / 3 / np.log(2) ** 2
    error = 5 / np.sqrt(draws.size)  # five standard errors; the kurtosis is 4.2
    assert abs(draws.mean()) < error * np.sqrt(variance)
    assert abs(draws.var() - variance) < error * np.sqrt(4.2 - 1) * variance


def test_every_lane_draws_for_itself() -> None:
    """Neither neighbouring lanes nor successive draws of a lane are correlated: within five
    standard errors.
    """
    _, draws = _draws(20_000, _random(4, np.uint64), np.uint64)
    draws = (draws / draws.std()).astype(np.float64)
    for a, b in ((draws[:, :-1], draws[:, 1:]), (draws[:-1], draws[1:])):
        assert abs((a * b).mean()) < 5 / np.sqrt(a.size)


def test_the_polynomials_meet_log2_at_both_ends() -> None:
    assert sum(vectors._LOG2) == pytest.approx(1, abs=1e-7)
    assert sum(vectors._FINE_LOG2) == pytest.approx(1, abs=1e-8)
