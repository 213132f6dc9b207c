"""A drop in success is noticed, and chance is not."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from qopt.compare.anytime import clopper_pearson
from qopt.errors import FileError, QoptError
from qopt.ocean.drift import History, Success, judge
from qopt.ocean.drift.detection import BASELINE, HORIZON


def _runs(shares: Any, **more: Any) -> list[Success]:
    return [Success("r", (float(share),) * 12, 100, **more) for share in shares]


def _overdispersed(random: np.random.Generator, means: Any, rho: float = 0.01) -> list[Success]:
    """Cells' shares beta-binomial with that correlation of reads, of 100 reads each."""
    found = []
    for mean in means:
        ability = random.beta(mean * (1 / rho - 1), (1 - mean) * (1 / rho - 1), 12)
        found.append(Success("r", tuple((random.binomial(100, ability) / 100).tolist()), 100))
    return found


def _alarms(make: Any, trials: int = 400) -> float:
    random = np.random.default_rng(5)
    return sum(judge(make(random)).dropped for _ in range(trials)) / trials


@pytest.mark.parametrize("sigma", [0.005, 0.03, 0.06, 0.12, 0.2])
def test_false_alarms_are_as_rare_as_was_said(sigma: float) -> None:
    """Of normal shares, whatever their spread; the risk holds with equality only where it is wide,
    as half the drop lets pass what is small.
    """
    trials = 600
    rate = _alarms(
        lambda random: _runs(0.6 + sigma * random.standard_normal(BASELINE + HORIZON)), trials
    )
    low, high = clopper_pearson(round(rate * trials), trials, 0.99)
    assert low <= 0.05
    if sigma == 0.2:  # and the test is not more timid than it says
        assert high >= 0.04


def test_false_alarms_of_overdispersed_reads_are_rare() -> None:
    assert _alarms(lambda random: _overdispersed(random, [0.75] * (BASELINE + HORIZON)), 200) < 0.03


def test_a_drop_of_a_fifth_is_noticed_soon() -> None:
    after = 8
    found = _alarms(lambda random: _overdispersed(random, [0.75] * BASELINE + [0.6] * after), 200)
    assert found >= 0.95


def test_when_it_began_is_told() -> None:
    random = np.random.default_rng(1)
    runs = _overdispersed(random, [0.75] * (BASELINE + 10) + [0.6] * 10)
    found = judge(runs)
    assert found.dropped
    assert found.at is not None
    assert BASELINE + 11 <= found.at <= BASELINE + 16
    assert found.before == pytest.approx(0.75, abs=0.02)
    assert found.since == pytest.approx(0.6, abs=0.03)
    assert found.limit is not None
    assert found.level > found.limit
    assert f"since run {BASELINE + 11} of the reference problem, 7" in found.told
    assert found.told.endswith("within 50 runs has a probability of at most 0.05).")
    assert json.loads(json.dumps(found.to_dict()))["at"] == found.at


def test_a_rise_is_no_drop() -> None:
    random = np.random.default_rng(1)
    found = judge(_overdispersed(random, [0.6] * BASELINE + [0.9] * 40))
    assert not found.dropped
    assert found.told.startswith("No drop is seen: 9")


def test_without_a_baseline_nothing_is_said() -> None:
    for count in (0, 1, BASELINE):
        found = judge(_runs([0.5] * count))
        assert not found.dropped
        assert f"{count} of {BASELINE} runs" in found.told
        assert f"{BASELINE + 1 - count} more are needed" in found.told


@pytest.mark.parametrize("share", [1.0, 0.0, 0.5])
def test_shares_that_never_vary_are_no_alarm(share: float) -> None:
    found = judge(_runs([share] * 60))
    assert not found.dropped
    if share:
        assert judge(_runs([share] * 30 + [0.8 * share] * 5)).dropped


def test_a_new_state_of_the_device_has_a_baseline_of_its_own() -> None:
    before, after = _runs([0.8] * 30, snapshot="a"), _runs([0.5] * 10, snapshot="b")
    found = judge([*before, *after])
    assert not found.dropped
    assert found.runs == 10
    assert judge([*before, *(replace(run, snapshot="a") for run in after)]).dropped
    assert not judge(
        [*before, *(replace(run, snapshot="a", reference="s") for run in after)]
    ).dropped


def test_an_alarm_is_looked_for_in_windows() -> None:
    """What a window has summed up does not count in the next; a drop there does."""
    usual = [0.78, 0.82] * HORIZON
    low = 0.685  # by which the sum rises to a little below the limit
    across = [*usual[: BASELINE + HORIZON - 1], low, low]
    assert not judge(_runs(across)).dropped
    assert judge(_runs([*across[:-2], 0.8, low, low])).dropped
    found = judge(_runs([*usual[: BASELINE + HORIZON], *[0.6] * 3]))
    assert found.at is not None
    assert found.at > BASELINE + HORIZON


def test_reads_that_never_failed_may_fail_once() -> None:
    """The spread is at least that of independent reads, also where none was seen."""
    once = 1 - 1 / 1200
    assert not judge(_runs([1.0] * BASELINE + [once]), drop=0.001).dropped
    assert judge(_runs([1.0] * BASELINE + [0.97]), drop=0.001).dropped


@pytest.mark.parametrize(
    "wrong", [{"drop": 0}, {"drop": 1}, {"risk": 0.5}, {"baseline": 4}, {"horizon": 0}]
)
def test_arguments_are_checked(wrong: dict[str, Any]) -> None:
    with pytest.raises(QoptError, match=next(iter(wrong))):
        judge([], **wrong)


def test_a_history_is_kept_in_a_file(tmp_path: Path) -> None:
    history = History(tmp_path / "new" / "history.jsonl")
    assert history.read() == []
    runs = [*_runs([0.5, 0.25], snapshot="a", when="now"), *_runs([1.0])]
    for run in runs:
        history.append(run)
    assert history.read() == runs
    with history.path.open("a") as file:
        file.write('{"reference":"r","sha')  # a process was killed
    history.append(runs[0])
    assert history.read() == [*runs, runs[0]]


def test_a_history_that_cannot_be_used_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "history"
    path.write_text('{"reference": "r"}\n')
    with pytest.raises(FileError, match=r"history:1: the line is not a run of a reference"):
        History(path).read()
    with pytest.raises(FileError, match="cannot be written"):
        History(path / "x").append(_runs([0.5])[0])
    with pytest.raises(FileError, match="cannot be read"):
        History(tmp_path).read()
