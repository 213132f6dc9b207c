"""Tables that are no history of prices, by what they look like, and the door they should go
through.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from qopt import QoptError
from qopt.kit.dates import dated
from qopt.kit.tables import Table

Floats = npt.NDArray[np.float64]

FEW = 0.1  # the share of small negative numbers that is no mistake among prices
MANY = 0.3  # and that of any negative numbers
LARGE = 0.5  # the size of the middle return from which returns seem to be in percent


def refuse_matrix(table: Table, decimal: str | None) -> None:
    """Raise QoptError for a covariance or a correlation matrix: square, symmetric, with rows named
    as columns or not at all.
    """
    numbers = [k for k in range(len(table.columns)) if table.kinds[k] in ("numbers", "gaps")]
    words = [k for k in range(len(table.columns)) if k not in numbers]
    if table.indexed and 0 in numbers and len(numbers) == table.rows + 1:
        numbers = numbers[1:]
    n = len(numbers)
    named = [sorted(table.texts(k)) == sorted(table.names[j] for j in numbers) for k in words]
    if n != table.rows or n < 2 or not all(named) or (n < 3 and not named):
        return
    matrix = table.numbers(numbers, decimal)
    if not np.allclose(matrix, matrix.T, rtol=1e-6, atol=0) or np.ptp(matrix) == 0:
        return
    what = "correlation" if np.allclose(np.diag(matrix), 1) else "covariance"
    raise QoptError(
        f"a {what} matrix of {n} assets, and no history of prices; "
        "give expected returns beside it: "
        f"MeanVariance(mean, covariance) takes frames, and JSON with a mean and a {what} is read"
    )


def refuse_turned(table: Table, columns: Sequence[int]) -> None:
    """Raise QoptError where dates are the names of the columns."""
    if len(columns) > 1 and all(dated(table.names[k]) for k in columns):
        dates = f"the columns are dates, from {table.names[columns[0]]} on"
        raise QoptError(f"{dates}: give a row a date, and transpose the table")


def refuse_returns(values: Floats) -> None:
    """Raise QoptError where what should be prices has negative numbers in plenty."""
    filled = values[~np.isnan(values)]
    negative = int((filled < 0).sum())
    small = len(filled) > 0 and float(np.median(np.abs(filled))) <= LARGE
    if negative > (FEW if small else MANY) * len(filled):
        raise QoptError(
            f"{negative} of {len(filled)} numbers are negative: "
            "these are no prices, and look like returns; if they are, give kind='returns'"
        )


def refuse_prices(values: Floats) -> None:
    """Raise QoptError where what should be returns are prices, or percentages without a sign."""
    filled = values[~np.isnan(values)]
    if not len(filled) or float(np.median(np.abs(filled))) <= LARGE:
        return
    if (filled > 0).all():
        raise QoptError(
            "these look like prices, and are no returns: all are above 0; give kind='prices'"
        )
    raise QoptError(
        f"the middle return is {float(np.median(np.abs(filled))):.3g}: are these percentages? "
        "Give fractions, 0.05 for 5 %, or percent signs"
    )
