"""What is quoted, beside what is charged."""

from __future__ import annotations

from pathlib import Path

import pytest
from dwave.cloud.solver import StructuredSolver

import qopt
from qopt.devices import described
from qopt.errors import QoptError
from qopt.ocean.money import Prices, quote, quote_hybrid, quote_qpu, total
from tests.benchmarks.jobs import quotes

from ... import tiny

PRICES = Prices.of({"Advantage2*": {"access": 2.0}, "hybrid": {"charge": 0.1}}, "EUR")


@pytest.mark.slow  # the jobs are run
def test_a_quote_is_what_the_emulator_charges() -> None:
    found = quotes(jobs=10, seed=3)
    assert len(found) == 10
    for what, before, after in found:
        assert before == pytest.approx(after, rel=0.1), what


@pytest.mark.parametrize("reads", [1, 100, 1000])
def test_a_quote_is_ocean_s_own_estimate(reads: int) -> None:
    device = described("advantage")
    solver = StructuredSolver(
        None, {"identity": {"name": "x"}, "properties": device.properties(), "description": ""}
    )
    ours = quote_qpu(device, num_qubits=321, num_reads=reads, annealing_time=30.0)
    theirs = solver.estimate_qpu_access_time(321, reads, annealing_time=30.0)
    assert ours.seconds == pytest.approx(theirs * 1e-6)


def test_money_is_by_the_table_and_none_without() -> None:
    device = described("advantage2")
    made = quote_qpu(device, num_qubits=100, num_reads=10, prices=PRICES)
    assert made.money == pytest.approx(2.0 * made.seconds)
    unpriced = quote_qpu(device, num_qubits=100, num_reads=10)
    assert unpriced.money is None
    cost, without = total([made, made, unpriced])
    assert cost.seconds == pytest.approx(3 * made.seconds)
    assert (cost.money, without) == (pytest.approx(4.0 * made.seconds), 1)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"num_reads": 10**6}, "num_reads=1000000: advantage2 takes 1 to"),
        ({"annealing_time": 1e6}, r"annealing_time=1e\+06: advantage2 takes"),
        ({"num_reads": 0}, "num_reads=0"),
    ],
)
def test_what_the_device_does_not_take_is_refused(given: dict[str, float], told: str) -> None:
    with pytest.raises(QoptError, match=told):
        quote_qpu(described("advantage2"), num_qubits=100, **given)  # type: ignore[arg-type]  # some wrong


def test_a_hybrid_is_charged_its_time_limit() -> None:
    made = quote_hybrid("cqm", time_limit=7.0, prices=PRICES)
    assert (made.seconds, made.money, made.currency) == (7.0, pytest.approx(0.7), "EUR")
    assert quote_hybrid("bqm", time_limit=None).seconds == 3.0
    with pytest.raises(QoptError, match="the service takes at least 5 s"):
        quote_hybrid("cqm", time_limit=1.0)
    with pytest.raises(QoptError, match="at least 40 s"):
        quote_hybrid("cqm", time_limit=10.0, least=40.0)


def test_a_problem_is_quoted_with_the_qubits_that_it_takes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("QOPT_EMBEDDINGS", str(tmp_path))
    problem = tiny.routing()
    made = quote(problem, device="advantage2-small", parameters={"num_reads": 50}, prices=PRICES)
    bqm = qopt.compile(problem.model()).bqm()
    assert made.qubits is not None
    assert made.qubits >= bqm.num_variables
    assert made.seconds == described("advantage2-small").access_time(
        num_qubits=made.qubits, num_reads=50
    )
    assert f"{bqm.num_variables} variables on {made.qubits} qubits" in made.notes[0]
    given = quote(problem, device="advantage2-small", qubits=33)
    assert (given.qubits, given.notes) == (33, ())
    assert quote(problem, solver="leap-cqm", time_limit=9.0).seconds == 9.0
    with pytest.raises(QoptError, match="charged by nobody"):
        quote(problem, solver="annealer")
