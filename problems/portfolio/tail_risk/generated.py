"""Scenarios drawn at random."""

from __future__ import annotations

import numpy as np

from ..selection.trades import Floats


def drawn(assets: int, scenarios: int, random: np.random.Generator) -> Floats:
    """Returns float64[scenarios, assets] driven by three common factors with fat tails."""
    factors = 0.015 * random.standard_t(3, (scenarios, 3))
    loadings = random.normal(0.5, 0.5, (3, assets))
    returns = factors @ loadings + random.normal(0.002, 0.02, (scenarios, assets))
    return np.maximum(returns, -1.0)
