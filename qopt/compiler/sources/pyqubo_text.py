"""The text of a PyQUBO expression, which alone it hands out, as programs, to six decimals."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ...errors import QoptError
from ..model.watched import Step

TOKEN = re.compile(
    r"(?P<kind>Binary|Spin|Placeholder)\('(?P<name>.*?)'\)"
    r"|(?P<number>-?(?:\d+\.\d+|inf|nan))"
    r"|(?P<open>(?:Constraint|SubH|WithPenalty|UserDefinedExpress)?\()"
    r"|, '(?P<label>.*?)'\)"
    r"|(?P<close>\))"
    r"|(?P<sign> [+*] |, )"
)


@dataclass(frozen=True, eq=False)
class Walked:
    """Programs of the whole and of its constraints by label, and the names of its variables."""

    whole: tuple[Step, ...]
    constraints: Mapping[str, tuple[Step, ...]]

    @property
    def variables(self) -> tuple[str, ...]:
        named = (name for what, name in self.whole if what in ("bit", "spin"))
        return tuple(dict.fromkeys(named))


def walk(text: str, given: Mapping[str, float]) -> Walked:
    """One walk over the text, without recursion: PyQUBO nests long products deeply. `given` are
    placeholders' values.

    Raises QoptError for two constraints with one label, and for text that is not understood.
    """
    steps: list[Step] = []
    opened: list[_Opened] = [_Opened("(", 0)]
    labelled: dict[str, tuple[Step, ...]] = {}
    place = 0
    while place < len(text):
        token = TOKEN.match(text, place)
        if token is None:
            raise QoptError(
                f"PyQUBO writes {text[place : place + 40]!r}, which is not understood; "
                "give model.compile()"
            )
        place = token.end()
        if token["open"]:
            opened.append(_Opened(token["open"], len(steps)))
        elif token["sign"]:
            opened[-1].sign = token["sign"].strip(" ")
        elif token["close"] or token["label"] is not None:
            done = opened.pop()
            if done.count > 1:
                steps.append(("first" if done.kind == "WithPenalty(" else done.sign, done.count))
            if done.kind == "Constraint(":
                _keep(labelled, token["label"], tuple(steps[done.start :]))
            opened[-1].count += 1
        else:
            steps.append(_leaf(token, given))
            opened[-1].count += 1
    return Walked(tuple(steps), labelled)


@dataclass
class _Opened:
    """A bracket that is still open, whose steps began at `start`; `count` parts of it are done."""

    kind: str
    start: int
    sign: str = ""
    count: int = 0


def _leaf(token: re.Match[str], given: Mapping[str, float]) -> Step:
    if token["number"]:
        return "number", float(token["number"])
    if token["kind"] == "Placeholder":
        return "number", given[token["name"]]
    return {"Binary": "bit", "Spin": "spin"}[token["kind"]], token["name"]


def _keep(found: dict[str, tuple[Step, ...]], label: str, program: tuple[Step, ...]) -> None:
    """PyQUBO would charge for both of two constraints with one label, and report only one."""
    if found.setdefault(label, program) != program:
        raise QoptError(
            f"two constraints of the PyQUBO model have the label {label!r}; give each its own"
        )
