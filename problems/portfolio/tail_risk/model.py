"""The mean of the worst losses, as a model of lots.

Of S equally likely scenarios the k = (1 - level) S worst have the mean loss (Rockafellar and
Uryasev 2000, equation 4)

    CVaR(x) = min_a  a + 1/k sum_s max(0, loss_s(x) - a),

whose best `a` is the value at risk. In the model `a` is a whole number of steps, `value_at_risk`,
between the least and the largest that any portfolio can have, and max(0, ...), the shortfall of a
scenario, is

*soft*: what breaking the soft row `loss_s(x) <= a` costs. It has no variable, so an annealer that
knows soft rows moves lots and `a`, and nothing else.

*slack*: a whole number of steps `shortfall[s]` with `loss_s(x) <= a + shortfall[s]`. Solvers of any
kind take it.

A step too many of `a` costs at most a step, and so do shortfalls that are rounded up. Where a step
divides what each lot loses in each scenario, nothing is rounded.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from qopt import ModelSize

from ..selection.lots import Lots
from ..selection.trades import Floats, Ints

if TYPE_CHECKING:
    import dimod

WHOLE = 1e-6  # of a step, or of a scenario: what is nearer to whole is whole
RISK = "value_at_risk"


def mean_of_worst(losses: Floats, k: float) -> float:
    """The mean of the k largest of float64[S], 0 < k <= S; the last may count in part."""
    worst = np.sort(losses)[::-1]
    shares = np.clip(k - np.arange(len(worst)), 0.0, 1.0)
    return float(shares @ worst) / k


def last_of_worst(losses: Floats, k: float) -> Floats:
    """The value at risk float64[...] of losses float64[S, ...].

    Fewer than k scenarios exceed it, and k reach it.
    """
    return np.asarray(np.sort(losses, axis=0)[::-1][int(np.ceil(k - WHOLE)) - 1])


@dataclass(frozen=True, eq=False)
class Tail:
    """S scenarios: what each lot loses in each, `losses` float64[S, n], and what is lost besides,
    `fixed` float64[S].

    `k` scenarios are the worst. `step` is that of the model; with `soft` its shortfalls are soft
    rows.
    """

    losses: Floats
    fixed: Floats
    k: float
    step: float
    soft: bool

    def of(self, lots: Ints) -> Floats:
        """Losses float64[S] of lots int64[n]."""
        return np.asarray(self.losses @ lots + self.fixed)

    def among(self, free: Ints, lots: Ints) -> Tail:
        rest = np.setdiff1d(np.arange(len(lots)), free)
        return replace(
            self, losses=self.losses[:, free], fixed=self.fixed + self.losses[:, rest] @ lots[rest]
        )

    @property
    def exact(self) -> bool:
        """Whether a step divides each loss of a lot."""
        steps = np.append(self.losses.ravel(), self.fixed) / self.step
        return bool((np.abs(steps - np.rint(steps)) < WHOLE).all())


@dataclass(frozen=True, eq=False, kw_only=True)
class TailLots(Lots):
    """Lots whose objective is also the mean loss of the worst scenarios of `tail`.

    A lot earns `earning` float64[n], and all must earn `wish`; None: no such wish.
    """

    tail: Tail
    earning: Floats
    wish: float | None = None

    def objective(self, lots: Ints) -> float:
        return super().objective(lots) + mean_of_worst(self.tail.of(lots), self.tail.k)

    def missed(self, lots: Ints) -> float:
        """What is missing from the wish; what is less than rounding is not."""
        short = 0.0 if self.wish is None else self.wish - float(self.earning @ lots)
        return short if short > 1e-9 else 0.0

    def size(self) -> ModelSize:
        whole, rows = super().size(), len(self._at_risk)
        own = 1 + (0 if self.tail.soft else rows)
        return replace(
            whole,
            variables=whole.variables + own,
            constraints=whole.constraints + rows + (self.wish is not None),
        )

    def cqm(self) -> dimod.ConstrainedQuadraticModel:
        """Rows of scenarios are in steps."""
        cqm, tail, low = super().cqm(), self.tail, self._levels[0]
        for s in self._at_risk.tolist():
            row = [*self._sum(tail.losses[s] / tail.step), (RISK, -1.0)]
            charge: dict[str, Any] = (
                {"weight": tail.step / tail.k, "penalty": "linear"} if tail.soft else {}
            )
            row += [] if tail.soft else [(_shortfall(s), -1.0)]
            right = float(low - tail.fixed[s] / tail.step)
            cqm.add_constraint_from_iterable(
                row, "<=", rhs=right, label=f"scenario[{s + 1}]", **charge
            )
        if self.wish is not None:
            cqm.add_constraint_from_iterable(
                self._sum(self.earning), ">=", rhs=self.wish, label="return"
            )
        return cqm

    def _objective(self) -> dimod.QuadraticModel:
        model, tail, (low, levels) = super()._objective(), self.tail, self._levels
        model.add_variable("INTEGER", RISK, upper_bound=levels)
        model.add_linear(RISK, tail.step)
        model.offset += low * tail.step
        for s in () if tail.soft else self._at_risk.tolist():
            model.add_variable("INTEGER", _shortfall(s), upper_bound=int(self._most_short[s]))
            model.add_linear(_shortfall(s), tail.step / tail.k)
        return model

    def sample(self, lots: Ints) -> dict[Any, float]:
        """With the value at risk and the shortfalls that cost least."""
        low, levels = self._levels
        beyond = self.tail.of(lots) / self.tail.step - low
        at = float(last_of_worst(beyond, self.tail.k))
        nearest = np.clip([np.floor(at + WHOLE), np.ceil(at - WHOLE)], 0, levels)
        level = min(
            nearest.tolist(),
            key=lambda level: level + self._short(beyond - level).sum() / self.tail.k,
        )
        sample = super().sample(lots) | {RISK: float(level)}
        if not self.tail.soft:
            short = np.minimum(self._short(beyond - level), self._most_short)
            sample |= {_shortfall(s): float(short[s]) for s in self._at_risk.tolist()}
        return sample

    @property
    def besides(self) -> int:
        return 1 + (0 if self.tail.soft else len(self.tail.fixed))

    def among(self, free: Ints, lots: Ints) -> TailLots:
        rest = np.setdiff1d(np.arange(len(lots)), free)
        part = super().among(free, lots)
        assert isinstance(part, TailLots)
        wish = None if self.wish is None else self.wish - float(self.earning[rest] @ lots[rest])
        return replace(
            part, tail=self.tail.among(free, lots), earning=self.earning[free], wish=wish
        )

    def _short(self, beyond: Floats) -> Floats:
        short = np.maximum(beyond, 0.0)
        return short if self.tail.soft else np.ceil(short - WHOLE)

    def _sum(self, each: Floats) -> list[tuple[str, float]]:
        """The sum of so much for each lot, over variables."""
        pairs = zip(self.terms, each.tolist(), strict=True)
        return [(label, float(x * much)) for terms, much in pairs if much for label, x in terms]

    @cached_property
    def _range(self) -> tuple[Floats, Floats]:
        """The least and the largest losses float64[S] of any way to lay out all lots."""
        losses, fixed = self.tail.losses, self.tail.fixed
        return fixed + self.total * losses.min(axis=1), fixed + self.total * losses.max(axis=1)

    @cached_property
    def _levels(self) -> tuple[int, int]:
        """The least value at risk, in steps, and how many steps it may be above.

        Order statistics are monotone, so the least and the largest losses tell.
        """
        low, high = (
            float(last_of_worst(losses, self.tail.k)) / self.tail.step for losses in self._range
        )
        first = int(np.floor(low + WHOLE))
        return first, max(1, int(np.ceil(high - WHOLE)) - first)

    @cached_property
    def _most_short(self) -> Ints:
        """int64[S]: shortfalls in steps are at most these."""
        steps = np.ceil(self._range[1] / self.tail.step - self._levels[0] - WHOLE)
        return np.maximum(steps, 0).astype(np.int64)

    @cached_property
    def _at_risk(self) -> npt.NDArray[np.int64]:
        """The scenarios that can have a shortfall at all."""
        return np.asarray(np.flatnonzero(self._most_short), dtype=np.int64)


def _shortfall(s: int) -> str:
    return f"shortfall[{s + 1}]"
