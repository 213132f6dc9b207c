"""CQM -> arrays -> QUBO, and back. `qopt.compile(cqm)` calls this room; `qopt.compile.Compiled` and the rest are in it."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

from .model.arrays import ModelArrays as ModelArrays
from .compiled import Compiled as Compiled
from .compiled import compile_cqm as compile_cqm
from .compiled import model_size as model_size
from .check.precision import Target as Target
from .qubos.qubo import Qubo as Qubo
from .weights.tuning import Tuner as Tuner


class _Room(ModuleType):
    """The design gives one name to the verb and to the room; a module may be of a class that can be called."""

    def __call__(self, *args: Any, **kwargs: Any) -> Compiled:
        return compile_cqm(*args, **kwargs)


sys.modules[__name__].__class__ = _Room
