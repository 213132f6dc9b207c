"""Portfolios as JSON; the format is shown at `MeanVariance.read`."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from qopt.kit.documents import Document, Schema
from qopt.kit.files import Fields, Text

from .assets import covariance_of

Matrix = list[list[float]]


class PortfolioFile(Schema):
    kind = "portfolio"

    mean: list[float]
    deviation: list[float] | None = None
    correlation: Matrix | None = None
    covariance: Matrix | None = None
    names: list[str] | None = None
    name: str | None = None
    source: str | None = None
    best_known: float | None = None
    risk_aversion: float | None = None
    max_assets: int | None = None
    min_assets: int | None = None
    min_holding: float | None = None
    max_holding: float | None = None
    lot: float | None = None


def read_portfolio(text: Text) -> Fields:
    """The arguments of `MeanVariance`, and the line of each. Raises FileError with the line."""
    document = Document.of_text(text)
    given = document.of(PortfolioFile)
    values = given.model_dump(exclude_none=True, exclude={"deviation", "correlation", "source"})
    if given.covariance is None:
        values["covariance"] = _covariance(document, given)
    elif given.deviation is not None or given.correlation is not None:
        raise document.error("a covariance, and deviations or correlations beside it; keep one")
    return Fields(text, {"name": text.stem} | values, document.places)


def _covariance(document: Document, given: PortfolioFile) -> npt.NDArray[np.float64]:
    if given.deviation is None or given.correlation is None:
        raise document.error("give a covariance, or a deviation and a correlation, beside the mean")
    n = len(given.mean)
    for key, rows in (("deviation", [given.deviation]), ("correlation", given.correlation)):
        for i, row in enumerate(rows):
            if len(row) != n:
                place = ("correlation", i) if key == "correlation" else (key,)
                raise document.error(f"{len(row)} numbers in {key} for {n} means", place)
    if len(given.correlation) != n:
        said = f"{len(given.correlation)} rows of correlation for {n} means"
        raise document.error(said, ("correlation",))
    with document.text.blaming(document.places):
        return covariance_of(np.array(given.deviation), np.array(given.correlation))
