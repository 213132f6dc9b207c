"""What is asked of every file of a model that cannot be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from qopt import FileError
from qopt.assignment import Model


def require_refused_in_one_line(path: Path, complaint: str) -> None:
    """The complaint is a pattern; before it stands the path, and nothing on another line."""
    with pytest.raises(FileError, match=complaint) as told:
        Model.of(path)
    assert str(told.value).startswith(str(path))
    assert len(str(told.value).splitlines()) == 1
