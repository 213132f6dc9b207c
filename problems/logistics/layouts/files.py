"""Reading QAPLIB: a problem's two matrices, and the permutation of a solution beside it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np

from qopt import QoptError
from qopt.kit.files import Fields, Text, whole
from qopt.kit.numbered import COMMENTS


def read_qaplib(path: str | Path) -> Fields:
    """The fields of a `QuadraticAssignment`: n, then two n x n matrices.

    Of a first line of two numbers, the second is the best known value, as Taillard's files have it.
    """
    text = Text.read(path)
    words, fields = text.words(comments=COMMENTS), Fields(text, {"name": text.stem})
    stated = words.words_on_first_line() == 2
    n = words.whole("the size")
    if stated and words.left() == 2 * n * n + 1:
        fields.values["best_known"] = words.number("the best known value")
        fields.notes.append("the second number of the first line is taken for the best known value")
    fields.take(words, "flow", "the first matrix", n, n)
    fields.take(words, "distance", "the second matrix", n, n)
    words.end("the second matrix")
    return fields


def published(
    path: str | Path, n: int, cost: Callable[[list[int]], float]
) -> tuple[float | None, list[str]]:
    """The best known value that the .sln file beside a problem's file proves, and notes on it.

    What counts is what its permutation of `n` costs, not the value stated. Most put facility i at
    location p(i), some are inverse.
    """
    path = Path(path)
    file = path.with_name(f"{Text(path, '').stem}.sln")
    if file == path or not file.is_file():
        return None, []
    try:
        stated, order = _solution(Text.read(file), n)
    except QoptError as error:
        return None, [f"no best known value from beside the file: {error}"]
    ways = {"as it stands": order, "taken inversely": np.argsort(order).tolist()}
    costs = {way: cost(at) for way, at in ways.items()}
    way = min(costs, key=lambda way: (costs[way] != stated, costs[way]))
    note = f"best known {costs[way]:.15g}: the permutation of {file.name}, {way}"
    if stated not in (None, costs[way]):
        note += f", which states {stated:.15g}"
    return costs[way], [note]


def _solution(text: Text, n: int) -> tuple[float | None, list[int]]:
    """The value stated, if any, and the permutation, of numbers from 0.

    Words such as OPT and commas mean nothing.
    """
    words = re.findall(r"[^\s,;()\[\]{}]+", text.content)
    numbers = [value for word in words if (value := whole(word)) is not None]
    head, order = numbers[:-n], numbers[-n:]
    first = min(order, default=0)
    if head[:1] != [n] or len(head) > 2 or first not in (0, 1):
        raise text.error(f"not the size {n}, a value and a permutation")
    if sorted(order) != list(range(first, first + n)):
        raise text.error(f"not a permutation of {n}")
    return float(head[1]) if len(head) == 2 else None, [at - first for at in order]
