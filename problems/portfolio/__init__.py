"""Portfolio selection."""

from __future__ import annotations

from .allocation import Allocation as Allocation
from .allocation import AllocationPath as AllocationPath
from .conditional_value_at_risk import ConditionalValueAtRisk as ConditionalValueAtRisk
from .efficient_frontier import EfficientFrontier as EfficientFrontier
from .efficient_frontier import Frontier as Frontier
from .efficient_frontier import FrontierPoint as FrontierPoint
from .index_tracking import IndexTracking as IndexTracking
from .mean_variance import MeanVariance as MeanVariance
from .rebalancing import Rebalancing as Rebalancing
