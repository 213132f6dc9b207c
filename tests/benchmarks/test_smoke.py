"""Every benchmark runs, on the least it can do; what it measures decides nothing here."""

from __future__ import annotations

import pytest

from . import choices, first_plans, spin_updates


def test_spin_updates(capsys: pytest.CaptureFixture[str]) -> None:
    spin_updates.main(["--graphs", "G1", "--reads", "2", "--sweeps", "2", "--repeats", "2"])
    assert "ratio" in capsys.readouterr().out


def test_first_plans(capsys: pytest.CaptureFixture[str]) -> None:
    first_plans.main(["--seconds", "0.3", "--seeds", "1"])
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[1:]] == ["E-n13-k4"] * 2 + ["ft06"] * 2 + ["hang-seng-10"] * 2


def test_choices(capsys: pytest.CaptureFixture[str]) -> None:
    choices.main(["--sweeps", "2"])
    assert len(capsys.readouterr().out.splitlines()) == 4 * len(choices.RANGES) + 2
