"""qopt: plans from annealers. The public names, nothing else; importing it loads nothing heavy."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .diagnosis import Diagnosis as Diagnosis
from .diagnosis import Verdict as Verdict
from .diagnosis import diagnose as diagnose
from .errors import FileError as FileError
from .errors import Infeasible as Infeasible
from .errors import InputWarning as InputWarning
from .errors import ModelTooLarge as ModelTooLarge
from .errors import NotReady as NotReady
from .errors import QoptError as QoptError
from .errors import TimeTooShort as TimeTooShort
from .errors import UnknownName as UnknownName
from .problem import Approximate as Approximate
from .problem import Constructive as Constructive
from .problem import Drawable as Drawable
from .problem import Evaluation as Evaluation
from .problem import Improvable as Improvable
from .problem import ModelSize as ModelSize
from .problem import Neighbourhood as Neighbourhood
from .problem import Neighbourhoods as Neighbourhoods
from .problem import Plan as Plan
from .problem import Problem as Problem
from .problem import Published as Published
from .problem import Violation as Violation
from .result import Result as Result
from .result import Status as Status
from .solve import solve as solve
from .solver import Answer as Answer
from .solver import Progress as Progress
from .solver import Solver as Solver
from .solver import Task as Task
from .solver import missing_package as missing_package

if TYPE_CHECKING:
    from .compiler import Qubo as Qubo
    from .compiler import compile_cqm as compile  # noqa: F401
    from .decompiler import decompile as decompile

# numpy, scipy and dimod: loaded when first asked for
_LATER = {
    "compile": (".compiler", "compile_cqm"),
    "decompile": (".decompiler", "decompile"),
    "Qubo": (".compiler", "Qubo"),
}


# rooms whose names are asked for as qopt.batch.run, qopt.emulator.serve
_ROOMS = "batch", "compare", "devices", "emulator", "ocean"


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        return import_module(f".{name}", __name__)
    if name in _LATER:
        room, there = _LATER[name]
        return getattr(import_module(room, __name__), there)
    raise AttributeError(f"module 'qopt' has no attribute {name!r}")
