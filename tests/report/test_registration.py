"""When the question was asked: before the first trial, and never changed, or what happened."""

from __future__ import annotations

from typing import Any

from qopt.batch.records.store import Registered
from qopt.report.sections.registration import Registration, registration
from tests.report.planted import MADE, QUESTION, record

LATER = "2026-11-30T11:00:00+00:00"
ROWS = [record(seed=1), record(seed=2, started="2026-11-30T12:00:00.000+00:00")]


def _asked(*given: Registered, late: bool = False, **more: Any) -> Registration:
    rows = [record(seed=1, **more), *ROWS[1:]]
    return registration(given, rows, asked_late=late)


def test_asked_before_the_first_trial_and_not_changed_is_sound() -> None:
    found = _asked(Registered(MADE, QUESTION, {}))
    assert found.sound
    assert found.lines == (
        "The question was registered on 2026-11-30 at 10:00:00 UTC, before the first trial, which "
        "began on 2026-11-30 at 10:00:05 UTC.",
        "It was not changed since.",
    )


def test_another_text_with_the_same_question_is_no_change() -> None:
    found = _asked(
        Registered(MADE, QUESTION, {"a": "1"}), Registered(LATER, QUESTION, {"a": "# 1"})
    )
    assert found.sound


def test_a_change_is_told_with_what_had_run_by_then() -> None:
    changed = Registered(LATER, {**QUESTION, "margin": 5.0}, {})
    found = _asked(Registered(MADE, QUESTION, {}), changed)
    assert not found.sound
    assert found.lines[1] == (
        "It was changed on 2026-11-30 at 11:00:00 UTC, after 1 of 2 trials had begun: "
        "margin was 1.0 and is 5.0."
    )


def test_a_question_asked_after_the_trials_began_is_told_so() -> None:
    found = _asked(Registered(MADE, {}, {}), Registered(LATER, QUESTION, {}))
    assert not found.sound
    assert "after 1 of 2 trials had begun" in found.lines[0]


def test_a_question_of_the_report_alone_is_told_so() -> None:
    found = _asked(Registered(MADE, {}, {}), late=True)
    assert not found.sound
    assert found.lines == (
        "The study registers no question.",
        "The one that is answered here was asked after the trials.",
    )
    assert not _asked(Registered(MADE, QUESTION, {}), late=True).sound


def test_trials_of_another_study_are_older_than_the_question() -> None:
    found = _asked(
        Registered(MADE, QUESTION, {}), copied=True, started="2026-11-01T00:00:00.000+00:00"
    )
    assert not found.sound
    assert "1 of 2 trials were taken over from another study" in found.lines[-1]
