"""Records as the statistics take them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars
import pytest

from qopt.batch import Study, run
from qopt.batch.comparing import compared, runs_of
from qopt.batch.exporting import export

pytestmark = pytest.mark.usefixtures("odd_solvers")


def test_trials_on_both_sides_of_a_change_of_a_device_are_not_compared(
    study: Callable[..., Study], tmp_path: Path
) -> None:
    solver = "  - {{name: dear, label: {}, parameters: {{calls: {}, snapshot: '{}'}}}}\n"
    calls = tmp_path / "calls"
    given = [("one", "device:before"), ("other", "device:after"), ("same", "device:before")]
    more = "".join(solver.format(label, calls, state) for label, state in given)
    done = run(study(("  - {name: greedy}\n", more)))
    states = {record.solver: record.snapshot for record in done.records}
    assert states == {"annealer": None, **dict(given)}
    assert {each.solver: each.snapshot for each in runs_of(done.records)} == states
    found = compared(done.records, {"baseline": "one"})
    assert {each.solver for each in found.differences} == {"annealer", "same"}
    (told,) = [note for note in found.notes if "changed between" in note]
    assert told.startswith("device changed between runs of other and one on job-shop: ")
    assert "8 runs were left out" in told
    (table,) = export(done, tmp_path / "all.csv")
    assert set(polars.read_csv(table)["snapshot"].to_list()) == set(states.values())
