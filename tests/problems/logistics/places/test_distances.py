"""Each rule of distances against its definition, a pair at a time.

What rounding does, and when it is told.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from problems.logistics import TravellingSalesman, VehicleRouting
from problems.logistics.places.distances import RULES, Rule, between, rounded, straight
from qopt import FileError, InputWarning, QoptError

Place = tuple[float, ...]

FLAT: list[Place] = [(0, 0), (3, 4), (-2.5, 6), (10, 10), (100.25, -7)]
DEEP: list[Place] = [(0, 0, 0), (2, 3, 6), (-1.5, 4, 2), (10, 10, 10), (0.25, -7, 90)]


def _nearest(x: float) -> float:
    return math.floor(x + 0.5)


def _city_block(a: Place, b: Place) -> float:
    return sum(abs(x - y) for x, y in zip(a, b, strict=True))


def _longest(a: Place, b: Place) -> float:
    return max(abs(x - y) for x, y in zip(a, b, strict=True))


DEFINED: dict[str, Callable[[Place, Place], float]] = {
    "EUC": lambda a, b: _nearest(math.dist(a, b)),
    "CEIL": lambda a, b: math.ceil(math.dist(a, b)),
    "FLOOR": lambda a, b: math.floor(math.dist(a, b)),
    "EXACT": math.dist,
    "MAN": lambda a, b: _nearest(_city_block(a, b)),
    "MAX": lambda a, b: _nearest(_longest(a, b)),
}


@pytest.mark.parametrize("kind", [kind for kind in RULES if kind not in ("ATT", "GEO")])
def test_distances_are_those_of_the_rule(kind: str) -> None:
    places = FLAT if kind.endswith("2D") else DEEP
    define = DEFINED[kind.partition("_")[0]]
    found, _ = between(np.array(places), RULES[kind])
    expected = [[define(a, b) for b in places] for a in places]
    np.testing.assert_allclose(found, expected, rtol=1e-12)


@pytest.mark.parametrize(
    ("rounding", "length"),
    [("none", math.sqrt(2) * 2), ("nearest", 3), ("down", 2), ("up", 3), ("tenths", 2.8)],
)
def test_a_person_may_round_otherwise(rounding: str, length: float) -> None:
    places = np.array([[0, 0], [2, 2.0]])
    found, _ = between(places, RULES["CEIL_2D"], rounding)
    assert found[0, 1] == pytest.approx(length)


def test_a_scale_rounds_parts_of_a_unit() -> None:
    """As LKH counts: `SCALE : 10` cuts 2.828 to 2.8."""
    found, warning = between(np.array([[0, 0], [2, 2.0]]), RULES["FLOOR_2D"], scale=10.0)
    assert found[0, 1] == pytest.approx(2.8)
    assert warning is None


def test_rounding_is_told_where_it_kills_the_distances() -> None:
    """Four corners of a field half a unit wide: all ways are 0 or 1 afterwards."""
    corners = np.array([[0, 0], [0.6, 0], [0, 0.45], [0.6, 0.45]])
    _, warning = between(corners, RULES["EUC_2D"])
    assert warning is not None
    assert (
        "what is left of them is 0 and 1: the plan is the best of the rounded ones; "
        'give rounding="none"' in warning
    )
    assert between(corners * 1000, RULES["EUC_2D"])[1] is None
    assert between(corners, RULES["EUC_2D"], "none")[1] is None


def test_the_diagonal_is_0_by_every_rule() -> None:
    """GEO gives 1 from a place to itself."""
    for rule in RULES.values():
        places = np.ones((2, rule.axes))
        assert between(places, rule)[0].diagonal().tolist() == [0, 0]


def test_places_too_far_apart_have_no_distance() -> None:
    found, _ = between(np.array([[1e200, 0], [-1e200, 0], [0, 1.0]]), Rule(straight, "nearest"))
    assert np.isfinite(found).all()
    found, _ = between(np.array([[1e308, 0], [-1e308, 0], [0, 1.0]]), Rule(straight, "nearest"))
    assert np.isinf(found[0, 1])


UNIT = """\
NAME : field
TYPE : {kind}
DIMENSION : 4
{more}EDGE_WEIGHT_TYPE : EUC_2D
NODE_COORD_SECTION
1 0.2 0.1
2 0.8 0.2
3 0.3 0.9
4 0.7 0.7
"""


def test_both_readers_warn_and_note_it_and_have_the_remedy(tmp_path: Path) -> None:
    tour, routes = tmp_path / "field.tsp", tmp_path / "field.vrp"
    tour.write_text(UNIT.format(kind="TSP", more=""))
    routes.write_text(
        UNIT.format(kind="CVRP", more="CAPACITY : 9\nVEHICLES : 2\n")
        + "DEMAND_SECTION\n1 0\n2 1\n3 1\n4 1\n"
    )
    for read, path in ((TravellingSalesman.read, tour), (VehicleRouting.read, routes)):
        with pytest.warns(InputWarning, match="rounding changes the distances by"):
            problem = read(path)
        assert any(note.startswith("rounding changes the distances") for note in problem.notes)
        exact = read(path, rounding="none")
        assert exact.distance[0, 1] == pytest.approx(math.hypot(0.6, 0.1))
        with pytest.raises(QoptError, match="rounding='half': give one of none, nearest, down"):
            read(path, rounding="half")


def test_given_distances_are_not_rounded(tmp_path: Path) -> None:
    path = tmp_path / "given.tsp"
    path.write_text(
        "TYPE: TSP\nDIMENSION: 2\nEDGE_WEIGHT_TYPE: EXPLICIT\nEDGE_WEIGHT_FORMAT: "
        "UPPER_ROW\nEDGE_WEIGHT_SECTION\n2.5\n"
    )
    assert TravellingSalesman.read(path, rounding="none").distance[0, 1] == 2.5
    with pytest.raises(FileError, match="the file gives its distances, which are not rounded"):
        TravellingSalesman.read(path, rounding="up")


def test_halves_are_rounded_up() -> None:
    assert rounded(np.array([0.5, 1.5, 2.5])).tolist() == [1, 2, 3]
