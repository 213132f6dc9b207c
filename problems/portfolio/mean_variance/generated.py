"""Assets drawn at random."""

from __future__ import annotations

from typing import Any

import numpy as np


def drawn(assets: int, random: np.random.Generator) -> dict[str, Any]:
    """Mean and covariance of returns that are driven by three common factors."""
    loadings = random.normal(0.0, 0.1, (assets, 3))
    covariance = loadings @ loadings.T + np.diag(random.uniform(0.005, 0.04, assets))
    return {"mean": random.normal(0.08, 0.06, assets), "covariance": covariance}
