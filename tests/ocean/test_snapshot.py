"""What identifies a device, and what of it changes answers."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from dwave.cloud.api.models import SolverIdentity
from dwave.cloud.solver import BQMSolver, StructuredSolver
from dwave.cloud.testing.mocks import hybrid_bqm_solver_data, qpu_zephyr_solver_data

from qopt.ocean.snapshot import Snapshot

DATA: dict[str, Any] = qpu_zephyr_solver_data(2)  # its load is drawn anew each time
DATA["avg_load"] = 0.25
DATA["properties"] |= {"chip_id": "Chip_1", "tags": ["lower_noise"]}


def _data(**changes: Any) -> dict[str, Any]:
    return {**DATA, "properties": {**DATA["properties"], **changes}}


def _solver(data: dict[str, Any]) -> Any:
    from dwave.cloud.api.models import SolverConfiguration

    return StructuredSolver(client=None, data=SolverConfiguration.model_validate(data))


CLIENT = SimpleNamespace(
    config=SimpleNamespace(endpoint="https://user:pass@annealers.example.com/x", region="na-west-1")
)


def test_all_that_identifies_a_device_is_in_it() -> None:
    data = _data(problem_timing_data={"version": "1.0.0"}, tags=["b", "a"])
    properties = data["properties"]
    found = Snapshot.of(_solver(data), CLIENT)
    assert found.name == _solver(data).name
    assert found.graph_id == _solver(data).graph_id
    assert found.graph_id
    assert found.chip_id == properties["chip_id"]
    assert found.topology == {"type": "zephyr", "shape": [2, 4]}
    assert found.tags == ("a", "b")
    assert (found.qubits, found.couplers) == (
        len(properties["qubits"]),
        len(properties["couplers"]),
    )
    assert found.ranges["h_range"] == list(properties["h_range"])
    assert found.ranges["annealing_time_range"] == list(properties["annealing_time_range"])
    assert found.limits["num_reads_range"] == list(properties["num_reads_range"])
    assert found.costs["problem_timing_data"] == {"version": "1.0.0"}
    assert (found.host, found.region) == ("annealers.example.com", "na-west-1")
    assert found.category == properties["category"]
    assert found.taken is not None
    assert "pass" not in json.dumps(found.to_dict())


def test_where_it_was_reached_is_told_by_a_client_or_a_connection() -> None:
    for client in (CLIENT, CLIENT.config):
        found = Snapshot.of(_solver(_data()), client)
        assert (found.host, found.region) == ("annealers.example.com", "na-west-1")


def test_of_a_hybrid_service_it_has_the_version() -> None:
    from dwave.cloud.api.models import SolverConfiguration

    data = hybrid_bqm_solver_data()
    found = Snapshot.of(BQMSolver(None, SolverConfiguration.model_validate(data)))
    assert found.version == data["properties"]["version"]
    assert (found.graph_id, found.structure, found.host) == (None, None, None)
    assert found.limits["minimum_time_limit"] == data["properties"]["minimum_time_limit"]


def test_of_a_mock_it_has_what_there_is() -> None:
    from dwave.system.testing import MockDWaveSampler

    sampler = MockDWaveSampler(topology_type="zephyr", topology_shape=[1])
    found = Snapshot.of(sampler)
    assert found.name == sampler.properties["chip_id"]
    assert found.qubits == len(sampler.nodelist)


def test_it_survives_json() -> None:
    found = Snapshot.of(_solver(_data()), CLIENT)
    again = Snapshot.from_dict(json.loads(json.dumps(found.to_dict())))
    assert again == found
    assert again.key == found.key
    assert again.differences(found) == []
    assert Snapshot.from_dict({**found.to_dict(), "of a later version": 1}) == found


def test_the_order_of_qubits_and_couplers_does_not_count() -> None:
    data = _data()
    properties = data["properties"]
    turned = _data(
        qubits=properties["qubits"][::-1],
        couplers=[pair[::-1] for pair in properties["couplers"][::-1]],
    )
    assert Snapshot.of(_solver(turned)).key == Snapshot.of(_solver(data)).key


def _changed(**changes: Any) -> Snapshot:
    return Snapshot.of(_solver(_data(**changes)), CLIENT)


BEFORE = Snapshot.of(_solver(_data()), CLIENT)
PAIRS = _data()["properties"]["couplers"]
ANSWERS: dict[str, tuple[Snapshot, str]] = {
    "graph_id": (
        replace(BEFORE, graph_id="01new"),
        f"The graph_id changed from {BEFORE.graph_id} to 01new.",
    ),
    "name": (replace(BEFORE, name="B"), f"The solver changed from {BEFORE.name} to B."),
    "coupler": (
        _changed(couplers=PAIRS[:-1]),
        f"The number of couplers changed from {len(PAIRS)} to {len(PAIRS) - 1}.",
    ),
    "range": (_changed(h_range=[-3, 4]), "h_range changed from [-2.0, 2.0] to [-3, 4]."),
    "time": (
        _changed(annealing_time_range=[1, 2]),
        "annealing_time_range changed from",
    ),
    "version": (replace(BEFORE, version="2.4"), "The version changed from none to 2.4."),
    "structure": (
        replace(BEFORE, structure="sha256:7f"),
        "Other qubits or couplers work, as many as before.",
    ),
    "topology": (replace(BEFORE, topology={"type": "pegasus", "shape": [2, 4]}), "The topology"),
    "tags": (replace(BEFORE, tags=("x",)), "The tags changed from lower_noise to x."),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_what_may_change_answers_changes_the_key(name: str) -> None:
    after, told = ANSWERS[name]
    assert after.key != BEFORE.key
    (sentence,) = BEFORE.differences(after)
    assert sentence.startswith(told)
    assert "changes no answers" not in sentence


ELSE: dict[str, tuple[Snapshot, str]] = {
    "load": (replace(BEFORE, avg_load=0.75), "The load changed from 0.25 to 0.75, which changes"),
    "host": (replace(BEFORE, host="x.example.com"), "The host of the endpoint changed from"),
    "reads": (_changed(num_reads_range=[1, 7]), "num_reads_range changed from"),
    "quota": (_changed(quota_conversion_rate=7), "quota_conversion_rate changed from"),
    "timing": (
        replace(BEFORE, costs={**BEFORE.costs, "problem_timing_data": {"version": "x"}}),
        "problem_timing_data changed",
    ),
}


@pytest.mark.parametrize("name", ELSE)
def test_what_costs_and_queues_are_does_not(name: str) -> None:
    after, told = ELSE[name]
    assert after.key == BEFORE.key
    (sentence,) = BEFORE.differences(after)
    assert sentence.startswith(told)
    assert sentence.endswith(", which changes no answers.")


def test_what_may_change_answers_is_said_first() -> None:
    after = replace(BEFORE, avg_load=1.0, name="B", host="x", graph_id="2", taken="later")
    said = BEFORE.differences(after)
    assert [sentence.endswith("which changes no answers.") for sentence in said] == [
        False,
        False,
        True,
        True,
    ]


def test_the_name_may_be_told_by_its_identity_alone() -> None:
    identity = SolverIdentity(name="A", version={"graph_id": "7"})
    found = Snapshot.of(SimpleNamespace(properties={}, identity=identity, avg_load=0.5))
    assert (found.name, found.graph_id, found.avg_load) == ("A", "7", 0.5)
