"""Each fault that the local service knows, for each kind of job: none lost, none paid twice, no
hang, a clear status.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from qopt.ocean.jobs import Journal

from . import services
from .faults import OF_FILES, TABLE, Struck, complaints, strike


@pytest.mark.slow  # every fault's retries and deadlines, side by side
@pytest.mark.parametrize("kind", ["qpu", "bqm", "cqm", "nl"])
def test_no_fault_costs_a_job_or_money(kind: str, tmp_path: Path) -> None:
    def complaints_of(number: int, fault: Struck) -> list[str]:
        with services.quick() as service, Journal(tmp_path / f"{number}.sqlite") as journal:
            seen = strike(service, journal, kind, number, fault)
        return complaints(fault, seen, services.question(kind).estimate)

    table = OF_FILES if kind == "nl" else TABLE
    table = [fault for fault in table if kind != "qpu" or not fault.hybrid]
    with ThreadPoolExecutor(10) as pool:
        found = pool.map(complaints_of, range(len(table)), table)
        wrong = {str(fault): what for fault, what in zip(table, found, strict=True) if what}
    assert wrong == {}
