"""Graphs: nodes coloured, and cut in two."""

from __future__ import annotations

from .colouring.plan import Colouring as Colouring
from .colouring.problem import GraphColouring as GraphColouring
from .cuts.plan import Cut as Cut
from .cuts.problem import MaxCut as MaxCut
