"""What portfolios may hold, and what every problem of choosing one in lots has in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from numbers import Integral
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypedDict, Unpack

import numpy as np

from qopt import Evaluation, ModelSize, Neighbourhood, QoptError, Violation

from ..inputs import Reading
from .lots import Cap, Lots
from .parts import of_assets, of_sector
from .plan import Allocation
from .trades import WHOLE, Floats, Ints, Trades

if TYPE_CHECKING:
    import dimod

Formulation = Literal["folded", "counted", "slack", "soft"]
SMALLEST_LOT = 1e-4  # a basis point
TOLERANCE = 1e-9  # of weights: they are sums of lots in floating point
FOLDED_UP_TO = 20  # assets


class Holdings(TypedDict, total=False):
    """What a portfolio may hold and what it costs to come to; `Selection` explains it."""

    max_assets: int | None
    min_assets: int | None
    min_holding: float
    max_holding: float
    lot: float
    sectors: Mapping[str, str] | Sequence[str] | None
    sector_caps: Mapping[str, float] | None
    current: Any
    max_turnover: float | None
    linear_cost: Any
    fixed_cost: Any


class Limits(Holdings, total=False):
    """The options that every problem of choosing a portfolio takes; `Selection` explains them."""

    formulation: Formulation | None


class ReadLimits(Limits, Reading, total=False):
    """The options of reading a portfolio's file: its limits, and those of tables of prices, of `inputs.Conventions`."""


class Selection(ABC):
    """Weights in lots that sum to 1 and keep limits.

    Parameters
    ----------
    names
        A name an asset.
    max_assets, min_assets
        At most and at least so many assets are held; both the same for exactly so many. Default: any number.
    min_holding, max_holding
        A held asset's weight is within these, 0 <= min_holding <= max_holding <= 1, and at least one lot.
    lot
        Weights are multiples of it; 1 must be a multiple too. At least a basis point, 0.0001.
    sectors
        The sector of each asset: a mapping from its name, which may leave assets out, or a list in the order of the assets.
    sector_caps
        The most that a sector's assets may weigh together, 0..1, by its name; a sector without one has no cap.
    current
        Weights now: an `Allocation`, a mapping or a pandas Series by name, where an asset left out is not held, or a list.
        They need not sum to 1, the rest being cash, nor be in lots. Default: nothing is held and trading is free.
    max_turnover
        The most that may be bought and sold, as a fraction of wealth: sum |w - current|. From 100 % in one asset to 100 % in
        another it is 2.
    linear_cost, fixed_cost
        What a trade adds to the objective, at least 0, each a number or one an asset: `linear_cost |w - current|`, and
        `fixed_cost` where w differs from `current` at all. They are charged, not taken from the wealth: weights still sum to 1.
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

    def __init__(self, names: Sequence[str], **limits: Unpack[Limits]) -> None:
        self.names = tuple(names)
        for option in limits:
            if option not in Limits.__annotations__:
                raise TypeError(f"{type(self).__name__} has no argument {option!r}")
        self.max_assets = count("max_assets", limits.get("max_assets"))
        self.min_assets = count("min_assets", limits.get("min_assets"))
        self.min_holding = number("min_holding", limits.get("min_holding", 0.0))
        self.max_holding = number("max_holding", limits.get("max_holding", 1.0))
        self.lot = number("lot", limits.get("lot", 0.01))
        self.sectors = _sectors(self.names, limits.get("sectors"))
        self.sector_caps = {
            str(sector): number(f"sector_caps[{sector!r}]", cap)
            for sector, cap in (limits.get("sector_caps") or {}).items()
        }
        current = limits.get("current")
        self.current = None if current is None else _weights(self.names, current)
        turnover = limits.get("max_turnover")
        self.max_turnover = None if turnover is None else number("max_turnover", turnover)
        self.linear_cost = _costs("linear_cost", self.names, limits.get("linear_cost"))
        self.fixed_cost = _costs("fixed_cost", self.names, limits.get("fixed_cost"))
        chosen = limits.get("formulation")
        self.formulation: Formulation = chosen or self.formulations[len(self.names) > FOLDED_UP_TO]
        for complaint in self._complaints():
            raise QoptError(complaint)

    @abstractmethod
    def quadratic(self) -> tuple[Floats, Floats, float]:
        """(Q float64[n, n], c [n], offset) with the objective w'Qw + c'w + offset of weights w, without what trading costs."""

    @abstractmethod
    def score(self, w: Floats) -> tuple[float, dict[str, float]]:
        """The objective of weights float64[n] without what trading costs, by its definition, and other figures."""

    @property
    def total_lots(self) -> int:
        """Lots in the whole wealth."""
        return round(1 / self.lot)

    @property
    def min_lots(self) -> int:
        """The fewest lots of a held asset."""
        return max(1, _ceil(self.min_holding / self.lot))

    @property
    def max_lots(self) -> int:
        """The most lots of an asset."""
        return _floor(self.max_holding / self.lot)

    def model_size(self) -> ModelSize:
        return self.lots.size()

    def model(self) -> dimod.ConstrainedQuadraticModel:
        return self.lots.cqm()

    def decode(self, sample: Mapping[Any, float]) -> Allocation:
        """Every asset with lots, held or not: lots without a holding show up below its minimum, or as one asset too many."""
        return self.allocation(self.lots.lots_of(sample).tolist())

    def encode(self, plan: Allocation) -> dict[Any, float]:
        """Raises QoptError for weights that are no whole lots within the holding limits."""
        return self.lots.sample(self.lots_in(plan))

    def evaluate(self, plan: Allocation) -> Evaluation:
        """The objective with what trading costs; broken are the limits."""
        w, known = self.weights_in(plan), set(self.names)
        violations = [
            Violation("assets", 1.0, f"unknown asset {name}")
            for name in plan.weights
            if name not in known
        ]
        odd = [name for name in self.names if not np.isfinite(plan.weights.get(name, 0.0))]
        violations += [Violation(f"holding[{name}]", 1.0, "not a number") for name in odd]
        violations += self._violations(w)
        objective, kpis = self.score(w)
        kpis["assets"] = float((np.abs(w) > TOLERANCE).sum())
        if self.current is not None:
            traded = np.abs(w - self.current)
            cost = float(self.linear_cost @ traded + self.fixed_cost @ (traded > WHOLE * self.lot))
            objective += cost
            kpis |= {"turnover": float(traded.sum()), "trading_cost": cost}
        return Evaluation(objective, tuple(violations), kpis)

    def weights_in(self, plan: Allocation) -> Floats:
        """float64[n]; what is no finite number, and is broken as such, counts as nothing."""
        given = np.array([plan.weights.get(name, 0.0) for name in self.names], dtype=np.float64)
        return np.where(np.isfinite(given), given, 0.0)

    def allocation(self, lots: Sequence[int]) -> Allocation:
        """A plan of so many lots of each asset."""
        return Allocation(
            {name: n / self.total_lots for name, n in zip(self.names, lots, strict=True) if n}
        )

    def lots_in(self, plan: Allocation) -> Ints:
        """int64[n]. Raises QoptError for weights that are no whole lots within the holding limits."""
        if unknown := set(plan.weights) - set(self.names):
            raise QoptError(f"the plan holds {sorted(unknown)[0]!r}, which is not among the assets")
        found = []
        for name in self.names:
            lots = plan.weights.get(name, 0.0) / self.lot
            if (
                not np.isfinite(lots)
                or abs(lots - round(lots)) > 1e-6
                or not (round(lots) == 0 or self.min_lots <= round(lots) <= self.max_lots)
            ):
                raise QoptError(
                    f"the plan holds {plan.weights[name]:.6g} of {name}, not in lots within the holding limits"
                )
            found.append(round(lots))
        return np.array(found, dtype=np.int64)

    def greedy(self) -> Allocation:
        """Lot by lot to the asset that gains most; with a limited turnover, from what is held now."""
        return self.allocation(self.lots.greedy().tolist())

    @property
    def kinds(self) -> tuple[str, ...]:
        """What a neighbourhood frees: a sector's assets and some that are held, or any assets and some that are held."""
        return ("sector", "assets") if len(set(self.sectors) - {""}) > 1 else ("assets",)

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
            return of_sector(self.lots, lots, self.sectors, size, random)
        return of_assets(self.lots, lots, size, random)

    def draw(self, plan: Allocation, axes: Any) -> None:
        """Holdings as bars, largest first."""
        ordered = sorted(plan.weights.items(), key=lambda held: -held[1])
        bars = axes.barh([name for name, _ in ordered], [100 * weight for _, weight in ordered])
        axes.bar_label(bars, fmt="{:.3g} %", padding=3)
        axes.margins(x=0.12)
        axes.invert_yaxis()
        axes.set_xlabel("% of wealth")

    def fingerprint_parts(self) -> dict[str, Any]:
        """Everything that decides the problem."""
        return {
            name: value
            for name, value in vars(self).items()
            if name not in ("lots", "notes") and not name.startswith("_")
        }

    @cached_property
    def lots(self) -> Lots:
        """The same in whole lots."""
        return self._in_lots()

    def _in_lots(self) -> Lots:
        q, c, offset = self.quadratic()
        caps = [
            Cap(sector, self._members(sector), _floor(cap / self.lot))
            for sector, cap in self.sector_caps.items()
            if _floor(cap / self.lot) < self.total_lots
        ]
        trades = None
        if self.current is not None:
            now = np.round(self.current / self.lot, 6)
            limit = np.inf if self.max_turnover is None else self.max_turnover / self.lot
            trades = Trades(now, self.linear_cost * self.lot, self.fixed_cost, limit)
        return Lots(
            names=self.names,
            quadratic=self.lot**2 * q,
            linear=self.lot * c,
            offset=offset,
            total=self.total_lots,
            least=self.min_lots,
            most=self.max_lots,
            max_assets=self.max_assets,
            min_assets=self.min_assets,
            caps=tuple(caps),
            trades=trades,
            folded=self.formulation in ("folded", "slack"),
        )

    def _members(self, sector: str) -> Ints:
        return np.array(
            [k for k, other in enumerate(self.sectors) if other == sector], dtype=np.int64
        )

    def _violations(self, w: Floats) -> Iterator[Violation]:
        held, hair = np.abs(w) > TOLERANCE, max(TOLERANCE, WHOLE * self.lot)
        if abs(w.sum() - 1) > TOLERANCE * len(w):
            yield Violation("budget", abs(float(w.sum()) - 1), "of wealth")
        for k in np.flatnonzero(held):
            short, over = self.min_holding - w[k], w[k] - self.max_holding
            if max(short, over) > hair:
                yield Violation(f"holding[{self.names[k]}]", float(max(short, over)), "of wealth")
            off = abs(w[k] - self.lot * round(w[k] / self.lot))
            if off > 1e-6 * self.lot:
                yield Violation(f"lot[{self.names[k]}]", float(off), "of wealth")
        if self.max_assets is not None and held.sum() > self.max_assets:
            yield Violation("max_assets", float(held.sum() - self.max_assets), "assets")
        if self.min_assets is not None and held.sum() < self.min_assets:
            yield Violation("min_assets", float(self.min_assets - held.sum()), "assets")
        for sector, cap in self.sector_caps.items():
            over = float(w[self._members(sector)].sum()) - cap
            if over > hair:
                yield Violation(f"sector[{sector}]", over, "of wealth")
        if self.current is not None and self.max_turnover is not None:
            over = float(np.abs(w - self.current).sum()) - self.max_turnover
            if over > WHOLE * self.lot * len(w) + TOLERANCE:
                yield Violation("turnover", over, "of wealth")

    def _complaints(self) -> Iterator[str]:
        n = len(self.names)
        if not (SMALLEST_LOT <= self.lot <= 1 and abs(1 / self.lot - round(1 / self.lot)) < 1e-6):
            yield f"lot={self.lot!r}: give a fraction of wealth that divides it, {SMALLEST_LOT:g} or more, as 0.01"
        if not 0 <= self.min_holding <= self.max_holding <= 1:
            yield f"min_holding={self.min_holding:g}, max_holding={self.max_holding:g}: give 0 <= min <= max <= 1"
        if self.min_lots > self.max_lots:
            yield f"no multiple of lot={self.lot:g} lies within {self.min_holding:g}..{self.max_holding:g}"
        for what, value in (("max_assets", self.max_assets), ("min_assets", self.min_assets)):
            if value is not None and not 1 <= value <= n:
                yield f"{what}={value!r} with {n} assets; give 1..{n}"
        if self.formulation not in self.formulations:
            yield f"formulation={self.formulation!r}: give one of {', '.join(self.formulations)}"
        most = n if self.max_assets is None else self.max_assets
        fewest = 1 if self.min_assets is None else self.min_assets
        if fewest > most:
            yield f"min_assets={fewest} is above max_assets={most}"
        if most * self.max_lots < self.total_lots:
            yield f"{most} assets of at most {self.max_holding:g} cannot make up the wealth; raise max_holding or max_assets"
        if fewest * self.min_lots > self.total_lots:
            yield f"{fewest} assets of at least {self.min_holding:g} exceed the wealth; lower min_holding or min_assets"
        counts = range(fewest, most + 1)
        if not any(k * self.min_lots <= self.total_lots <= k * self.max_lots for k in counts):
            limits = f"{self.min_lots * self.lot:g} to {self.max_lots * self.lot:g}"
            yield f"no number of assets from {fewest} to {most}, each {limits}, makes up the whole wealth; change the limits"
        yield from self._sector_complaints(most, fewest)
        yield from self._trading_complaints(most)

    def _sector_complaints(self, most: int, fewest: int) -> Iterator[str]:
        for sector, cap in self.sector_caps.items():
            if sector not in self.sectors:
                yield f"sector_caps names {sector!r}, and no asset is in it; its sectors are {_some(sorted(set(self.sectors)))}"
            if not 0 <= cap <= 1:
                yield f"sector_caps[{sector!r}]={cap:g}: give a fraction of wealth, 0..1"
        if not self.sector_caps:
            return
        steps, held = [], 0
        for sector in sorted(set(self.sectors)):
            members = len(self._members(sector))
            cap = min(
                _floor(self.sector_caps.get(sector, 1.0) / self.lot) if sector else self.total_lots,
                self.total_lots,
            )
            room = [min(self.max_lots, cap - k * self.max_lots) for k in range(members)]
            steps += [lots for lots in room if lots > 0]
            held += min(members, cap // self.min_lots)
        reach = sum(sorted(steps, reverse=True)[:most])
        if reach < self.total_lots:
            caps = ", ".join(f"{sector} {cap:g}" for sector, cap in self.sector_caps.items())
            yield f"within the sector caps ({caps}) at most {reach * self.lot:g} of the wealth can be held; raise them"
        if held < fewest:
            yield f"within the sector caps at most {held} assets of at least {self.min_holding:g} fit, and min_assets={fewest}"

    def _trading_complaints(self, most: int) -> Iterator[str]:
        for what, costs in (("linear_cost", self.linear_cost), ("fixed_cost", self.fixed_cost)):
            for k in np.flatnonzero(~((costs >= 0) & (costs < np.inf)))[:1]:
                yield f"{what} of {self.names[k]} is {costs[k]:g}; give 0 or more"
            if self.current is None and costs.any():
                yield f"{what} is given without current: say what is held now, current={{}} for nothing"
        if self.current is None:
            if self.max_turnover is not None:
                yield "max_turnover is given without current: say what is held now"
            return
        for k in np.flatnonzero(~((self.current >= 0) & (self.current <= 1e3)))[:1]:
            yield f"current holds {self.current[k]:g} of {self.names[k]}; give weights of 0 or more"
        if self.max_turnover is None:
            return
        if not 0 <= self.max_turnover < np.inf:
            yield f"max_turnover={self.max_turnover!r}: give 0 or more"
        for why, sold in self._sales(most):
            needed = 2 * sold + 1 - float(self.current.sum())
            if needed > self.max_turnover + WHOLE:
                yield f"max_turnover={self.max_turnover:g}, and {why} alone takes {needed:g}; raise it"

    def _sales(self, most: int) -> Iterator[tuple[str, float]]:
        """What must be sold of the present holdings, by the limit that asks for it."""
        assert self.current is not None
        now = self.current
        yield "coming to the whole wealth", max(0.0, float(now.sum()) - 1)
        yield (
            f"keeping max_holding={self.max_holding:g}",
            float(np.maximum(now - self.max_holding, 0).sum()),
        )
        yield f"keeping to {most} assets", float(np.sort(now)[: len(now) - most].sum())
        for sector, cap in self.sector_caps.items():
            yield (
                f"keeping the cap of sector {sector}",
                max(0.0, float(now[self._members(sector)].sum()) - cap),
            )


def given(**options: Any) -> dict[str, Any]:
    """Of a reader's options those that are not None: the class has its own defaults."""
    return {option: value for option, value in options.items() if value is not None}


def number(what: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | np.number):
        raise QoptError(f"{what}={value!r}: give a number")
    try:
        return float(value)
    except OverflowError:
        raise QoptError(f"{what} is too large a number") from None


def count(what: str, value: Any) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise QoptError(f"{what}={value!r}: give a whole number")
    return int(value)


def _sectors(names: tuple[str, ...], given: Any) -> tuple[str, ...]:
    """The sector of each asset, "" for none."""
    if given is None:
        return ("",) * len(names)
    if hasattr(given, "to_dict"):  # a pandas Series
        given = given.to_dict()
    if isinstance(given, Mapping):
        for name in given:
            if name not in names:
                raise QoptError(f"sectors names {name!r}, which is not among the assets")
        return tuple(str(given.get(name, "")) for name in names)
    if (
        isinstance(given, str)
        or not isinstance(given, Sequence | np.ndarray)
        or len(given) != len(names)
    ):
        raise QoptError(f"sectors={given!r}: give the sector of each of the {len(names)} assets")
    return tuple(map(str, given))


def _weights(names: tuple[str, ...], given: Any) -> Floats:
    if isinstance(given, Allocation):
        given = given.weights
    if hasattr(given, "to_dict"):
        given = given.to_dict()
    if isinstance(given, Mapping):
        for name in given:
            if name not in names:
                raise QoptError(f"current holds {name!r}, which is not among the assets")
        return np.array(
            [number(f"current[{name!r}]", given.get(name, 0.0)) for name in names], dtype=np.float64
        )
    return _numbers("current", names, given)


def _costs(what: str, names: tuple[str, ...], given: Any) -> Floats:
    if given is None:
        return np.zeros(len(names))
    if isinstance(given, int | float | np.number):
        return np.full(len(names), number(what, given))
    if hasattr(given, "to_dict"):
        given = given.to_dict()
    if isinstance(given, Mapping):
        given = [given.get(name, 0.0) for name in names]
    return _numbers(what, names, given)


def _numbers(what: str, names: tuple[str, ...], given: Any) -> Floats:
    values = (
        given.tolist()
        if hasattr(given, "tolist")
        else given.to_list()
        if hasattr(given, "to_list")
        else given
    )
    if isinstance(values, str) or not isinstance(values, Sequence) or len(values) != len(names):
        raise QoptError(f"{what}={given!r}: give a number for each of the {len(names)} assets")
    return np.array(
        [number(f"{what} of {name}", value) for name, value in zip(names, values, strict=True)],
        dtype=np.float64,
    )


def _some(names: Sequence[str]) -> str:
    return ", ".join(repr(name) for name in names[:5]) + (", ..." if len(names) > 5 else "")


def _ceil(x: float) -> int:
    return int(np.ceil(x - 1e-6))


def _floor(x: float) -> int:
    return int(np.floor(x + 1e-6))
