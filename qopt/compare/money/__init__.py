"""What runs cost, what their plans are worth, and at which prices that turns round."""

from __future__ import annotations

from .break_even import BreakEven as BreakEven
from .break_even import Rates as Rates
from .break_even import break_even as break_even
from .ownership import Ownership as Ownership
from .ownership import ownership as ownership
from .stopping import CostOfSolver as CostOfSolver
from .stopping import StoppedCost as StoppedCost
from .stopping import optimally_stopped as optimally_stopped
from .stopping import stopped_costs as stopped_costs
