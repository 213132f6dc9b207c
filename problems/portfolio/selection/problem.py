"""The problem of choosing one portfolio in lots; what is good of it, its kinds say."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Unpack

import numpy as np

from qopt import Evaluation, ModelSize, Neighbourhood, QoptError, Violation

from ..frozen import Frozen
from .chart import draw_holdings
from .limits import Formulation, Limits, SelectionOptions
from .lots import Lots
from .moves import of_assets, of_sector
from .plan import Allocation
from .trades import Floats, Ints

if TYPE_CHECKING:
    import dimod

FOLDED_UP_TO = 20  # assets


class Selection(Frozen, ABC):
    """Weights in lots that sum to 1 and keep limits.

    Parameters
    ----------
    names
        A name an asset.
    max_assets, min_assets
        At most and at least so many assets are held; both the same for exactly so many. Default:
        any number.
    min_holding, max_holding
        A held asset's weight is within these, 0 <= min_holding <= max_holding <= 1, and at least
        one lot.
    lot
        Weights are multiples of it; 1 must be a multiple too. At least a basis point, 0.0001.
    sectors
        The sector of each asset: a mapping from its name, which may leave assets out, or a list in
        the order of the assets.
    sector_caps
        The most that a sector's assets may weigh together, 0..1, by its name; a sector without one
        has no cap.
    current
        Weights now: an `Allocation`, a mapping or a pandas Series by name, where an asset left out
        is not held, or a list. They need not sum to 1, the rest being cash, nor be in lots.
        Default: nothing is held and trading is free.
    max_turnover
        The most that may be bought and sold, as a fraction of wealth: sum |w - current|. From 100 %
        in one asset to 100 % in another it is 2.
    linear_cost, fixed_cost
        What a trade adds to the objective, at least 0, each a number or one an asset:
        `linear_cost |w - current|`, and `fixed_cost` where w differs from `current` at all. They
        are charged, not taken from the wealth: weights still sum to 1.
    formulation
        "folded" or "counted", see `lots`. Default: folded up to 20 assets.

    Raises
    ------
    QoptError
        For data outside these ranges, and for limits that no portfolio keeps, naming the value.
    """

    sense: ClassVar[Literal["min", "max"]] = "min"
    plan_type: ClassVar = Allocation
    formulations: ClassVar[tuple[Formulation, ...]] = ("folded", "counted")

    names: tuple[str, ...]
    limits: Limits
    formulation: Formulation

    def __init__(self, names: Sequence[str], **options: Unpack[SelectionOptions]) -> None:
        for option in options:
            if option not in SelectionOptions.__annotations__:
                raise TypeError(f"{type(self).__name__} has no argument {option!r}")
        assets = tuple(names)
        many = len(assets) > FOLDED_UP_TO
        self._set(
            names=assets,
            limits=Limits.of(assets, options),
            formulation=options.get("formulation") or self.formulations[many],
        )
        for complaint in self._complaints():
            raise QoptError(complaint)

    @abstractmethod
    def quadratic(self) -> tuple[Floats, Floats, float]:
        """(Q float64[n, n], c [n], offset) of the objective w'Qw + c'w + offset.

        What trading costs is not in it.
        """

    @abstractmethod
    def score(self, w: Floats) -> tuple[float, dict[str, float]]:
        """The objective of weights float64[n] by its definition, and other figures.

        What trading costs is not in it.
        """

    def model_size(self) -> ModelSize:
        return self.lots.size()

    def model(self) -> dimod.ConstrainedQuadraticModel:
        return self.lots.cqm()

    def decode(self, sample: Mapping[Any, float]) -> Allocation:
        """Every asset with lots, held or not.

        Lots without a holding show up below its minimum, or as one asset too many.
        """
        return self.allocation(self.lots.lots_of(sample).tolist())

    def encode(self, plan: Allocation) -> dict[Any, float]:
        """Raises QoptError for weights that are no whole lots within the holding limits."""
        return self.lots.sample(self.lots_in(plan))

    def evaluate(self, plan: Allocation) -> Evaluation:
        """The objective with what trading costs; broken are the limits."""
        w, known = self.weights_in(plan), set(self.names)
        broken = [
            Violation("assets", 1.0, f"unknown asset {name}")
            for name in plan.weights
            if name not in known
        ]
        odd = [name for name in self.names if not np.isfinite(plan.weights.get(name, 0.0))]
        broken += [Violation(f"holding[{name}]", 1.0, "not a number") for name in odd]
        broken += self._violations(w)
        holdings = self.limits.holdings
        objective, kpis = self.score(w)
        kpis["assets"] = float(holdings.held(w).sum())
        traded = self.limits.trading.figures(w, holdings.lot)
        objective += traded.get("trading_cost", 0.0)
        return Evaluation(objective, tuple(broken), kpis | traded)

    def weights_in(self, plan: Allocation) -> Floats:
        """float64[n]; what is no finite number, and is broken as such, counts as nothing."""
        held = np.array([plan.weights.get(name, 0.0) for name in self.names], dtype=np.float64)
        return np.where(np.isfinite(held), held, 0.0)

    def allocation(self, lots: Sequence[int]) -> Allocation:
        """A plan of so many lots of each asset."""
        wealth, named = self.limits.holdings.total_lots, zip(self.names, lots, strict=True)
        return Allocation({name: n / wealth for name, n in named if n})

    def lots_in(self, plan: Allocation) -> Ints:
        """int64[n]. Raises QoptError for weights that are no whole lots within the limits."""
        if unknown := set(plan.weights) - set(self.names):
            raise QoptError(f"the plan holds {sorted(unknown)[0]!r}, which is not among the assets")
        return np.array([self._lots_of(name, plan) for name in self.names], dtype=np.int64)

    def greedy(self) -> Allocation:
        """Lot by lot to the asset that gains most; where turnover is limited, from those now."""
        return self.allocation(self.lots.greedy().tolist())

    @property
    def kinds(self) -> tuple[str, ...]:
        """A sector's assets and some held ones, or any assets and some held ones, are freed."""
        return ("sector", "assets") if len(self.limits.sectors.known) > 1 else ("assets",)

    def neighbourhood(
        self,
        plan: Allocation,
        kind: str,
        size: int,
        random: np.random.Generator,
        seen: Sequence[Allocation] = (),
    ) -> Neighbourhood | None:
        """Some assets free, the others as they are in `plan`."""
        try:
            lots = self.lots_in(plan)
        except QoptError:  # some weight is none that the model has
            return None
        if kind == "sector":
            return of_sector(self.lots, lots, self.limits.sectors.each, size, random)
        return of_assets(self.lots, lots, size, random)

    def draw(self, plan: Allocation, axes: Any) -> None:
        """Holdings as bars, largest first."""
        draw_holdings(plan, axes)

    def fingerprint_parts(self) -> dict[str, Any]:
        """Everything that decides the problem."""
        own = {
            name: value
            for name, value in vars(self).items()
            if name not in ("limits", "lots", "notes") and not name.startswith("_")
        }
        return own | self.limits.fingerprint_parts()

    @cached_property
    def lots(self) -> Lots:
        """The same in whole lots."""
        return self._in_lots()

    def _in_lots(self) -> Lots:
        q, c, offset = self.quadratic()
        holdings, lot = self.limits.holdings, self.limits.holdings.lot
        return Lots(
            names=self.names,
            quadratic=lot**2 * q,
            linear=lot * c,
            offset=offset,
            total=holdings.total_lots,
            least=holdings.min_lots,
            most=holdings.max_lots,
            max_assets=holdings.max_assets,
            min_assets=holdings.min_assets,
            caps=self.limits.sectors.caps_in_lots(holdings),
            trades=self.limits.trading.in_lots(lot),
            folded=self.formulation in ("folded", "slack"),
        )

    def _lots_of(self, name: str, plan: Allocation) -> int:
        """The whole lots that a plan holds of an asset. Raises QoptError where it has no such."""
        holdings = self.limits.holdings
        lots = plan.weights.get(name, 0.0) / holdings.lot
        whole = round(lots) if np.isfinite(lots) else -1
        within = whole == 0 or holdings.min_lots <= whole <= holdings.max_lots
        if not within or abs(lots - whole) > 1e-6:
            held = f"{plan.weights[name]:.6g} of {name}"
            raise QoptError(f"the plan holds {held}, not in lots within the holding limits")
        return whole

    def _violations(self, w: Floats) -> Iterator[Violation]:
        """The limits that weights float64[n] break; a kind of its own limits adds them."""
        return self.limits.violations(w)

    def _complaints(self) -> Iterator[str]:
        """What is wrong beside the limits, the first first."""
        if self.formulation not in self.formulations:
            yield f"formulation={self.formulation!r}: give one of {', '.join(self.formulations)}"
