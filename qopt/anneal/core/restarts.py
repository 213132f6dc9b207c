"""How long the anneals of a search are, one after another."""

from __future__ import annotations


def luby(number: int) -> int:
    """1, 1, 2, 1, 1, 2, 4, 1, 1, 2, 1, 1, 2, 4, 8, ... for number = 1, 2, ...

    Rounds of these lengths give every scale of length the same share of the time. How long an
    anneal should be differs by orders of magnitude between models, and this is within a logarithm
    of the best choice for each (Luby, Sinclair and Zuckerman 1993).
    """
    power = 1 << (number.bit_length() - 1)
    return power if number == 2 * power - 1 else luby(number - power + 1)
