"""Files of prices and of expected returns: which form they have, and what is in them."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from qopt import FileError
from qopt.kit.delimited import read_table
from qopt.kit.files import Fields, Text, number
from qopt.kit.frames import table_of

from .assets import covariance_of
from .conventions import NAMES, Conventions
from .history import CHEAPEST, DEAREST, History, history_of
from .steps import Steps, steps_of

Form = Literal["json", "numbers", "table"]

READ = ("gaps", "returns")  # conventions that files of numbers alone can follow


def form_of(text: Text) -> Form:
    """What a file is, by its content: JSON, numbers alone parted by white space as those of the
    OR-Library, or a table.
    """
    if text.content.lstrip()[:1] in ("{", "["):
        return "json"
    head = [line.text.split() for _, line in zip(range(2), text.lines(), strict=False)]
    return (
        "numbers" if all(number(word) is not None for words in head for word in words) else "table"
    )


def steps_in(data: Any, conventions: Conventions) -> Steps:
    """The returns of a frame, dict, array or list of prices, or of returns. Raises QoptError."""
    return steps_of(history_of(table_of(data, conventions.kind), conventions), conventions)


def read_steps(text: Text, conventions: Conventions) -> Steps:
    """The returns of a delimited text. Raises FileError, with line and column where a cell is to
    blame.
    """
    table = read_table(text)
    with text.blaming(table.places, NAMES):
        return steps_of(history_of(table, conventions), conventions)


def read_port(text: Text) -> Fields:
    """OR-Library `port` text: n; a line of mean and standard deviation an asset; then `i j
    correlation` with i <= j.

    The fields are `mean` and `covariance`. Raises FileError.
    """
    words = text.words()
    if words.columns() == {2}:
        said = "points of a frontier, a mean and a variance a line, as in OR-Library portef text"
        raise text.error(f"{said}; give the file of the assets")
    n = words.whole("the number of assets", 1, 10_000)
    due = 2 * n + 3 * n * (n + 1) // 2
    if words.left() != due:
        count = words.left()
        words.skip(count, "the numbers")
        raise words.error(f"{count} numbers for {n} assets, not {due}; is it cut short?")
    lines: dict[tuple[str | int, ...], int] = {}
    mean, deviation = np.empty(n), np.empty(n)
    for k in range(n):
        mean[k] = words.number(f"the mean of asset {k + 1}")
        lines["mean", k] = words.line
        deviation[k] = words.number(f"the standard deviation of asset {k + 1}")
        lines["deviation", k] = words.line
    correlation = np.full((n, n), np.nan)
    while words.left():
        i, j = (words.whole("the number of an asset", 1, n) - 1 for _ in range(2))
        correlation[i, j] = correlation[j, i] = words.number("a correlation", -1 - 1e-9, 1 + 1e-9)
    for i, j in np.argwhere(np.isnan(correlation))[:1].tolist():
        raise FileError(text.path, f"the correlation of assets {i + 1} and {j + 1} is missing")
    with text.blaming(lines):
        covariance = covariance_of(deviation, correlation)
    return Fields(text, {"mean": mean, "covariance": covariance, "name": text.stem}, lines)


def read_index_track(text: Text, conventions: Conventions) -> Steps:
    """OR-Library indtrack text: the number n of stocks, that of periods T, T + 1 prices of the
    index, then of each stock.

    The names are "index", "asset 1", ... Raises FileError.
    """
    words = text.words()
    n = words.whole("the number of stocks", 1, 100_000)
    periods = words.whole("the number of periods", 1, 100_000)
    due = (n + 1) * (periods + 1)
    if words.left() != due:
        count, what = words.left(), f"{n} stocks and an index over {periods} periods"
        words.skip(count, "the prices")
        raise words.error(f"{count} prices for {what}, not {due}; is it cut short?")
    names = ("index", *(f"asset {k}" for k in range(1, n + 1)))
    prices = [
        [words.number(f"a price of {name}", CHEAPEST, DEAREST) for _ in range(periods + 1)]
        for name in names
    ]
    labels = tuple(f"row {row}" for row in range(1, periods + 2))
    rows, columns = tuple(range(periods + 1)), tuple(range(n + 1))
    history = History(names, np.array(prices).T, labels, False, rows, columns, ())
    with text.blaming({}, NAMES):
        return steps_of(history, conventions)


def refuse_conventions(text: Text, conventions: Conventions, what: str, *followed: str) -> None:
    """Raise FileError for conventions of tables where the file is none, but for those that are
    `followed`.
    """
    for name in conventions.given():
        if name not in followed:
            value = getattr(conventions, name)
            raise FileError(text.path, f"{name}={value!r} is for tables of prices; this is {what}")
