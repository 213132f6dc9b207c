"""The quantum processor of the service: a chip behind the interface of its solvers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .backends import Biases, Broke, Kind, Reply, Work
from .coding import encode_answer

if TYPE_CHECKING:
    from ..devices import Description
    from .chip import Chip

DESCRIPTION = "An emulated annealer: its samples are computed on a local machine, not measured."
# of the qubits that work, how many stop working when the chip is calibrated anew
LOST = 0.001


@dataclass(frozen=True, eq=False)
class _Calibration:
    """A chip in one state of it."""

    chip: Chip
    graph_id: str
    definition: dict[str, Any]

    @classmethod
    def of(cls, description: Description, **chip: Any) -> _Calibration:
        from .chip import Chip

        graph_id = description.graph_id
        definition = {
            "identity": {"name": description.chip_id, "version": {"graph_id": graph_id}},
            "description": DESCRIPTION,
            "properties": {**description.properties(), "emulated": True},
        }
        return cls(Chip(description, **chip), graph_id, definition)


class Processor:
    """A chip, and which graph it has now.

    `device` is one of `qopt.devices.names()`, `noise` and `seed` are the chip's.
    """

    kind: Kind = "qpu"

    def __init__(self, device: str, *, noise: str, seed: int) -> None:
        from ..devices import described

        description = described(device)
        self.name = description.chip_id
        self._chip: dict[str, Any] = {"noise": noise, "seed": seed, "degraded": 0.0}
        self._now = _Calibration.of(description, **self._chip)
        self._changes = 0
        self._made_for: dict[str, str] = {}  # job -> graph

    def definition(self) -> dict[str, Any]:
        return self._now.definition

    def check(self, work: Work) -> None:
        data = _biases(work)
        self._now.chip.check(work.type, data.linear, data.quadratic, work.params)
        self._made_for[work.id] = self._now.graph_id

    def answer(self, work: Work) -> Reply:
        now, made_for = self._now, self._made_for.pop(work.id, None)
        if made_for != now.graph_id:
            raise Broke(
                "the chip was calibrated anew before the job ran: it was made for the graph "
                f"{made_for}, and the graph is {now.graph_id} now"
            )
        data = _biases(work)
        found = now.chip.answer(
            work.type, data.linear, data.quadratic, work.params, job=work.number
        )
        answer = encode_answer(
            active=found.active,
            samples=found.samples,
            energies=found.energies,
            occurrences=found.occurrences,
            timing={**found.timing, "emulated": True},
            num_variables=now.chip.description.num_qubits,
        )
        charged = found.timing["qpu_access_time"] / 1e6
        return Reply({**answer, "emulated": dict(found.facts)}, charged, len(found.energies))

    def change_graph(self) -> str:
        """Calibrate it anew: a thousandth of its qubits is lost. Returns the new graph's id."""
        self._changes += 1
        before = self._now.chip.description
        draw = np.random.default_rng([self._chip["seed"], self._changes])
        count = max(1, round(LOST * len(before.qubits)))
        lost = draw.choice(before.qubits, size=count, replace=False)
        self._now = _Calibration.of(before.without(lost), **self._chip)
        return self._now.graph_id

    def degrade(self, share: float) -> None:
        """From now on so large a share of the reads, 0 to 1, is all but useless."""
        self._chip["degraded"] = share
        self._now = _Calibration.of(self._now.chip.description, **self._chip)


def _biases(work: Work) -> Biases:
    if not isinstance(work.data, Biases):
        raise TypeError("a chip takes biases")
    return work.data
