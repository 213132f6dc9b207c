"""Portfolio selection."""

from __future__ import annotations

from .mean_variance.frontier import EfficientFrontier as EfficientFrontier
from .mean_variance.frontier import Frontier as Frontier
from .mean_variance.frontier import FrontierPoint as FrontierPoint
from .mean_variance.problem import MeanVariance as MeanVariance
from .rebalancing.plan import AllocationPath as AllocationPath
from .rebalancing.problem import Rebalancing as Rebalancing
from .selection.plan import Allocation as Allocation
from .tail_risk.problem import ConditionalValueAtRisk as ConditionalValueAtRisk
from .tracking.problem import IndexTracking as IndexTracking
