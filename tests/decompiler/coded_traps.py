"""QUBOs that mislead, of products and numbers that are written as bits, and of even sizes."""

from __future__ import annotations

import numpy as np

from qopt import Qubo

from .draft import Draft, Random


def numbers_with_names(random: Random) -> Qubo:
    """Two numbers of three bits each that are called alike, with prices, squares and products, in
    a row with slack or without; sometimes one bit of them does something of its own."""
    draft, worth = Draft(random, 8, 3), np.array([1.0, 2.0, random.integers(1, 5)])
    for bits in (np.arange(3), np.arange(3, 6)):
        if random.random() < 0.7:
            draft.square(bits, worth, float(random.integers(0, 8)), random.choice([0.5, 1.0, 3.0]))
        draft.biases[bits, bits] += worth * random.integers(-4, 5)
        draft.biases[bits, 6] += worth * random.integers(-3, 4)
    draft.biases[:3, 3:6] += np.outer(worth, worth) * random.integers(-3, 4)
    draft.biases[[6, 7], [6, 7]] += random.integers(-5, 6, 2)
    sizes = np.r_[worth * random.integers(1, 4), worth * random.integers(0, 4), 1.0, 3.0]
    right, weight = float(random.integers(1, 20)), draft.weight()
    if random.random() < 0.6:
        draft.square(np.arange(11), np.r_[sizes, 1.0, 2.0, 4.0], right, weight)
        draft.biases[[8, 9, 10], [8, 9, 10]] += random.integers(-3, 4) * np.array([1.0, 2.0, 4.0])
    else:
        draft.square(np.arange(8), sizes, right, weight)
    if random.random() < 0.3:
        draft.pair()
    qubo = draft.qubo()
    names = [f"{name}{k}" for name in "ab" for k in range(3)] + ["c", "d", "s0", "s1", "s2"]
    return Qubo(qubo.linear, qubo.row, qubo.col, qubo.quad, qubo.offset, names)


def even(random: Random) -> Qubo:
    """Even sizes and an odd right side, so that no sum comes just up to it."""
    draft = Draft(random, 8, 4)
    draft.objective(3)
    for _ in range(2):
        bits, count = draft.some(), 2
        sizes = 2.0 * random.integers(1, 4, len(bits))
        right = 2.0 * random.integers(0, int(sizes.sum() / 2)) + 1
        slack = random.choice([-1.0, 1.0]) * np.array([1.0, 2.0])
        weight = float(random.choice([0.5, 1.0, 2.0, 4.0, 8.0]))
        draft.square(np.r_[bits, draft.slack_bits(count)], np.r_[sizes, slack], right, weight)
    return draft.qubo()


def products(random: Random) -> Qubo:
    """Products as bits, of each other, too, with penalties of all sizes; and sometimes a row."""
    draft = Draft(random, 10, 2)
    draft.objective()
    for z in range(6, 10):
        x, y = random.choice(z, 2, replace=False).tolist()
        draft.square([x, y, z], [1.0, 1.0, -2.0], 0.5, draft.weight())
    if random.random() < 0.3:
        draft.row()
    return draft.qubo()


def reduced(random: Random) -> Qubo:
    """The same with one penalty for all, and nothing but one price of each product."""
    draft, weight = Draft(random, 11), float(random.choice([0.5, 1.0, 3.0, 8.0, 500.0]))
    draft.objective(3)
    draft.biases[6:, :] = draft.biases[:, 6:] = 0.0
    for z in range(6, 11):
        x, y = random.choice(z, 2, replace=False).tolist()
        draft.square([x, y, z], [1.0, 1.0, -2.0], 0.5, weight)
        draft.biases[z, z] += random.integers(-5, 6)
        draft.biases[int(random.integers(0, 6)), z] += random.integers(-5, 6)
    return draft.qubo()
