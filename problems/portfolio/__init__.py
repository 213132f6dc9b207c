"""Portfolio selection."""

from __future__ import annotations

from .allocation import Allocation as Allocation
from .mean_variance import MeanVariance as MeanVariance
