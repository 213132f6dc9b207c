"""Rows that share their keys, as columns: a key is written once, and likes stand beside likes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def columns_of(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A column a key, which every row has; one whose values are all the same is that value alone.

    {"count": 2, "same": {"kind": "job-shop"}, "each": {"seed": [1, 2]}}
    """
    same, each = {}, {}
    for key in rows[0] if rows else ():
        values = [row[key] for row in rows]
        if all(value == values[0] and type(value) is type(values[0]) for value in values):
            same[key] = values[0]
        else:
            each[key] = values
    return {"count": len(rows), "same": same, "each": each}


def rows_of(columns: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rows again."""
    names, values = list(columns["each"]), columns["each"].values()
    return [
        {**columns["same"], **dict(zip(names, row, strict=True))}
        for row in (zip(*values, strict=True) if names else [()] * columns["count"])
    ]
