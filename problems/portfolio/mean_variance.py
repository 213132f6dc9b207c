"""Mean-variance portfolio selection with a limited number of holdings, in lots.

Formulation: lots. An asset is out, or held with its minimum of lots and `extra` more:

    w_i = lot (m held[i] + extra[i]),   held binary, extra whole and log-encoded,   extra[i] (1 - held[i]) = 0

The last is a product that must vanish, so it needs no slack and costs nothing where it holds. What remains are two counts, the
budget sum w = 1 in lots and the number of assets. Chosen for feasible plans: with the minimum folded into `held`, no row links
weights to holdings, where m held <= n <= M held would take two slacks an asset.

Source: Markowitz (1952); cardinality and holding limits as in Chang, Meade, Beasley and Sharaiha (2000).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from importlib import resources
from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt

from qopt import Evaluation, FileError, ModelSize, QoptError, UnknownName, Violation, require_count

from .allocation import Allocation
from .readers import read_json, read_port, read_prices, tabled

if TYPE_CHECKING:
    import dimod

Floats = npt.NDArray[np.float64]

_INSTANCES = resources.files(__package__) / "instances"
SMALLEST_LOT = 1e-4  # a basis point
TOLERANCE = 1e-9  # of weights: they are sums of lots in floating point


class MeanVariance:
    """Holdings that weigh expected return against variance.

    Minimises `risk_aversion * w' C w - mean' w` over weights w that sum to 1.

    Parameters
    ----------
    mean
        Expected returns [n] for one period: an array, a pandas Series (its index names the assets) or a polars Series.
    covariance
        Their covariance [n, n], positive semidefinite: an array, or a pandas or polars frame with a column an asset.
    risk_aversion
        At least 0; 0 looks at returns alone.
    max_assets, min_assets
        At most and at least so many assets are held; both the same for exactly so many. Default: any number.
    min_holding, max_holding
        A held asset's weight is within these, 0 <= min_holding <= max_holding <= 1, and at least one lot.
    lot
        Weights are multiples of it; 1 must be a multiple too. At least a basis point, 0.0001.
    names
        A name an asset; default those of the tables, else "asset 1", ...

    Raises
    ------
    QoptError
        For data outside these ranges, and for limits that no portfolio keeps, naming the value.
    """

    sense: ClassVar = "min"
    plan_type: ClassVar = Allocation
    formats: ClassVar = "CSV of prices; OR-Library port text; qopt's own JSON"

    def __init__(
        self,
        mean: Any,
        covariance: Any,
        *,
        risk_aversion: float,
        max_assets: int | None = None,
        min_assets: int | None = None,
        min_holding: float = 0.0,
        max_holding: float = 1.0,
        lot: float = 0.01,
        names: Sequence[str] | None = None,
        name: str = "",
        best_known: float | None = None,
    ) -> None:
        assets = tabled(mean, covariance, names)
        self.names, self.mean, self.covariance = assets.names, assets.mean, assets.covariance
        self.risk_aversion = _number("risk_aversion", risk_aversion)
        self.max_assets, self.min_assets = _count("max_assets", max_assets), _count("min_assets", min_assets)
        self.min_holding, self.max_holding = _number("min_holding", min_holding), _number("max_holding", max_holding)
        self.lot = _number("lot", lot)
        self.name, self.best_known = name, best_known
        self._check()

    @classmethod
    def read(
        cls,
        path: str | Path,
        *,
        risk_aversion: float | None = None,
        max_assets: int | None = None,
        min_assets: int | None = None,
        min_holding: float | None = None,
        max_holding: float | None = None,
        lot: float | None = None,
    ) -> MeanVariance:
        """Read a `.csv` of prices, a `.json` of qopt's own, or OR-Library port text; the options are those of the class.

        `risk_aversion` is required unless the file gives it. Raises FileError with the line.
        """
        path = Path(path)
        given = {
            "risk_aversion": risk_aversion,
            "max_assets": max_assets,
            "min_assets": min_assets,
            "min_holding": min_holding,
            "max_holding": max_holding,
            "lot": lot,
        }
        options: dict[str, Any] = {option: value for option, value in given.items() if value is not None}
        if path.suffix == ".json":
            assets, own = read_json(path)
            if options:
                own.pop("best_known", None)  # it holds for the file's own limits
            options = {**own, **options}
        else:
            assets = read_prices(path) if path.suffix == ".csv" else read_port(path)
            options["name"] = path.stem
        if "risk_aversion" not in options:
            raise FileError(path, "give risk_aversion: how much variance weighs against return, as risk_aversion=5")
        try:
            return cls(assets.mean, assets.covariance, names=assets.names, **options)
        except QoptError as error:
            raise FileError(path, str(error)) from None

    @classmethod
    def bundled(cls, name: str = "hang-seng-10", **options: Any) -> MeanVariance:
        """An instance that comes with qopt; `options` as for `read`."""
        if name not in cls.instances():
            raise UnknownName("bundled mean-variance instance", name, cls.instances())
        with resources.as_file(_INSTANCES / f"{name}.json") as path:
            return cls.read(path, **options)

    @classmethod
    def instances(cls) -> list[str]:
        """The names `bundled` knows."""
        return sorted(Path(file.name).stem for file in _INSTANCES.iterdir())

    @classmethod
    def generate(cls, *, assets: int = 20, seed: int = 0) -> MeanVariance:
        """Returns driven by three common factors; risk aversion 3, at most a quarter of the assets, lots of 5 %."""
        require_count("assets", assets)
        require_count("seed", seed, least=0)
        random = np.random.default_rng(seed)
        loadings = random.normal(0.0, 0.1, (assets, 3))
        covariance = loadings @ loadings.T + np.diag(random.uniform(0.005, 0.04, assets))
        return cls(
            random.normal(0.08, 0.06, assets),
            covariance,
            risk_aversion=3.0,
            max_assets=max(1, assets // 4),
            lot=0.05,
            name=f"random-{assets}-s{seed}",
        )

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
        n = len(self.names)
        counts = int(self.max_assets is not None) + int(self.min_assets is not None and not self._exactly)
        extras = self.max_lots > self.min_lots
        kinds = 2 if extras else 1
        q = self._quadratic_per_lot()
        between = int(np.count_nonzero(np.triu(q, 1))) * kinds**2
        within = 2 * int(np.count_nonzero(np.diag(q))) if extras else 0
        return ModelSize(kinds * n, between + within + (n if extras else 0), 1 + counts + (n if extras else 0))

    def model(self) -> dimod.ConstrainedQuadraticModel:
        import dimod

        objective = dimod.QuadraticModel()

        def couple(u: str, v: str, bias: float) -> None:
            if bias:
                objective.add_quadratic(u, v, bias)

        for held in self._held:
            objective.add_variable("BINARY", held)
        for extra in self._extra:
            objective.add_variable("INTEGER", extra, upper_bound=self.max_lots - self.min_lots)
        q, c, m = self._quadratic_per_lot(), -self.lot * self.mean, float(self.min_lots)
        for i, held in enumerate(self._held):
            objective.add_linear(held, m * c[i] + m * m * q[i, i])  # held squared is held
            for j in range(i):
                couple(held, self._held[j], 2 * m * m * q[i, j])
        for i, extra in enumerate(self._extra):
            objective.add_linear(extra, c[i])
            for j, held in enumerate(self._held):
                couple(extra, held, 2 * m * q[i, j])
            for j in range(i + 1):
                couple(extra, self._extra[j], q[i, i] if i == j else 2 * q[i, j])
        cqm = dimod.ConstrainedQuadraticModel()
        cqm.set_objective(objective)
        lots = [(held, m) for held in self._held] + [(extra, 1.0) for extra in self._extra]
        cqm.add_constraint_from_iterable(lots, "==", rhs=self.total_lots, label="budget")
        holdings = [(held, 1.0) for held in self._held]
        if self._exactly:
            cqm.add_constraint_from_iterable(holdings, "==", rhs=self.max_assets, label="assets")
        elif self.max_assets is not None:
            cqm.add_constraint_from_iterable(holdings, "<=", rhs=self.max_assets, label="max_assets")
        if self.min_assets is not None and not self._exactly:
            cqm.add_constraint_from_iterable(holdings, ">=", rhs=self.min_assets, label="min_assets")
        for name, extra, held in zip(self.names, self._extra, self._held, strict=bool(self._extra)):
            terms = [(extra, 1.0), (extra, held, -1.0)]
            cqm.add_constraint_from_iterable(terms, "==", rhs=0, label=f"only_if_held[{name}]")
        return cqm

    def decode(self, sample: Mapping[Any, float]) -> Allocation:
        """Every asset with lots, held or not: lots without a holding show up below its minimum, or as one asset too many."""
        lots = np.array([self.min_lots * sample[held] for held in self._held])
        if self._extra:
            lots += np.array([sample[extra] for extra in self._extra])
        return self.allocation(np.rint(lots).astype(int).tolist())

    def encode(self, plan: Allocation) -> dict[Any, float]:
        """Raises QoptError for weights that are no whole lots within the holding limits."""
        if unknown := set(plan.weights) - set(self.names):
            raise QoptError(f"the plan holds {sorted(unknown)[0]!r}, which is not among the assets")
        sample = {}
        for k, name in enumerate(self.names):
            lots = plan.weights.get(name, 0.0) / self.lot
            if (
                not np.isfinite(lots)
                or abs(lots - round(lots)) > 1e-6
                or not (round(lots) == 0 or self.min_lots <= round(lots) <= self.max_lots)
            ):
                raise QoptError(f"the plan holds {plan.weights[name]:.6g} of {name}, not in lots within the holding limits")
            sample[self._held[k]] = float(round(lots) > 0)
            if self._extra:
                sample[self._extra[k]] = float(max(0, round(lots) - self.min_lots))
        return sample

    def evaluate(self, plan: Allocation) -> Evaluation:
        """`risk_aversion * w' C w - mean' w`; broken are the budget, holding limits, lots, and the number of assets."""
        given = np.array([plan.weights.get(name, 0.0) for name in self.names], dtype=np.float64)
        w = np.where(np.isfinite(given), given, 0.0)
        held = np.abs(w) > TOLERANCE
        violations = [Violation("assets", 1.0, f"unknown asset {name}") for name in plan.weights if name not in self.names]
        odd = [name for name, weight in zip(self.names, given, strict=True) if not np.isfinite(weight)]
        violations += [Violation(f"holding[{name}]", 1.0, "not a number") for name in odd]
        if abs(w.sum() - 1) > TOLERANCE * len(w):
            violations.append(Violation("budget", abs(float(w.sum()) - 1), "of wealth"))
        for k in np.flatnonzero(held):
            short, over = self.min_holding - w[k], w[k] - self.max_holding
            if max(short, over, -w[k]) > TOLERANCE:
                violations.append(Violation(f"holding[{self.names[k]}]", float(max(short, over, -w[k])), "of wealth"))
            off = abs(w[k] - self.lot * round(w[k] / self.lot))
            if off > 1e-6 * self.lot:
                violations.append(Violation(f"lot[{self.names[k]}]", float(off), "of wealth"))
        if self.max_assets is not None and held.sum() > self.max_assets:
            violations.append(Violation("max_assets", float(held.sum() - self.max_assets), "assets"))
        if self.min_assets is not None and held.sum() < self.min_assets:
            violations.append(Violation("min_assets", float(self.min_assets - held.sum()), "assets"))
        variance, income = float(w @ self.covariance @ w), float(self.mean @ w)
        kpis = {"return": income, "volatility": max(0.0, variance) ** 0.5, "assets": float(held.sum())}
        return Evaluation(self.risk_aversion * variance - income, tuple(violations), kpis)

    def allocation(self, lots: Sequence[int]) -> Allocation:
        """A plan of so many lots of each asset."""
        return Allocation({name: n / self.total_lots for name, n in zip(self.names, lots, strict=True) if n})

    def greedy(self) -> Allocation:
        """Lot by lot to the asset that gains most; opening one buys its minimum at once."""
        q, c = self._quadratic_per_lot(), -self.lot * self.mean
        lots = np.zeros(len(self.names))
        most_assets = self.max_assets if self.max_assets is not None else len(self.names)
        while (left := self.total_lots - int(lots.sum())) > 0:
            step = np.where(lots > 0, 1, self.min_lots)
            price = (step * (c + 2 * q @ lots) + step**2 * np.diag(q)) / step
            full = (lots + step > self.max_lots) | (step > left)
            closed = (lots == 0) & (np.count_nonzero(lots) >= most_assets)
            wanting = (self.min_assets or 0) - np.count_nonzero(lots)
            reserved = (lots > 0) & (left - 1 < wanting * self.min_lots)
            price[full | closed | reserved] = np.inf
            if np.isinf(price).all():
                break
            best = int(np.argmin(price))
            lots[best] += step[best]
        return self.allocation(lots.astype(int).tolist())

    def draw(self, plan: Allocation, axes: Any) -> None:
        """Holdings as bars, largest first."""
        ordered = sorted(plan.weights.items(), key=lambda held: -held[1])
        bars = axes.barh([name for name, _ in ordered], [100 * weight for _, weight in ordered])
        axes.bar_label(bars, fmt="{:.3g} %", padding=3)
        axes.margins(x=0.12)
        axes.invert_yaxis()
        axes.set_xlabel("% of wealth")
        score = self.evaluate(plan)
        axes.set_title(
            f"{self.name or 'portfolio'}: return {score.kpis['return']:.3%}, volatility {score.kpis['volatility']:.3%}"
        )

    def fingerprint_parts(self) -> dict[str, Any]:
        """Everything that decides the problem."""
        return {name: value for name, value in vars(self).items() if not name.startswith("_")}

    @property
    def _exactly(self) -> bool:
        return self.max_assets is not None and self.max_assets == self.min_assets

    @cached_property
    def _held(self) -> list[str]:
        return [f"held[{name}]" for name in self.names]

    @cached_property
    def _extra(self) -> list[str]:
        """None where every holding has the same size."""
        return [f"extra[{name}]" for name in self.names] if self.max_lots > self.min_lots else []

    def _quadratic_per_lot(self) -> Floats:
        q: Floats = self.risk_aversion * self.lot**2 * self.covariance
        return q

    def _check(self) -> None:
        for complaint in self._complaints():
            raise QoptError(complaint)

    def _complaints(self) -> Iterator[str]:
        n, c = len(self.names), self.covariance
        scale = float(np.abs(c).max(initial=0.0))
        if np.abs(c - c.T).max(initial=0.0) > 1e-8 * scale:
            i, j = np.unravel_index(int(np.argmax(np.abs(c - c.T))), c.shape)
            yield f"covariance is not symmetric: {c[i, j]:g} at ({i}, {j}) and {c[j, i]:g} at ({j}, {i})"
        least = float(np.linalg.eigvalsh((c + c.T) / 2).min(initial=0.0))
        if least < -1e-8 * scale:
            yield f"covariance is not positive semidefinite: eigenvalue {least:.3g}; no returns have it, repair it first"
        if not (np.isfinite(self.risk_aversion) and self.risk_aversion >= 0):
            yield f"risk_aversion={self.risk_aversion!r}: give 0 or more"
        if not (SMALLEST_LOT <= self.lot <= 1 and abs(1 / self.lot - round(1 / self.lot)) < 1e-6):
            yield f"lot={self.lot!r}: give a fraction of wealth that divides it, {SMALLEST_LOT:g} or more, as 0.01"
        if not 0 <= self.min_holding <= self.max_holding <= 1:
            yield f"min_holding={self.min_holding:g}, max_holding={self.max_holding:g}: give 0 <= min <= max <= 1"
        if self.min_lots > self.max_lots:
            yield f"no multiple of lot={self.lot:g} lies within {self.min_holding:g}..{self.max_holding:g}"
        for what, count in (("max_assets", self.max_assets), ("min_assets", self.min_assets)):
            if count is not None and not 1 <= count <= n:
                yield f"{what}={count!r} with {n} assets; give 1..{n}"
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


def _number(what: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | np.number):
        raise QoptError(f"{what}={value!r}: give a number")
    try:
        return float(value)
    except OverflowError:
        raise QoptError(f"{what} is too large a number") from None


def _count(what: str, value: Any) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise QoptError(f"{what}={value!r}: give a whole number")
    return int(value)


def _ceil(x: float) -> int:
    return int(np.ceil(x - 1e-6))


def _floor(x: float) -> int:
    return int(np.floor(x + 1e-6))
