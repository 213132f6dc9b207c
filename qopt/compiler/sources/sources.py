"""What a model can come as, made a CQM."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import dimod
import numpy as np

from ...errors import QoptError, UnknownName
from ...kit.checks import require
from ...kit.files import Text, stem, told_of
from ...problem import Sense
from ..model.arrays import ModelArrays
from ..model.confinement import implied, without_huge_bounds
from ..model.grid import Reals
from ..model.views import View
from ..model.watched import Watched
from ..model_files import reading as model_files
from ..model_files.solutions import best_known
from ..qubos import files, serialised
from ..qubos.function import Function
from ..qubos.qubo import Qubo
from . import plain_data, pyqubo
from .pieces import Pieces
from .polynomials import Polynomial

FORMATS = (*model_files.READERS, *files.FORMATS)  # of model files, by the names that `format` takes


@dataclass(frozen=True, eq=False)
class Source:
    """A model and where it comes from.

    `cqm` is always minimised: for `sense` "max" it is the negated objective that stands in it.
    `watched` are constraints of a PyQUBO model, which are part of its energy. `view` is there where
    a person's variables are not those of the CQM. `notes` say what was guessed or chosen when it
    was read. `path` and `format` are those of its file, where it has one.
    """

    cqm: dimod.ConstrainedQuadraticModel
    name: str = ""
    sense: Sense = "min"
    watched: Watched = field(default_factory=Watched)
    view: View | None = None
    notes: tuple[str, ...] = ()
    best_known: float | None = None
    path: Path | None = None
    format: str = ""

    def __getstate__(self) -> dict[str, Any]:
        """dimod's CQMs cannot be pickled: their pieces can.

        Raises QoptError for a PyQUBO model with constraints, of which PyQUBO alone knows whether
        they are kept.
        """
        if self.watched.labels and self.watched.judge is not None:
            raise QoptError("constraints of a PyQUBO model, with their condition=, do not pickle")
        return vars(self) | {"cqm": Pieces.of(self.cqm)}

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        for name, value in state.items():
            object.__setattr__(self, name, value.cqm() if name == "cqm" else value)

    @classmethod
    def of(
        cls,
        model: Any,
        *,
        parameters: Mapping[str, float] | None = None,
        reals: Reals = None,
        format: str | None = None,
    ) -> Source:
        """From a dimod CQM, BQM, DQM or BinaryPolynomial, a PyQUBO expression or model, a dict of
        terms, a square matrix, an Ising model's (h, J), or the path of a file: LP, MPS, or one of
        the formats of `Qubo.read`.

        A DQM's variables become groups of binaries, `(variable, case)`, exactly one of which is 1.
        `parameters` are values for PyQUBO's placeholders, `reals` the steps of variables that are
        not whole, by label or one for all, `format` that of a file whose name and content do not
        tell. Raises FileError for a file, QoptError for anything else.
        """
        if isinstance(model, Source):
            return model
        if format not in (None, *FORMATS):
            raise UnknownName("file format", str(format), FORMATS)
        if pyqubo.is_pyqubo(model):
            read = pyqubo.read(model, parameters)
            return cls._of_energy(read.model, watched=read.watched, notes=read.notes)
        if parameters:
            raise QoptError(
                f"parameters={dict(parameters)!r} are for the placeholders of PyQUBO models; "
                "leave them out here"
            )
        if isinstance(model, str | Path):
            return cls._of_file(Path(model), format, reals)
        if isinstance(model, dimod.ConstrainedQuadraticModel):
            return cls._of_cqm(model, reals)
        require(reals is None, "reals", reals, "steps of REAL variables only; here are none")
        if isinstance(model, dimod.BinaryQuadraticModel):
            return cls(dimod.ConstrainedQuadraticModel.from_bqm(model))
        if isinstance(model, dimod.DiscreteQuadraticModel):
            return cls(dimod.ConstrainedQuadraticModel.from_discrete_quadratic_model(model))
        energy, said = plain_data.read(model)
        return cls._of_energy(energy, notes=said)

    @classmethod
    def _of_file(cls, path: Path, format: str | None, reals: Reals) -> Source:
        if format in files.FORMATS or (format is None and files.recognised(path)):
            require(reals is None, "reals", reals, "steps of REAL variables only; here are none")
            return cls._of_function_file(path, format)
        text = Text.read(path)
        form = format or model_files.format_of(text)
        program, (known, notes) = model_files.read(text, form, reals), best_known(path)
        return cls(
            program.cqm,
            name=text.stem,
            sense=program.sense,
            view=program.view,
            notes=(*program.notes, *notes),
            best_known=known,
            path=path,
            format=form,
        )

    @classmethod
    def _of_function_file(cls, path: Path, format: str | None) -> Source:
        form = format or files.format_of(path)
        dimods = form == "dimod"
        function = serialised.read_file(path) if dimods else files.read_model(path, format=form)
        with told_of(path):
            made = (
                cls._of_energy(function, notes=(function.reason, *function.notes))
                if isinstance(function, Function)
                else cls.of(function)
            )
        known, notes = best_known(path)
        return replace(made, name=stem(path), notes=(*made.notes, *notes), best_known=known)

    @classmethod
    def _of_cqm(cls, cqm: dimod.ConstrainedQuadraticModel, reals: Reals) -> Source:
        """REAL variables are put in steps; a model without any stands as it is."""
        if not any(cqm.vartype(label) is dimod.REAL for label in cqm.variables):
            require(reals is None, "reals", reals, "steps of REAL variables only; here are none")
            return cls(cqm)
        model = implied(without_huge_bounds(ModelArrays.from_cqm(cqm, reals=True)))
        gridded, view, notes = model_files.on_grid(model, reals)
        return cls(gridded, view=view, notes=notes)

    @classmethod
    def _of_energy(
        cls,
        energy: dimod.BinaryQuadraticModel | Polynomial | Function,
        *,
        notes: tuple[str, ...] = (),
        **more: Any,
    ) -> Source:
        """Of what has no constraints; products of three variables and more are made quadratic."""
        if isinstance(energy, Function):
            more["sense"], energy = energy.sense, _minimised(energy)
        if isinstance(energy, Polynomial) and energy.degree > 2:
            reduced = energy.reduced()
            more["view"], notes = reduced, (*notes, reduced.note)
            energy = reduced.bqm()
        elif isinstance(energy, Polynomial):
            energy = energy.bqm()
        if not energy.num_variables:
            raise QoptError("the model has no variable; there is nothing to decide")
        return cls(dimod.ConstrainedQuadraticModel.from_bqm(energy), notes=notes, **more)


def _minimised(function: Function) -> dimod.BinaryQuadraticModel:
    """With the variables' own labels, or else their numbers in the file; spins stay spins."""
    qubo = Qubo.of(function)
    if function.vartype == "SPIN":
        bqm = dimod.BinaryQuadraticModel.from_numpy_vectors(
            np.asarray(function.linear, dtype=np.float64),
            (function.row, function.col, function.quad),
            float(function.offset),
            "SPIN",
            variable_order=list(qubo.labels),
        )
    else:
        if function.labels is None:
            n = qubo.num_variables
            qubo = replace(qubo, labels=range(function.base, n + function.base))
        bqm = qubo.bqm()
    if function.sense == "max":
        bqm.scale(-1)
    return bqm
