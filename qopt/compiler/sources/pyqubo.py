"""PyQUBO expressions and models, which stop at this door: they do not pickle.

The energy is the expression's own, with the coefficients that PyQUBO expands it to. PyQUBO would
make products of three and more variables quadratic by helper bits, and charge `strength` where one
is wrong, 5 unless told otherwise, which need not be enough. Compiled with strength 0 nothing is
charged, and with the product in place of each helper the polynomial is back, exact. A model that is
compiled already had its strength added and loses it again, which leaves rounding.

Constraints are read from the text of the expression, those of a compiled model from PyQUBO's own
answers: `watched`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import dimod
import numpy as np

from ...errors import QoptError, UnknownName
from ..model.watched import EXACT, FEWEST, SMALL, Judge, Watched, run
from .polynomials import Polynomial
from .pyqubo_text import Walked, walk

TIMES = " * "  # between the names of two variables in that of PyQUBO's helper for their product
MOST = 10_000  # variables of which PyQUBO can be asked: it needs 8 bytes for each pair
STATES = 64  # on which the text is compared with the model
LEFT = 1e-13  # of what adds up to a coefficient: what rounding leaves where it cancels


@dataclass(frozen=True, eq=False)
class Read:
    """What is in a PyQUBO model; a polynomial only where the degree is above 2."""

    model: dimod.BinaryQuadraticModel | Polynomial
    watched: Watched
    notes: tuple[str, ...] = ()


def is_pyqubo(model: Any) -> bool:
    """Whether it is an expression or a compiled model, told without an import of PyQUBO."""
    made_by = {kind.__module__.partition(".")[0] for kind in type(model).__mro__}
    return "cpp_pyqubo" in made_by and (hasattr(model, "compile") or hasattr(model, "to_bqm"))


def read(model: Any, parameters: Mapping[str, float] | None = None) -> Read:
    """An expression or a compiled model. `parameters` are values for placeholders.

    Raises QoptError for a placeholder without a value, for two constraints with one label, for
    names that PyQUBO cannot tell from those of its helpers, and for numbers that are not finite;
    UnknownName for a value without a placeholder.
    """
    given = _numbers(parameters or {})
    if not hasattr(model, "compile"):
        return _compiled(model, given)
    text = str(model + 0)  # a sum is written out in full, an integer alone by its name
    names = dict.fromkeys(re.findall(r"Placeholder\('(.*?)'\)", text))
    _require_asked(given, names)
    _require_values([name for name in names if name not in given])
    walked = walk(text, given)
    compiled = model.compile(strength=0.0)
    bqm = _bqm(compiled, given)
    variables = walked.variables
    _refuse_doubtful(variables)
    own = set(variables)
    helpers = [name for name in compiled.variables if name not in own]
    function = _expanded(bqm, variables, helpers) if helpers else bqm
    watched, notes = _watched(model, function, walked, given)
    return Read(function, watched, notes)


def _numbers(parameters: Mapping[str, float]) -> dict[str, float]:
    numbers = {}
    for name, value in parameters.items():
        try:
            numbers[name] = float(value)
        except (TypeError, ValueError):
            numbers[name] = float("nan")
        if not np.isfinite(numbers[name]):
            raise QoptError(f"parameters: {name!r} is {value!r:.40}; give a finite number")
    return numbers


def _bqm(compiled: Any, given: Mapping[str, float]) -> dimod.BinaryQuadraticModel:
    """Raises QoptError for placeholders without values, UnknownName for a value too many."""
    asked: dict[str, float] = {}
    while True:
        try:
            bqm = compiled.to_bqm(feed_dict=asked)
            break
        except (KeyError, RuntimeError, ValueError) as error:
            missing = re.search(r"the value of (.*) is not provided", str(error))
            if missing is None or missing[1] in asked:
                raise QoptError(f"PyQUBO cannot make a BQM of the model: {error}") from None
            asked[missing[1]] = given.get(missing[1], 0.0)
    _require_values([name for name in asked if name not in given])
    _require_asked(given, asked)
    linear, (_, _, quad), offset = bqm.to_numpy_vectors()[:3]
    if not (np.isfinite(linear).all() and np.isfinite(quad).all() and np.isfinite(offset)):
        raise QoptError(
            "the PyQUBO model has a coefficient that is not finite; look for inf and nan"
        )
    return bqm.change_vartype("BINARY", inplace=False)


def _require_asked(given: Mapping[str, float], names: Mapping[str, Any]) -> None:
    for name in given:
        if name not in names:
            raise UnknownName("placeholder", name, names)


def _require_values(missing: list[str]) -> None:
    if missing:
        values = ", ".join(f"{name!r}: ..." for name in missing)
        raise QoptError(
            f"the PyQUBO model has placeholders without values: {', '.join(missing)}; "
            f"give parameters={{{values}}}"
        )


def _refuse_doubtful(variables: Sequence[str]) -> None:
    """PyQUBO takes a variable with the name of a product for the product itself."""
    known = set(variables)
    for name in variables:
        if next(_splits(name, known), None):
            raise QoptError(
                f"the PyQUBO model has a variable named {name!r}, "
                "as PyQUBO itself names a product of two others; rename it"
            )


def _splits(name: str, known: set[str] | dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The two known names that `name` may be the product of."""
    for times in re.finditer(re.escape(TIMES), name):
        one, other = name[: times.start()], name[times.end() :]
        if one in known and other in known:
            yield one, other


def _expanded(
    bqm: dimod.BinaryQuadraticModel, variables: Sequence[str], helpers: Sequence[str]
) -> Polynomial:
    """The BQM with the product in place of each of PyQUBO's helpers.

    Raises QoptError for a helper whose name can be read in several ways.
    """
    factors: dict[str, frozenset[str]] = {name: frozenset([name]) for name in variables}
    for name in helpers:
        products = {factors[one] | factors[other] for one, other in _splits(name, factors)}
        if len(products) != 1:
            raise QoptError(
                f"PyQUBO names a product {name!r}, which has {len(products)} meanings; "
                "give variables names without ' * '"
            )
        factors[name] = products.pop()
    sums: dict[frozenset[str], float] = {frozenset(): bqm.offset}
    most = dict.fromkeys(sums, abs(bqm.offset))
    pieces = [(factors[name], bias) for name, bias in bqm.linear.items()]
    pieces += [(factors[u] | factors[v], bias) for (u, v), bias in bqm.quadratic.items()]
    for term, bias in pieces:
        sums[term] = sums.get(term, 0.0) + bias
        most[term] = max(most.get(term, 0.0), abs(bias))
    place = {name: k for k, name in enumerate(variables)}
    kept = [
        (sorted(term, key=place.__getitem__), value)
        for term, value in sums.items()
        if abs(value) > LEFT * most[term]
    ]
    return Polynomial.of(kept, variables=variables)


def _watched(
    model: Any,
    energy: dimod.BinaryQuadraticModel | Polynomial,
    walked: Walked,
    given: Mapping[str, float],
) -> tuple[Watched, tuple[str, ...]]:
    """The constraints of an expression, and what there is to say of them."""
    labels, programs = tuple(walked.constraints), tuple(walked.constraints.values())
    if not labels:
        return Watched(), ()
    if len(walked.variables) > MOST:
        return Watched(labels, programs), (
            f"with more than {MOST} variables a constraint of a PyQUBO model counts as kept where "
            "its energy is 0, whatever "
            "its condition= says",
        )
    judge = _judge(model, walked.variables, given)
    if _says_the_same(walked, energy) or _constraints_agree(walked, judge):
        return Watched(labels, programs, judge), _patience_notes(judge)
    if len(walked.variables) <= SMALL:
        return Watched(labels, None, judge), ()
    return Watched(labels, programs), (
        "PyQUBO tells the numbers of constraints to six decimals; "
        "one counts as kept where its energy is 0 within 1e-5, "
        "whatever its condition= says",
    )


def _patience_notes(judge: Judge) -> tuple[str, ...]:
    if judge.patience > FEWEST:
        return ()
    return (
        f"PyQUBO is asked about {FEWEST} assignments at a time whether constraints with a "
        "condition= hold, those nearest to "
        "keeping them; an energy that it was not asked about counts as kept where it is 0",
    )


def _says_the_same(walked: Walked, energy: dimod.BinaryQuadraticModel | Polynomial) -> bool:
    """Whether the numbers in the text are the model's, on random states: PyQUBO rounds them."""
    variables = walked.variables
    states = np.random.default_rng(0).integers(0, 2, (STATES, len(variables))).astype(np.float64)
    column = {name: k for k, name in enumerate(variables)}
    value, penalty = run(walked.whole, states, column)
    if isinstance(energy, Polynomial):
        theirs = energy.energies(states)
    else:
        own = states[:, [column[name] for name in energy.variables]]
        theirs = energy.energies((own, list(energy.variables)))
    largest = max(1.0, float(np.abs(theirs).max(initial=0.0)))
    return bool((np.abs(value + penalty - theirs) <= EXACT * 1e-3 * largest).all())


def _constraints_agree(walked: Walked, judge: Judge) -> bool:
    """Whether those of the constraints are, by PyQUBO's own energies of some random states."""
    labels, variables = tuple(walked.constraints), walked.variables
    count = min(STATES, max(2, judge.patience - FEWEST))
    states = np.random.default_rng(1).integers(0, 2, (count, len(variables))).astype(np.float64)
    ours = Watched(labels, tuple(walked.constraints.values())).energies(states, variables)
    for row, energies in zip(states.astype(int).tolist(), ours.tolist(), strict=True):
        theirs = judge.ask(dict(zip(variables, row, strict=True)))
        for label, energy in zip(labels, energies, strict=True):
            if abs(energy - theirs[label][1]) > EXACT * max(1.0, abs(energy)):
                return False
    return True


def _judge(model: Any, variables: Sequence[str], given: Mapping[str, float]) -> Judge:
    """A model of the constraints alone: PyQUBO drops the penalty of an expression that is itself
    given a penalty.

    Its energy has a term, 0, for each variable.
    """
    from pyqubo import Binary, Num, WithPenalty

    nothing = Num(0.0)
    energy = WithPenalty(WithPenalty(nothing, model, "dropped"), nothing, "dropped") + nothing
    for name in variables:
        energy = energy + 0.0 * Binary(name)
    return Judge(energy.compile, tuple(variables), dict(given))


def _compiled(compiled: Any, given: dict[str, float]) -> Read:
    """A compiled model: PyQUBO's helpers are known by their names alone."""
    bqm = _bqm(compiled, given)
    known: dict[str, Any] = {}
    helpers = []
    for name in compiled.variables:
        if next(_splits(name, known), None):
            helpers.append(name)
        known[name] = None
    others = set(helpers)
    variables = [name for name in compiled.variables if name not in others]
    notes: list[str] = []
    function: dimod.BinaryQuadraticModel | Polynomial = bqm
    if helpers:
        function = _expanded(bqm, variables, helpers)
        notes.append(
            f"variables such as {helpers[0]!r} were taken for PyQUBO's helpers, "
            "which stand for products"
        )
    watched, more = _asked(compiled, bqm, helpers, given)
    return Read(function, watched, (*notes, *more))


def _asked(
    compiled: Any,
    bqm: dimod.BinaryQuadraticModel,
    helpers: Sequence[str],
    given: Mapping[str, float],
) -> tuple[Watched, tuple[str, ...]]:
    """The constraints of a compiled model, of which only PyQUBO's answers are known."""
    if not bqm.num_variables:
        return Watched(), ()
    if bqm.num_variables > SMALL:
        return Watched(), (
            f"constraints of a compiled PyQUBO model of more than {SMALL} variables are not seen; "
            "give the expression instead",
        )
    judge = _WithHelpers(
        lambda: compiled, tuple(bqm.variables), dict(given), helpers=tuple(helpers)
    )
    labels = tuple(sorted(judge.ask(dict.fromkeys(bqm.variables, 0))))
    return (Watched(labels, None, judge) if labels else Watched()), ()


@dataclass(eq=False)
class _WithHelpers(Judge):
    """Of a model with PyQUBO's helpers, which have no say in constraints but must have a value."""

    helpers: tuple[str, ...] = ()

    def ask(self, bits: Mapping[str, int]) -> dict[str, tuple[bool, float]]:
        return super().ask({**dict.fromkeys(self.helpers, 0), **bits})
