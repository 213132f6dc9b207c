"""The decisions that stand for a model's variables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ...compiler.model.arrays import Bools, Floats, Ints, ModelArrays
from ...compiler.model.rows import Rows
from ...compiler.model.structure import NONE, Structure
from ...errors import QoptError

if TYPE_CHECKING:
    from dwave.optimization import Model

WIDEST = 2e9  # the largest absolute bound of an integer symbol


@dataclass(frozen=True, eq=False)
class Choice:
    """Variables of which just one of each group is 1: the group and the place in it, int64[k] each,
    of `variables` int64[k]. Of a permutation, the places are numbers of columns, and the decision
    is by column which group it is; otherwise, by group which place.
    """

    variables: Ints
    group: Ints
    place: Ints
    permutation: bool = False

    @property
    def slots(self) -> Ints:
        """int64[k]: the entry of the decision that says whether the variable is 1."""
        return self.place if self.permutation else self.group

    @property
    def marks(self) -> Ints:
        """int64[k]: what that entry is then."""
        return self.group if self.permutation else self.place

    def values(self, state: Floats) -> Floats:
        """float64[k]: the variables, of a state of the decision."""
        return np.asarray(state[self.slots] == self.marks, dtype=np.float64)

    def state(self, values: Floats) -> Ints:
        """Of variables that keep their groups, the state of the decision."""
        found = np.zeros(int(self.slots.max(initial=-1)) + 1, dtype=np.int64)
        ones = values > 0.5
        found[self.slots[ones]] = self.marks[ones]
        return found


@dataclass(frozen=True, eq=False)
class Decisions:
    """Which of the n variables are bits, which are chosen in groups and which are whole numbers.

    `two` and `whole` bool[n]; a variable of `two` is `low + step * bit`, float64[n] each. `implied`
    are the numbers of constraints that hold by themselves, int64[k].
    """

    two: Bools
    whole: Bools
    choices: tuple[Choice, ...]
    low: Floats
    step: Floats
    lower: Floats
    upper: Floats
    implied: Ints

    @classmethod
    def of(cls, model: ModelArrays, *, groups: bool) -> Decisions:
        """Raises QoptError for a whole number with bounds that no symbol has."""
        room = model.upper - model.lower
        choices, implied = _choices(model) if groups else ((), [])
        chosen = np.zeros(model.num_variables, dtype=np.bool_)
        for choice in choices:
            chosen[choice.variables] = True
        two = np.asarray((room <= model.step) & ~chosen)
        whole = ~two & ~chosen
        _require_bounds(model, whole)
        low = np.where(two, model.lower, 0.0)
        step = np.where(two & (room > 0), room, 1.0)
        rows = np.array(sorted(implied), dtype=np.int64)
        return cls(two, whole, tuple(choices), low, step, model.lower, model.upper, rows)

    def symbols(self, model: Model) -> Any:
        """Add the decisions to the model; returns the variables as one array, float64[n]."""
        from dwave.optimization.mathematical import concatenate

        parts, order = [], []
        for variables, part in self._parts(model):
            order.append(variables)
            parts.append(part)
        if len(parts) == 1 and not self.choices:
            return parts[0]
        place = np.empty(len(self.two), dtype=np.int64)
        place[np.concatenate(order)] = np.arange(len(place))
        array = concatenate(parts) if len(parts) > 1 else parts[0]
        return array[model.constant(place)]

    def read(self, model: Model, index: int) -> Floats:
        """float64[n]: the variables in a state of the locked model."""
        values = np.zeros(len(self.two))
        for symbol, kind in self._kinds(model):
            state = np.ravel(symbol.state(index))
            if isinstance(kind, Choice):
                values[kind.variables] = kind.values(state)
            else:
                values[kind] = state
        return np.asarray(self.low + self.step * values)

    def write(self, model: Model, index: int, values: Floats) -> None:
        """Put variables, float64[n], into a state; they keep the constraints that are implied."""
        raw = np.rint((values - self.low) / self.step)
        for symbol, kind in self._kinds(model):
            if isinstance(kind, Choice):
                symbol.set_state(index, kind.state(raw[kind.variables]))
            else:
                symbol.set_state(index, raw[kind])

    def _kinds(self, model: Model) -> Iterator[tuple[Any, Bools | Choice]]:
        """In the order in which the model has its decisions."""
        plain: list[Bools | Choice] = [mine for mine in (self.two, self.whole) if mine.any()]
        yield from zip(model.iter_decisions(), [*plain, *self.choices], strict=True)

    def _parts(self, model: Model) -> Iterator[tuple[Ints, Any]]:
        """The variables of each decision, and their values as an array symbol."""
        if self.two.any():
            fixed = (self.upper == self.lower)[self.two]
            bits = model.binary(len(fixed), upper_bound=np.where(fixed, 0, 1))
            low, step = self.low[self.two], self.step[self.two]
            if (low != 0).any() or (step != 1).any():
                bits = model.constant(step) * bits + model.constant(low)
            yield np.flatnonzero(self.two), bits
        if self.whole.any():
            lower, upper = self.lower[self.whole], self.upper[self.whole]
            numbers = model.integer(len(lower), lower_bound=lower, upper_bound=upper)
            yield np.flatnonzero(self.whole), numbers
        for choice in self.choices:
            chosen = _chosen(model, choice)
            marks = model.constant(choice.marks)
            yield choice.variables, chosen[model.constant(choice.slots)] == marks


def _chosen(model: Model, choice: Choice) -> Any:
    """The decision: a list, or whole numbers from 0."""
    if choice.permutation:
        return model.list(int(choice.group.max()) + 1)
    most = np.zeros(int(choice.group.max()) + 1)
    np.maximum.at(most, choice.group, choice.place)
    return model.integer(len(most), lower_bound=0, upper_bound=most)


def _choices(model: ModelArrays) -> tuple[list[Choice], list[int]]:
    """The choices in a model, and the constraints that they keep by themselves."""
    structure = Structure.of(model, Rows.of(model))
    group, column = structure.group, structure.column
    choices, implied, used = [], [], set[int]()
    for groups, columns in structure.permutations():
        mine = np.flatnonzero(np.isin(group, groups))
        if len(mine) != len(groups) * len(columns):
            continue  # where a pair is missing, a list could choose it
        places = np.searchsorted(groups, group[mine]), np.searchsorted(columns, column[mine])
        choices.append(Choice(mine, *places, permutation=True))
        used |= {int(row) for row in groups}
        implied += [int(row) for row in (*groups, *columns)]
    single = [
        int(row)
        for row in np.unique(group[group != NONE])
        if structure.kind[row] == "one-hot" and int(row) not in used
    ]
    mine = np.flatnonzero(np.isin(group, single))
    if len(mine):
        mine = mine[np.argsort(group[mine], kind="stable")]
        number = np.searchsorted(single, group[mine])
        place = np.arange(len(mine)) - np.searchsorted(number, number)
        choices.append(Choice(mine, number, place))
        implied += single
    return choices, implied


def _require_bounds(model: ModelArrays, whole: Bools) -> None:
    beyond = whole & ((model.lower < -WIDEST) | (model.upper > WIDEST))
    for k in np.flatnonzero(beyond)[:1]:
        raise QoptError(
            f"variable {model.variables[k]!r} ranges over {model.lower[k]:g}..{model.upper[k]:g}; "
            "a nonlinear model takes whole numbers of -2e9 to 2e9: give it narrower bounds"
        )
