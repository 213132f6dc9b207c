"""When the rows of a table are: the columns of dates, of years, or that count the rows."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from qopt import QoptError
from qopt.kit.dates import dated, dates_of
from qopt.kit.tables import Table

TIME = """
    date dates datum datetime timestamp time day days month months year years week weeks quarter
    period periods fecha jour mois annee année año mes jahr monat woche tag zeit trading_day
    observation_date
"""
TIMES = frozenset(TIME.split())
EXACT = {"date", "datum", "datetime", "timestamp", "time", "fecha"}  # which may have parts of days
YEARS = {"year", "jahr", "annee", "année", "año"}
MONTHS = {"month", "monat", "mois", "mes"}
DAYS = {"day", "tag", "jour"}
HOURS = {"time", "hour", "hours", "uhrzeit", "heure", "hora", "zeit"}
BLANK = ("", "index", "unnamed: 0", "row", "rownames", "...1")
SCENARIOS = {"scenario", "scenarios", "state", "states"}
SERIALS = (20_000, 80_000)  # days since 1899-12-30, as spreadsheets count them: from 1954 to 2119
CENTURIES = (1600, 2200)
EPOCHS = {1: (1e8, 1e10), 1e3: (1e11, 1e13), 1e6: (1e14, 1e16), 1e9: (1e17, 1e19)}  # s, ms, us, ns


@dataclass(frozen=True)
class Clock:
    """`keys` order the rows in time, `labels` name them, `columns` are those that say it."""

    keys: tuple[Any, ...]
    labels: tuple[str, ...]
    columns: frozenset[int]
    notes: tuple[str, ...] = ()


def clock_of(table: Table, date_format: str | None, *, scenarios: bool = False) -> Clock | None:
    """When the rows are, or None where no column says it. Rows that are `scenarios` may have names
    of any kind.

    Raises QoptError, with the place of the cell, for a row without a date, a date that is none, and
    two columns of dates.
    """
    kinds = table.kinds
    dates = [k for k, kind in enumerate(kinds) if kind == "dates"]
    if date_format is not None and not dates:
        dates = [k for k, name in enumerate(table.names) if name.lower() in TIMES][:1] or [0]
    if dates:
        return _of_dates(table, kinds, dates, date_format)
    numbers = [k for k, kind in enumerate(kinds) if kind == "numbers"]
    if (parts := _calendar(table, numbers)) is not None:
        return parts
    first = [0] if kinds[0] == "numbers" else []
    for k in dict.fromkeys([*first, *(k for k in numbers if table.names[k].lower() in TIMES)]):
        if (counted := _counted(table, k)) is not None:
            return counted
    return _labelled(table, scenarios) if kinds[0] == "words" else None


def _of_dates(
    table: Table, kinds: Sequence[str], columns: list[int], date_format: str | None
) -> Clock:
    first, *others = columns
    for k in others:
        if table.texts(k) != table.texts(first):
            two = f"{table.shown(first)} and {table.shown(k)}"
            raise QoptError(f"two columns of dates, {two}; keep the one that prices are of")
    hours = [
        k for k, name in enumerate(table.names) if name.lower() in HOURS and kinds[k] == "words"
    ]
    if hours and all(re.match(r"\d{1,2}:\d{2}", text) for text in table.texts(hours[0])):
        pairs = zip(table.texts(first), table.texts(hours[0]), strict=True)
        dates = dates_of([f"{day} {hour}" for day, hour in pairs], date_format)
        columns = [*columns, hours[0]]
    else:
        dates = table.dates(first, date_format)
    notes = [dates.note] if dates.note else []
    if kinds[0] == "numbers" and _numbers_rows(table):
        columns = [0, *columns]
        notes += [] if table.indexed else [f"{table.shown(0)}: no asset, but the rows' numbers"]
    numbers = [k for k, kind in enumerate(kinds) if kind == "numbers" and k not in columns]
    derived = [k for k in numbers if _is_derived(table, k, dates.written)]
    if derived:
        notes.append(f"{', '.join(map(table.shown, derived))}: no asset, but a part of the date")
    return Clock(dates.moments, dates.labels, frozenset([*columns, *derived]), tuple(notes))


def _numbers_rows(table: Table) -> bool:
    """Whether a first column beside one of dates only numbers the rows: an index, as frames have it
    and as they write it.
    """
    values = table.numbers([0])[:, 0]
    if np.isnan(values).any() or np.any(values != np.floor(values)):
        return table.indexed
    return table.indexed or table.names[0].lower() in ("", "unnamed: 0") or _counts(values)


def _is_derived(table: Table, column: int, days: Sequence[dt.datetime]) -> bool:
    """Whether a column beside one of dates only repeats their years, months or days, by its name
    and numbers.
    """
    name = table.names[column].lower()
    for words, part in ((YEARS, "year"), (MONTHS, "month"), (DAYS, "day")):
        if name in words:
            parts = [getattr(day, part) for day in days]
            return np.array_equal(table.numbers([column])[:, 0], parts)
    return False


def _calendar(table: Table, numbers: Sequence[int]) -> Clock | None:
    """Of columns for the year, the month and the day, or the first two."""
    named = {table.names[k].lower(): k for k in numbers}
    parts = [
        next((k for name, k in named.items() if name in words), None)
        for words in (YEARS, MONTHS, DAYS)
    ]
    year, month, day = parts
    if year is None or month is None:
        return None
    columns = [year, month] if day is None else [year, month, day]
    keys, labels = [], []
    for row, values in enumerate(table.numbers(columns).tolist()):
        try:
            date = dt.date(*map(_whole, values), *([1] if day is None else []))
        except (ValueError, OverflowError):
            raise QoptError(f"{values} is no year, month and day", ("cell", row, year)) from None
        keys.append(date)
        labels.append(date.isoformat() if day is not None else f"{date:%Y-%m}")
    said = f"dates are those of {', '.join(map(table.shown, columns))}"
    return Clock(tuple(keys), tuple(labels), frozenset(columns), (said,))


def _whole(value: float) -> int:
    if value != int(value):
        raise ValueError
    return int(value)


def _counted(table: Table, column: int) -> Clock | None:
    """Of a column of numbers, if they are times: by its name, or because they count."""
    values = table.numbers([column])[:, 0]
    name, labels = table.names[column].lower(), tuple(f"{value:.17g}" for value in values)
    filled = ~np.isnan(values)
    whole = bool(filled.all()) and bool(np.all(values == np.floor(values)))
    said = f"{table.shown(column)}: no asset, but "
    if name in TIMES and (
        (column == 0 and (whole or name in EXACT)) or (whole and _counts(values))
    ):
        for row in np.flatnonzero(~filled)[:1].tolist():
            raise QoptError(f"a row without a {name}", ("cell", row, column))
        labels, what = _named_times(values, labels, whole)
    elif whole and column == 0 and ((name in BLANK and table.named) or _counts(values)):
        labels, what = (
            _named_times(values, labels, whole)
            if _counts(values)
            else (labels, "the rows' numbers")
        )
    else:
        return None
    return Clock(tuple(values.tolist()), labels, frozenset([column]), (said + what,))


def _counts(values: Any) -> bool:
    """Whether whole numbers count, as no prices do: by one from 0 or 1 or through years, or days as
    20240131.

    Five and more may stand in any order, fewer go up or down.
    """
    low, high = float(values.min()), float(values.max())
    steps = np.diff(np.sort(values) if len(values) >= 5 else values)
    by_one = len(values) >= 3 and bool(np.all(steps == 1) or np.all(steps == -1))
    years = CENTURIES[0] <= low and high <= CENTURIES[1]
    return (by_one and (low in (0, 1) or years)) or _are_days(values)


def _are_days(values: Any) -> bool:
    return bool(values.min() >= 1e7) and all(
        len(text) == 8 and dated(text) for text in (f"{value:.0f}" for value in values.tolist())
    )


def _named_times(values: Any, labels: tuple[str, ...], whole: bool) -> tuple[tuple[str, ...], str]:
    """What to call times that are numbers, and what they seem to be: all of these are in the order
    of the numbers.
    """
    low, high = float(values.min()), float(values.max())
    if whole and _are_days(values):
        return dates_of(list(labels)).labels, "days as 20240131"
    if whole and CENTURIES[0] <= low and high <= CENTURIES[1]:
        return labels, "years"
    if SERIALS[0] <= low and high <= SERIALS[1]:
        start = dt.datetime(1899, 12, 30)
        days = tuple((start + dt.timedelta(days=float(v))).date().isoformat() for v in values)
        return days, "days as spreadsheets count them, from 1899-12-30"
    for unit, (least, most) in EPOCHS.items():
        if least <= low and high < most:
            seconds = (
                dt.datetime(1970, 1, 1) + dt.timedelta(seconds=float(v) / unit) for v in values
            )
            return tuple(
                moment.isoformat(" ", "seconds") for moment in seconds
            ), "seconds since 1970, or parts of them"
    return labels, "a count of the rows" if whole else "times"


def _labelled(table: Table, scenarios: bool) -> Clock | None:
    """Of a first column of words where dates are due: rows in the order they stand, if the words
    have nothing of dates.

    Words that end in a number, as "week 12", go by it.
    """
    texts, name = table.texts(0), table.names[0].lower()
    numbered = [re.fullmatch(r"(\D*?)\s*(\d{1,9})", text) for text in texts]
    stems = {match[1].lower() for match in numbered if match}
    if all(numbered) and len(stems) == 1 and len(set(texts)) == len(texts):
        said = f"{table.shown(0)}: rows by their numbers, as {texts[0][:30]!r}"
        keys = tuple(int(match[2]) for match in numbered if match)
        return Clock(keys, tuple(texts), frozenset([0]), (said,))
    named = scenarios and (name in SCENARIOS or name in BLANK) and len(set(texts)) == len(texts)
    if name not in TIMES and not named:
        return None
    for row, text in enumerate(texts):
        if any(sign.isdigit() for sign in text) or not text:
            said = (
                f"{text[:40]!r} is no date (in {table.shown(0)}); give date_format, as '%d/%m/%Y'"
            )
            raise QoptError(said, ("cell", row, 0))
    no_dates = f"{table.shown(0)}: no dates, as {texts[0][:30]!r}"
    said = f"{no_dates}; rows are taken in order, the oldest first"
    return Clock(tuple(range(len(texts))), tuple(texts), frozenset([0]), (said,))
