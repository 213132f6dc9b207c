"""What runs had on the way: at a common time, on average, and until a target was reached."""

from __future__ import annotations

from .curves import gap_curves as gap_curves
from .profiles import Profile as Profile
from .profiles import performance_profiles as performance_profiles
from .profiles import profile as profile
from .survival import Waiting as Waiting
from .survival import log_rank as log_rank
from .survival import waiting as waiting
from .time_to_solution import Attempts as Attempts
from .time_to_solution import TimesToSolution as TimesToSolution
from .time_to_solution import TimeToSolution as TimeToSolution
from .time_to_solution import clopper_pearson as clopper_pearson
from .time_to_solution import spread as spread
from .time_to_solution import time_to_solution as time_to_solution
from .traces import arrival as arrival
from .traces import common_horizon as common_horizon
from .traces import mean_gap as mean_gap
from .traces import objective_at as objective_at
