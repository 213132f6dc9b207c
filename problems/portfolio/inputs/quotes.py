"""Which of several prices of a day: open, high, low, closing and adjusted ones, in the layouts in
which they are exported.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from qopt import QoptError
from qopt.kit.tables import Table

ADJUSTED = ("adj close", "adjclose", "adjusted close", "adj. close", "adjusted", "close adjusted")
CLOSING = ("close", "close/last", "closing price", "last", "last price", "px last", "price")
OTHERS = (
    "open",
    "high",
    "low",
    "mid",
    "bid",
    "ask",
    "vwap",
    "average",
    "px open",
    "px high",
    "px low",
)
NO_PRICES = (
    "volume", "vol", "vol.", "px volume", "change", "change %", "change%", "% change", "chg%",
    "dividends", "dividend", "stock splits", "splits", "capital gains", "open interest", "openint",
    "turnover", "market cap", "trades", "shares",
)  # fmt: skip
FIELDS = frozenset((*ADJUSTED, *CLOSING, *OTHERS, *NO_PRICES))
JOINED = "|".join(re.escape(field) for field in sorted(FIELDS, key=len, reverse=True))
LAST = re.compile(rf"(.+)[ _.]({JOINED})")
FIRST = re.compile(rf"({JOINED})[ _.](.+)")


@dataclass(frozen=True)
class Quotes:
    """The columns of prices and the name of the asset in each, and what was chosen."""

    columns: tuple[int, ...]
    names: tuple[str, ...]
    notes: tuple[str, ...] = ()


def quotes_of(table: Table, columns: Sequence[int], field: str | None) -> Quotes:
    """The prices among some columns: all, or of fields of a day the one named, by default adjusted
    or plain closing prices.

    Raises QoptError where there is no such field, and for volumes and the like among assets.
    """
    fields, assets = _fields(table, columns)
    if not any(fields):
        if field is not None:
            raise QoptError(
                f"field={field!r}: the columns are no fields of a day, as open and close",
                ("field",),
            )
        return Quotes(tuple(columns), tuple(table.shown(k) for k in columns))
    if not all(fields):
        if odd := [table.shown(k) for k, f in zip(columns, fields, strict=True) if f in NO_PRICES]:
            raise QoptError(
                f"{', '.join(odd[:5])}: no prices of an asset; leave them out of the table"
            )
        return Quotes(tuple(columns), tuple(table.shown(k) for k in columns))
    chosen = _chosen(fields, field)
    kept = [at for at, name in enumerate(fields) if name == chosen]
    several = len(set(fields)) > 1
    notes = (
        (f"of {_listed(dict.fromkeys(fields))} of each day, {chosen} is used",) if several else ()
    )
    return Quotes(tuple(columns[at] for at in kept), tuple(assets[at] for at in kept), notes)


def _fields(table: Table, columns: Sequence[int]) -> tuple[list[str], list[str]]:
    """The field of each column, "" for none, and the name of its asset."""
    headings = [table.headings[k] for k in columns]
    depth = max(map(len, headings), default=1)
    for level in range(depth) if depth > 1 else ():
        fields = [_plain(heading[level]) if level < len(heading) else "" for heading in headings]
        if all(field in FIELDS for field in fields):
            rest = [" ".join(h[:level] + h[level + 1 :]) for h in headings]
            return fields, [name or field for name, field in zip(rest, fields, strict=True)]
    names = [table.shown(k) for k in columns]
    fields = [_plain(name) if _plain(name) in FIELDS else "" for name in names]
    if all(fields) or (any(fields) and sum(map(bool, fields)) > 1):
        return (fields, names) if len(fields) > 1 else ([""], names)
    for pattern, field, asset in ((LAST, 2, 1), (FIRST, 1, 2)):
        parts = [pattern.fullmatch(_plain(name)) for name in names]
        if len({part[field] for part in parts if part}) > 1 and all(parts):
            starts = [
                name[part.start(asset) : part.end(asset)]
                for name, part in zip(names, parts, strict=True)
                if part
            ]
            return [part[field] for part in parts if part], starts
    odd = [field if field in NO_PRICES else "" for field in fields]
    return odd, names


def _chosen(fields: Sequence[str], asked: str | None) -> str:
    if asked is not None:
        if _plain(asked) not in fields:
            raise QoptError(
                f"field={asked!r}: the table has {_listed(dict.fromkeys(fields))}", ("field",)
            )
        return _plain(asked)
    for known in (*ADJUSTED, *CLOSING):
        if known in fields:
            return known
    raise QoptError(
        f"fields of a day, {_listed(dict.fromkeys(fields))}, and no closing price; choose field="
    )


def _plain(name: str) -> str:
    return name.strip().rstrip("*").replace("_", " ").lower()


def _listed(names: Sequence[str] | dict[str, None]) -> str:
    return ", ".join(list(names)[:8])
