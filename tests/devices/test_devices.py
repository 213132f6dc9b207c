"""Descriptions of annealers: the documented sizes, the client's view of them, and their clock."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from itertools import product
from typing import Any

import numpy as np
import pytest

from qopt import devices
from qopt.devices.working_graph import drawn, identity_of, topology
from qopt.errors import QoptError, UnknownName

# the documentation's tables: qubits and couplers that work, places for qubits
SIZES = {
    "advantage": (5612, 40088, 5760),
    "advantage2": (4592, 41779, 4800),
    "advantage2-small": (1204, 10571, 1248),
}
# microseconds: programming, delay, and the longest readout, as documented
CLOCKS = {
    "advantage": (14200, 20.5, 173),
    "advantage2": (33600, 60.6, 101),
    "advantage2-small": (8000, 20.6, 45),
}
# graphs must not change from release to release: embeddings are stored for them
GRAPH_IDS = {
    "advantage": "d057df1182",
    "advantage2": "d7c5bd1198",
    "advantage2-small": "974ea72ea9",
}


@pytest.fixture(params=devices.names())
def device(request: pytest.FixtureRequest) -> devices.Description:
    return devices.described(request.param)


def test_names_and_sizes_are_the_documented_ones() -> None:
    assert devices.names() == sorted(SIZES)
    for name, sizes in SIZES.items():
        device = devices.described(name)
        assert (len(device.qubits), len(device.couplers), device.num_qubits) == sizes
        assert device.name == name


def test_an_unknown_device_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(UnknownName, match="no device named 'advantag2'; did you mean advantage2"):
        devices.described("advantag2")


def test_couplers_join_working_qubits_of_the_topology_in_the_services_order(
    device: devices.Description,
) -> None:
    low, high = device.couplers.T
    assert (low < high).all()
    assert (np.lexsort((low, high)) == np.arange(len(low))).all()
    assert np.isin(device.couplers, device.qubits).all()
    whole = topology(device.topology_type, device.topology_shape)
    assert all(whole.has_edge(u, v) for u, v in device.couplers.tolist())
    graph = device.graph()
    assert sorted(graph.nodes) == device.qubits.tolist()
    assert graph.number_of_edges() == len(device.couplers)
    assert graph.graph["family"] == device.topology_type


def test_graphs_are_pinned_and_the_same_in_every_process() -> None:
    assert {name: devices.described(name).graph_id for name in devices.names()} == GRAPH_IDS
    script = "from qopt import devices; print(devices.described('advantage2').graph_id)"
    other = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert other.stdout.strip() == GRAPH_IDS["advantage2"], other.stderr


def test_a_description_is_built_once_and_cannot_be_changed(device: devices.Description) -> None:
    assert devices.described(device.name) is device
    with pytest.raises(ValueError, match="read-only"):
        device.qubits[0] = 7
    device.properties()["qubits"].clear()
    assert len(device.properties()["qubits"]) == len(device.qubits)


def test_another_seed_gives_another_graph_of_the_same_size() -> None:
    first, second = (
        drawn("zephyr", (2, 4), qubits=150, couplers=1000, seed=seed) for seed in (1, 2)
    )
    assert [len(part) for part in first] == [len(part) for part in second] == [150, 1000]
    assert identity_of(*first) != identity_of(*second)


def test_properties_are_json_and_say_that_they_are_emulated(device: devices.Description) -> None:
    properties = device.properties()
    assert json.loads(json.dumps(properties, allow_nan=False)) == properties
    assert properties["tags"] == ["emulated"]
    assert properties["chip_id"].startswith("Emulated_Advantage")
    limits = {"per_qubit_coupling_range", "per_group_coupling_range"} & set(properties)
    kind = "qubit" if device.topology_type == "pegasus" else "group"
    assert limits == {f"per_{kind}_coupling_range"}


def _client_solver(device: devices.Description) -> Any:
    from dwave.cloud.solver import StructuredSolver

    data = {
        "identity": {"name": device.chip_id, "version": {"graph_id": device.graph_id}},
        "status": "ONLINE",
        "description": "",
        "properties": device.properties(),
        "avg_load": 0.1,
    }
    return StructuredSolver(client=None, data=data)


def test_the_client_reads_it_and_estimates_the_same_time(device: devices.Description) -> None:
    solver = _client_solver(device)
    assert solver.qpu
    assert solver.num_active_qubits == len(device.qubits)
    assert solver.num_qubits == device.num_qubits
    assert solver.has_flux_biases
    assert solver.lower_noise is False
    for qubits, reads, anneal, programming, readout, apart in product(
        (1, 2, 17, 400, len(device.qubits)),
        (1, 1000),
        (None, 0.5, 20.0, 1999.5),
        (None, 0.0, 5000.0),
        (None, 10.0, 2000.0),
        (False, True),
    ):
        job: dict[str, Any] = {
            "num_qubits": qubits,
            "num_reads": reads,
            "annealing_time": anneal,
            "programming_thermalization": programming,
            "readout_thermalization": readout,
            "reduce_intersample_correlation": apart,
        }
        theirs = solver.estimate_qpu_access_time(**job)
        assert device.access_time(**job) == pytest.approx(theirs / 1e6, rel=1e-12)


def test_clocks_are_near_the_documented_figures(device: devices.Description) -> None:
    programming, delay, longest = CLOCKS[device.name]
    job = device.job_time(num_qubits=len(device.qubits), num_reads=7)
    assert job.programming - 1000 == pytest.approx(programming, rel=0.01)
    assert job.delay == pytest.approx(delay, abs=0.1)
    assert job.readout == pytest.approx(longest, rel=0.12)
    assert job.access == pytest.approx(job.programming + 7 * (job.anneal + job.readout + job.delay))
    times = [device.job_time(num_qubits=n).readout for n in (1, 4, 40, 400, len(device.qubits))]
    assert times == sorted(times)


@pytest.mark.parametrize(
    ("job", "message"),
    [
        ({"num_qubits": 0}, "num_qubits=0: give a whole number, 1 or more"),
        ({"num_qubits": 5, "num_reads": 0}, "num_reads=0"),
        ({"num_qubits": 5, "annealing_time": -3.0}, "annealing_time=-3.0"),
        ({"num_qubits": 5, "annealing_time": math.nan}, "annealing_time=nan"),
    ],
)
def test_times_of_impossible_jobs_are_refused(job: dict[str, Any], message: str) -> None:
    with pytest.raises(QoptError, match=message):
        devices.described("advantage2-small").access_time(**job)
