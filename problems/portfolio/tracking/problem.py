"""Index tracking: a few of an index's stocks whose returns are near those of the index.

Minimises the mean squared difference of returns over the T periods of a history,

    1/T sum_t (sum_i w_i r_ti - R_t)^2 = w' (r'r / T) w - 2 (r'R / T)' w + R'R / T,

over weights w, in whole lots, that sum to 1. Weights are those at the start of every period: the
portfolio is brought back to them each time. The model is that of `lots`.

Source: Beasley, Meade and Chang (2003), with the root of the mean square for their tracking error.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, Unpack

import numpy as np

from qopt.kit.checks import require_count
from qopt.kit.files import Text, noted

from ..inputs import Conventions, named_returns, steps_in
from ..selection.arguments import given
from ..selection.limits import ReadOptions, SelectionOptions
from ..selection.plan import Allocation
from ..selection.problem import Selection
from ..selection.trades import Floats
from .chart import draw_growth
from .files import fields_of, parted
from .generated import drawn


class IndexTracking(Selection):
    """Holdings that follow an index.

    Parameters
    ----------
    returns
        Returns of the assets [periods, n]: an array, or a pandas or polars frame with a column an
        asset.
    index
        Returns of the index [periods].
    names
        A name an asset; default the columns', else "asset 1", ...
    **limits
        As `Selection` explains them; `max_assets` is the K of "K of N".

    Raises
    ------
    QoptError
        For data outside these ranges, and for limits that no portfolio keeps, naming the value.
    """

    formats: ClassVar = "OR-Library indtrack text; CSV of prices with a column for the index"

    returns: Floats
    index: Floats
    name: str
    best_known: float | None

    def __init__(
        self,
        returns: Any,
        index: Any,
        *,
        names: Sequence[str] | None = None,
        name: str = "",
        best_known: float | None = None,
        **limits: Unpack[SelectionOptions],
    ) -> None:
        chosen, asset_returns, index_returns = named_returns(returns, index, names)
        self._set(returns=asset_returns, index=index_returns, name=name, best_known=best_known)
        super().__init__(chosen, **limits)

    @classmethod
    def of_prices(cls, prices: Any, index: str, **options: Any) -> IndexTracking:
        """From a table of prices, a row a date and a column an asset; `index` names the column of
        the index.

        Rows are put in order by their dates. `inputs.Conventions` say how the table is read; the
        other `options` are those of the class. The problem's `notes` say what was used.
        """
        conventions, limits = Conventions.split(options)
        steps = steps_in(prices, conventions)
        made = cls(**parted(steps, index, None) | limits)
        return noted(made, steps.notes, steps.warnings)

    @classmethod
    def read(
        cls,
        path: str | Path,
        *,
        periods: int | None = None,
        index: str | None = None,
        **options: Unpack[ReadOptions],
    ) -> IndexTracking:
        """Read OR-Library indtrack text, or a CSV of prices of which column `index` (default the
        first) is the index.

        The history is the first `periods` returns; default all. `kind`, `gaps`, `returns`, `field`,
        `decimal` and `date_format` say how a table is read, as `inputs.Conventions` explains; the
        other options are those of the class. Raises FileError with the line.
        """
        require_count("periods", periods, least=2, optional=True)
        text = Text.read(path)
        conventions, limits = Conventions.split(options)
        fields = fields_of(text, conventions, index, periods)
        return fields.make(cls, **given(**limits))

    @classmethod
    def generate(cls, *, assets: int = 20, periods: int = 60, seed: int = 0) -> IndexTracking:
        """Returns driven by three common factors, the index a weighted sum of all.

        A quarter of the assets, lots of 5 %.
        """
        require_count("assets", assets)
        require_count("periods", periods, least=2)
        require_count("seed", seed, least=0)
        history = drawn(assets, periods, np.random.default_rng(seed))
        most, name = max(1, assets // 4), f"random-{assets}x{periods}-s{seed}"
        return cls(**history, max_assets=most, lot=0.05, name=name)

    def quadratic(self) -> tuple[Floats, Floats, float]:
        r, y, periods = self.returns, self.index, len(self.index)
        return r.T @ r / periods, -2 * (r.T @ y) / periods, float(y @ y) / periods

    def score(self, w: Floats) -> tuple[float, dict[str, float]]:
        """The mean squared difference of returns, its root, and the mean above the index."""
        apart = self.returns @ w - self.index
        squared = float(np.mean(apart**2))
        return squared, {"tracking_error": squared**0.5, "excess_return": float(np.mean(apart))}

    def draw(self, plan: Allocation, axes: Any) -> None:
        """The growth of 1 in the index and in the portfolio."""
        held = {f"{len(plan.weights)} assets": self.returns @ self.weights_in(plan)}
        error = self.evaluate(plan).kpis["tracking_error"]
        title = f"{self.name or 'index tracking'}: tracking error {error:.3%} a period"
        draw_growth({"index": self.index} | held, axes, title)
