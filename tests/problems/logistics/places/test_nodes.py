"""What is given for each customer may be a list, an array, or a column of a table.

The labels of tables are kept in step.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse

from problems.logistics import TravellingSalesman, VehicleRouting, VehicleType
from qopt import QoptError

WAYS = [[0, 4, 3, 7], [5, 0, 2, 6], [3, 2, 0, 9], [8, 6, 1, 0]]
GIVEN: dict[str, Any] = {
    "distance": WAYS,
    "demand": [0, 1, 2, 1],
    "windows": [[0, 90], [0, 90], [5, 90], [0, 80]],
    "service": [0, 1, 1, 2],
    "travel_time": [[0, 1, 1, 1], [1, 0, 1, 1], [1, 1, 0, 1], [1, 1, 1, 0]],
    "prize": [0, 9, 8, 7],
    "coordinates": [[0, 0], [3, 1], [2, 2], [5, 5]],
}
NAMES = ["yard", "Ulm", "Bonn", "Jena"]


@pytest.mark.parametrize("form", [list, np.array, tuple, pd.DataFrame, pl.DataFrame])
def test_every_form_of_numbers_is_the_same(form: Callable[[Any], Any]) -> None:
    def column(values: Any) -> Any:
        if form in (pd.DataFrame, pl.DataFrame):
            flat = not isinstance(values[0], list)
            series = pd.Series if form is pd.DataFrame else pl.Series
            kwargs = {"orient": "row"} if form is pl.DataFrame and not flat else {}
            return series(values) if flat else form(values, **kwargs)  # type: ignore[call-arg]
        return form(values)

    given = {name: column(values) for name, values in GIVEN.items()}
    problem = VehicleRouting(**given, capacity=4, vehicles=2)
    for name, values in GIVEN.items():
        assert getattr(problem, name).tolist() == values
    assert problem.evaluate(problem.routes([[1, 2], [3]])).objective == 24
    assert TravellingSalesman(column(WAYS)).distance.tolist() == WAYS


def test_a_sparse_matrix_is_one_of_distances() -> None:
    assert (
        VehicleRouting(sparse.csr_array(np.array(WAYS)), [0, 1, 2, 1], 4, 2).distance.tolist()
        == WAYS
    )


def test_what_was_given_is_not_changed() -> None:
    given = np.array(WAYS, dtype=np.float64)
    np.fill_diagonal(given, 99)
    problem = VehicleRouting(given, [0, 1, 2, 1], 4, 2)
    assert problem.distance.diagonal().tolist() == [0, 0, 0, 0]
    assert given.diagonal().tolist() == [99, 99, 99, 99]


def test_columns_of_a_table_are_put_in_the_order_of_its_rows() -> None:
    table = pd.DataFrame(WAYS, index=NAMES, columns=NAMES)
    mixed = table[["Jena", "yard", "Bonn", "Ulm"]]
    trip = TravellingSalesman(mixed)
    assert trip.cities == tuple(NAMES)
    assert trip.distance.tolist() == WAYS
    demand = pd.Series([1, 2, 1, 0], index=["Jena", "Bonn", "Ulm", "yard"])
    problem = VehicleRouting(mixed, demand, capacity=4, vehicles=2)
    assert problem.distance.tolist() == WAYS
    assert problem.demand.tolist() == [0, 1, 2, 1]


def test_names_of_cities_may_be_given_for_those_of_a_table() -> None:
    table = pl.DataFrame(dict(zip("abcd", zip(*WAYS, strict=True), strict=True)))
    assert TravellingSalesman(table).cities == ("a", "b", "c", "d")
    assert TravellingSalesman(table, cities=np.array(NAMES)).cities == tuple(NAMES)


@pytest.mark.parametrize(
    ("rows", "columns", "demand", "message"),
    [
        (
            NAMES,
            ["yard", "Ulm", "Bonn", "Kiel"],
            None,
            "labels of distance do not agree: 'Kiel' is not in both",
        ),
        (["a", "a", "b", "c"], ["a", "b", "b", "c"], None, "labels of distance do not agree"),
        (NAMES, NAMES, ["yard", "Ulm", "Bonn", "Kiel"], "labels of demand do not agree: 'Kiel'"),
    ],
)
def test_labels_that_do_not_agree_are_refused(
    rows: list[str], columns: list[str], demand: list[str] | None, message: str
) -> None:
    table = pd.DataFrame(WAYS, index=rows, columns=columns)
    with pytest.raises(QoptError, match=message):
        VehicleRouting(table, pd.Series([0, 1, 2, 1], index=demand), capacity=4, vehicles=2)


@pytest.mark.parametrize(
    ("changes", "message", "place"),
    [
        ({"demand": [0, 1, -2, 1]}, "customer 2 has demand -2", ("demand", 2)),
        ({"demand": [0, 1, np.inf, 1], "prize": None}, "customer 2 has demand inf", ("demand", 2)),
        ({"service": [0, 1, 1, -1]}, "service at customer 3 takes -1", ("service", 3)),
        (
            {"windows": [[0, 9], [3, 2], [0, 9], [0, 9]]},
            "window of customer 1 is 3..2",
            ("windows", 1),
        ),
        (
            {"windows": [[0, 9], [0, 0], [0, 9], [0, 9]], "prize": None},
            "customer 1 cannot be served in time",
            ("windows", 1),
        ),
        ({"prize": [0, 1, 1, -1]}, "prize of customer 3 is -1", ("prize", 3)),
        (
            {"prize": [0, 1, 1]},
            r"prize has shape \(3,\); give a number for the depot and for each of 3 customers",
            ("prize",),
        ),
        (
            {"coordinates": [1, 2, 3, 4]},
            r"coordinates has shape \(4,\); give 2 numbers",
            ("coordinates",),
        ),
        (
            {"travel_time": np.full((4, 4), -1)},
            "travel_time from the depot to customer 1 is -1",
            ("travel_time", 0, 1),
        ),
        (
            {"distance": np.full((4, 4), np.inf)},
            "inf; where there is no way, give one too long",
            ("distance", 0, 1),
        ),
        ({"capacity": True}, "capacity=True", ("capacity",)),
        ({"vehicles": 0}, "vehicles=0", ("vehicles",)),
        ({"max_duration": -1}, "max_duration=-1", ("max_duration",)),
        ({"depots": 0}, "depots=0", ("depots",)),
        ({"formulation": "arcs"}, "formulation='arcs'", ("formulation",)),
        ({"fleet": [VehicleType(4, 1, "van"), 3]}, "the fleet holds 3", ("fleet", 1)),
        ({"fleet": VehicleType(4, 1)}, "give a list", ("fleet",)),
    ],
)
def test_a_mistake_says_its_place(
    changes: dict[str, Any], message: str, place: tuple[Any, ...]
) -> None:
    with pytest.raises(QoptError, match=message) as caught:
        VehicleRouting(**{**GIVEN, "capacity": 4, "vehicles": 2} | changes)
    assert caught.value.place == place


@pytest.mark.parametrize("formulation", ["routes", "slots"])
@pytest.mark.parametrize(
    "out_of_reach",
    [{"windows": [[0, 90], [0, 90], [0, 90], [0, 2]]}, {"demand": [0, 1, 2, 9]}],
)
def test_who_may_be_left_out_may_be_out_of_reach(
    formulation: Any, out_of_reach: dict[str, Any]
) -> None:
    """Customer 3 costs its prize of 7; the others are served, as they cost less than they lose."""
    given = {"distance": WAYS, "demand": [0, 1, 2, 1], "prize": [0, np.inf, np.inf, 7]}
    problem = VehicleRouting(
        **given | out_of_reach, capacity=4, vehicles=2, formulation=formulation
    )
    first = problem.greedy()
    assert problem.evaluate(first).feasible
    best = problem.routes([[1, 2]])
    assert problem.evaluate(best).objective == 4 + 2 + 3 + 7
    assert problem.model().check_feasible(problem.encode(best))
    assert problem.decode(problem.encode(best)) == best
    alone = problem.routes([[1, 2], [3]])
    assert not problem.evaluate(alone).feasible
