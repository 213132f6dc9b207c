"""Sums of terms, products and constants, as objectives and rows of LP files have them."""

from __future__ import annotations

import re
from math import inf, isnan
from typing import NoReturn

from ....kit.files import LARGEST
from ..program import Sum
from . import grammar
from .place import Place

NO_LIMIT = 1e20  # what the format's readers take for infinite


class _Large(Exception):
    """A number that is too large to be a coefficient."""


class Numbers(dict[tuple[str, str], float]):
    """Numbers by their signs and digits; no digits are 1."""

    def __missing__(self, key: tuple[str, str]) -> float:
        signs, digits = key
        value = float(digits or 1)
        if value > LARGEST:
            raise _Large(digits)
        self[key] = value = -value if signs.count("-") % 2 else value
        return value


class Sums:
    """What reads sums from a place on."""

    def __init__(self, place: Place) -> None:
        self.place, self.names = place, place.program.names
        self.numbers = Numbers()

    def sum(self, runs: grammar.Runs, *, halved: bool = False) -> Sum:
        """As many terms, products and constants as there are, each but the first with its sign."""
        total, place = Sum(), self.place
        first = True
        while True:
            if terms := place.match(runs.terms):
                self._require_sign(first)
                self.add_terms(total, terms[0])
                place.at = terms.end()
            elif number := place.match(runs.constant):
                self._require_sign(first)
                total.constant += value_of(number[1], number[2])
                place.at = number.end()
            elif bracket := place.match(grammar.OPEN):
                self._require_sign(first)
                self._add_products(total, bracket, halved)
            else:
                infinite = abs(total.constant) == inf and not total.is_constant
                if infinite or isnan(total.constant):
                    place.refuse("infinity is no part of a sum")
                return total
            first = False

    def add_terms(self, total: Sum, run: str) -> None:
        """Add a run of plain terms, which was matched as such."""
        terms = grammar.TERMS.findall(run)
        names, numbers = self.names, self.numbers
        total.column += [names[name] for _, _, name in terms]
        try:
            total.value += [numbers[signs, digits] for signs, digits, _ in terms]
        except _Large as error:
            self._refuse_large(str(error))

    def _add_products(self, total: Sum, bracket: re.Match[str], halved: bool) -> None:
        place = self.place
        place.at = bracket.end()
        run = place.match(grammar.ANYWHERE.products)
        if not run:
            place.unexpected("brackets hold products: [ x^2 + 2 x * y ]")
        close = grammar.CLOSE.match(place.content, run.end(), place.end)
        if not close:
            place.at = run.end()
            place.unexpected("brackets hold products, each with + or - before it, up to a ']'")
        if halved and not close[1]:
            rule = "in an objective '/ 2' follows the ']'"
            place.refuse(f"{rule}: write [ 2 x * y ] / 2 for x times y")
        factor = (0.5 if close[1] else 1.0) * (-1.0 if bracket[1].count("-") % 2 else 1.0)
        products = grammar.PRODUCTS.findall(run[0])
        names, numbers = self.names, self.numbers
        first = [names[name] for _, _, name, _ in products]
        others = [other for _, _, _, other in products]  # "" of a square
        paired = zip(first, others, strict=True)
        total.first += first
        total.second += [names[other] if other else one for one, other in paired]
        try:
            total.product += [factor * numbers[signs, digits] for signs, digits, _, _ in products]
        except _Large as error:
            self._refuse_large(str(error))
        place.at = close.end()

    def _require_sign(self, first: bool) -> None:
        if not first:
            self.place.skip()
            if self.place.content[self.place.at] not in "+-":
                self.place.unexpected(
                    "+ or - is due between two terms, and a heading begins a line"
                )

    def _refuse_large(self, digits: str) -> NoReturn:
        self.place.at = self.place.content.find(digits, self.place.at)
        self.place.refuse(f"{digits} is too large; give numbers up to {LARGEST:g}")


def value_of(signs: str, digits: str) -> float:
    """A number that may be infinite."""
    value = inf if digits[0] in "iI" else float(digits)
    value = inf if value >= NO_LIMIT else value
    return -value if signs.count("-") % 2 else value
