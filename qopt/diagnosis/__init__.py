"""Whose fault is a poor result: the penalties', the sampler's or the model's? With a proof."""

from __future__ import annotations

from .triage import diagnose as diagnose
from .verdict import Diagnosis as Diagnosis
from .verdict import Raise as Raise
from .verdict import Verdict as Verdict
from .verdict import Witness as Witness
