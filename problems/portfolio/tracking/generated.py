"""A history drawn at random."""

from __future__ import annotations

from typing import Any

import numpy as np


def drawn(assets: int, periods: int, random: np.random.Generator) -> dict[str, Any]:
    """Returns driven by three common factors, and an index that is a weighted sum of all."""
    factors = random.normal(0.0, 0.02, (periods, 3))
    loadings = random.normal(0.5, 0.5, (3, assets))
    returns = factors @ loadings + random.normal(0.001, 0.02, (periods, assets))
    return {"returns": returns, "index": returns @ random.dirichlet(np.full(assets, 0.5))}
