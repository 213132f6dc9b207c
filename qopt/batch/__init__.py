"""YAML specs, the trials they ask for, and running them."""

from __future__ import annotations

from .document import SpecError as SpecError
from .run import Trial as Trial
from .run import TrialRecord as TrialRecord
from .run import numbered as numbered
from .run import run_trials as run_trials
from .spec import Spec as Spec
from .spec import read_spec as read_spec
