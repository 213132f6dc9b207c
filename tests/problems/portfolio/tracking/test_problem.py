from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

import qopt
from problems.portfolio import Allocation, IndexTracking
from qopt import FileError, InputWarning, QoptError

from .... import tiny
from ... import models, published

RETURNS = [[0.1, 0.0, -0.1], [0.0, 0.1, 0.2], [0.05, -0.05, 0.0], [0.0, 0.0, 0.1]]
INDEX = [0.05, 0.05, 0.0, 0.02]
TRACK = (
    "2\n3\n100 110\n99 99\n10 11\n11 12\n50 40\n60 60\n"  # as OR-Library wraps its lines, anywhere
)


def three(**options: Any) -> IndexTracking:
    return IndexTracking(RETURNS, INDEX, **{"lot": 0.25} | options)


def read(path: Path, text: str, **options: Any) -> IndexTracking:
    path.write_text(text)
    return IndexTracking.read(path, **options)


def test_the_objective_is_the_mean_squared_difference() -> None:
    """(1/2, 1/2, 0) earns 0.05, 0.05, 0 and 0 where the index earns 0.05, 0.05, 0 and 0.02."""
    score = three().evaluate(Allocation({"asset 1": 0.5, "asset 2": 0.5}))
    assert score.objective == pytest.approx(0.02**2 / 4)
    assert score.kpis == pytest.approx(
        {"tracking_error": 0.01, "excess_return": -0.005, "assets": 2}
    )


@pytest.mark.parametrize("formulation", ["folded", "counted"])
@pytest.mark.parametrize(
    "limits", [{}, {"max_assets": 2, "min_assets": 2}, {"max_assets": 1}, {"min_holding": 0.5}]
)
def test_the_model_is_the_problem(limits: dict[str, Any], formulation: str) -> None:
    problem = three(formulation=formulation, **limits)
    cqm = problem.model()
    assert problem.model_size() == models.size(cqm)
    for plan in tiny.all_allocations(problem):
        score = problem.evaluate(plan)
        if any(violation.constraint.startswith("holding") for violation in score.violations):
            continue
        sample = problem.encode(plan)
        assert problem.decode(sample) == plan
        assert cqm.check_feasible(sample) == score.feasible
        assert cqm.objective.energy(sample) == pytest.approx(score.objective, abs=1e-12)
    result = qopt.solve(problem, num_sweeps=100, time_limit=None, seed=1)
    assert result.objective == pytest.approx(tiny.optimum(problem), abs=1e-12)


def test_indtrack_text_gives_simple_returns(tmp_path: Path) -> None:
    problem = read(tmp_path / "indtrack9.txt", TRACK, max_assets=1)
    assert (problem.names, problem.name, problem.limits.holdings.max_assets) == (
        ("asset 1", "asset 2"),
        "indtrack9",
        1,
    )
    np.testing.assert_allclose(problem.index, [0.1, -0.1, 0.0])
    np.testing.assert_allclose(problem.returns, [[0.1, -0.2], [0.0, 0.5], [1 / 11, 0.0]])


def test_the_history_may_be_cut_short(tmp_path: Path) -> None:
    assert read(tmp_path / "t.txt", TRACK, periods=2).index.tolist() == pytest.approx([0.1, -0.1])


def test_a_csv_names_its_index(tmp_path: Path) -> None:
    text = "date,A,HSI\n1,100,10\n2,110,11\n3,,12\n4,99,11\n"
    with pytest.warns(InputWarning, match=r"1 of 4 dates is left out .* A has 1 gap"):
        problem = read(tmp_path / "t.csv", text, index="HSI")
    assert problem.names == ("A",)
    np.testing.assert_allclose(problem.index, [0.1, 0.0])
    with pytest.raises(FileError, match="index='DAX' is no column; they are A, HSI"):
        read(tmp_path / "t.csv", text, index="DAX")
    with pytest.raises(FileError, match="there is no asset beside the index"):
        read(tmp_path / "t.csv", text, index="HSI", gaps="assets")


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame])
def test_frames_of_prices_keep_their_names(frame: Any) -> None:
    prices = frame({"HSI": [10.0, 11, 12], "A": [1.0, 2, 3], "B": [3.0, 3, 3]})
    problem = IndexTracking.of_prices(prices, "HSI")
    assert problem.names == ("A", "B")
    np.testing.assert_allclose(problem.returns, [[1, 0], [0.5, 0]])
    with pytest.raises(QoptError, match="index='DAX' is no column"):
        IndexTracking.of_prices(prices, "DAX")


@pytest.mark.parametrize(
    ("valid", "mistaken", "line", "message"),
    [
        (TRACK, "", None, "the file is empty"),
        ("2\n3", "0\n3", 1, "0 for the number of stocks: give a number from 1"),
        ("2\n3", "2\n1.5", 2, "1.5 for the number of periods: give a whole number"),
        (
            "60 60",
            "60",
            8,
            "11 prices for 2 stocks and an index over 3 periods, not 12; is it cut short?",
        ),
        ("10 11", "10 -1", 5, "-1 for a price of asset 1: give a number from 1e-12"),
        ("10 11", "10 dear", 5, "'dear' is not a number"),
    ],
)
def test_a_mistake_in_indtrack_text_is_named(
    tmp_path: Path, valid: str, mistaken: str, line: int | None, message: str
) -> None:
    with pytest.raises(FileError) as caught:
        read(tmp_path / "t.txt", TRACK.replace(valid, mistaken))
    assert caught.value.line == line
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("returns", "index", "message"),
    [
        ([1.0, 2.0], [1.0, 2.0], "returns have shape"),
        (RETURNS, INDEX[:2], "index has 2 returns, the assets have 4 periods"),
        ([[0.1, float("nan")]], [0.1], "returns has a NaN or infinite entry"),
    ],
)
def test_bad_returns_are_named(returns: Any, index: Any, message: str) -> None:
    with pytest.raises(QoptError, match=message):
        IndexTracking(returns, index)


@published.instances("index_tracking")
def test_published_instances_have_their_size(entry: dict[str, Any]) -> None:
    problem = IndexTracking.read(published.FOLDER / entry["path"])
    assert len(problem.names) == entry["size"]["assets"]


def test_of_the_published_index_a_good_five_follow_it() -> None:
    path = published.FOLDER / "portfolio" / "indtrack1.txt"
    if not path.is_file():
        pytest.skip("set QOPT_INSTANCES to the folder of benchmark instances to run this")
    problem = IndexTracking.read(path, max_assets=5, min_assets=5)
    prices = np.array(path.read_text().split()[2:], dtype=np.float64).reshape(32, 291)
    returns = prices[:, 1:] / prices[:, :-1] - 1
    w = np.zeros(31)
    w[[0, 3, 8, 11, 20]] = 0.2
    score = problem.evaluate(problem.allocation((100 * w).astype(int).tolist()))
    assert score.objective == pytest.approx(float(np.mean((w @ returns[1:] - returns[0]) ** 2)))
    result = qopt.solve(problem, num_sweeps=200, time_limit=None, seed=1)
    assert result.objective < 4.08e-5  # 4.0743e-5 is the best known of lots of 1 %
