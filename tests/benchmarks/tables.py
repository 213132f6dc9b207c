"""Tables that are markdown and can be read as they stand, a row at a time, for the rows of a
benchmark are minutes apart.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any


class Table:
    """Columns by title, with their widths, the first `texts` of them flush left; what is written is
    kept in `lines`, too.
    """

    def __init__(self, columns: Mapping[str, int], texts: int = 1) -> None:
        self.widths = [max(width, len(title)) for title, width in columns.items()]
        self.texts, self.lines = texts, list[str]()
        self.row(*columns)
        self.write(
            "|"
            + "|".join(
                "-" * (width + 1) + ("-" if k < texts else ":")
                for k, width in enumerate(self.widths)
            )
            + "|"
        )

    def row(self, *cells: str) -> None:
        """One line, cells in the order of the columns."""
        padded = [
            cell.ljust(width) if k < self.texts else cell.rjust(width)
            for k, (cell, width) in enumerate(zip(cells, self.widths, strict=True))
        ]
        self.write(f"| {' | '.join(padded)} |")

    def write(self, line: str = "") -> None:
        self.lines.append(line)
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()

    def save(self, path: str | None, report: Mapping[str, Any]) -> None:
        """`report` as JSON at `path`, infinity as null, and what was written as FILE.md beside it;
        nothing without a path.
        """
        save(path, report, self.lines)


def save(path: str | None, report: Mapping[str, Any], lines: Sequence[str]) -> None:
    """As `Table.save`, of the lines of more than a table."""
    if path is not None:
        Path(path).write_text(json.dumps(_finite(report), indent=1, allow_nan=False) + "\n")
        Path(path).with_suffix(".md").write_text("\n".join(lines) + "\n")


def shown(value: float | None, form: str = ".10g") -> str:
    return "-" if value is None else format(value, form)


def width_of(names: Sequence[str]) -> int:
    return max(len(name) for name in names)


def _finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _finite(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(part) for part in value]
    return None if value == math.inf else value
