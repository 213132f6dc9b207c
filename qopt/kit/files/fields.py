"""What a reader found in a file, and the problem that is made of it."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any, TypeVar

from ...errors import FileError, InputWarning, Place, QoptError
from .text import At, Text, Words

T = TypeVar("T")


@dataclass(eq=False)
class Fields:
    """The arguments of a class, the place in the file of each, and what there is to say of them."""

    text: Text
    values: dict[str, Any]
    places: Mapping[Place, At] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def take(
        self,
        words: Words,
        name: str,
        what: str,
        *shape: int,
        turned: bool = False,
        by_line: bool = False,
    ) -> None:
        """The next numbers become the value called `name`, of a shape, each with its line.

        A number has no shape, a list one axis, and a table two: rows of the file, or columns where
        it is `turned`. With `by_line` a list, and each row of a table, ends where a line ends.
        """
        words.require(math.prod(shape), what)
        numbers: dict[tuple[int, ...], float] = {}
        lines: dict[Place, At] = {}
        for place in product(*map(range, shape)):
            numbers[place] = words.number(what)
            if by_line and place[-1] == shape[-1] - 1:
                words.close_line(what)
            lines[(name, *(reversed(place) if turned else place))] = words.line
        self.places = {**self.places, (name,): next(iter(lines.values())), **lines}
        if len(shape) < 2:
            self.values[name] = list(numbers.values()) if shape else numbers[()]
            return
        rows, columns = (range(count) for count in shape)
        self.values[name] = (
            [[numbers[r, c] for r in rows] for c in columns]
            if turned
            else [[numbers[r, c] for c in columns] for r in rows]
        )

    def make(self, kind: Callable[..., T], **options: Any) -> T:
        """What `kind` makes of the values, and of `options`, which stand for values of their names.

        Raises FileError, with the line, for what `kind` refuses of the file, and QoptError for what
        it refuses of `options`.
        """
        with self.text.blaming(self.places, options):
            made = kind(**self.values | options)
        return noted(made, (*self.text.notes, *self.notes), self.warnings)


def noted(made: T, notes: Iterable[str], warned: Iterable[str] = ()) -> T:
    """`made`, with what there is to say of its input as its `notes`, which go to the result.

    `warned` are those that a person should not miss: they are also Python's warnings.
    """
    loud = tuple(dict.fromkeys(warned))
    for message in loud:
        warnings.warn(message, InputWarning, stacklevel=3)
    every = (*getattr(made, "notes", ()), *notes, *loud)
    object.__setattr__(made, "notes", tuple(dict.fromkeys(every)))
    return made


@contextmanager
def told_of(path: Path) -> Iterator[None]:
    """What is refused within is told of a file, where no line is known."""
    try:
        yield
    except FileError:
        raise
    except QoptError as error:
        raise FileError(path, str(error)) from None
