"""QUBOs that mislead who reads them back: of at most 16 bits, so that every state can be looked at.

Rows whose weights are too small, that contradict each other, that are off by one coupling or there
twice, numbers in unary, slack with a price, noise, other scales and forms, and rounded biases; and
those of `coded_traps`.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable

import dimod
import numpy as np

from qopt import Qubo

from .coded_traps import even, numbers_with_names, products, reduced
from .draft import Draft, Random


def usual(random: Random, values: int = 8, slack: int = 4) -> Draft:
    draft = Draft(random, values, slack)
    draft.objective()
    for _ in range(int(random.integers(1, 4))):
        draft.row()
    return draft


def as_usual(random: Random) -> Qubo:
    return usual(random).qubo()


def wide(random: Random) -> Qubo:
    return usual(random, 10, int(random.integers(3, 6))).qubo()


def small_weights(random: Random) -> Qubo:
    draft = Draft(random, 8, 4)
    draft.objective(8)
    for _ in range(int(random.integers(1, 4))):
        draft.row(float(random.choice([0.125, 0.5, 1.0, 3.0])))
    return draft.qubo()


def contradiction(random: Random) -> Qubo:
    """Two rows of the same bits with two right sides, or a bit that two rows pull apart."""
    draft = Draft(random, 8, 3)
    draft.objective()
    bits, sizes, right, weight = draft.row()
    if random.random() < 0.5:
        draft.square(bits, sizes, right + 1, random.choice([weight, draft.weight()]))
    else:
        draft.square(bits, np.ones(len(bits)), 1.0, draft.weight())
        draft.square(bits[:-1], np.ones(len(bits) - 1), len(bits) - 1.0, draft.weight())
    return draft.qubo()


def heavy_contradiction(random: Random) -> Qubo:
    """Rows far above the objective that cannot all be kept."""
    draft, weight = Draft(random, 9, 2), float(random.choice([100.0, 1e4, 1e6]))
    draft.objective()
    bits = np.sort(random.choice(9, int(random.integers(4, 8)), replace=False))
    first, second = np.split(bits, [int(random.integers(2, len(bits) - 1))])
    draft.square(first, np.ones(len(first)), 1.0, weight)
    draft.square(second, np.ones(len(second)), 1.0, weight * random.choice([1.0, 2.0]))
    if random.random() < 0.5:
        draft.square(bits, np.ones(len(bits)), 3.0, weight)
    else:
        sizes = np.r_[np.ones(len(bits)), 1.0, 2.0]
        draft.square(np.r_[bits, draft.slack_bits(2)], sizes, 1.0, weight)
    return draft.qubo()


def off_by_one_coupling(random: Random) -> Qubo:
    draft = Draft(random, 8, 4)
    draft.objective()
    bits, _, _, weight = draft.row()
    draft.row()
    i, j = np.sort(random.choice(bits, 2, replace=False))
    draft.biases[i, j] += random.choice([-2 * weight, -weight, weight, -1.0, 1.0, 1e-3])
    return draft.qubo()


def off_by_one_bias(random: Random) -> Qubo:
    draft = Draft(random, 8, 4)
    draft.objective()
    bits, _, _, weight = draft.row()
    i = random.choice(bits)
    draft.biases[i, i] += random.choice([-4 * weight, -weight, weight, 2 * weight, 1e-3])
    return draft.qubo()


def unary_numbers(random: Random) -> Qubo:
    """Numbers as sums of equal bits, in a quadratic objective and a row."""
    draft, weight = Draft(random, 9, 0), float(random.choice([1.0, 10.0, 300.0]))
    numbers = np.split(np.arange(9), np.sort(random.choice(np.arange(2, 8), 2, replace=False)))
    for bits in numbers:
        target = float(random.integers(0, len(bits) + 1)) + random.choice([0.0, 0.5])
        draft.square(bits, np.ones(len(bits)), target, float(random.integers(1, 4)))
    chosen = numbers[int(random.integers(0, len(numbers)))]
    if random.random() < 0.5:
        sizes = np.repeat(random.integers(1, 4, len(numbers)), [len(bits) for bits in numbers])
        draft.square(np.arange(9), sizes, float(random.integers(0, 10)), weight)
    else:
        draft.square(chosen, np.ones(len(chosen)), 1.0, weight)
    return draft.qubo()


def noise(random: Random) -> Qubo:
    draft = usual(random)
    size = 10.0 ** random.integers(-9, 1)
    draft.biases += np.triu(random.normal(0, size, draft.biases.shape))
    return draft.qubo()


def noise_on_the_objective(random: Random) -> Qubo:
    draft, n = usual(random), 8
    size = 10.0 ** random.integers(-6, 1)
    draft.biases[:n, :n] += np.triu(random.normal(0, size, (n, n)))
    return draft.qubo()


def duplicates(random: Random) -> Qubo:
    draft = Draft(random, 8, 4)
    draft.objective()
    row = draft.row()
    for _ in range(int(random.integers(1, 3))):
        draft.square(*row[:3], random.choice([row[3], draft.weight()]))
    if random.random() < 0.3:
        draft.row()
    return draft.qubo()


def priced_slack(random: Random) -> Qubo:
    """Each unit of the slack has its price, or each bit one of its own."""
    draft = usual(random)
    own = random.integers(-3, 4, 4) * random.choice([1.0, 0.25, 50.0])
    price = own if random.random() < 0.5 else own[0] * np.array([1.0, 2.0, 4.0, 8.0])
    draft.biases[np.arange(8, 12), np.arange(8, 12)] += price
    return draft.qubo()


def scaled(random: Random) -> Qubo:
    draft = usual(random)
    draft.scale = float(random.choice([1e-9, 1e-4, 1 / 3, np.pi, 1e5, 1e12]))
    return draft.qubo()


def ising(random: Random) -> Qubo:
    """The same after it was written with spins and back."""
    bqm = usual(random).qubo().bqm().change_vartype(dimod.SPIN, inplace=False)
    vectors = bqm.to_numpy_vectors(variable_order=list(range(bqm.num_variables)))
    row, col, quad = vectors.quadratic
    h, digits = vectors.linear_biases, int(random.choice([6, 9, 16]))
    return Qubo.from_arrays(
        h.round(digits), row, col, quad.round(digits), vectors.offset, vartype="SPIN"
    )


def single_precision(random: Random) -> Qubo:
    draft = usual(random)
    draft.scale = float(random.choice([1.0, 1 / 3, 1e-3 * np.pi]))
    qubo = draft.qubo()
    short = [part.astype(np.float32).astype(float) for part in (qubo.linear, qubo.quad)]
    return Qubo.from_arrays(short[0], qubo.row, qubo.col, short[1], qubo.offset)


def six_decimals(random: Random) -> Qubo:
    draft = usual(random)
    draft.scale = float(random.choice([1 / 3, 1e-3, 1 / 700]))
    qubo = draft.qubo()
    return Qubo.from_arrays(
        qubo.linear.round(6), qubo.row, qubo.col, qubo.quad.round(6), round(qubo.offset, 6)
    )


def pairs(random: Random) -> Qubo:
    """At most one as pairs, orders, and rows."""
    draft = Draft(random, 9, 2)
    draft.objective()
    for _ in range(int(random.integers(1, 5))):
        draft.pair()
    bits, weight = draft.some(), draft.weight()
    for i, j in itertools.combinations(bits.tolist(), 2):
        draft.biases[i, j] += weight
    if random.random() < 0.5:
        draft.row()
    return draft.qubo()


def numbers_in_rows(random: Random) -> Qubo:
    """Two numbers 0..5 or 0..7 in powers of two, with an objective, in an equality."""
    draft, worth = Draft(random, 8, 3), np.array([1.0, 2.0, random.choice([2.0, 4.0])])
    for start in (0, 3):
        target = float(random.integers(0, 8))
        draft.square(np.arange(start, start + 3), worth, target, float(random.integers(1, 3)))
    sizes = np.r_[worth * random.integers(1, 4), worth * random.integers(1, 4), 1.0, 3.0]
    draft.square(np.arange(8), sizes, float(random.integers(1, 20)), draft.weight())
    if random.random() < 0.5:
        draft.row()
    return draft.qubo()


def rewards(random: Random) -> Qubo:
    """Squares that are wanted, not avoided, and the whole turned over."""
    draft = usual(random)
    bits = draft.some()
    draft.square(bits, np.ones(len(bits)), float(random.integers(0, 3)), -draft.weight())
    draft.scale = float(random.choice([-1.0, 1.0]))
    return draft.qubo()


def shared_slack(random: Random) -> Qubo:
    draft = Draft(random, 8, 3)
    draft.objective()
    slack, worth = draft.slack_bits(3), np.array([1.0, 2.0, 4.0])
    for _ in range(2):
        bits = draft.some()
        sizes = np.r_[random.integers(1, 5, len(bits)), worth * random.choice([-1.0, 1.0, 2.0])]
        right = float(random.integers(0, 8))
        draft.square(np.r_[bits, slack], sizes, right, draft.weight())
    return draft.qubo()


def odd_slack(random: Random) -> Qubo:
    """Slack with gaps, of no whole steps, of two signs, or with coefficients of its row's size."""
    draft = Draft(random, 8, 4)
    draft.objective()
    bits, step = draft.some(), float(random.choice([1.0, 0.5, 1 / 3, 0.7]))
    worth = random.choice([1.0, 2.0, 3.0, 5.0, 9.0], 4) * random.choice([-1.0, 1.0], 4)
    sizes = np.r_[random.integers(1, 8, len(bits)) * step, worth]
    right = float(random.integers(-3, 9)) * float(random.choice([1.0, step]))
    draft.square(np.r_[bits, draft.slack_bits(4)], sizes, right, draft.weight())
    return draft.qubo()


TRAPS: list[Callable[[Random], Qubo]] = [
    as_usual,
    wide,
    small_weights,
    contradiction,
    heavy_contradiction,
    off_by_one_coupling,
    off_by_one_bias,
    unary_numbers,
    noise,
    noise_on_the_objective,
    duplicates,
    priced_slack,
    scaled,
    ising,
    single_precision,
    six_decimals,
    pairs,
    numbers_in_rows,
    numbers_with_names,
    rewards,
    shared_slack,
    odd_slack,
    even,
    products,
    reduced,
]
