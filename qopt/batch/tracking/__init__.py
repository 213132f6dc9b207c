"""Telling other programs of a study: Prometheus, MLflow, OpenTelemetry. None is told unasked."""

from __future__ import annotations

from .trackers import Trackers as Trackers
from .trackers import trackers_of as trackers_of
