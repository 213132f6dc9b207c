"""The journal's file: SQLite, with its errors in words of ours."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ....errors import FileError
from .entry import OPEN

VERSION = 1
UNSENT = "; nothing was sent"
SMALL = 16_000_000  # bytes of a file that is checked as a whole when it is opened
OPENED = ", ".join(f"'{state}'" for state in OPEN)
TABLES = f"""
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS budgets (name TEXT PRIMARY KEY, seconds REAL, money REAL);
CREATE TABLE IF NOT EXISTS jobs (
    job TEXT PRIMARY KEY, label TEXT NOT NULL UNIQUE, key TEXT NOT NULL, question TEXT NOT NULL,
    state TEXT NOT NULL, kind TEXT NOT NULL, type TEXT NOT NULL, name TEXT NOT NULL,
    solver TEXT NOT NULL, endpoint TEXT NOT NULL, budget TEXT,
    estimate REAL NOT NULL, per_second REAL NOT NULL, per_job REAL NOT NULL,
    held_seconds REAL NOT NULL, held_money REAL NOT NULL,
    charged_seconds REAL NOT NULL DEFAULT 0, charged_money REAL NOT NULL DEFAULT 0,
    created TEXT NOT NULL, changed TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,
    owner TEXT, problem_id TEXT, note TEXT NOT NULL DEFAULT ''
);
CREATE TABLE IF NOT EXISTS papers (job TEXT PRIMARY KEY, payload BLOB, answer BLOB, binary BLOB);
CREATE UNIQUE INDEX IF NOT EXISTS asked ON jobs (question, endpoint) WHERE state IN ({OPENED});
CREATE INDEX IF NOT EXISTS known ON jobs (key, endpoint);
CREATE INDEX IF NOT EXISTS spent ON jobs
    (budget, held_seconds, held_money, charged_seconds, charged_money);
"""


_INHERITED: list[sqlite3.Connection] = []


class Database:
    """One file, which threads and processes share. Each block of `changing` is done as a whole or
    not at all, and is on the disk when it ends.
    """

    def __init__(self, path: Path, *, patience: float = 10.0) -> None:
        self.path, self.patience = path, patience
        self._guard = threading.RLock()
        self._base: sqlite3.Connection | None = None
        self._process = 0
        self._closed = False
        with self.reading(UNSENT):
            pass

    @contextmanager
    def reading(self, then: str = "") -> Iterator[sqlite3.Connection]:
        """`then` is what a complaint says besides, as that nothing was sent."""
        with self._guard, self._told(then):
            base = self._opened()
            try:
                yield base
            finally:
                if self._closed:  # a thread that outlived the journal
                    self._shut()

    @contextmanager
    def changing(self, then: str = "") -> Iterator[sqlite3.Connection]:
        with self.reading(then) as base:
            base.execute("BEGIN IMMEDIATE")
            try:
                yield base
            except BaseException:
                base.execute("ROLLBACK")
                raise
            base.execute("COMMIT")

    def close(self) -> None:
        with self._guard:
            self._closed = True
            self._shut()

    def _shut(self) -> None:
        if self._base is not None and self._process == os.getpid():
            self._base.close()
        self._base = None

    def _opened(self) -> sqlite3.Connection:
        if self._base is not None and self._process != os.getpid():  # after a fork
            _INHERITED.append(self._base)  # which only the parent may close
            self._base = None
        if self._base is None:
            self._base, self._process = self._open(), os.getpid()
        return self._base

    def _open(self) -> sqlite3.Connection:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise FileError(self.path, f"cannot be written: {error.strerror or error}") from None
        till = time.monotonic() + self.patience
        while True:
            base = sqlite3.connect(
                self.path, isolation_level=None, timeout=self.patience, check_same_thread=False
            )
            try:
                self._prepare(base)
            except sqlite3.OperationalError as error:
                base.close()
                # the change to a write-ahead log is refused at once where another one makes it
                if "locked" not in str(error) or time.monotonic() > till:
                    raise
                time.sleep(0.02)
            except BaseException:
                base.close()
                raise
            else:
                return base

    def _prepare(self, base: sqlite3.Connection) -> None:
        if base.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            base.execute("PRAGMA journal_mode=WAL")
        base.execute("PRAGMA synchronous=FULL")  # what is paid for outlives a loss of power
        if self.path.stat().st_size < SMALL:
            (found,) = base.execute("PRAGMA quick_check(1)").fetchone()
            if found != "ok":
                raise sqlite3.DatabaseError(f"damaged: {found}")
        base.execute("BEGIN IMMEDIATE")
        try:
            if not base.execute("SELECT 1 FROM sqlite_master WHERE name = 'spent'").fetchone():
                for statement in TABLES.split(";"):
                    base.execute(statement)
                base.execute("INSERT OR IGNORE INTO facts VALUES ('version', ?)", (str(VERSION),))
            query = "SELECT value FROM facts WHERE name = 'version'"
            ((written,),) = base.execute(query).fetchall()
        except BaseException:
            base.execute("ROLLBACK")
            raise
        base.execute("COMMIT")
        if int(written) > VERSION:
            raise FileError(
                self.path,
                f"written by a newer qopt (version {written} of the journal, this one knows "
                f"{VERSION}): update qopt; nothing was sent",
            )

    @contextmanager
    def _told(self, then: str) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            text = " ".join(str(error).split())
            if "locked" in text:
                what = f"locked by another program for over {self.patience:g} s; end it"
            elif "readonly" in text or "unable to open" in text:
                what = f"cannot be written ({text}); set QOPT_JOURNAL to a file that can be"
            elif isinstance(error, sqlite3.DatabaseError) and (
                "not a database" in text or "malformed" in text or "damaged" in text
            ):
                what = (
                    f"damaged ({text}); bring back a copy of it, or move it away: what it knows of "
                    "jobs under way is lost then, and they can only be seen at the service"
                )
            else:
                what = f"cannot be read or written: {text}"
            raise FileError(self.path, f"journal of jobs: {what}{then}") from None
