"""What results say of the devices that they came from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...batch import Run
from ...errors import QoptError
from ..evidence import Device


def devices(run: Run) -> tuple[Device, ...]:
    """Of each solver that ran on one, what the first of its results says of it."""
    return tuple(_devices(run))


def _devices(run: Run) -> Iterator[Device]:
    first = {record.solver: record for record in reversed(run.records) if record.file is not None}
    for solver in sorted(first):
        try:
            info = run.result(first[solver]).provenance.get("solver", {})
        except QoptError:
            continue
        if info.get("device"):
            yield Device(solver, first[solver].label, dict(_plain(info)))


def _plain(info: Mapping[str, Any], under: str = "") -> Iterator[tuple[str, str]]:
    """Names and values, those of a mapping inside under its own name; lists are left out."""
    for name, value in info.items():
        said = f"{under}{name}".replace("_", " ")
        if isinstance(value, Mapping):
            yield from _plain(value, f"{said}, ")
        elif isinstance(value, str | int | float):
            yield said, f"{value:.6g}" if isinstance(value, float) else str(value)
