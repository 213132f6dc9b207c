"""Whose fault is a poor result: the penalties', the sampler's or the model's? A verdict with its proof."""

from __future__ import annotations

from .diagnosis import Diagnosis as Diagnosis
from .diagnosis import Raise as Raise
from .diagnosis import Verdict as Verdict
from .diagnosis import Witness as Witness
from .triage import diagnose as diagnose
