from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import qopt
from problems.logistics import BinPacking, Load, Loads
from problems.logistics.packing.bins.parts.part import BinPatterns
from problems.logistics.packing.bins.parts.patterns import patterns
from qopt import FileError, Infeasible, Neighbourhood, QoptError
from qopt.kit import laws

from .... import models, published

FOUR = BinPacking([7, 5, 3, 2], 10, ("oak", "elm", "fir", "yew"), name="four")
SEVERAL = "2\n u_00\n 9 3 2\n4\n5\n6\n u_01\n 7 2 2\n4\n5\n"
SINGLE = "4\n10\n7\n5\n3\n2\n"


@st.composite
def _problems(draw: st.DrawFn, most: int = 7, capacity: int = 12) -> BinPacking:
    """Items that fill a bin among them, and at times more bins than the greedy plan takes."""
    sizes = draw(st.lists(st.integers(1, capacity), min_size=1, max_size=most))
    problem = BinPacking(np.array(sizes) / 10, capacity / 10)
    more = draw(st.none() | st.integers(0, 2))
    return (
        problem
        if more is None
        else BinPacking(problem.size, problem.capacity, bins=len(problem.greedy().loads) + more)
    )


def _fits(problem: BinPacking, bins: list[list[int]]) -> bool:
    """In tenths, which add up exactly."""
    return all(
        sum(round(10 * problem.size[item]) for item in items) <= round(10 * problem.capacity)
        for items in bins
    )


def _partitions(items: list[int]) -> list[list[list[int]]]:
    """Every way to put items into bins that have no names."""
    if not items:
        return [[]]
    first, *rest = items
    found = []
    for parts in _partitions(rest):
        found.append([[first], *parts])
        found += [[*parts[:k], [first, *parts[k]], *parts[k + 1 :]] for k in range(len(parts))]
    return found


def _fewest(problem: BinPacking) -> int:
    return min(
        len(bins) for bins in _partitions(list(range(len(problem.size)))) if _fits(problem, bins)
    )


def test_values_by_hand() -> None:
    score = FOUR.evaluate(FOUR.packing([[0, 2], [1, 3]]))
    assert (score.objective, score.feasible) == (2, True)
    assert (score.kpis["fill"], score.kpis["emptiest"]) == (pytest.approx(0.85), pytest.approx(0.7))
    full = FOUR.evaluate(FOUR.packing([[0, 1], [2], [3]]))
    assert (full.objective, [str(violation) for violation in full.violations]) == (
        3,
        ["capacity[bin 1] by 2 units"],
    )
    assert (
        str(FOUR.packing([[0, 2], [], [1, 3]]))
        == "bin 1: oak, fir   load 10\nbin 2: elm, yew   load 7"
    )


@settings(deadline=None, max_examples=30, derandomize=True)
@given(_problems(most=6))
def test_every_packing_scores_as_its_definition_says(problem: BinPacking) -> None:
    for bins in _partitions(list(range(len(problem.size)))):
        score = problem.evaluate(problem.packing(bins))
        assert score.objective == len(bins)
        assert score.feasible == (
            _fits(problem, bins) and (problem.bins is None or len(bins) <= problem.bins)
        )


@settings(deadline=None, max_examples=80, derandomize=True)
@given(_problems(), st.integers(0, 99))
def test_the_model_judges_any_assignment_as_its_plan_is_judged(
    problem: BinPacking, seed: int
) -> None:
    laws.judged(problem, laws.drawn(problem, np.random.default_rng(seed), ones=0.7))
    assert problem.model_size() == models.size(problem.model())


@settings(deadline=None, max_examples=40, derandomize=True)
@given(_problems())
def test_the_model_s_optimum_is_the_fewest_bins(problem: BinPacking) -> None:
    fewest, greedy = _fewest(problem), problem.evaluate(problem.greedy())
    if problem.model_size().variables <= 16:
        assert models.optimum(problem.model()) == fewest
    assert greedy.feasible
    assert problem.least_bins <= fewest <= greedy.objective <= 11 / 9 * fewest + 6 / 9


def test_items_that_are_off_by_rounding_fit() -> None:
    """Three tenths and seven tenths, ten of each, fill ten bins.

    In floating point some sums are above 1.
    """
    problem = BinPacking(np.repeat([0.1, 0.2, 0.7], 10), 1.0)
    assert problem.least_bins == 10
    assert problem.evaluate(problem.greedy()).objective == 10


def _part(problem: BinPacking, plan: Loads, size: int, seed: int) -> Neighbourhood | None:
    """A neighbourhood, after the checks that each has to pass.

    The present bins are a plan of its model.
    """
    part = laws.part_of(problem, plan, "patterns", size, np.random.default_rng(seed))
    if part is not None:
        inner: Any = part.problem
        sample = inner.encode(part.plan)
        assert inner.decode(sample) == part.plan
        assert inner.model().check_feasible(sample)
    return part


@settings(deadline=None, max_examples=60, derandomize=True)
@given(problem=_problems(most=12), size=st.integers(0, 60), seed=st.integers(0, 99))
@example(problem=BinPacking([0.1] * 5 + [1.1], 1.2), size=2, seed=10)  # what is spare is -2e-16
def test_a_part_keeps_what_is_outside_and_counts_its_bins(
    problem: BinPacking, size: int, seed: int
) -> None:
    """What the model allows fits.

    Fewer bins are as many fewer, and a worse packing changes nothing.
    """
    plan = problem.packing([[item] for item in range(len(problem.size))])
    if problem.bins is not None and len(plan.loads) > problem.bins:
        return
    part = _part(problem, plan, size, seed)
    if part is None:
        assert size < 2 or len(plan.loads) == 1
        return
    inner: Any = part.problem
    cqm, was, random = inner.model(), inner.evaluate(part.plan), np.random.default_rng(seed)
    for odds in (0.0, 0.1, 0.2, 0.3, 0.6):
        sample = {label: float(random.random() < odds) for label in cqm.variables}
        again = inner.decode(sample)
        now, whole = inner.evaluate(again), problem.evaluate(part.back(again))
        assert now.feasible == cqm.check_feasible(sample)
        if now.feasible and now.objective > was.objective:
            assert part.back(again) == plan
        elif now.feasible:
            assert whole.feasible
            assert len(plan.loads) - whole.objective == len(part.plan.loads) - len(again.loads)
        else:
            assert not whole.feasible


@settings(deadline=None, max_examples=60, derandomize=True)
@given(problem=_problems(most=12), count=st.integers(0, 20), seed=st.integers(0, 99))
def test_patterns_are_different_sets_that_fit(problem: BinPacking, count: int, seed: int) -> None:
    found = patterns(problem.size, problem.capacity, count, np.random.default_rng(seed))
    assert len(np.unique(found, axis=0)) == len(found) <= count
    assert (found.sum(axis=1) >= 2).all()
    assert _fits(problem, [np.flatnonzero(row).tolist() for row in found])


def test_patterns_are_full_where_there_are_enough_that_are() -> None:
    """Of 31 a half, 31 three tenths and 31 fifths three different make a full bin.

    Of many draws only such are kept.
    """
    size = np.repeat([0.5, 0.3, 0.2], 31)
    found = patterns(size, 1.0, 50, np.random.default_rng(1))
    assert len(found) == 50
    assert found @ size == pytest.approx(1.0)


def test_what_no_pattern_in_use_has_goes_where_it_fits_best() -> None:
    part = BinPatterns(
        FOUR.size,
        10,
        tuple(FOUR.items),
        np.array([[1, 0, 1, 0], [0, 1, 0, 1], [0, 1, 1, 0]], dtype=bool),
    )
    some, none, all_three = (
        {"use[0]": 1, "use[1]": 0, "use[2]": 0},
        dict.fromkeys(part.model().variables, 0),
        {},
    )
    all_three |= dict.fromkeys(none, 1)
    assert [load.items for load in part.decode(some).loads] == [("oak", "fir"), ("elm", "yew")]
    assert [load.items for load in part.decode(none).loads] == [("oak", "fir"), ("elm", "yew")]
    assert [str(violation) for violation in part.evaluate(part.decode(all_three)).violations] == [
        "item[elm] by 1 too many",
        "item[fir] by 1 too many",
    ]
    with pytest.raises(QoptError, match="a bin that is none of the patterns"):
        part.encode(FOUR.packing([[0], [1, 2, 3]]))


def test_bins_with_room_are_packed_anew_most_often() -> None:
    """Forty full bins, and four with one small item each."""
    problem = BinPacking([10] * 40 + [1] * 4, 10)
    plan = problem.packing([[item] for item in range(44)])
    shares = []
    for seed in range(40):
        part = _part(problem, plan, 150, seed)
        assert part is not None
        shares.append(np.mean(part.problem.size == 1))
    assert np.mean(shares) > 2 * 4 / 44


def test_hybrid_empties_a_bin_that_first_fit_needs() -> None:
    """44 + 17, 24 + 24 + 6 + 6 and 22 + 21 + 8 + 8 fit bins of 61.

    Largest first begins with 24 + 24 + 8.
    """
    problem = BinPacking([44, 24, 24, 22, 21, 17, 8, 8, 6, 6], 61, name="fooled")
    assert problem.evaluate(problem.greedy()).objective == 4
    result = qopt.solve(
        problem, solver="hybrid", num_rounds=10, time_limit=None, seed=1, num_threads=1
    )
    assert result.objective == 3


@pytest.mark.parametrize(
    ("loads", "violations"),
    [
        ({"bin 1": ["oak", "fir"], "bin 2": ["elm"]}, ["item[yew] by 1 left out"]),
        ({"bin 1": ["oak", "fir"], "bin 2": ["elm", "yew", "yew"]}, ["item[yew] by 1 too many"]),
        (
            {"bin 1": ["oak"], "bin 2": ["elm", "yew", "fir", "ash"]},
            ["item[ash] by 1 that do not exist"],
        ),
        ({"bin 1": ["oak"], "bin 9": ["elm", "yew", "fir"]}, ["bin 9 by 1 that do not exist"]),
    ],
)
def test_violations_have_a_name_an_amount_and_a_kind(
    loads: dict[str, list[str]], violations: list[str]
) -> None:
    problem = BinPacking(FOUR.size, FOUR.capacity, FOUR.items, bins=2)
    plan = Loads(tuple(Load(holder, tuple(items), 0) for holder, items in loads.items()))
    assert [str(violation) for violation in problem.evaluate(plan).violations] == violations
    if "exist" in violations[0]:
        with pytest.raises(QoptError, match="the model does not have both"):
            problem.encode(plan)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"size": [3, 11]}, "item 2 has size 11, above the capacity 10; split it"),
        ({"size": [3, 0]}, "size of item 2 is 0; give more than 0, or leave the item out"),
        ({"size": [3, -1]}, "size of item 2 is -1; give a finite number, 0 or more"),
        ({"size": []}, r"size has shape \(0,\); give a number for each item"),
        ({"capacity": 0}, "capacity=0: give a finite number above 0"),
        ({"bins": 0}, "bins"),
        ({"items": ("a", "a", "b", "c")}, "name 'a': give each item a text of its own"),
    ],
)
def test_bad_data_is_refused_in_a_line(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(QoptError, match=message) as caught:
        BinPacking(**{"size": FOUR.size, "capacity": FOUR.capacity} | changes)
    assert len(str(caught.value).splitlines()) == 1


def test_a_bin_listed_twice_holds_what_both_say() -> None:
    loads = (
        Load("bin 1", ("oak", "fir"), 10),
        Load("bin 1", ("elm",), 5),
        Load("bin 2", ("yew",), 2),
    )
    broken = FOUR.evaluate(Loads(loads)).violations
    assert [str(violation) for violation in broken] == [
        "bin 1 by 1 too many",
        "capacity[bin 1] by 5 units",
    ]


def test_too_few_bins_are_named() -> None:
    with pytest.raises(
        Infeasible, match="bins=1: the items take 17, more than 1 bins of 10; give 2 or more"
    ) as caught:
        BinPacking(FOUR.size, 10, bins=1)
    assert caught.value.labels == ("capacity[bin 1]",)


@pytest.mark.parametrize(
    ("text", "problem", "message"),
    [
        (SINGLE, 2, "problem=2: the file holds one problem only; leave it out"),
        (SINGLE + "1", 1, "some.txt:7: '1' follows the last of 4 items"),
        (SINGLE[:-2], 1, "some.txt:5: 4 numbers are due for the items' sizes, and 3 are left"),
        (SINGLE.replace("7", "17"), 1, "some.txt:3: item 1 has size 17, above the capacity 10"),
        (SEVERAL, 3, "problem=3: the file holds problems 1 to 2, u_00 to u_01"),
        (SEVERAL, "u_2", "problem='u_2': the file holds problems 1 to 2, u_00 to u_01"),
        (SEVERAL[:16], "u_01", "some.txt:4: the file ends within problem u_00"),
        (
            SEVERAL.replace("7 2 2", "7 2.5 2"),
            2,
            "some.txt:8: 2.5 for the number of items: give a whole number",
        ),
    ],
)
def test_bad_files_are_refused_by_line(
    tmp_path: Path, text: str, problem: int | str, message: str
) -> None:
    (tmp_path / "some.txt").write_text(text)
    with pytest.raises(FileError, match=message):
        BinPacking.read(tmp_path / "some.txt", problem=problem)


def test_files_are_what_they_say(tmp_path: Path) -> None:
    (tmp_path / "some.txt").write_text(SEVERAL)
    (tmp_path / "single.txt").write_text(SINGLE)
    by_number, by_name = (
        BinPacking.read(tmp_path / "some.txt", problem=problem) for problem in (2, "u_01")
    )
    for problem in (by_number, by_name):
        assert (problem.name, problem.best_known, problem.capacity, problem.size.tolist()) == (
            "u_01",
            2,
            7,
            [4, 5],
        )
    single = BinPacking.read(tmp_path / "single.txt")
    assert (single.name, single.best_known, single.capacity, single.size.tolist()) == (
        "single",
        None,
        10,
        [7, 5, 3, 2],
    )


@published.instances("bin_packing")
def test_published_values_are_the_least_that_sizes_allow(entry: dict[str, Any]) -> None:
    chosen = {"problem": entry["problem"]} if "problem" in entry else {}
    problem = BinPacking.read(published.FOLDER / entry["path"], **chosen)
    assert (len(problem.size), problem.capacity) == tuple(entry["size"].values())
    assert problem.best_known in (None, entry["best_known"])
    assert problem.least_bins == entry["best_known"]
    score = problem.evaluate(problem.greedy())
    assert score.feasible
    assert entry["best_known"] <= score.objective <= 1.15 * entry["best_known"]


@published.instances("bin_packing")
def test_parts_of_large_packings_are_small(entry: dict[str, Any]) -> None:
    chosen = {"problem": entry["problem"]} if "problem" in entry else {}
    problem = BinPacking.read(published.FOLDER / entry["path"], **chosen)
    for size in (20, 150, 600):
        assert _part(problem, problem.greedy(), size, 1) is not None


@published.instances("bin_packing")
def test_hybrid_fills_every_bin_of_the_triplets(entry: dict[str, Any]) -> None:
    """First fit takes 45 bins; all 40 have to be full to the unit."""
    if entry["name"] == "t120_00":
        problem = BinPacking.read(published.FOLDER / entry["path"])
        result = qopt.solve(problem, solver="hybrid", num_rounds=25, time_limit=None, seed=1)
        assert result.objective <= 41


def test_generated_problems_are_the_same_again_and_drawn() -> None:
    figure = pytest.importorskip("matplotlib.figure")
    problem, again = (BinPacking.generate(items=12, seed=4) for _ in range(2))
    assert problem.size.tolist() == again.size.tolist()
    plan = problem.greedy()
    axes = figure.Figure().subplots()
    problem.draw(plan, axes)
    assert [label.get_text() for label in axes.get_yticklabels()] == [
        load.holder for load in plan.loads
    ]
