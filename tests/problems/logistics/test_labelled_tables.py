"""Tables of pandas and polars, sparse matrices and mappings give names.

No two of them are paired by position.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from problems.logistics import (
    BinPacking,
    FacilityLocation,
    GeneralizedAssignment,
    Layout,
    Load,
    Loads,
    MultiKnapsack,
    QuadraticAssignment,
    Selection,
)
from qopt import QoptError

from ...fuzz import examples

WARDS, ROOMS = ("surgery", "x-ray", "ward"), ("north", "south", "east", "west")
CREWS, JOBS = ("Ann", "Ben"), ("roof", "wall", "door")
ITEMS, LIMITS = ("tractor", "piano", "crate"), ("tonnes", "metres")
SITES, SHOPS = ("Ulm", "Kiel"), ("Ada", "Bob", "Cy")

# of each problem: the class, its tables and the axes of each, and the names of the axes
Tables = dict[str, tuple[Any, tuple[str, ...]]]
PROBLEMS: dict[str, tuple[Callable[..., Any], Tables, dict[str, tuple[str, ...]]]] = {
    "layout": (
        QuadraticAssignment,
        {
            "flow": ([[0, 4, 3], [1, 0, 0], [2, 5, 0]], ("facilities", "facilities")),
            "distance": (np.arange(16).reshape(4, 4), ("locations", "locations")),
            "cost": (np.arange(12).reshape(3, 4), ("facilities", "locations")),
        },
        {"facilities": WARDS, "locations": ROOMS},
    ),
    "jobs": (
        GeneralizedAssignment,
        {
            "profit": ([[6, 1], [5, 2], [4, 3]], ("jobs", "agents")),
            "load": ([[3, 1], [2, 2], [1, 2]], ("jobs", "agents")),
            "capacity": ([4, 3], ("agents",)),
        },
        {"jobs": JOBS, "agents": CREWS},
    ),
    "sack": (
        MultiKnapsack,
        {
            "profit": ([10, 7, 5], ("items",)),
            "need": ([[5, 2, 3], [1, 4, 2]], ("resources", "items")),
            "capacity": ([8, 6], ("resources",)),
        },
        {"items": ITEMS, "resources": LIMITS},
    ),
    "bins": (BinPacking, {"size": ([7, 5, 2], ("items",))}, {"items": ITEMS}),
    "sites": (
        FacilityLocation,
        {
            "fixed": ([5, 6], ("sites",)),
            "cost": ([[2, 9], [3, 7], [8, 1]], ("customers", "sites")),
            "demand": ([1, 2, 3], ("customers",)),
            "capacity": ([4, 5], ("sites",)),
        },
        {"sites": SITES, "customers": SHOPS},
    ),
}


def _more(kind: str) -> dict[str, Any]:
    return {"capacity": 10} if kind == "bins" else {}


def _plain(kind: str) -> Any:
    make, tables, names = PROBLEMS[kind]
    return make(**{name: table for name, (table, _) in tables.items()}, **names, **_more(kind))


def _same(kind: str, one: Any, other: Any) -> bool:
    _, tables, names = PROBLEMS[kind]
    equal = all(np.array_equal(getattr(one, name), getattr(other, name)) for name in tables)
    return equal and all(getattr(one, name) == getattr(other, name) for name in names)


def _pandas(table: Any, labels: list[tuple[str, ...]], order: list[list[int]]) -> Any:
    if len(labels) == 1:
        return pd.Series(table, index=list(labels[0])).iloc[order[0]]
    frame = pd.DataFrame(np.array(table), index=list(labels[0]), columns=list(labels[1]))
    return frame.iloc[order[0], order[1]]


def _polars(table: Any, labels: list[tuple[str, ...]], order: list[list[int]]) -> Any:
    mixed = _pandas(table, labels, order)
    if len(labels) == 1:
        return pl.DataFrame({"name": list(mixed.index), "value": mixed.to_list()})
    columns = {column: mixed[column].to_list() for column in mixed}
    return pl.DataFrame({"name": list(mixed.index)} | columns)


@pytest.mark.parametrize("library", [_pandas, _polars])
@pytest.mark.parametrize("kind", PROBLEMS)
@settings(deadline=None, max_examples=examples(30), derandomize=True)
@given(random=st.randoms(use_true_random=False))
def test_frames_in_any_order_are_the_same_problem(kind: str, library: Any, random: Any) -> None:
    """Names given say the order; without, that of the first table that has labels does."""
    make, tables, names = PROBLEMS[kind]
    frames = {}
    for name, (table, axes) in tables.items():
        order = [random.sample(range(len(names[axis])), len(names[axis])) for axis in axes]
        frames[name] = library(table, [names[axis] for axis in axes], order)
    assert _same(kind, make(**frames, **names, **_more(kind)), _plain(kind))
    unnamed = make(**frames, **_more(kind))
    for axis, given_names in names.items():
        assert sorted(getattr(unnamed, axis)) == sorted(given_names)
    own = {axis: getattr(unnamed, axis) for axis in names}
    assert _same(kind, unnamed, make(**frames, **own, **_more(kind)))
    assert unnamed.evaluate(unnamed.greedy()).feasible


@pytest.mark.parametrize("kind", PROBLEMS)
def test_one_labelled_table_among_plain_ones_gives_the_names(kind: str) -> None:
    make, tables, names = PROBLEMS[kind]
    for chosen, (table, axes) in tables.items():
        orders = [list(range(len(names[axis]))) for axis in axes]
        frame = _pandas(table, [names[axis] for axis in axes], orders)
        arguments = {name: value for name, (value, _) in tables.items()} | {chosen: frame}
        problem = make(**arguments, **_more(kind))
        for axis in axes:
            assert getattr(problem, axis) == names[axis]


@pytest.mark.parametrize("kind", PROBLEMS)
@pytest.mark.parametrize("form", [list, np.asarray, sparse.coo_array])
def test_lists_arrays_and_sparse_matrices_are_the_same_problem(kind: str, form: Any) -> None:
    make, tables, names = PROBLEMS[kind]
    made = {
        name: form(table) if np.ndim(table) == 2 else np.array(table).tolist()
        for name, (table, _) in tables.items()
    }
    assert _same(kind, make(**made, **names, **_more(kind)), _plain(kind))


@pytest.mark.parametrize("kind", PROBLEMS)
def test_labels_that_do_not_fit_together_are_refused_by_name(kind: str) -> None:
    make, tables, names = PROBLEMS[kind]
    for chosen, (table, axes) in tables.items():
        labels = [("Oz", *names[axis][1:]) for axis in axes]
        frame = _pandas(table, labels, [list(range(len(each))) for each in labels])
        arguments = {name: value for name, (value, _) in tables.items()} | {chosen: frame}
        with pytest.raises(QoptError, match=f"^{chosen} has a label 'Oz', which is no "):
            make(**arguments, **names, **_more(kind))


def test_a_frame_the_other_way_round_is_refused_with_the_remedy() -> None:
    cost = pd.DataFrame([[2, 3, 8], [9, 7, 1]], index=list(SITES), columns=list(SHOPS))
    fixed, demand = pd.Series([5, 6], index=list(SITES)), {"Ada": 1, "Bob": 2, "Cy": 3}
    with pytest.raises(QoptError, match=r"the other way round; give its transpose \(\.T\)"):
        FacilityLocation(fixed, cost, demand, sites=SITES, customers=SHOPS)
    assert FacilityLocation(fixed, cost.T, demand).customers == SHOPS


def test_texts_in_a_frame_are_refused_by_their_place() -> None:
    with pytest.raises(QoptError, match=r"size\[1\] is '1,000', which is not a number"):
        BinPacking(pd.Series(["7", "1,000"], dtype=object).replace("7", 7), 10)


# plans of other things


LOADS = Loads((Load("Ann", ("roof", "moon"), 4.0), Load("Ben", ("door",), 2.0)))


@pytest.mark.parametrize(
    ("kind", "plan", "said"),
    [
        ("jobs", LOADS, "'moon'"),
        ("jobs", Loads((Load("Eve", ("roof",), 3.0),)), "'Eve'"),
        ("sack", Selection(("crate", "moon"), {}), "'moon'"),
        ("bins", Loads((Load("bin 1", ("crate", "moon"), 3.0),)), "'moon'"),
        ("sites", Loads((Load("Ulm", ("Ada", "Eve"), 3.0),)), "'Eve'"),
        ("sites", Loads((Load("Bonn", ("Ada",), 3.0),)), "'Bonn'"),
        ("layout", Layout((("surgery", "moon"),)), "'moon'"),
    ],
)
def test_a_plan_of_what_does_not_exist_is_scored_but_not_drawn(
    kind: str, plan: Any, said: str
) -> None:
    figure = pytest.importorskip("matplotlib.figure")
    problem = _plain(kind)
    assert said.strip("'") in " ".join(map(str, problem.evaluate(plan).violations))
    with pytest.raises(QoptError, match=said):
        problem.draw(plan, figure.Figure().subplots())


def test_a_selection_is_drawn_by_its_items_whatever_it_says_it_uses() -> None:
    figure = pytest.importorskip("matplotlib.figure")
    axes = figure.Figure().subplots()
    _plain("sack").draw(Selection(("tractor",), {}), axes)
    assert [bar.get_width() for bar in axes.patches] == pytest.approx([500 / 8, 100 / 6])


def test_a_loads_plan_of_a_holder_without_items_is_scored_and_drawn() -> None:
    figure = pytest.importorskip("matplotlib.figure")
    axes = figure.Figure().subplots()
    _plain("sites").draw(Loads((Load("Ulm", (), 0.0),)), axes)
    with pytest.raises(QoptError, match="'Bonn'"):
        _plain("sites").draw(Loads((Load("Bonn", (), 0.0),)), axes)
