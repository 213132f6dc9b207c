"""Files of projects, whose content tells their format.

PSPLIB's `.sm` has words, Patterson's `.rcp` numbers alone.
"""

from __future__ import annotations

from pathlib import Path

from qopt.kit.files import Fields, Text, number

from .patterson import patterson
from .psplib import psplib


def read_project(path: Path) -> Fields:
    """The arguments of `ProjectScheduling`. Raises FileError with the line."""
    text = Text.read(path)
    first = next(text.lines(), None)
    if first is not None and number(first.text.split()[0]) is not None:
        return patterson(text)
    return psplib(text)
