"""Mean-variance portfolio selection in lots, with a limited number of holdings.

Minimises `risk_aversion * w' C w - mean' w` and what trading costs over weights w, in whole lots,
that sum to 1. The model is that of `lots`.

Source: Markowitz (1952); cardinality and holding limits as in Chang, Meade, Beasley and Sharaiha
(2000).
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, Unpack

import numpy as np

from qopt import QoptError
from qopt.kit.bundled import Bundled
from qopt.kit.checks import require_count
from qopt.kit.files import Text, noted

from ..inputs import Assets, Conventions, steps_in, tabled
from ..selection.arguments import given, number
from ..selection.limits import ReadOptions, SelectionOptions
from ..selection.plan import Allocation
from ..selection.problem import Selection
from ..selection.trades import Floats
from .files import fields_of
from .generated import drawn

BUNDLED = Bundled("mean-variance", "problems.portfolio", ".json")


class MeanVariance(Selection):
    """Holdings that weigh expected return against variance.

    Minimises `risk_aversion * w' C w - mean' w` over weights w that sum to 1.

    Parameters
    ----------
    mean
        Expected returns [n] for one period: an array, a dict by name, a pandas or polars Series (an
        index names the assets), or a frame with a column of names and one of numbers.
    covariance
        Their covariance [n, n], positive semidefinite (it may be singular): an array, or a pandas
        or polars frame with a column an asset.
    risk_aversion
        At least 0; 0 looks at returns alone.
    names
        A name an asset; default those of the tables, else "asset 1", ...
    **limits
        `max_assets`, `min_assets`, `min_holding`, `max_holding`, `lot`, `sectors`, `sector_caps`,
        `current`, `max_turnover`, `linear_cost`, `fixed_cost` and `formulation`, as `Selection`
        explains them.

    Raises
    ------
    QoptError
        For data outside these ranges, and for limits that no portfolio keeps, naming the value.
    """

    formats: ClassVar = "CSV of prices or returns; OR-Library port text; qopt's own JSON"

    mean: Floats
    covariance: Floats
    risk_aversion: float
    name: str
    best_known: float | None

    def __init__(
        self,
        mean: Any,
        covariance: Any,
        *,
        risk_aversion: float,
        names: Sequence[str] | None = None,
        name: str = "",
        best_known: float | None = None,
        **limits: Unpack[SelectionOptions],
    ) -> None:
        assets = tabled(mean, covariance, names)
        self._set(
            mean=assets.mean,
            covariance=assets.covariance,
            risk_aversion=number("risk_aversion", risk_aversion),
            name=name,
            best_known=best_known,
        )
        self._require_a_covariance()
        super().__init__(assets.names, **limits)

    @classmethod
    def of_prices(cls, prices: Any, *, periods_per_year: float = 1, **options: Any) -> MeanVariance:
        """From a table of prices, a row a date and a column an asset: a frame of pandas or polars,
        a dict of columns, an array.

        Rows are put in order by their dates. `periods_per_year` and `inputs.Conventions` as for
        `read`; the other `options` are those of the class. The problem's `notes` say what was used.
        """
        conventions, limits = Conventions.split(options)
        steps = steps_in(prices, conventions)
        assets = Assets.of_steps(steps, periods_per_year)
        made = cls(assets.mean, assets.covariance, **{"names": assets.names} | limits)
        return noted(made, steps.notes, steps.warnings)

    @classmethod
    def of_returns(
        cls, returns: Any, *, periods_per_year: float = 1, **options: Any
    ) -> MeanVariance:
        """From a table of returns as fractions, a row a period; else as `of_prices`."""
        kind: Any = {"kind": "returns"}
        return cls.of_prices(returns, periods_per_year=periods_per_year, **options | kind)

    @classmethod
    def read(
        cls,
        path: str | Path,
        *,
        risk_aversion: float | None = None,
        periods_per_year: float = 1,
        **options: Unpack[ReadOptions],
    ) -> MeanVariance:
        """Read a table of prices or returns as CSV, qopt's own JSON, or OR-Library port text; the
        content says which it is.

        Of a table, `periods_per_year` (252 for daily prices) scales mean and covariance to a year,
        and `kind`, `gaps`, `returns`, `field`, `decimal` and `date_format` say how it is read, as
        `inputs.Conventions` explains; the other options are those of the class. JSON has "mean" and
        either "covariance" or "deviation" and "correlation", and may have "names", "name",
        "best_known", "risk_aversion", "max_assets", "min_assets", "min_holding", "max_holding" and
        "lot". `risk_aversion` is required unless the file gives it. Raises FileError with the line.
        """
        text = Text.read(path)
        conventions, limits = Conventions.split(options)
        chosen = given(risk_aversion=risk_aversion, **limits)
        fields = fields_of(text, conventions, chosen, periods_per_year)
        return fields.make(cls, **chosen)

    @classmethod
    def bundled(cls, name: str = "hang-seng-10", **options: Any) -> MeanVariance:
        """An instance that comes with qopt; `options` as for `read`."""
        with BUNDLED.file(name) as path:
            return cls.read(path, **options)

    @classmethod
    def instances(cls) -> list[str]:
        """The names `bundled` knows."""
        return BUNDLED.names

    @classmethod
    def generate(cls, *, assets: int = 20, seed: int = 0) -> MeanVariance:
        """Returns driven by three common factors.

        Risk aversion 3, at most a quarter of the assets, lots of 5 %.
        """
        require_count("assets", assets)
        require_count("seed", seed, least=0)
        return cls(
            **drawn(assets, np.random.default_rng(seed)),
            risk_aversion=3.0,
            max_assets=max(1, assets // 4),
            lot=0.05,
            name=f"random-{assets}-s{seed}",
        )

    def quadratic(self) -> tuple[Floats, Floats, float]:
        return self.risk_aversion * self.covariance, -self.mean, 0.0

    def score(self, w: Floats) -> tuple[float, dict[str, float]]:
        """`risk_aversion * w' C w - mean' w`."""
        variance, income = float(w @ self.covariance @ w), float(self.mean @ w)
        kpis = {"return": income, "volatility": max(0.0, variance) ** 0.5}
        return self.risk_aversion * variance - income, kpis

    def draw(self, plan: Allocation, axes: Any) -> None:
        """Holdings as bars, largest first."""
        super().draw(plan, axes)
        kpis = self.evaluate(plan).kpis
        figures = f"return {kpis['return']:.3%}, volatility {kpis['volatility']:.3%}"
        axes.set_title(f"{self.name or 'portfolio'}: {figures}")

    def at(self, risk_aversion: float) -> MeanVariance:
        """The same with another risk aversion."""
        other = copy.copy(self)
        vars(other).pop("lots", None)
        other._set(risk_aversion=number("risk_aversion", risk_aversion), best_known=None)
        other._require_a_covariance()
        return other

    def _require_a_covariance(self) -> None:
        c = self.covariance
        scale = float(np.abs(c).max(initial=0.0))
        if np.abs(c - c.T).max(initial=0.0) > 1e-8 * scale:
            i, j = np.unravel_index(int(np.argmax(np.abs(c - c.T))), c.shape)
            two = f"{c[i, j]:g} at ({i}, {j}) and {c[j, i]:g} at ({j}, {i})"
            raise QoptError(f"covariance is not symmetric: {two}")
        least = float(np.linalg.eigvalsh((c + c.T) / 2).min(initial=0.0))
        if least < -1e-8 * scale:
            fault = f"covariance is not positive semidefinite: eigenvalue {least:.3g}"
            raise QoptError(f"{fault}; no returns have it, repair it first")
        if not (np.isfinite(self.risk_aversion) and self.risk_aversion >= 0):
            raise QoptError(f"risk_aversion={self.risk_aversion!r}: give 0 or more")
