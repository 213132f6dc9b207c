"""Problems without constraints, as they come in files."""

from __future__ import annotations

from .bits import Bits as Bits
from .qubo_file import QuboFile as QuboFile
