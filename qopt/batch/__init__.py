"""Studies: YAML that asks for trials, running them, and keeping what comes of them."""

from __future__ import annotations

from .records.record import Record as Record
from .run import Forecast as Forecast
from .run import Run as Run
from .run import explain as explain
from .run import forecast as forecast
from .run import run as run
from .running.coordinator import Watch as Watch
from .studies import Study as Study
from .studies import StudyError as StudyError
from .studies import read_study as read_study
from .studies import schema as schema
from .trial import Instance as Instance
from .trial import Trial as Trial
from .trial import numbered as numbered
