"""What a full disk may leave of the file of records."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from qopt import FileError
from qopt.batch.records.store import NAME, Store, is_begun


@pytest.mark.parametrize("left", [b"", None])
def test_a_file_that_was_left_without_a_form_is_no_study_and_gets_one(
    left: bytes | None, tmp_path: Path
) -> None:
    """As a disk leaves it that was full at the first statement, or after the first table."""
    path = tmp_path / NAME
    path.write_bytes(left or b"")
    if left is None:
        with closing(sqlite3.connect(path)) as base:
            base.execute("CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL)")
            base.commit()
    assert not is_begun(tmp_path)
    with pytest.raises(FileError, match="no study was run there"):
        Store(tmp_path)
    with Store(tmp_path, writing=True) as store:
        assert store.records() == []
    assert is_begun(tmp_path)
