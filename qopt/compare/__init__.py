"""Which solver is better, by how much, how sure: statistics over records of runs."""

from __future__ import annotations

from .anytime import Attempts as Attempts
from .anytime import Profile as Profile
from .anytime import TimeToSolution as TimeToSolution
from .anytime import Waiting as Waiting
from .anytime import performance_profiles as performance_profiles
from .anytime import time_to_solution as time_to_solution
from .anytime import waiting as waiting
from .comparison import Comparison as Comparison
from .comparison import Control as Control
from .comparison import compare as compare
from .comparison import control as control
from .difference import Difference as Difference
from .inference import Interval as Interval
from .inference import Needed as Needed
from .inference import Verdict as Verdict
from .looks import Look as Look
from .looks import look as look
from .money import BreakEven as BreakEven
from .money import CostOfSolver as CostOfSolver
from .money import Ownership as Ownership
from .money import Rates as Rates
from .money import StoppedCost as StoppedCost
from .money import break_even as break_even
from .money import optimally_stopped as optimally_stopped
from .money import ownership as ownership
from .money import stopped_costs as stopped_costs
from .records import Metric as Metric
from .records import Question as Question
from .records import Reference as Reference
from .records import Run as Run
from .records import gap as gap
from .summaries import Summary as Summary
from .withholding import Reliability as Reliability
