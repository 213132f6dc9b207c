"""What LP files say of variables: their bounds, lists of whole and binary ones, ordered sets."""

from __future__ import annotations

from math import inf

from ..program import OrderedSet
from . import grammar
from .place import Place
from .sums import value_of


class Variables:
    """What reads bounds, lists and sets from a place on into the program.

    `bounded` are the variables that have a bound; `binary`, `semi` and `listed` those of the lists,
    each with the line of its list.
    """

    def __init__(self, place: Place) -> None:
        self.place, self.program = place, place.program
        self.bounded: set[int] = set()
        self.binary: dict[int, int] = {}
        self.semi: dict[int, int] = {}
        self.listed: dict[int, int] = {}

    def read_bounds(self) -> None:
        """The bounds of a section."""
        place = self.place
        while place.word():
            match = place.match(grammar.BOUND)
            if not match or not (match[1] or match[4] or match[6]):
                place.skip()
                place.unexpected("a bound is 'x <= 5', '0 <= x <= 5', 'x = 5' or 'x free'")
            left, left_sense, name, sense, right, free = match.groups()
            senses = [one.strip("=") or "=" for one in (left_sense, sense) if one]
            two_ways = left and sense and (senses[0] != senses[1] or "=" in senses)
            if (left and free) or two_ways:
                place.skip()
                place.refuse(f"the two bounds of {name!r} do not go together")
            v = self.program.names[name]
            self.bounded.add(v)
            place.at = match.start(3)
            if free:
                self._set_bound(v, ">", -inf)
                self._set_bound(v, "<", inf)
            if left:
                self._set_bound(v, grammar.ON_THE_OTHER_SIDE[senses[0]], _signed(left))
            if right:
                self._set_bound(v, senses[-1], _signed(right))
            place.at = match.end()

    def _set_bound(self, v: int, sense: str, value: float) -> None:
        program, line = self.program, self.place.line()
        for side, mine in (("<", program.upper), (">", program.lower)):
            if sense in (side, "="):
                name = program.label(v)
                if mine.get(v, value) != value:
                    twice = f"a bound of {name!r} is given twice"
                    program.notes.append(f"{twice}; that on line {line} counts")
                mine[v] = value
                if value == (-inf if side == "<" else inf):
                    self.place.skip()
                    self.place.refuse(f"{name!r} is bounded by infinity from the wrong side")
        program.places[v] = line

    def read_list(self, kind: str, heading: str) -> None:
        """The names below a heading: "binary" ones, "semi"-continuous ones, or "whole" ones."""
        place, names = self.place, self.program.names
        line = place.line()
        into = {"binary": self.binary, "semi": self.semi}.get(kind, self.listed)
        for word in place.content[place.at : place.end].split():
            if word not in names and not grammar.WORD.fullmatch(word):
                place.at = place.find(word, place.at)
                place.refuse(f"{word[:40]!r} where names of variables are listed, between spaces")
            into[names[word]] = line
        if kind != "semi" or "int" in heading.lower():  # semi-integers are whole, too
            self.program.whole.update(into)

    def read_sets(self, heading: str) -> None:
        """The ordered sets of a section; its heading may say of which kind they are."""
        place, program, default = self.place, self.program, heading[3:]
        while place.word():
            place.skip()
            line = place.line()
            head = place.match(grammar.SET)
            assert head  # every part of it is optional
            kind, members = head[2] or default, list[tuple[float, int]]()
            place.at = head.end()
            while member := place.match(grammar.MEMBER):
                members.append((float(member[2]), program.names[member[1]]))
                place.at = member.end()
            if not (head[1] or head[2]) or not kind or not members:
                place.unexpected("a set is 's1: S1:: x:1 y:2 z:3', with S1 or S2")
            label = head[1] or f"set {len(program.sets) + 1}"
            weights = {weight for weight, _ in members}
            if len(weights) < len(members) or len({v for _, v in members}) < len(members):
                raise program.error(f"set {label!r} has a variable or a weight twice", line)
            order = [v for _, v in sorted(members)]
            program.sets.append(OrderedSet(label, line, int(kind), order))


def _signed(value: str) -> float:
    return value_of(value, value.lstrip("+- \t"))
