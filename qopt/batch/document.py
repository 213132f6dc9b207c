"""A YAML file, and where everything in it stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

from ..errors import FileError, QoptError

Way = tuple[str | int, ...]  # to a value in a document: ("problems", 0, "kind")
Complaint = tuple[tuple[int, int], str, str]  # line and column, the name of the way, what is wrong


class SpecError(QoptError):
    """All that is wrong in a spec, a line each: `file:line:column: path: what, and the remedy`."""

    def __init__(self, complaints: list[str]) -> None:
        self.complaints = complaints
        super().__init__("\n".join(complaints))


@dataclass(frozen=True)
class Document:
    """The `data` of a file, the line and column of every way into it, and complaints about keys
    given twice.

    Of a key given twice the first value counts.
    """

    path: Path
    data: Any
    places: Mapping[Way, tuple[int, int]]
    duplicates: tuple[Complaint, ...]

    @classmethod
    def read(cls, path: Path) -> Document:
        """Raises FileError for what is no YAML file, SpecError, with the place, for its syntax."""
        yaml = YAML(typ="safe", pure=True)
        yaml.allow_duplicate_keys = True
        try:
            text = path.read_text(encoding="utf-8-sig")
            root = YAML(typ="safe", pure=True).compose(text)
            ways = list(_walk(root, (), frozenset()))
            data = yaml.load(text)
        except OSError as error:
            raise FileError(path, error.strerror or str(error)) from None
        except UnicodeDecodeError:
            raise FileError(path, "not a text file") from None
        except MarkedYAMLError as error:
            mark = error.problem_mark
            where = f"{mark.line + 1}:{mark.column + 1}: " if mark else ""
            raise SpecError([f"{path}:{where}not YAML: {error.problem}"]) from None
        # what ruamel's constructors raise for tags and dates that do not fit their values
        except (
            YAMLError,
            ValueError,
            TypeError,
            KeyError,
            IndexError,
            AttributeError,
            RecursionError,
        ) as error:
            reason = (str(error).splitlines() or [""])[0]
            raise FileError(
                path, f"not YAML that a spec can be read from: {type(error).__name__}: {reason}"
            ) from None
        places: dict[Way, tuple[int, int]] = {(): (1, 1)}
        duplicates: list[Complaint] = []
        for way, node, repeated in ways:
            place = (node.start_mark.line + 1, node.start_mark.column + 1)
            if repeated:
                duplicates.append(
                    (place, _name(way), f"the key {way[-1]!r} is given twice; keep one")
                )
            places.setdefault(way, place)
        return cls(path, data, places, tuple(duplicates))

    def complaint(self, way: Way, text: str) -> Complaint:
        """About what stands at the end of a way, or at the end of as much of it as there is."""
        known = way
        while known not in self.places:
            known = known[:-1]
        return self.places[known], _name(way), text

    def told(self, complaints: Iterable[Complaint]) -> SpecError:
        """All complaints, in the file's order."""
        ordered = sorted(complaints)
        return SpecError(
            [
                f"{self.path}:{line}:{column}: {name}: {text}"
                for (line, column), name, text in ordered
            ]
        )


def _walk(node: Node | None, way: Way, above: frozenset[int]) -> Iterator[tuple[Way, Node, bool]]:
    """(way, the node to point at, whether its key came before) of everything below a node."""
    if id(node) in above:
        raise ValueError("an alias stands for what it is part of")
    above = above | {id(node)}
    if isinstance(node, MappingNode):
        seen = set()
        for key, value in node.value:
            yield (*way, str(key.value)), key, str(key.value) in seen
            seen.add(str(key.value))
            yield from _walk(value, (*way, str(key.value)), above)
    elif isinstance(node, SequenceNode):
        for at, item in enumerate(node.value):
            yield (*way, at), item, False
            yield from _walk(item, (*way, at), above)


def _name(way: Way) -> str:
    return (
        "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in way).lstrip(".")
        or "the file"
    )
