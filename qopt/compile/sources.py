"""What a model can come as, made a CQM."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dimod

from ..errors import FileError, QoptError, UnknownName
from ..problem import Sense
from . import pyqubo
from .pyqubo import Watched
from .views import View


FORMATS = ("lp",)  # of model files, by the names that `format` takes


@dataclass(frozen=True, eq=False)
class Source:
    """A model and where it comes from.

    `cqm` is always minimised: for `sense` "max" it is the negated objective that stands in it. `watched` are constraints of a
    PyQUBO model, which are part of its energy. `view` is there where a person's variables are not those of the CQM. `notes`
    say what was guessed or chosen when it was read.
    """

    cqm: dimod.ConstrainedQuadraticModel
    name: str = ""
    sense: Sense = "min"
    watched: Watched = field(default_factory=Watched)
    view: View | None = None
    notes: tuple[str, ...] = ()
    best_known: float | None = None

    @classmethod
    def of(
        cls,
        model: Any,
        *,
        parameters: Mapping[str, float] | None = None,
        format: str | None = None,
    ) -> Source:
        """From a dimod CQM, BQM or DQM, a PyQUBO expression or model, or the path of an `.lp` file.

        A DQM's variables become groups of binaries, `(variable, case)`, exactly one of which is 1. `parameters` are values for
        PyQUBO's placeholders. Raises FileError for a file, QoptError for anything else.
        """
        if isinstance(model, Source):
            return model
        if format not in (None, *FORMATS):
            raise UnknownName("file format", str(format), FORMATS)
        if pyqubo.is_pyqubo(model):
            bqm, watched = pyqubo.read(model, parameters)
            return cls(dimod.ConstrainedQuadraticModel.from_bqm(bqm), watched=watched)
        if parameters:
            raise QoptError(
                f"parameters={dict(parameters)!r} are for the placeholders of PyQUBO models; leave them out here"
            )
        if isinstance(model, str | Path):
            return cls(_read_lp(Path(model)), name=Path(model).stem)
        if isinstance(model, dimod.BinaryQuadraticModel):
            return cls(dimod.ConstrainedQuadraticModel.from_bqm(model))
        if isinstance(model, dimod.DiscreteQuadraticModel):
            return cls(dimod.ConstrainedQuadraticModel.from_discrete_quadratic_model(model))
        if isinstance(model, dimod.ConstrainedQuadraticModel):
            return cls(model)
        raise QoptError(
            f"cannot solve a {type(model).__name__}; give a Problem, a dimod CQM, BQM or DQM, a PyQUBO model, "
            "or an .lp file's path"
        )


def _read_lp(path: Path) -> dimod.ConstrainedQuadraticModel:
    if path.suffix != ".lp":
        raise FileError(
            path,
            "not an .lp file; read other formats with their problem's read(), as VehicleRouting.read(path)",
        )
    try:
        text = path.read_bytes()
    except OSError as error:
        raise FileError(path, error.strerror or str(error)) from None
    _require_own_labels(path, text.decode(errors="replace"))
    try:
        cqm = dimod.lp.loads(text)
    except ValueError as error:
        raise FileError(path, f"not a readable LP file: {error}") from None
    if not cqm.variables:
        raise FileError(
            path,
            "no variable in it; an LP file has 'Minimize', 'Subject To', 'Bounds' and so on in lines of their own",
        )
    return cqm


def _require_own_labels(path: Path, text: str) -> None:
    """Refuse two rows with one label, which CPLEX's format allows and no answer can tell apart."""
    lines = [
        (number, found[1])
        for number, line in enumerate(text.splitlines(), 1)
        if (found := _LABEL.match(line))
    ]
    counts = Counter(label for _, label in lines)
    for number, label in reversed(lines):
        if counts[label] > 1:
            raise FileError(
                path, f"two rows are called {label!r}; give each its own label", line=number
            )


_LABEL = re.compile(r"\s*([^\s:\\]+)\s*:(?!=)")
