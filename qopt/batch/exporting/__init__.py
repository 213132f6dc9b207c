"""A study's records for other programs: tables, and the folders of a public library."""

from __future__ import annotations

from pathlib import Path

from ...errors import QoptError
from ..run import Run
from .qoblib import Submitter as Submitter
from .qoblib import write_submissions
from .tables import TABLES, write_table


def export(run: Run, to: str | Path, submitter: Submitter | None = None) -> list[Path]:
    """Write a study's records to a `.csv` or `.parquet` file, or to a folder, which gets a
    submission to QOBLIB, the quantum optimisation library, for each solver.

    Gives back what was written. Raises FileError for what cannot be, QoptError for another ending.
    """
    path = Path(to)
    if path.suffix.lower() in TABLES:
        return [write_table(run, path)]
    if path.suffix:
        raise QoptError(f"--to {path}: give a name that ends in {' or '.join(TABLES)}, or a folder")
    return write_submissions(run, path, submitter or Submitter())
