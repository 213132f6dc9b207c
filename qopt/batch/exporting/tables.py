"""Records as one table, a row a trial."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...kit.saving import replacing
from ..records.record import Record
from ..run import Run

if TYPE_CHECKING:
    import polars


def flat_frame(run: Run) -> polars.DataFrame:
    """Everything that is known of each trial; what is nested in a record stands as JSON."""
    import polars

    return polars.DataFrame([_flat(record) for record in run.records], infer_schema_length=None)


def _flat(record: Record) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for name, value in record.to_dict().items():
        if name in ("machine", "device"):
            flat = {k: json.dumps(v) if isinstance(v, list) else v for k, v in value.items()}
            row |= {f"{name}_{key}": number for key, number in flat.items()}
        elif name in ("objective", "best_known", "bound", "gap", "money", "device_seconds"):
            row[name] = None if value is None else float(value)
        elif isinstance(value, str | int | float | bool | None):
            row[name] = value
        else:
            row[name] = json.dumps(value)
    return row


def _csv(frame: polars.DataFrame, file: BytesIO) -> None:
    frame.write_csv(file)


def _parquet(frame: polars.DataFrame, file: BytesIO) -> None:
    frame.write_parquet(file)


TABLES: dict[str, Callable[[Any, BytesIO], None]] = {".csv": _csv, ".parquet": _parquet}


def write_table(run: Run, path: Path) -> Path:
    """By the ending of its name. Raises FileError."""
    content = BytesIO()
    TABLES[path.suffix.lower()](flat_frame(run), content)
    with replacing(path) as file:
        file.write(content.getvalue())
    return path
