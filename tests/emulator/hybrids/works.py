"""Jobs as the service hands them to a backend."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import dimod

from qopt.emulator.backends import Reply, Work


def of_bqm(bqm: dimod.BinaryQuadraticModel, *, number: int = 0, **params: Any) -> Work:
    with bqm.to_file(version=2) as file:
        return Work("a-1", number, "bqm", params, file.read())


def of_cqm(
    cqm: dimod.ConstrainedQuadraticModel,
    *,
    number: int = 0,
    interrupt: Callable[[], bool] = lambda: False,
    **params: Any,
) -> Work:
    with cqm.to_file() as file:
        return Work("a-1", number, "cqm", params, file.read(), interrupt=interrupt)


def samples_of(reply: Reply) -> dimod.SampleSet:
    """As Ocean's client decodes it."""
    from dwave.cloud.coders import decode_bq

    message = {"type": "bqm", "answer": dict(reply.answer)}
    samples: dimod.SampleSet = decode_bq(message)["sampleset"]
    return samples
