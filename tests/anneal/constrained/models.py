"""Constrained models put together by hand or at random, and walkers on them with the moves that a
test asks for.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from qopt.anneal.constrained import walk
from qopt.anneal.constrained.model import NONE, Constrained, Pairs, PricedRows
from qopt.anneal.constrained.tables import tables
from qopt.anneal.constrained.walkers import Walkers

MOVES = ("flip", "shift", "swap", "exchange", "transfer", "release")


class Builder:
    """Variables are numbered as they come; a constraint is one call."""

    def __init__(self) -> None:
        self.domains: list[tuple[float, float, float]] = []
        self.linear: dict[int, float] = {}
        self.square: dict[int, float] = {}
        self.pairs: list[tuple[int, int, float]] = []
        self.offset = 0.0
        self.groups: list[tuple[list[int], float]] = []
        self.columns: list[list[int]] = []
        self.partners: list[list[int]] = []
        self.conflicts: list[tuple[int, int]] = []
        self.rows: list[dict[str, Any]] = []

    def binaries(self, count: int) -> list[int]:
        return self._add(count, 0.0, 1.0, 1.0)

    def spins(self, count: int) -> list[int]:
        return self._add(count, -1.0, 1.0, 2.0)

    def integers(self, count: int, lower: float, upper: float) -> list[int]:
        return self._add(count, lower, upper, 1.0)

    def _add(self, count: int, *domain: float) -> list[int]:
        first = len(self.domains)
        self.domains += [domain] * count  # type: ignore[list-item]
        return list(range(first, first + count))

    def group(self, members: Iterable[int], total: float = 1.0) -> None:
        self.groups.append((list(members), total))

    def column(self, members: Iterable[int], *, may_stay_empty: bool = False) -> None:
        self.columns.append([*members, *(self.binaries(1) if may_stay_empty else ())])

    def row(
        self,
        linear: Mapping[int, float],
        rhs: float,
        *,
        products: Sequence[tuple[int, int, float]] = (),
        equality: bool = False,
        weight: float = math.inf,
        squared: bool = False,
        indicator: int = NONE,
        follower: int = NONE,
    ) -> None:
        self.rows.append(
            {
                "linear": {v: a for v, a in linear.items() if a},
                "products": products,
                "rhs": rhs,
                "equality": equality,
                "weight": weight,
                "squared": squared,
                "indicator": indicator,
                "follower": follower,
            }
        )

    def model(self) -> Constrained:
        n = len(self.domains)
        lower, upper, step = np.array(self.domains, dtype=np.float64).reshape(n, 3).T.copy()
        linear, square = np.zeros(n), np.zeros(n)
        for biases, given in ((linear, self.linear), (square, self.square)):
            for v, bias in given.items():
                biases[v] = bias
        entries = [(r, v, a) for r, row in enumerate(self.rows) for v, a in row["linear"].items()]
        products = [(r, *product) for r, row in enumerate(self.rows) for product in row["products"]]
        row, col, value = _columns(entries, 3)
        owner, first, second, product = _columns(products, 4)
        return Constrained(
            lower=lower,
            upper=upper,
            step=step,
            linear=linear,
            square=square,
            pairs=Pairs(*_columns(self.pairs, 3)),
            offset=self.offset,
            group=self._labels([members for members, _ in self.groups]),
            total=np.array([total for _, total in self.groups], dtype=np.float64),
            column=self._labels(self.columns),
            partner=self._labels(self.partners),
            conflicts=tuple(_columns([(u, v, 1.0) for u, v in self.conflicts], 3)[:2]),  # type: ignore[arg-type]
            rows=PricedRows(
                row,
                col,
                value,
                owner,
                first,
                second,
                product,
                rhs=np.array([row["rhs"] for row in self.rows], dtype=np.float64),
                equality=np.array([row["equality"] for row in self.rows], dtype=np.bool_),
                weight=np.array([row["weight"] for row in self.rows], dtype=np.float64),
                squared=np.array([row["squared"] for row in self.rows], dtype=np.bool_),
                indicator=np.array([row["indicator"] for row in self.rows], dtype=np.int64),
                follower=np.array([row["follower"] for row in self.rows], dtype=np.int64),
            ),
        )

    def _labels(self, sets: list[list[int]]) -> Any:
        label = np.full(len(self.domains), NONE, dtype=np.int64)
        for number, members in enumerate(sets):
            label[members] = number
        return label


def _columns(entries: list[Any], count: int) -> list[Any]:
    """The entries' columns: whole numbers, but for the last."""
    parts = list(zip(*entries, strict=True)) or [()] * count
    return [np.array(part, dtype=np.int64) for part in parts[:-1]] + [
        np.array(parts[-1], dtype=np.float64)
    ]


def walkers(
    model: Constrained,
    count: int = 4,
    seed: int = 0,
    moves: str | None = None,
    proposals: int | None = None,
) -> Walkers:
    """Started; with one kind of `moves` only, where it is given, and so many proposals a sweep.

    Prices stay as they are.
    """
    found = Walkers(model, only(tables(model), moves), count)
    found.price_rate = 0.0
    found.proposals = found.proposals if proposals is None else proposals
    assert found.restart([seed])
    return found


def only(shared: Any, moves: str | None) -> Any:
    if moves is None:
        return shared
    return shared._replace(
        odds=np.array([float(kind >= MOVES.index(moves)) for kind in range(len(MOVES))])
    )


def possible(shared: Any) -> list[str]:
    """The kinds of moves there is something for."""
    counts = (
        shared.num_free,
        shared.num_shifting,
        shared.num_swapping,
        shared.num_exchanging,
        shared.num_transferring,
        shared.num_followers,
    )
    return [kind for kind, count in zip(MOVES, counts, strict=True) if count]


def one_move(crowd: Walkers, temperature: float = math.inf) -> None:
    """Of each walker, if its dice find one."""
    walk.anneal(*crowd.blocks, np.array([temperature]), 1, 0.0, 1.0, crowd.count)


def mixture(seed: int, rows: int = 4) -> Constrained:
    """Some of every kind of variable, group, row and coupling, at random; numbers are whole, halves
    or Gaussian.

    `rows` is how many there are at most, indicators' aside.
    """
    random = np.random.default_rng(seed)
    b = Builder()
    grouped: list[int] = []

    def chance(share: float) -> bool:
        return bool(random.random() < share)

    def some(members: Sequence[int], least: int = 1) -> list[int]:
        count = int(random.integers(min(least, len(members)), len(members) + 1))
        return sorted(random.choice(members, count, replace=False).tolist())

    def number(kind: int, size: int = 4) -> float:
        whole = float(random.integers(1, size + 1) * random.choice([-1, 1]))
        return [whole, whole / 2, float(random.normal(0, size / 2))][kind]

    if chance(0.7):  # a grid of groups and columns, with holes, and members outside
        groups, columns = int(random.integers(2, 5)), int(random.integers(2, 5))
        may_stay_empty = bool(groups != columns or chance(0.3))
        by_column: list[list[int]] = [[] for _ in range(columns)]
        for g in range(groups):
            holes = chance(0.5) and g >= columns
            mine = [c for c in range(columns) if not holes or chance(0.7)]
            outside = 1 + int(random.integers(0, 2)) if groups > columns or chance(0.4) else 0
            members = b.binaries(len(mine) + outside)
            for c, v in zip(mine, members, strict=False):
                by_column[c].append(v)
            b.group(members)
            grouped += members
        for members in by_column:
            b.column(members, may_stay_empty=may_stay_empty)
    for _ in range(int(random.integers(0, 3))):
        members = b.binaries(int(random.integers(1, 5)))
        b.group(members)
        grouped += members
    if chance(0.5):
        members = b.binaries(int(random.integers(2, 6)))
        b.group(members, float(random.integers(0, len(members) + 1)))
        grouped += members
    if chance(0.4):
        low, wide = float(random.integers(-3, 1)), float(random.integers(1, 6))
        members = b.integers(int(random.integers(2, 4)), low, low + wide)
        b.group(
            members, len(members) * low + float(random.integers(0, int(wide * len(members)) + 1))
        )
        grouped += members
    if chance(0.3):
        members = b.spins(int(random.integers(2, 5)))
        b.group(members, -len(members) + 2.0 * float(random.integers(0, len(members) + 1)))
        grouped += members
    free = b.binaries(int(random.integers(0, 6))) + b.spins(int(random.integers(0, 3)))
    free += b.integers(
        int(random.integers(0, 3)), float(random.integers(-9, 1)), float(random.integers(1, 900))
    )
    everyone = [
        v
        for v in range(len(b.domains))
        if not any(v in column and v not in grouped for column in b.columns)
    ]
    kind = int(random.integers(0, 3))
    # what rows decide: a warehouse that must be open to be used, that takes room in another row,
    # too
    indicators = b.binaries(int(random.integers(0, 3))) if everyone else []
    for y in indicators:
        b.linear[y] = abs(number(kind))
        for _ in range(int(random.integers(1, 3))):
            users = some(everyone)
            b.row(
                {v: abs(number(kind)) for v in users} | {y: -abs(number(kind, 9))},
                number(kind) / 2,
                indicator=y,
            )
    if indicators and chance(0.6):
        b.row(
            {y: abs(number(kind)) for y in indicators} | {v: number(kind) for v in some(everyone)},
            number(kind),
        )
    if indicators and chance(0.4):
        b.conflicts += [
            (y, v) for y in indicators for v in everyone[:2] if b.domains[v] == (0.0, 1.0, 1.0)
        ]
    for _ in range(int(random.integers(0, rows + 1)) if everyone else 0):
        weight = abs(number(kind)) if chance(0.4) else math.inf
        products = []
        if chance(0.4):
            pairs = {(min(u, v), max(u, v)) for u, v in random.choice(everyone, (4, 2)).tolist()}
            products = [
                (u, v, number(kind)) for u, v in sorted(pairs) if u != v or b.domains[u][2] == 1.0
            ]
        linear = {v: number(kind) for v in some(everyone)}
        b.row(
            linear,
            number(kind, 6),
            products=products,
            equality=chance(0.4),
            weight=weight,
            squared=chance(0.5),
        )
    if everyone:
        b.linear |= {v: number(kind) for v in some(everyone)}
        b.square |= {
            v: number(kind) / 2 for v in some(everyone) if b.domains[v][2] == 1.0 and chance(0.3)
        }
        share = float(random.choice([0.0, 0.05, 0.3, 1.0]))
        b.pairs += [
            (u, v, number(kind)) for u in everyone for v in everyone if u < v and chance(share)
        ]
        bits = [v for v in everyone if b.domains[v] == (0.0, 1.0, 1.0)]
        b.conflicts += [(u, v) for u in bits for v in bits if u < v and chance(0.1)]
    b.offset = number(kind, 100)
    if everyone and chance(0.5):
        _add_followers(b, everyone, random)
    if chance(0.5):  # labels that groups exchange, where columns are not kept
        in_column = {v for column in b.columns for v in column}
        open_groups = [
            [v for v in members if v not in in_column] for members, total in b.groups if total == 1
        ]
        b.partners = [[members[k] for members in open_groups if len(members) > k] for k in range(2)]
    return b.model()


def _add_followers(b: Builder, everyone: list[int], random: np.random.Generator) -> None:
    """Whole numbers that rows push, and that push each other, in circles, too; and that other rows
    want small, or large.
    """

    def size(most: int = 4) -> float:
        return float(random.integers(1, most + 1))

    toward: dict[int, float] = {}
    for _ in range(int(random.integers(1, 5))):
        low = float(random.integers(-4, 4))
        (v,) = b.integers(1, low, low + float(random.integers(2, 15)))
        toward[v] = float(random.choice([1.0, 1.0, -1.0]))
        if random.random() < 0.5:
            b.linear[v] = toward[v] * size()
    for row in b.rows:  # what others want
        for v in toward if not row["equality"] and random.random() < 0.3 else ():
            row["linear"][v] = toward[v] * size()
    for v in toward:
        for _ in range(int(random.integers(1, 4))):
            some = random.choice(everyone, min(2, len(everyone)), replace=False).tolist()
            pushing = {u: float(random.normal(0, 3)) for u in some}
            others = [u for u in toward if u != v]
            if others and random.random() < 0.7:
                u = int(random.choice(others))
                pushing[u] = toward[u] * size(2)
            b.row({v: -toward[v] * size(2)} | pushing, float(random.integers(-9, 4)), follower=v)
