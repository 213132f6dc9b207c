"""What is known of one annealer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from .ranges import Range, Ranges
from .timing import JobTime, TimingModel
from .working_graph import Ints, identity_of, topology


@dataclass(frozen=True, kw_only=True, eq=False)
class Description:
    """An annealer as its documentation and its own properties describe it.

    `qubits` int32[n] and `couplers` int32[m, 2] are the working graph, `num_qubits` counts the
    places for qubits, lost ones included. The ranges are those of h and J as they are programmed;
    `per_qubit_coupling_range` (Pegasus) bounds the sum of J at each qubit and
    `per_group_coupling_range` (Zephyr) the sum over each of a qubit's two groups of couplers: one
    of them is None. Times are in microseconds, as the device's own are. `temperature` is the
    documented average temperature of single qubits, in units of the programmed h and J, and
    `readout_error` the probability, at most, that a qubit is read wrongly. `like` is the device
    whose figures these are. `base_kelvin`, `coupler_picohenry` and `critical_gigahertz` are the
    temperature of the chip, the largest mutual inductance of two qubits, and the energy
    scale at which a chain of coupled qubits is critical.
    """

    name: str
    like: str
    topology_type: str
    topology_shape: tuple[int, ...]
    qubits: Ints
    couplers: Ints
    num_qubits: int
    h_range: Range
    j_range: Range
    extended_j_range: Range
    per_qubit_coupling_range: Range | None
    per_group_coupling_range: Range | None
    annealing_time_range: Range
    fast_anneal_time_range: Range
    num_reads_range: tuple[int, int]
    problem_run_duration_range: Range
    programming_thermalization_range: Range
    readout_thermalization_range: Range
    h_gain_schedule_range: Range
    anneal_offset_step: float
    clock: TimingModel
    temperature: float
    readout_error: float
    base_kelvin: float
    coupler_picohenry: float
    critical_gigahertz: float
    parameters: Mapping[str, str]

    @property
    def chip_id(self) -> str:
        """A name that says whose figures these are, and that this is not that device."""
        return f"Emulated_{self.like}"

    @cached_property
    def graph_id(self) -> str:
        """Ten hexadecimal digits that tell this working graph from any other."""
        return identity_of(self.qubits, self.couplers)

    @cached_property
    def ends(self) -> npt.NDArray[np.int64]:
        """int64[m, 2]: the places in `qubits` of each coupler's two ends."""
        return np.searchsorted(self.qubits, self.couplers).astype(np.int64)

    @cached_property
    def ranges(self) -> Ranges:
        """The ranges of h, J and their sums, ready to be asked."""
        return Ranges(
            topology_type=self.topology_type,
            topology_shape=self.topology_shape,
            qubits=self.qubits,
            couplers=self.couplers,
            ends=self.ends,
            h_range=self.h_range,
            extended_j_range=self.extended_j_range,
            per_qubit_coupling_range=self.per_qubit_coupling_range,
            per_group_coupling_range=self.per_group_coupling_range,
        )

    @property
    def default_annealing_time(self) -> float:
        """Microseconds."""
        return self.clock.annealing_time

    @property
    def timing(self) -> dict[str, Any]:
        """The device's `problem_timing_data`, as Ocean's client reads it."""
        return self.clock.properties()

    def graph(self) -> Any:
        """The working graph, a networkx.Graph with what Ocean's tools note in one."""
        return topology(
            self.topology_type,
            self.topology_shape,
            node_list=self.qubits.tolist(),
            edge_list=[(u, v) for u, v in self.couplers.tolist()],
        )

    def without(self, lost: Iterable[int]) -> Description:
        """The device after a calibration in which it has lost some more qubits."""
        gone = np.fromiter(lost, dtype=np.int32)
        left = ~np.isin(self.couplers, gone).any(axis=1)
        qubits = self.qubits[~np.isin(self.qubits, gone)]
        return replace(self, qubits=qubits, couplers=self.couplers[left])

    def job_time(self, **job: Any) -> JobTime:
        """The parts of `access_time`, in microseconds; arguments as there."""
        return self.clock.job(**job)

    def access_time(
        self,
        *,
        num_qubits: int,
        num_reads: int = 1,
        annealing_time: float | None = None,
        programming_thermalization: float | None = None,
        readout_thermalization: float | None = None,
        reduce_intersample_correlation: bool = False,
    ) -> float:
        """Seconds of the device that a job takes, and that it is charged.

        `num_qubits` counts the qubits used, after embedding; the other arguments are the solver's
        parameters of these names, their times in microseconds. Equals the estimate of Ocean's
        client. Raises QoptError for a count below 1 and for a time that is not above 0.
        """
        job = self.clock.job(
            num_qubits=num_qubits,
            num_reads=num_reads,
            annealing_time=annealing_time,
            programming_thermalization=programming_thermalization,
            readout_thermalization=readout_thermalization,
            reduce_intersample_correlation=reduce_intersample_correlation,
        )
        return job.access / 1e6

    def properties(self) -> dict[str, Any]:
        """What a service lists as the `properties` of such a solver, JSON-ready and new each time.

        The ranges of anneal offsets are all [0, 0], and the tags say "emulated".
        """
        coupling = {
            "per_qubit_coupling_range": self.per_qubit_coupling_range,
            "per_group_coupling_range": self.per_group_coupling_range,
        }
        return {
            "num_qubits": self.num_qubits,
            "qubits": self.qubits.tolist(),
            "couplers": self.couplers.tolist(),
            "h_range": list(self.h_range),
            "j_range": list(self.j_range),
            "extended_j_range": list(self.extended_j_range),
            **{name: list(value) for name, value in coupling.items() if value is not None},
            "supported_problem_types": ["ising", "qubo"],
            "parameters": dict(self.parameters),
            "anneal_offset_ranges": [[0.0, 0.0] for _ in range(self.num_qubits)],
            "anneal_offset_step": self.anneal_offset_step,
            "annealing_time_range": list(self.annealing_time_range),
            "fast_anneal_time_range": list(self.fast_anneal_time_range),
            "default_annealing_time": self.default_annealing_time,
            "default_programming_thermalization": self.clock.programming_thermalization,
            "default_readout_thermalization": self.clock.readout_thermalization,
            "programming_thermalization_range": list(self.programming_thermalization_range),
            "readout_thermalization_range": list(self.readout_thermalization_range),
            "h_gain_schedule_range": list(self.h_gain_schedule_range),
            "max_anneal_schedule_points": 12,
            "max_h_gain_schedule_points": 20,
            "num_reads_range": list(self.num_reads_range),
            "problem_run_duration_range": list(self.problem_run_duration_range),
            "problem_timing_data": self.timing,
            "chip_id": self.chip_id,
            "topology": {"type": self.topology_type, "shape": list(self.topology_shape)},
            "category": "qpu",
            "quota_conversion_rate": 1,
            "tags": ["emulated"],
        }
