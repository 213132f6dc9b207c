"""What answers jobs: the interface between the service and the solvers that it offers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt

Kind = Literal["qpu", "bqm", "cqm", "nl"]


class Refused(Exception):
    """A job that a service does not accept; the text is one line that says why, in plain words.

    It is told to the client, and the job is neither run nor charged.
    """


class Broke(Exception):
    """A job that was accepted and then failed; the text is one line that says why.

    The client sees the status FAILED and the text as its message. Nothing is charged.
    """


@dataclass(frozen=True)
class Biases:
    """A problem on a chip's graph, as a client encodes it.

    `linear` has a number for each of the solver's qubits, NaN where a qubit is not used, and
    `quadratic` one for each coupler both of whose qubits are used, in the order of the solver's
    `couplers`.
    """

    linear: npt.NDArray[np.float64]
    quadratic: npt.NDArray[np.float64]
    offset: float = 0.0


@dataclass(frozen=True)
class Work:
    """A job as a backend sees it.

    `data` are the biases of a job for a chip, and the bytes that were uploaded for any other: the
    file that `dimod` or `dwave.optimization` wrote. `number` counts the jobs that its solver has
    accepted, from 0, so that noise can drift from one to the next. A backend that works for long
    ends early where `interrupt` returns True: the client has cancelled, or the service closes.
    """

    id: str
    number: int
    type: str
    params: Mapping[str, Any]
    data: Biases | bytes
    label: str | None = None
    interrupt: Callable[[], bool] = field(default=lambda: False, compare=False)


@dataclass(frozen=True)
class Reply:
    """What a backend answers.

    `answer` is JSON-ready, as the service's protocol has it:

    * a chip: what `qopt.emulator.coding.encode_answer` makes;
    * bqm and cqm: ``{"format": "bq", "data": sampleset.to_serializable(use_bytes=False)}``;
    * nl: ``{"format": "binary-ref", "timing": {...}, "shape": {...}}``, and `file` is what the
      client downloads, the bytes of `model.states.to_file()`. The service adds the address.

    `charged` is what the job costs, in seconds, `answered` the number of samples.
    """

    answer: Mapping[str, Any]
    charged: float
    answered: int
    file: bytes | None = None


class Backend(Protocol):
    """A solver of the service."""

    @property
    def name(self) -> str:
        """The solver's name, such as "emulated_hybrid_bqm"."""

    @property
    def kind(self) -> Kind:
        """What it solves."""

    def definition(self) -> dict[str, Any]:
        """The solver as the service lists it, JSON-ready.

        Its keys are `identity` (with `name`, and `version` of a chip), `description` and
        `properties`. The service adds `status` and `avg_load`.
        """

    def check(self, work: Work) -> None:
        """Raise Refused for a job that the solver does not accept. It returns within a moment."""

    def answer(self, work: Work) -> Reply:
        """Solve it. Raises Broke where that fails. Several threads may be in it at once."""
