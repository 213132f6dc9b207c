"""Whether a device does today what it did before: a reference problem, run now and then."""

from __future__ import annotations

from .detection import Judgement as Judgement
from .detection import judge as judge
from .history import History as History
from .reference import Reference as Reference
from .success import Success as Success
