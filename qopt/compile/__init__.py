"""CQM -> arrays -> QUBO, and back. `qopt.compile(cqm)` calls this room; `qopt.compile.Compiled` and the rest are in it."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

from .arrays import ModelArrays as ModelArrays
from .compiler import Compiled as Compiled
from .compiler import compile_cqm as compile_cqm
from .compiler import model_size as model_size
from .precision import Target as Target
from .qubo import Qubo as Qubo
from .tuning import Tuner as Tuner


class _Room(ModuleType):
    """The design gives one name to the verb and to the room; a module may be of a class that can be called."""

    def __call__(self, *args: Any, **kwargs: Any) -> Compiled:
        return compile_cqm(*args, **kwargs)


sys.modules[__name__].__class__ = _Room
