"""Results for people: tables, the page that proves itself, a run against another."""

from __future__ import annotations

from .releases import Release as Release
from .releases import compare_runs as compare_runs
from .report import report as report
from .table import LONGEST as LONGEST
from .table import solver_table as solver_table
from .table import trial_table as trial_table
from .verification import Verification as Verification
from .verification import verify as verify
