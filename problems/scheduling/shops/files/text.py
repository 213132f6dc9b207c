"""What texts of job shops have in common.

That is comments with the best known makespan, 'jobs machines', and machines from 0 or 1.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from qopt import FileError
from qopt.kit.files import Line, Text, whole

COMMENTS = ("#", "//", "%")
MOST = 1_000_000  # jobs or machines
BEST = re.compile(
    r"\b(best[ -]?known(?: solution| value| makespan| upper bound)?"
    r"|optim(?:um|al)(?: solution| value| makespan)?"
    r"|upper bound|bks|ub)\s*[:=]?\s*([0-9]{1,15})(?![\w.]*\w)",
    re.IGNORECASE,
)
OTHERS = (  # how a file begins that is no text of a shop, and what it is
    (re.compile(r"[{\[]"), "JSON"),
    (re.compile(r"<"), "XML"),
    (
        re.compile(r"number of jobs, number of machines, initial seed", re.IGNORECASE),
        "a flow shop in Taillard's layout, which has no order of machines",
    ),
    (
        re.compile(r"number of jobs, number of machines, time seed", re.IGNORECASE),
        "an open shop in Taillard's layout, whose jobs have no order of steps",
    ),
)


@dataclass(frozen=True)
class On:
    """A machine as a file numbers it, and the line."""

    machine: int
    line: Line


def shop_lines(text: Text, wanted: str) -> list[Line]:
    """The lines that say something.

    Raises FileError for none, and for what seems to be another kind of file.
    """
    lines = list(text.lines(comments=COMMENTS))
    if not lines:
        raise text.error(f"the file is empty; it should begin with {wanted}")
    for pattern, what in OTHERS:
        if pattern.match(lines[0].text):
            raise lines[0].error(f"this is {what}; the text of {wanted} is read here")
    return lines


def shop_sizes(line: Line, words: Sequence[str]) -> tuple[int, int]:
    """The numbers of jobs and of machines."""
    numbers = [whole(word) for word in words[:2]]
    if len(words) < 2 or not all(number and 1 <= number <= MOST for number in numbers):
        raise line.error(
            f"{line.text[:40]!r}: the first line gives 'jobs machines', both at least 1, "
            "whole numbers"
        )
    return numbers[0] or 0, numbers[1] or 0


def best_of(lines: Iterable[str], notes: list[str]) -> float | None:
    """The best known makespan that is stated in texts.

    It may be "best known: 55", "Optimal value 55" or "upper bound: 55".

    Of several the least; what is not called best known or optimal is noted.
    """
    matches = (matched for line in lines for matched in BEST.finditer(line))
    stated = [(matched.group(1).lower(), float(matched.group(2))) for matched in matches]
    if not stated:
        return None
    what, best = min(stated, key=lambda pair: pair[1])
    if what in ("upper bound", "ub") or len({value for _, value in stated}) > 1:
        notes.append(
            f"the best known makespan is taken to be {best:g}, which the file calls {what}"
        )
    return best


def comments_of(text: Text) -> list[str]:
    return [line for line in text.content.split("\n") if line.strip().startswith(COMMENTS)]


def first_machine(used: Sequence[On], machines: int, rule: int, notes: list[str]) -> int:
    """Whether machines count from 0 or from 1.

    They do from 0 where there is a 0, from 1 where there is their number, and as `rule` says, the
    format's own, where neither is there.

    What is not by the rule is noted. Raises FileError for a machine outside the range, and where
    both are there.
    """
    zero = next((on for on in used if on.machine == 0), None)
    last = next((on for on in used if on.machine == machines), None)
    first = rule if (zero is None) == (last is None) else 0 if zero else 1
    for on in used:
        if not first <= on.machine < first + machines:
            why = ""
            if zero is not None and last is not None:
                other = zero if on.machine == machines else last
                has = f"line {other.line.number} has machine {other.machine}"
                why = f"; {has}, so do they count from 0 or from 1?"
            message = f"machine {on.machine} is outside {first}..{first + machines - 1}{why}"
            raise on.line.error(message)
    if first != rule:
        how = ": its machine 1 is machine 0 here" if first else ", as they do here"
        notes.append(f"machines count from {first} in the file{how}")
    elif zero is None and last is None:
        notes.append(
            f"no step is on machine 0 or {machines}: "
            f"machines are taken to count from {rule} in the file"
        )
    return first


def lines_of_jobs(text: Text, lines: Sequence[Line], count: int) -> Sequence[Line]:
    """All of the lines, which must be `count`."""
    if len(lines) < count:
        raise FileError(
            text.path, f"the file ends after {len(lines)} of {count} jobs; is it cut short?"
        )
    for line in lines[count:]:
        raise line.error(f"{line.text[:40]!r} follows the last of {count} jobs")
    return lines


def flexible(rows: Sequence[Sequence[int]], machines: int) -> bool:
    """Whether every row is that of a flexible job shop: a number of steps, and their machines."""

    def fits(row: Sequence[int]) -> bool:
        at, steps = 1, row[0] if row else 0
        for _ in range(min(steps, len(row))):
            choices = row[at] if at < len(row) else 0
            if not 1 <= choices <= machines:
                return False
            at += 1 + 2 * choices
        return steps >= 1 and at == len(row)

    return all(map(fits, rows))
