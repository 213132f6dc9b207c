"""How an index and a portfolio grew."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..selection.trades import Floats


def draw_growth(returns: Mapping[str, Floats], axes: Any, title: str) -> None:
    """The growth of 1 by each of some returns float64[periods], by what to call them."""
    for label, history in returns.items():
        axes.plot(np.concatenate([[1.0], np.cumprod(1 + history)]), label=label)
    axes.set_xlabel("period")
    axes.set_ylabel("growth of 1")
    axes.legend()
    axes.set_title(title)
