"""Words as numbers: what a person means by one, and what is nearly one."""

from __future__ import annotations

import math
import re

LARGEST = 1e15  # of a number in a file: sums of more would lose their units in floating point


def number(word: str) -> float | None:
    """A word as a number, or None.

    Of what Python takes, 1_000, nan and digits of other scripts are none.
    """
    try:
        value = float(word)
    except ValueError:
        return None
    return None if math.isnan(value) or not word.isascii() or "_" in word else value


def whole(word: str) -> int | None:
    """A word as a whole number, or None; 12. and 1.2e1 are whole, too."""
    if word.isdigit() and word.isascii() and len(word) < 16:  # most words, at a third of the time
        return int(word)
    value = number(word)
    if value is None or not math.isfinite(value) or value != int(value):
        return None
    return int(word) if word.lstrip("+-").isdigit() and len(word) < 400 else int(value)


def remedy(word: str) -> str:
    """What to write instead of a word that is nearly a number."""
    if re.fullmatch(r"[-+]?\d{1,3}(,\d{3})+(\.\d*)?", word):
        return "; write thousands without commas"
    if re.fullmatch(r"[-+]?\d+,\d+", word):
        return "; write decimals with a point"
    if number(word.rstrip(",;")) is not None:
        return "; numbers stand between spaces here, without commas"
    return ""
