"""Bytes as text, in whatever encoding they are."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from ...errors import FileError
from .opening import opened
from .strangers import refuse_others

NOISE = {chr(k) for k in (*range(1, 9), *range(14, 26), *range(27, 32))}  # stands in no text


@contextmanager
def opened_text(path: Path) -> Iterator[IO[str]]:
    """The lines of a file too large to be held, as `Text.read` decodes them.

    A byte that is no text in UTF-8 becomes an escape, which is no number anywhere. Raises
    FileError, also within.
    """
    with opened(path) as file:
        buffered = io.BufferedReader(cast("io.RawIOBase", file))
        head = buffered.peek(4096)[:4096]
        refuse_others(path, head)
        encoding = _wide(head) or "utf-8-sig"
        if encoding == "utf-8-sig" and b"\0" in head:
            raise FileError(path, "not a text file")
        yield io.TextIOWrapper(buffered, encoding=encoding, errors="backslashreplace")


def decoded(path: Path, data: bytes) -> tuple[str, tuple[str, ...]]:
    """The text, and what was guessed."""
    refuse_others(path, data)
    wide = _wide(data)
    notes: tuple[str, ...] = ()
    if not wide and data.endswith(b"\0"):
        data = data.rstrip(b"\0")
        notes = ("the zeros that fill up the end of the file are passed over",)
    try:
        content = data.decode(wide or "utf-8-sig").removeprefix("\ufeff")
        if "\0" in content or (wide and NOISE & set(content)):
            raise FileError(path, "not a text file")
        return content, notes
    except UnicodeDecodeError as error:
        if wide:
            name = wide[:6].upper()
            raise FileError(
                path, f"not a text file, though it begins as one in {name} does"
            ) from None
        line = data.count(b"\n", 0, error.start) + 1
    if b"\0" in data:
        raise FileError(path, "not a text file")
    _refuse_noise(path, data)
    note = f"line {line} is not valid UTF-8: the file was read as Windows-1252 (Latin-1) text"
    return data.decode("cp1252" if _in_windows_1252(data) else "latin-1"), (*notes, note)


def _wide(data: bytes) -> str | None:
    """The name of the wide encoding, by its mark or by zeros in most of every other byte."""
    if data.startswith((b"\xff\xfe\0\0", b"\0\0\xfe\xff")):
        return "utf-32"
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    head = data[:256]
    if len(head) >= 4 and not len(head) % 2:
        for encoding, low, high in (
            ("utf-16-le", head[::2], head[1::2]),
            ("utf-16-be", head[1::2], head[::2]),
        ):
            if 0 not in low and 4 * high.count(0) >= 3 * len(high):
                return encoding
    return None


def _in_windows_1252(data: bytes) -> bool:
    try:
        data.decode("cp1252")
    except UnicodeDecodeError:
        return False
    return True


def _refuse_noise(path: Path, data: bytes) -> None:
    """Of text that is not UTF-8, control characters tell bytes that are no text at all."""
    if any(ord(sign) in data for sign in NOISE):
        raise FileError(path, "not a text file")
