"""What an LP file says of given values, read word by word: slow, plain, and by nothing that the
reader of models uses.

Where the reader collects coefficients, this adds up as it reads. So a term, a sign, a row or a
section that the reader loses is seen as a difference.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import inf
from typing import NamedTuple

import numpy as np

from .meaning import Different, Floats, Meaning, off_by

HEADINGS = {
    ("min", "minimize", "minimise", "minimum"): "min",
    ("max", "maximize", "maximise", "maximum"): "max",
    ("subject to", "such that", "st", "s.t.", "s.t", "st."): "rows",
    ("lazy constraints", "lazy constraint", "user cuts", "user cut"): "rows",
    ("bounds", "bound"): "bounds",
    ("general", "generals", "gen", "gens", "integer", "integers", "int", "ints"): "whole",
    ("binary", "binaries", "bin", "bins"): "binary",
    ("semi-continuous", "semi", "semis"): "semi",
    ("semi-integer", "semi-integers"): "semi whole",
    ("sos", "sos1", "sos2"): "sets",
    ("end",): "end",
}
SECTIONS = {heading: section for spellings, section in HEADINGS.items() for heading in spellings}
SIGNS, OPERATORS = "+-", "+-*/^[]:<>="
SENSES = {"<": "<", "<=": "<", "=<": "<", ">": ">", ">=": ">", "=>": ">", "=": "=", "==": "="}


class Token(NamedTuple):
    """`kind` is "number", "name" or "sign" for everything else."""

    kind: str
    text: str
    line: int


def read(content: str, values: Mapping[str, Floats]) -> Meaning:
    """Of float64[k] of each variable. Raises Different for a variable that has none."""
    meaning = Meaning(values)
    spelled = {"sos": ""}
    sections: list[tuple[str, list[Token]]] = []
    for number, line in enumerate(content.split("\n"), 1):
        section, rest, heading = _heading(line.split("\\")[0])
        if section:
            sections.append((section, []))
            spelled["sos"] = heading if section == "sets" else spelled["sos"]
        if sections:
            sections[-1][1].extend(_tokens(rest, number))
    for section, tokens in sections:
        walk = _Walk(tokens, meaning)
        match section:
            case "min" | "max":
                meaning.sense = section
                walk.label()
                meaning.objective = walk.sum(one_line=False)
            case "rows":
                walk.rows()
            case "bounds":
                walk.bounds()
            case "sets":
                walk.sets(spelled["sos"][3:])
            case _:
                for token in tokens:
                    meaning.declare(token.text, section)
    meaning.settle()
    return meaning


def _heading(line: str) -> tuple[str, str, str]:
    """The section that a line begins, "" for none, what follows on it, and its spelling."""
    words = line.split(None, 2)
    for count in (2, 1):
        head = " ".join(words[:count]).lower()
        rest = " ".join(words[count:])
        bare = head.rstrip(":")
        colon = head != bare or rest.startswith(":")
        two = " " in bare
        if bare in SECTIONS and (not colon or two or SECTIONS[bare] in ("min", "max")):
            return SECTIONS[bare], rest.removeprefix(":"), bare
    return "", line, ""


def _tokens(line: str, number: int) -> Iterator[Token]:
    at = 0
    while at < len(line):
        letter = line[at]
        if letter.isspace():
            at += 1
        elif line[at : at + 2] == "->" or line[at : at + 2] in SENSES:
            yield Token("sign", line[at : at + 2], number)
            at += 2
        elif letter in OPERATORS:
            yield Token("sign", letter, number)
            at += 1
        elif letter in "0123456789.":
            end = max(k for k in range(at + 1, len(line) + 1) if _is_number(line[at:k]))
            yield Token("number", line[at:end], number)
            at = end
        else:
            end = _end_of_name(line, at)
            kind = "number" if line[at:end].lower() in ("inf", "infinity") else "name"
            yield Token(kind, line[at:end], number)
            at = end


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return not any(letter in "_ \t" for letter in word)


def _end_of_name(line: str, at: int) -> int:
    end = at
    while end < len(line) and not line[end].isspace():
        if line[end] == "[" and "]" in line[end:] and " " not in line[end : line.index("]", end)]:
            end = line.index("]", end)
        elif line[end] == "/":  # of a half, or of a name
            if not line[end + 1 : end + 2].strip(" .0123456789"):
                break
        elif line[end] in OPERATORS:
            break
        end += 1
    return end


class _Walk:
    """Tokens of a section, taken one after another."""

    def __init__(self, tokens: list[Token], meaning: Meaning) -> None:
        self.tokens, self.meaning, self.at = tokens, meaning, 0

    def peek(self, ahead: int = 0) -> Token:
        k = self.at + ahead
        return self.tokens[k] if k < len(self.tokens) else Token("end", "", -1)

    def take(self) -> Token:
        self.at += 1
        return self.tokens[self.at - 1]

    def label(self) -> str:
        """Up to a colon on the line, where it is the first on it and no second follows."""
        words = ""
        for ahead in range(40):
            token = self.peek(ahead)
            if token.line != self.peek().line or token.text in SENSES:
                return ""
            if token.text == ":":
                if self.peek(ahead + 1).text == ":":
                    return ""
                self.at += ahead + 1
                return words
            words += token.text
        return ""

    def sum(self, *, one_line: bool) -> Floats:
        """Of terms and constants, up to a sense, a label or an end; of a line if `one_line`."""
        total, line = self.meaning.nothing(), self.peek().line
        first = True
        while self.peek().kind != "end":
            token = self.peek()
            if one_line and not first and token.line != line:
                break
            if token.text in SENSES or token.text == "->" or (not first and self._label_next()):
                break
            first = False
            sign = 1.0
            while self.peek().text in ("+", "-"):
                sign = -sign if self.take().text == "-" else sign
            total = total + sign * self._term(one_line)
        return total

    def _label_next(self) -> bool:
        return self.peek().kind == "name" and self.peek(1).text == ":"

    def _term(self, one_line: bool) -> Floats:
        if self.peek().text == "[":
            return self._bracket()
        factor = self.meaning.nothing() + 1.0
        if self.peek().kind == "number":
            number = self.take()
            factor = factor * float(number.text)
            if self.peek().text == "*":
                self.take()
            apart = one_line and self.peek().line != number.line
            if self.peek().kind != "name" or self._label_next() or apart:
                return factor
        return factor * self.meaning.value(self.take().text)

    def _bracket(self) -> Floats:
        self.take()
        total = self.meaning.nothing()
        while self.peek().text != "]":
            sign = 1.0
            while self.peek().text in ("+", "-"):
                sign = -sign if self.take().text == "-" else sign
            factor = sign * float(self.take().text) if self.peek().kind == "number" else sign
            if self.peek().text == "*":
                self.take()
            first = self.meaning.value(self.take().text)
            by = self.take().text
            other = self.take().text
            total = total + factor * first * (first if by == "^" else self.meaning.value(other))
        self.take()
        if self.peek().text == "/":
            self.at += 2
            total = total / 2
        return total

    def rows(self) -> None:
        while self.peek().kind != "end":
            self.meaning.statements += 1
            name = self.label() or f"c{self.meaning.statements}"
            when = None
            left = self.sum(one_line=False)
            sense, right = SENSES[self.take().text], self.sum(one_line=True)
            if self.peek().text == "->":
                self.take()
                when = np.isclose(left, right)
                left = self.sum(one_line=False)
                sense, right = SENSES[self.take().text], self.sum(one_line=True)
            amount = off_by(left, sense, right)
            if self.peek().text in SENSES:
                sense = SENSES[self.take().text]
                amount = np.maximum(amount, off_by(right, sense, self.sum(one_line=True)))
            self.meaning.add_row(name, amount, when)

    def bounds(self) -> None:
        while self.peek().kind != "end":
            left, sense = None, ""
            if self.peek().kind != "name":
                left, sense = self._number(), SENSES[self.take().text]
            name = self.take().text
            if left is not None:
                self.meaning.bound(name, {"<": ">", ">": "<", "=": "="}[sense], left)
            if self.peek().text.lower() == "free" and self.peek(1).text not in SENSES:
                self.take()
                self.meaning.bound(name, ">", -inf)
                self.meaning.bound(name, "<", inf)
            elif self.peek().text in SENSES:
                sense = SENSES[self.take().text]
                self.meaning.bound(name, sense, self._number())

    def _number(self) -> float:
        sign = 1.0
        while self.peek().text in ("+", "-"):
            sign = -sign if self.take().text == "-" else sign
        value = float(self.take().text)
        return sign * (inf if value >= 1e20 else value)

    def sets(self, kind: str) -> None:
        count = 0
        while self.peek().kind != "end":
            count += 1
            label, own = f"set {count}", kind
            if self.peek().kind == "name" and self.peek(1).text == ":" and self.peek(2).text != ":":
                label = self.take().text
                self.take()
            if self.peek(1).text == ":" and self.peek(2).text == ":":
                own = self.take().text[1:]
                self.at += 2
            members = []
            while self.peek(1).text == ":" and self.peek(2).kind == "number":
                name = self.take().text
                self.take()
                members.append((float(self.take().text), name))
                while self.peek().text in ("+", ","):
                    self.take()
            if not members:
                raise Different(f"a set {label!r} without members")
            self.meaning.add_set(label, int(own), [name for _, name in sorted(members)])
