"""Solver `qpu`: the QUBO embedded on a quantum annealer."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from ..errors import NotEmbedded, QoptError
from ..kit.checks import require, require_count, require_positive
from ..problem import name_of
from ..solver import Answer, Task
from .account import missing_token, one_line


@dataclass(frozen=True)
class Qpu:
    """`DWaveSampler` behind `EmbeddingComposite`.

    Parameters
    ----------
    profile
        Of Ocean's configuration file; default Ocean's own choice of file and environment.
    num_reads
        Reads of the one submission.
    annealing_time
        Microseconds an anneal; default the device's.
    chain_strength
        In units of the QUBO's energies; default Ocean's `uniform_torque_compensation`.
    max_access_seconds
        Nothing is submitted whose device time is estimated above this.
    penalties
        As at `qopt.compile`.
    device
        A structured dimod sampler to use instead of connecting: a `DWaveSampler` already at hand,
        or a mock of one.

    The time limit bounds the search for an embedding; the device time is bounded by
    `max_access_seconds`.
    """

    profile: str | None = None
    num_reads: int = 100
    annealing_time: float | None = None
    chain_strength: float | None = None
    max_access_seconds: float = 1.0
    penalties: str | float | Mapping[Any, float] = "bounds"
    device: Any = None

    paid: ClassVar = True
    algorithm_version: ClassVar = 1
    summary: ClassVar = "a D-Wave quantum annealer: the QUBO, embedded on its qubits"
    needs: ClassVar = "a D-Wave token"

    def __post_init__(self) -> None:
        require(
            self.device is None or hasattr(self.device, "sample"),
            "device",
            self.device,
            "a structured dimod sampler",
        )
        require_count("num_reads", self.num_reads)
        require_positive(
            "annealing_time", self.annealing_time, wanted="microseconds above 0", optional=True
        )
        require_positive(
            "chain_strength", self.chain_strength, wanted="an energy above 0", optional=True
        )
        require_positive("max_access_seconds", self.max_access_seconds, wanted="seconds above 0")

    def missing(self) -> str | None:
        return None if self.device is not None else missing_token(self.profile)

    def solve(self, task: Task) -> Answer:
        from dwave.system import EmbeddingComposite

        from ..compiler import compile_cqm

        cqm = task.cqm
        with task.timing("compile"):
            compiled = compile_cqm(cqm, penalties=self.penalties)
            bqm = compiled.bqm()
        if (settled := compiled.settled()) is not None:
            task.start()
            return Answer(samples=settled)
        with one_line(), task.timing("queue"):
            device = self._device()
        task.start()
        estimate = self._estimate(device)
        options: dict[str, Any] = {
            "num_reads": self.num_reads,
            "label": f"qopt {name_of(task.problem)}",
        }
        if self.annealing_time is not None:
            options["annealing_time"] = self.annealing_time
        search = {"random_seed": task.seed % 2**31, "timeout": max(1, round(task.time_limit or 60))}
        with one_line(), task.timing("sample"):
            states = _sample(EmbeddingComposite(device), bqm, self.chain_strength, search, options)
        with task.timing("decode"):
            samples = compiled.decode(states)
        return Answer(samples=samples, stopped_by="done", info=_facts(device, states, estimate))

    def capacity(self) -> int:
        """How many variables a QUBO may have that is embedded for certain: those of the largest
        clique the device holds.
        """
        from minorminer.busclique import busgraph_cache

        with one_line():
            return len(busgraph_cache(self._device().to_networkx_graph()).largest_clique())

    def _device(self) -> Any:
        from dwave.system import DWaveSampler

        return self.device if self.device is not None else DWaveSampler(profile=self.profile)

    def _estimate(self, device: Any) -> float | None:
        """Device seconds of the submission, if it took every qubit; None for a device without a
        price.
        """
        solver = getattr(device, "solver", None)
        if solver is None:
            return None
        options = {} if self.annealing_time is None else {"annealing_time": self.annealing_time}
        try:
            seconds = (
                float(
                    solver.estimate_qpu_access_time(len(device.nodelist), self.num_reads, **options)
                )
                * 1e-6
            )
        except (KeyError, ValueError) as error:
            complaint = (str(error).splitlines() or [""])[0]
            raise QoptError(
                f"the device gives no estimate of its time ({complaint}); nothing was submitted"
            ) from None
        if seconds > self.max_access_seconds:
            raise QoptError(
                f"{self.num_reads} reads would take up to {seconds:.3g} s of device time, above "
                f"max_access_seconds={self.max_access_seconds:g}; nothing was submitted: lower "
                "num_reads, or raise the limit"
            )
        return seconds


def _sample(
    sampler: Any,
    bqm: Any,
    chain_strength: float | None,
    search: dict[str, Any],
    options: dict[str, Any],
) -> Any:
    try:
        samples = sampler.sample(
            bqm,
            chain_strength=chain_strength,
            embedding_parameters=search,
            return_embedding=True,
            **options,
        )
        samples.resolve()
    except ValueError as error:
        if "no embedding found" in str(error):
            raise NotEmbedded(
                f"no embedding of {bqm.num_variables} variables and {bqm.num_interactions} "
                "couplings found in "
                f"{search['timeout']} s; the model is too dense for the device, take solver "
                "'leap-bqm' or 'annealer'"
            ) from None
        raise
    return samples


def _facts(device: Any, found: Any, estimate: float | None) -> dict[str, Any]:
    """What must be known of the device to compare with another day's run; JSON-ready."""
    context = found.info.get("embedding_context", {})
    chains = [len(chain) for chain in context.get("embedding", {}).values()]
    # of each read: a device gives back equal ones as one row, with how many they were
    breaks, reads = found.record.chain_break_fraction, found.record.num_occurrences
    identity = getattr(getattr(device, "solver", None), "identity", None)
    version = getattr(identity, "version", None)
    strength = context.get("chain_strength")
    return {
        "device": device.properties.get("chip_id"),
        "graph_id": getattr(version, "graph_id", None),
        "topology": device.properties.get("topology"),
        "qubits_on_device": len(device.nodelist),
        "problem_id": found.info.get("problem_id"),
        "timing_us": dict(found.info.get("timing", {})),
        "device_seconds": _seconds(found.info.get("timing", {}).get("qpu_access_time")),
        "estimated_access_seconds": estimate,
        "chain_strength": float(strength) if isinstance(strength, int | float) else None,
        "chain_break_fraction": float(breaks @ reads / reads.sum()) if len(breaks) else 0.0,
        "qubits": sum(chains),
        "longest_chain": max(chains, default=0),
        "submitted": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }


def _seconds(microseconds: float | None) -> float | None:
    """Of the device, as it is charged; None where it was not told."""
    return None if microseconds is None else float(microseconds) / 1e6
