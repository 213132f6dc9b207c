"""Files of numbers: their comments, and several problems in one, as the OR-Library has them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from ..errors import FileError
from .files import Fields, Text, Words

COMMENTS = ("#", "//", "%")  # begin what is passed over, to the end of the line


class Part(NamedTuple):
    """A problem of a file that may hold several: its name, its head, its words, their shape."""

    fields: Fields
    body: Words
    shape: tuple[int, ...] = ()


def numbered(words: Words, head: Callable[[Words, int], Part]) -> list[Part]:
    """The problems that follow their number; `head` takes the next, given its number from 1."""
    count = words.whole("the number of problems")
    parts = [head(words, number) for number in range(1, count + 1)]
    words.end("the last problem")
    return parts


def chosen(text: Text, parts: Sequence[Part], problem: int | str | None) -> Part:
    """The part that `problem` names, or counts from 1; by default the first, which a note says
    where there are others.

    Raises FileError for one that is not there, and where there is something that is no number in
    one of the others.
    """
    names = [str(part.fields.values["name"]) for part in parts]
    if problem is None and len(parts) > 1:
        parts[0].fields.notes.append(
            f"problem 1 of the {len(parts)} in the file, {names[0]}; problem= chooses another"
        )
    wanted = "1" if problem is None else str(problem)
    at = next((k for k, name in enumerate(names) if wanted in (str(k + 1), name)), None)
    if at is None:
        raise FileError(
            text.path,
            f"problem={problem!r}: the file holds problems 1 to {len(parts)}, "
            f"{names[0][:40]} to {names[-1][:40]}",
        )
    for name, part in zip(names, parts, strict=True):
        if part is not parts[at]:
            part.body.pass_numbers(f"problem {name[:40]}")
    return parts[at]


def require_no_choice(text: Text, problem: int | str | None) -> None:
    """Raise FileError unless `problem` is that of a file that holds one only."""
    if str(problem) not in ("None", "1", text.stem):
        raise FileError(
            text.path, f"problem={problem!r}: the file holds one problem only; leave it out"
        )
