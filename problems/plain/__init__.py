"""Problems without constraints, as they come in files."""

from __future__ import annotations

from .bits import Bits as Bits
from ..graphs.cuts.plan import Cut as Cut
from ..graphs.cuts.problem import MaxCut as MaxCut
from .qubo_file import QuboFile as QuboFile
