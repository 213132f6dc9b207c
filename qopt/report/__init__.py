"""Results for people."""

from __future__ import annotations

from .table import LONGEST as LONGEST
from .table import solver_table as solver_table
from .table import trial_table as trial_table
