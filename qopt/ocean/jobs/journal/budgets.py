"""Budgets in the journal's file. What is spent and reserved is summed over the jobs, and never
kept apart from them, so that the two cannot differ.
"""

from __future__ import annotations

import sqlite3

from ....errors import UnknownName
from ...money import Budget, Cost

SUMS = (
    "SELECT total(charged_seconds), total(charged_money), total(held_seconds), total(held_money) "
    "FROM jobs WHERE budget = ?"
)


def found(base: sqlite3.Connection, name: str) -> Budget:
    """Raises UnknownName."""
    row = base.execute("SELECT seconds, money FROM budgets WHERE name = ?", (name,)).fetchone()
    if row is None:
        known = [each for (each,) in base.execute("SELECT name FROM budgets")]
        raise UnknownName(
            "budget",
            name,
            known,
            f"; `qopt budget {name} --seconds S` makes it; nothing was sent",
        )
    seconds, money, *held = base.execute(SUMS, (name,)).fetchone()
    return Budget(name, row[0], row[1], Cost(seconds, money), Cost(*held))


def all_of(base: sqlite3.Connection) -> list[Budget]:
    names = base.execute("SELECT name FROM budgets ORDER BY name").fetchall()
    return [found(base, name) for (name,) in names]


def changed(
    base: sqlite3.Connection, name: str, seconds: float | None, money: float | None
) -> Budget:
    """Limits that are None stay as they are."""
    base.execute(
        "INSERT INTO budgets VALUES (?, ?, ?) ON CONFLICT(name) DO UPDATE SET "
        "seconds = coalesce(excluded.seconds, seconds), money = coalesce(excluded.money, money)",
        (name, seconds, money),
    )
    return found(base, name)
