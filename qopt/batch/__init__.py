"""Studies: YAML that asks for trials, running them, and keeping what comes of them."""

from __future__ import annotations

from .conduct import run as run
from .forecast import Forecast as Forecast
from .forecast import explain as explain
from .forecast import forecast as forecast
from .records.record import Record as Record
from .run import Run as Run
from .running.coordinator import Watch as Watch
from .service import Service as Service
from .studies import Study as Study
from .studies import StudyError as StudyError
from .studies import read_study as read_study
from .studies import schema as schema
from .trial import Instance as Instance
from .trial import Trial as Trial
from .trial import numbered as numbered
