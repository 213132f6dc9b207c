"""Runs before and after a change of a device are not compared, and that is said."""

from __future__ import annotations

from dataclasses import replace

import pytest

from qopt.compare import Question, Run, Verdict, compare

from .planted import noisy, run

QUESTION = Question("a", 0.5)


def _runs(states: dict[tuple[str, str], list[str | None]], gap: float = 0.0) -> list[Run]:
    """By instance and solver, the states of the device for seeds 0, 1, ...; each solver's objective
    is its own, larger by `gap` in the state "dev:2".
    """
    return [
        run(
            {"a": 120.0, "b": 110.0}[solver] + gap * (state == "dev:2"),
            instance=instance,
            solver=solver,
            seed=seed,
            snapshot=state,
            best_known=100.0,
        )
        for (instance, solver), listed in states.items()
        for seed, state in enumerate(listed)
    ]


def _kept(states: dict[tuple[str, str], list[str | None]]) -> tuple[int, int]:
    """How many runs of b and of a are compared on the instance "one"."""
    found = compare(_runs(states), QUESTION).of("b").reliability
    return found.runs, found.baseline_runs


A1, A2, OTHER = "dev:1", "dev:2", "other:1"


@pytest.mark.parametrize(
    ("a", "b", "kept"),
    [
        ([A1, A1], [A1, A1], (2, 2)),
        ([A1, A1, A2], [A1, A2, A2], (2, 2)),  # the second pair is across the change
        ([A1, A1, A1], [A1, A2], (1, 1)),  # the third of a has no counterpart
        ([None, None], [A1, A2], (2, 2)),  # a needs no device
        ([OTHER, OTHER], [A1, A2], (2, 2)),  # two devices may be compared
        ([A1, A2], [A1, None], (2, 2)),  # the second of b failed before it reached the device
        ([A1, A1, A1], [A1], (1, 3)),  # no change: all are kept, as ever
    ],
)
def test_which_runs_are_kept(
    a: list[str | None], b: list[str | None], kept: tuple[int, int]
) -> None:
    assert _kept({("one", "a"): a, ("one", "b"): b}) == kept


def test_what_was_left_out_is_said() -> None:
    states: dict[tuple[str, str], list[str | None]] = {
        ("one", "a"): [A1, A1, A1],
        ("one", "b"): [A1, A2, A1],
        ("two", "a"): [A1, A1],
        ("two", "b"): [A2, A2],
        ("six", "a"): [A2],
        ("six", "b"): [A2],
    }
    found = compare(_runs(states, gap=50.0), QUESTION)
    assert set(found.of("b").by_instance) == {"one", "six"}
    assert found.of("b").left_out == ()
    (told,) = [note for note in found.notes if "changed between" in note]
    assert told == (
        "dev changed between runs of b and a on one, two: 6 runs were left out of their "
        "comparison, as the other has no run with the same seed in the same state of the device; "
        "none are left on two."
    )
    assert told in found.sentences()
    one = found.of("b").by_instance["one"]
    assert one == pytest.approx(100 * (20 / 120 - 10 / 110))


def test_where_no_pair_is_left_nothing_is_compared() -> None:
    found = compare(_runs({("one", "a"): [A1], ("one", "b"): [A2]}), QUESTION)
    assert found.differences == ()
    assert found.notes[-1] == "b is not compared with a: no runs are left."
    assert "1 run was" not in found.notes[-2]
    assert "2 runs were left out" in found.notes[-2]


def test_a_change_in_mid_study_would_have_made_a_verdict() -> None:
    """Two equal solvers; the device became worse after the one had run, before the other did."""
    given = noisy({"a": 2.0, "b": 2.0}, instances=12, seeds=4)
    worse = [
        replace(each, snapshot=A2, objective=(each.objective or 0.0) * 1.05)
        if each.solver == "b" and each.seed % 2
        else replace(each, snapshot=A1)
        for each in given
    ]
    blind = [replace(each, snapshot=None) for each in worse]
    assert compare(blind, QUESTION).of("b").verdict is Verdict.WORSE
    found = compare(worse, QUESTION)
    assert found.of("b").verdict is Verdict.EQUIVALENT
    assert found.of("b").seeds == 2
    assert found.control is not None
    assert found.control.holds


def test_the_control_compares_each_state_with_itself() -> None:
    """The baseline's even seeds before the change, the odd ones after it."""
    given = [
        replace(
            each,
            snapshot=f"dev:{1 + each.seed % 2}",
            objective=(each.objective or 0.0) * (1 + 0.05 * (each.seed % 2)),
        )
        for each in noisy({"a": 2.0, "b": 2.0}, instances=12, seeds=4)
    ]
    found = compare(given, QUESTION)
    assert found.of("b").seeds == 4
    assert found.control is not None
    assert found.control.holds
    blind = compare([replace(each, snapshot=None) for each in given], QUESTION)
    assert blind.control is not None
    assert not blind.control.holds
