from __future__ import annotations

from qopt.anneal.core.restarts import luby


def test_restart_lengths_are_lubys() -> None:
    assert [luby(k) for k in range(1, 16)] == [1, 1, 2, 1, 1, 2, 4, 1, 1, 2, 1, 1, 2, 4, 8]
