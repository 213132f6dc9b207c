"""A constrained model to a QUBO, and back. `qopt.compile` is `Compiled`'s maker in this room."""

from __future__ import annotations

from .check.precision import Target as Target
from .compiled import Compiled as Compiled
from .compiled import compile_cqm as compile_cqm
from .compiled import model_size as model_size
from .model.arrays import ModelArrays as ModelArrays
from .qubos.qubo import Qubo as Qubo
from .weights.tuning import Tuner as Tuner
