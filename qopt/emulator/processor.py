"""The quantum processor of the service: a chip behind the interface of its solvers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .backends import Biases, Broke, Kind, Reply, Work
from .coding import encode_answer

if TYPE_CHECKING:
    from ..devices import Description

DESCRIPTION = "An emulated annealer: its samples are computed on a local machine, not measured."
# of the qubits that work, how many stop working when the chip is calibrated anew
LOST = 0.001


class Processor:
    """A chip, and which graph it has now.

    `device` is one of `qopt.devices.names()`, `noise` and `seed` are the chip's.
    """

    kind: Kind = "qpu"

    def __init__(self, device: str, *, noise: str, seed: int) -> None:
        from ..devices import described

        self._noise, self._seed = noise, seed
        self._changes, self._degraded = 0, 0.0
        self._made_for: dict[str, str] = {}  # job -> graph
        self._calibrate(described(device))
        self.name = self._description.chip_id

    def definition(self) -> dict[str, Any]:
        return self._definition

    def check(self, work: Work) -> None:
        data = _biases(work)
        self._chip.check(work.type, data.linear, data.quadratic, dict(work.params))
        self._made_for[work.id] = self._graph_id

    def answer(self, work: Work) -> Reply:
        chip, made_for = self._chip, self._made_for.pop(work.id, None)
        if made_for != self._graph_id:
            raise Broke(
                f"the chip was calibrated anew before the job ran: it was made for the graph "
                f"{made_for}, and the graph is {self._graph_id} now"
            )
        data = _biases(work)
        found = chip.answer(
            work.type, data.linear, data.quadratic, dict(work.params), job=work.number
        )
        answer = encode_answer(
            active=found.active,
            samples=found.samples,
            energies=found.energies,
            occurrences=found.occurrences,
            timing={**found.timing, "emulated": True},
            num_variables=self._description.num_qubits,
        )
        charged = found.timing["qpu_access_time"] / 1e6
        return Reply({**answer, "emulated": dict(found.facts)}, charged, len(found.energies))

    def change_graph(self) -> str:
        """Calibrate it anew: a thousandth of its qubits is lost. Returns the new graph's id."""
        self._changes += 1
        before = self._description
        draw = np.random.default_rng([self._seed, self._changes])
        count = max(1, round(LOST * len(before.qubits)))
        self._calibrate(before.without(draw.choice(before.qubits, size=count, replace=False)))
        return self._graph_id

    def degrade(self, share: float) -> None:
        """From now on so large a share of the reads, 0 to 1, is all but useless."""
        self._degraded = share
        self._calibrate(self._description)

    def _calibrate(self, description: Description) -> None:
        from .chip import Chip

        self._chip = Chip(description, noise=self._noise, seed=self._seed, degraded=self._degraded)
        self._description, self._graph_id = description, description.graph_id
        self._definition = {
            "identity": {"name": description.chip_id, "version": {"graph_id": self._graph_id}},
            "description": DESCRIPTION,
            "properties": {**description.properties(), "emulated": True},
        }


def _biases(work: Work) -> Biases:
    if not isinstance(work.data, Biases):
        raise TypeError("a chip takes biases")
    return work.data
