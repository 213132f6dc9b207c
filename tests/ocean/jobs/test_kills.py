"""Processes killed with SIGKILL: no job is lost, none is paid twice, no budget is exceeded."""

from __future__ import annotations

from pathlib import Path

import pytest

from . import kills, services

pytestmark = pytest.mark.slow  # processes begin, and are killed


def test_a_command_that_is_killed_goes_on_where_it_was(tmp_path: Path) -> None:
    seen = kills.kill_while_waiting(tmp_path / "j.sqlite", jobs=20, kills=4, delay=0.5, seed=1)
    assert (seen.answers, seen.charges, seen.most) == (20, 20, 1)
    assert seen.noted == pytest.approx(seen.charged)


def test_killed_processes_stay_within_their_common_budget(tmp_path: Path) -> None:
    seen = kills.kill_with_a_budget(
        tmp_path / "j.sqlite", processes=4, kills=12, questions=40, share=0.5, seed=2
    )
    assert seen.most == 1
    assert seen.charged <= seen.limit
    assert seen.peak <= seen.limit + 1e-9
    assert seen.noted == pytest.approx(seen.charged)
    assert seen.reserved == 0.0


def test_processes_that_ask_the_same_at_once_pay_once(tmp_path: Path) -> None:
    with services.quick(queue_delay=0.2) as service:
        kills.together(
            tmp_path / "j.sqlite", service.url, service.token, processes=4, numbers=[1, 2, 3]
        )
        assert sorted(kills.accepted(service).values()) == [1, 1, 1]
