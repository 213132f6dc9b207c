"""How large the instances of a study are on a device, as far as this machine can tell."""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator, Sequence

from ...batch import Record
from ..evidence import Size
from .problems import Problems

MOST = 12  # instances
LARGEST = 1500  # variables of a model that is compiled for a report
SECONDS = 3.0  # after which no further one is compiled
DEVICE = "advantage2"


def sizes(records: Sequence[Record], problems: Problems) -> tuple[Size, ...]:
    """Of the first instances, those that say it quickly."""
    return tuple(_sizes(records, problems))


def _sizes(records: Sequence[Record], problems: Problems) -> Iterator[Size]:
    first = {(record.kind, record.instance): record for record in reversed(records)}
    ordered = list(dict.fromkeys((record.kind, record.instance) for record in records))
    end = time.monotonic() + SECONDS
    for kind, instance in ordered[:MOST]:
        name = f"{kind}: {instance}"
        try:
            yield _size(name, first[kind, instance], problems, hurry=time.monotonic() > end)
        except Exception as error:  # whatever a problem raises costs its row, not the page
            yield Size(name, words=f"not known: {' '.join(str(error).split())}")


def _size(name: str, record: Record, problems: Problems, *, hurry: bool) -> Size:
    problem = problems.of(record)
    model = problem.model_size()
    known = (name, model.variables, model.couplings, model.constraints)
    if hurry or model.variables > LARGEST:
        why = "the report took no longer for it" if hurry else "the model is large"
        return Size(*known, words=f"not compiled: {why}")
    from ...compiler import compile_cqm

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        compiled = compile_cqm(problem.model())
        precision = compiled.precision(DEVICE)
    qubo = compiled.qubo
    said = f"{precision.lost:.0%} of the objective's biases are below the device's error"
    return Size(*known, qubo.num_variables, len(qubo.quad), said, precision.fits)
