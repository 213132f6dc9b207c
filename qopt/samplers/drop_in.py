"""What a script written for Ocean's samplers finds on ours: they run on this machine, and nothing
is submitted or charged.
"""

from __future__ import annotations

import time
import uuid
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import dimod

from ..errors import UnknownName
from ..kit.checks import require

# what the clients of D-Wave's services take to find a service and to talk to it
CONFIGURATION = (
    "cert",
    "client",
    "client_cert",
    "client_cert_key",
    "compress_qpu_problem_data",
    "config_file",
    "connection_close",
    "defaults",
    "endpoint",
    "headers",
    "leap_api_endpoint",
    "leap_client_id",
    "metadata_api_endpoint",
    "permissive_ssl",
    "polling_timeout",
    "profile",
    "proxy",
    "region",
    "request_timeout",
    "solver",
    "token",
)
FAMILIES = ("cache_", "http_retry_", "poll_")  # and whatever begins like this

UNLIMITED = 2**31 - 1  # in place of a service's limits of size: arrays of the kernels count so far
HOURS = 24.0 * 365  # in place of a service's longest time limit

MICROSECONDS = 1e6


@dataclass(frozen=True)
class LocalSolver:
    """What scripts ask of `sampler.solver`: its name, and what the sampler says of itself."""

    name: str
    properties: Mapping[str, Any]

    online = True
    avg_load = 0.0
    qpu = False
    hybrid = False
    software = True

    @property
    def id(self) -> str:
        return self.name

    @property
    def parameters(self) -> Mapping[str, Any]:
        parameters: Mapping[str, Any] = self.properties["parameters"]
        return parameters

    @property
    def supported_problem_types(self) -> set[str]:
        return set(self.properties["supported_problem_types"])


@dataclass(frozen=True)
class LocalClient:
    """What scripts ask of `sampler.client`: the one solver there is, and to be closed."""

    solver: LocalSolver

    def get_solver(self, **features: Any) -> LocalSolver:
        """That solver, whatever `features` ask for."""
        return self.solver

    def get_solvers(self, **features: Any) -> list[LocalSolver]:
        return [self.solver]

    def close(self) -> None:
        """There is no connection to close."""


class DropIn(dimod.Scoped):
    """A sampler that is made, asked and closed as one of D-Wave's services.

    Parameters
    ----------
    **config
        What their samplers take to find a service: `profile`, `token`, `solver`, `region` and so
        on. None of it is needed, and `info["notes"]` of what is sampled names what was given.

    Raises
    ------
    QoptError
        For an argument that they do not know either.
    """

    _name: str  # of `solver`
    _types: tuple[str, ...]  # of models: "bqm", "cqm", "dqm"

    def __init__(self, **config: Any) -> None:
        for name in config:
            if name not in CONFIGURATION and not name.startswith(FAMILIES):
                raise UnknownName("argument", name, CONFIGURATION)
        given = ", ".join(name for name, value in config.items() if value is not None)
        # names only: a token is nobody's business
        self._unused = [f"{given}: not used, it is sampled on this machine"] if given else []

    @property
    @abstractmethod
    def parameters(self) -> dict[str, list[str]]:
        """The keyword arguments of sampling."""

    @property
    def properties(self) -> dict[str, Any]:
        """Under the names that D-Wave's services have for them.

        There are no limits of size but this machine's memory.
        """
        return {
            "category": "software",
            "supported_problem_types": list(self._types),
            "parameters": dict.fromkeys(self.parameters),
            "maximum_number_of_variables": UNLIMITED,
            "maximum_number_of_biases": UNLIMITED,
            "maximum_time_limit_hrs": HOURS,
            "quota_conversion_rate": 1,
        }

    @property
    def solver(self) -> LocalSolver:
        return LocalSolver(self._name, self.properties)

    @property
    def client(self) -> LocalClient:
        return LocalClient(self.solver)

    def close(self) -> None:
        """There is nothing to release."""

    def _job(
        self, started: float, jit: float, label: str | None, notes: list[str]
    ) -> dict[str, Any]:
        """The `info` of a job: its names, its times in microseconds as D-Wave's services count
        them, and what is to be known.

        `started` is of `time.perf_counter()`; `jit` seconds of compiling kernels are no part of the
        run.
        """
        return {
            "problem_id": str(uuid.uuid4()),
            "problem_label": label,
            "problem_data_id": None,  # nothing was uploaded
            "run_time": round(MICROSECONDS * (time.perf_counter() - started - jit)),
            "charge_time": 0,
            "qpu_access_time": 0,
            "notes": [*self._unused, *notes],
        }


def require_label(label: object) -> None:
    """Raise a QoptError unless it is a text or None."""
    require(label is None or isinstance(label, str), "label", label, "a text, or None")
