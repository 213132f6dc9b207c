"""A study's folder: its records in SQLite, its results as files.

One process writes. Each record is committed by itself, so that whatever ends the process, what was
told as finished is there.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ...errors import FileError
from ..trial import Trial
from .lock import FolderLock
from .record import Record

NAME, VERSION = "records.sqlite", 1
TABLES = """
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS plans (
    number INTEGER PRIMARY KEY, made TEXT NOT NULL, question TEXT NOT NULL, texts TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS trials (
    label TEXT PRIMARY KEY, place INTEGER NOT NULL, key TEXT NOT NULL, parts TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS begun (
    label TEXT NOT NULL, key TEXT NOT NULL, at TEXT NOT NULL, PRIMARY KEY (label, key)
);
CREATE TABLE IF NOT EXISTS records (
    label TEXT PRIMARY KEY, key TEXT NOT NULL, record TEXT NOT NULL, before TEXT
);
"""


@dataclass(frozen=True)
class Registered:
    """What a study asked when it was begun, or begun again: its question, and the files' texts."""

    made: str
    question: Mapping[str, Any]
    texts: Mapping[str, str]


def is_begun(folder: Path) -> bool:
    """Whether a study was begun in a folder: not where the disk was full before its file of records
    had a form.
    """
    path = folder / NAME
    if not path.is_file():
        return False
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as base:
            return bool(base.execute("SELECT value FROM facts WHERE name = 'version'").fetchall())
    except sqlite3.Error as error:
        return "no such table" not in str(error)  # whoever opens it says what else is wrong


class Store:
    """Open to read, or, by `writing`, to write; close it, or use it as a context."""

    def __init__(self, folder: Path, *, writing: bool = False) -> None:
        self.folder, self.path = Path(folder), Path(folder) / NAME
        self._lock = FolderLock(self.folder)
        if writing:
            try:
                (self.folder / "results").mkdir(parents=True, exist_ok=True)
            except OSError as error:
                what = error.strerror or str(error)
                raise FileError(self.folder, f"cannot be written: {what}") from None
            self._lock.take()
        elif not is_begun(self.folder):
            below = sorted(path.parent.name for path in self.folder.glob(f"*/{NAME}"))
            hint = f"; give one of the folders in it: {', '.join(below)}" if below else ""
            raise FileError(self.folder, f"no study was run there: it has no {NAME}{hint}")
        try:
            with self._told():
                self._base = self._open(writing)
        except BaseException:
            self._lock.release()
            raise

    def _open(self, writing: bool) -> sqlite3.Connection:
        base = sqlite3.connect(
            self.path if writing else f"{self.path.resolve().as_uri()}?mode=ro",
            uri=not writing,
            isolation_level=None,
            timeout=10.0,
            check_same_thread=False,
        )
        if writing:
            base.execute("PRAGMA journal_mode=WAL")
            base.execute("PRAGMA synchronous=NORMAL")
            base.executescript(TABLES)
            base.execute("INSERT OR IGNORE INTO facts VALUES ('version', ?)", (str(VERSION),))
        ((written,),) = base.execute("SELECT value FROM facts WHERE name = 'version'").fetchall()
        if int(written) > VERSION:
            base.close()
            raise FileError(
                self.path,
                f"written by a newer qopt (version {written} of the records, this one knows "
                f"{VERSION}): update qopt, or give the study another `output`",
            )
        return base

    @contextmanager
    def _told(self) -> Iterator[None]:
        """SQLite's errors in words of ours."""
        try:
            yield
        except (sqlite3.Error, ValueError) as error:
            if isinstance(error, FileError):
                raise
            text = " ".join(str(error).split())
            remedy = ""
            if isinstance(error, sqlite3.DatabaseError) and "not a database" in text:
                remedy = "; move it away and run the study again: its results are beside it"
            raise FileError(
                self.path, f"records cannot be read or written: {text}{remedy}"
            ) from None

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._base.close()
        self._lock.release()

    # what is to be done

    def register(
        self, trials: Iterable[Trial], question: Mapping[str, Any], texts: Mapping[Path, str]
    ) -> None:
        """Note what is asked now, before anything is run; the same as before is not noted again."""
        asked = json.dumps(question, sort_keys=True)
        read = json.dumps({str(path): text for path, text in texts.items()})
        rows = [(t.label, k, t.key, json.dumps(t.parts)) for k, t in enumerate(trials)]
        with self._told(), self._base:
            self._base.execute("BEGIN")
            last = self._base.execute(
                "SELECT question, texts FROM plans ORDER BY number DESC LIMIT 1"
            ).fetchone()
            if last != (asked, read):
                self._base.execute(
                    "INSERT INTO plans (made, question, texts) VALUES (?, ?, ?)",
                    (_now(), asked, read),
                )
            self._base.execute("DELETE FROM trials")
            self._base.executemany("INSERT INTO trials VALUES (?, ?, ?, ?)", rows)

    def registered(self) -> list[Registered]:
        """All that was ever asked, the first first."""
        with self._told():
            rows = self._base.execute("SELECT made, question, texts FROM plans ORDER BY number")
            return [Registered(made, json.loads(q), json.loads(t)) for made, q, t in rows]

    def planned(self) -> dict[str, dict[str, Any]]:
        """The parts of each trial that is asked for, by its label, in order."""
        with self._told():
            rows = self._base.execute("SELECT label, parts FROM trials ORDER BY place")
            return {label: json.loads(parts) for label, parts in rows}

    # what is done

    def keep(self, record: Record, document: bytes | None = None) -> None:
        """Commit a record; the one of its label that it takes the place of leaves its parts."""
        self.keep_all([record])

    def keep_all(self, records: Iterable[Record]) -> None:
        rows = [(r.label, r.key, json.dumps(r.to_dict())) for r in records]
        with self._told(), self._base:
            self._base.execute("BEGIN")
            self._base.executemany(
                "INSERT INTO records (label, key, record) VALUES (?, ?, ?) "
                "ON CONFLICT(label) DO UPDATE SET before = CASE WHEN key = excluded.key "
                "THEN before ELSE json_extract(record, '$.parts') END, "
                "key = excluded.key, record = excluded.record",
                rows,
            )

    def note_begun(self, trial: Trial) -> None:
        """Before something is paid for, so that it is never paid for again unawares."""
        with self._told(), self._base:
            self._base.execute(
                "INSERT OR REPLACE INTO begun VALUES (?, ?, ?)", (trial.label, trial.key, _now())
            )

    def begun(self) -> dict[tuple[str, str], str]:
        """When trials that cost money were begun, by label and key."""
        with self._told():
            rows = self._base.execute("SELECT label, key, at FROM begun").fetchall()
        return {(label, key): at for label, key, at in rows}

    def records(self) -> list[Record]:
        """Of the trials that the study asks for now, in its order, as far as they are done."""
        with self._told():
            rows = self._base.execute(
                "SELECT record FROM records JOIN trials USING (label, key) ORDER BY place"
            )
            return [Record.from_dict(json.loads(row)) for (row,) in rows]

    def all_records(self) -> dict[str, Record]:
        """Every record by its label, stale ones too, and of trials no longer asked for."""
        with self._told():
            rows = self._base.execute("SELECT label, record FROM records")
            return {label: Record.from_dict(json.loads(row)) for label, row in rows}

    def parts_before(self, label: str) -> dict[str, Any] | None:
        """What the record of a label depended on that the present one took the place of."""
        with self._told():
            row = self._base.execute(
                "SELECT before FROM records WHERE label = ?", (label,)
            ).fetchone()
        return json.loads(row[0]) if row and row[0] else None


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
