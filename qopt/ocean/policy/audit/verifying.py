"""Whether an audit is as it was written."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from ....errors import FileError
from .chain import FIRST, Receipt, following, parsed


@dataclass(frozen=True)
class Verified:
    """What was found of an audit.

    `ok` says that no line was changed, removed or inserted, as far as can be seen. `line` is the
    first that is wrong, from 1, and `told` says what is wrong, or what was proved. `lines` are
    whole and fit each other; the last of them has the hash `hash`.
    """

    ok: bool
    lines: int
    hash: str
    line: int | None
    told: str


@dataclass(frozen=True)
class Walked:
    """How far the lines of an audit fit each other.

    `end` is the place in the file, in bytes, after the last that does. `fault` says what is wrong
    after it; "" at the end of the file. `torn` says that what comes after it is no whole line.
    """

    last: Receipt
    end: int
    fault: str = ""
    torn: bool = False


START = Walked(Receipt(0, FIRST), 0)


def verify(path: str | Path, known: str | None = None) -> Verified:
    """Whether the lines of an audit are those that were written.

    A changed line does not fit its hash; lines that were removed, inserted or moved do not fit
    those beside them; and the file NAME.head beside it says how many lines there are, so that lines
    removed at the end are seen, too. `known` is the hash of a line, as a receipt has it, noted at
    another place: then that line, and so every line before it, is proved to be as it was then. Who
    may write both files can write both anew, and only a `known` hash shows that.

    Raises FileError where there is no such file.
    """
    path = Path(path)
    if path.exists() and not path.is_file():
        raise FileError(path, "no plain file, as an audit is to be")
    try:
        with path.open("rb") as file:
            walked, hashes = START, {FIRST}
            for walked in steps(file):
                hashes.add(walked.last.hash)
    except OSError as error:
        raise FileError(path, error.strerror or str(error)) from None
    number = walked.last.number

    def found(told: str, line: int | None, *, ok: bool = False) -> Verified:
        return Verified(ok, number, walked.last.hash, line, told)

    if walked.fault:
        return found(f"{path}:{number + 1}: {walked.fault}", number + 1)
    try:
        head = read_head(path)
    except FileError as error:
        return found(str(error), None)
    if head.number > number:
        gone = f"lines {number + 1} to {head.number} were removed from the end"
        return found(f"{path}:{number + 1}: {gone}", number + 1)
    if head.hash not in hashes:
        return found(f"{path}:{head.number}: the line is not the one that was written", head.number)
    if known is not None and known not in hashes:
        return found(f"{path}: no line has the hash {known}: it was changed or removed", None)
    more = number - head.number
    noted = (
        f"; the last {more} are not in {head_of(path).name}: a process was ended as it wrote, or "
        "somebody else added them"
    )
    torn = "; after them is a line that is not whole, for which nothing was sent"
    told = f"ok: {number} lines, the last with hash {walked.last.hash}"
    return found(told + noted * (more > 0) + torn * walked.torn, None, ok=True)


def steps(file: IO[bytes], start: Walked = START) -> Iterator[Walked]:
    """After each line from `start` on that fits the one before; last, what is wrong, if anything
    is.
    """
    file.seek(start.end)
    walked = start
    yield walked
    for raw in file:
        if not raw.endswith(b"\n"):
            yield Walked(walked.last, walked.end, torn=True)
            return
        receipt = following(raw[:-1], walked.last)
        if receipt is None:
            yield Walked(walked.last, walked.end, _fault(raw[:-1], walked.last))
            return
        walked = Walked(receipt, walked.end + len(raw))
        yield walked


def _fault(raw: bytes, before: Receipt) -> str:
    """What is wrong with the line after another, which does not follow it."""
    line, expected = parsed(raw), before.number + 1
    if line is None:
        return "the line was changed: it is no line of an audit"
    if not line.intact:
        return "the line was changed: it does not fit its hash"
    if line.number > expected:
        many = line.number - expected
        return f"{many} line{'s' * (many > 1)} before this one, number {line.number}, were removed"
    if line.number < expected:
        return f"the line, number {line.number}, was inserted here"
    return "the line was changed, or the one before it: they do not fit each other"


def head_of(path: Path) -> Path:
    """The file that says how many lines an audit has, and the hash of the last."""
    return path.with_name(path.name + ".head")


def read_head(path: Path) -> Receipt:
    """What is noted beside an audit. Raises FileError."""
    head = head_of(path)
    try:
        said = json.loads(head.read_bytes())
        receipt = Receipt(said["lines"], said["hash"])
        if type(receipt.number) is int and isinstance(receipt.hash, str):
            return receipt
    except FileNotFoundError:
        raise FileError(
            head, f"is missing: lines may have been removed from the end of {path.name}"
        ) from None
    except OSError as error:
        raise FileError(head, error.strerror or str(error)) from None
    except (ValueError, KeyError, TypeError):
        pass
    raise FileError(head, f"is damaged: lines may have been removed from the end of {path.name}")
