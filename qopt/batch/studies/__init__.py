"""Studies: what a YAML file asks for, all that is wrong in it, and the trials."""

from __future__ import annotations

from .document import StudyError as StudyError
from .entries import schema as schema
from .study import Study as Study
from .study import read_study as read_study
