"""What a client decodes is what the chip sampled, and its energies are those of what it asked."""

from __future__ import annotations

import itertools
from typing import Any

import dimod
import numpy as np
import pytest
from dwave.cloud import Client
from dwave.cloud.coders import decode_qp, decode_qp_numpy
from dwave.system import DWaveSampler

from qopt.emulator import Service
from qopt.emulator.backends import Biases, Refused
from qopt.emulator.coding import decode_problem, encode_answer, encode_problem
from qopt.emulator.processor import Processor
from qopt.errors import QoptError

# a chip that has lost qubit 2, with a square and a tail: 0-1, 1-3, 3-0, 3-5
QUBITS, COUPLERS = [0, 1, 3, 5], [(0, 1), (0, 3), (1, 3), (3, 5)]
NAN = float("nan")


def test_biases_are_read_as_a_client_writes_them() -> None:
    given = Biases(np.array([0.5, NAN, -1.0, NAN]), np.array([2.0]), 1.5)
    read = decode_problem(encode_problem(given), QUBITS, COUPLERS)
    assert read.linear.tobytes() == given.linear.tobytes()
    assert read.quadratic.tolist() == [2.0]
    assert read.offset == 1.5


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"format": "bq"}, "format 'qp'"),
        ({"lin": "AAAA"}, "'lin' is no base64 text"),
        ({"lin": "?"}, "'lin' is no base64 text"),
        ({"lin": None, "quad": ""}, "0 linear biases for the solver's 4 qubits"),
        ({"lin": 7}, "'lin' is no base64 text"),
        ({"quad": ""}, "0 quadratic biases for 1 couplers"),
        ({"quad": "AAAAAAAA8H8="}, "not a finite number"),
        ({"offset": "much"}, "offset"),
    ],
)
def test_biases_that_do_not_fit_are_refused(changed: dict[str, Any], told: str) -> None:
    good = encode_problem(Biases(np.array([0.5, NAN, -1.0, NAN]), np.array([2.0])))
    with pytest.raises(Refused, match=told):
        decode_problem({**good, **changed}, QUBITS, COUPLERS)


def test_what_is_no_problem_at_all_is_refused() -> None:
    with pytest.raises(Refused, match="format 'qp'"):
        decode_problem(None, QUBITS, COUPLERS)


@pytest.mark.parametrize("decode", [decode_qp, decode_qp_numpy])
@pytest.mark.parametrize("type", ["ising", "qubo"])
@pytest.mark.parametrize("width", [1, 3, 8, 9])
def test_the_client_decodes_what_was_encoded(decode: Any, type: str, width: int) -> None:
    """Rows of bits that fill whole bytes, and that do not."""
    draw = np.random.default_rng(width)
    bits = draw.integers(0, 2, (4, width), dtype=np.int8)
    samples = 2 * bits - 1 if type == "ising" else bits
    active = np.sort(draw.choice(20, width, replace=False))
    energies, counts = draw.normal(size=4), np.array([4, 3, 2, 1])
    answer = encode_answer(
        active=active,
        samples=samples,
        energies=energies,
        occurrences=counts,
        timing={"qpu_access_time": 7.0},
        num_variables=20,
    )
    read = decode({"answer": answer, "type": type})
    assert np.array_equal(np.asarray(read["solutions"])[:, active], samples)
    if decode is decode_qp_numpy:  # the other has -1 for qubits of ising problems that are not used
        unused = np.delete(np.asarray(read["solutions"]), active, axis=1)
        assert (unused == (0 if type == "ising" else 3)).all()
    assert np.asarray(read["energies"]).tolist() == energies.tolist()
    assert np.asarray(read["num_occurrences"]).tolist() == [4, 3, 2, 1]
    assert read["timing"] == {"qpu_access_time": 7.0}


@pytest.fixture
def sampler(service: Service, monkeypatch: pytest.MonkeyPatch) -> Any:
    for name, value in service.environment.items():
        monkeypatch.setenv(name, value)
    sampler = DWaveSampler()
    yield sampler
    sampler.client.close(wait=False)


@pytest.fixture(scope="module")
def twin() -> Processor:
    """The service's chip once more: the same seed gives the same samples."""
    return Processor("advantage2-small", noise="none", seed=1)


def problem(sampler: DWaveSampler, kind: str) -> dimod.BinaryQuadraticModel:
    """On a few qubits that hang together; "partly" leaves couplers of theirs without a bias."""
    graph = sampler.to_networkx_graph()
    first = sampler.nodelist[40]
    near = [first, *sorted(graph[first])[:7]]
    edges = sorted(graph.subgraph(near).edges)
    draw = np.random.default_rng(5)
    bqm = dimod.BinaryQuadraticModel("BINARY" if kind == "qubo" else "SPIN")
    bqm.add_linear_from((v, float(draw.uniform(-1, 1))) for v in near)
    bqm.add_quadratic_from(
        (*edge, float(draw.uniform(-1, 1))) for edge in (edges[::2] if kind == "partly" else edges)
    )
    bqm.offset = 3.25 if kind == "offset" else 0.0
    return bqm


@pytest.mark.parametrize("mode", ["histogram", "raw"])
@pytest.mark.parametrize("kind", ["ising", "qubo", "offset", "partly"])
def test_a_sample_set_is_what_the_chip_sampled(
    service: Service, sampler: Any, twin: Processor, mode: str, kind: str
) -> None:
    bqm = problem(sampler, kind)
    number = sum(job.solver == service.solvers[0] for job in service.jobs)
    found = sampler.sample(bqm, num_reads=60, answer_mode=mode)
    expected = twin._now.chip.answer(
        "qubo" if kind == "qubo" else "ising",
        *_biases(sampler, bqm),
        {"num_reads": 60, "answer_mode": mode},
        job=number,
    )
    order = [found.variables.index(qubit) for qubit in expected.active.tolist()]
    assert np.array_equal(found.record.sample[:, order], expected.samples)
    assert np.array_equal(found.record.num_occurrences, expected.occurrences)
    assert found.record.energy == pytest.approx(bqm.energies(found), abs=1e-9)
    assert found.record.energy == pytest.approx(expected.energies + bqm.offset, abs=1e-9)
    assert found.record.num_occurrences.sum() == 60
    assert (len(found) == 60) == (mode == "raw")
    assert service.jobs[-1].answered == len(found)


def _biases(sampler: Any, bqm: dimod.BinaryQuadraticModel) -> tuple[Any, Any]:
    """As the protocol has them, computed from its description."""
    linear = [bqm.linear.get(qubit, NAN) for qubit in sampler.properties["qubits"]]
    quadratic = [
        bqm.quadratic.get((u, v), 0.0)
        for u, v in sampler.properties["couplers"]
        if u in bqm.linear and v in bqm.linear
    ]
    return np.array(linear), np.array(quadratic)


def test_an_answer_never_passes_for_a_device_s(service: Service, sampler: Any) -> None:
    found = sampler.sample_ising({sampler.nodelist[0]: 1.0}, {}, label="plain")
    assert found.info["problem_id"].startswith("emulated-")
    assert found.info["timing"]["emulated"] is True
    assert sampler.solver.name.startswith("Emulated_")
    assert sampler.properties["emulated"] is True
    assert sampler.properties["chip_id"].startswith("Emulated_")
    assert "emulated" in sampler.properties["tags"]


def test_every_solver_says_that_it_is_emulated(service: Service, client: Client) -> None:
    solvers = client.get_solvers()
    assert {solver.name for solver in solvers} == set(service.solvers)
    for solver in solvers:
        assert solver.properties["emulated"] is True
        assert solver.name.lower().startswith("emulated_")
        assert "emulated" in solver.data.description.lower()


def test_the_charge_is_the_access_time(service: Service, sampler: Any) -> None:
    found = sampler.sample_ising({sampler.nodelist[0]: 1.0}, {}, num_reads=50)
    estimate = sampler.solver.estimate_qpu_access_time(1, 50)
    assert found.info["timing"]["qpu_access_time"] == pytest.approx(estimate, rel=1e-3)
    assert service.jobs[-1].charged == pytest.approx(estimate / 1e6, rel=1e-3)


def test_reads_can_be_spoiled_and_mended(service: Service, sampler: Any) -> None:
    """A chain of twelve qubits is in its ground state in nearly all reads of a chip that is well;
    at a hundred times its temperature of 0.119 in (1 + exp(-2 / 11.9)) ** -11 of them, one in 800.
    """
    graph = sampler.to_networkx_graph()
    path = [sampler.nodelist[0]]
    while len(path) < 12:
        path.append(min(set(graph[path[-1]]) - set(path)))
    couplings = dict.fromkeys(itertools.pairwise(path), -1.0)

    def best() -> float:
        found = sampler.sample_ising({}, couplings, num_reads=200, auto_scale=False)
        return float(found.record.num_occurrences[found.record.energy == -11.0].sum() / 200)

    graph_id = sampler.solver.graph_id
    assert best() > 0.95
    service.degrade(1.0)
    assert best() < 0.03
    service.degrade(0.0)
    assert best() > 0.95
    assert sampler.client.get_solver(qpu=True, refresh=True).graph_id == graph_id
    with pytest.raises(QoptError, match=r"degraded=1\.5"):
        service.degrade(1.5)
