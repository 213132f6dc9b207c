"""Models as dimod writes them: `to_file` of a BQM, CQM or DQM, and `to_serializable` as JSON."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

import dimod
import numpy as np
from pydantic import Field

from ...errors import FileError, Place
from ...kit.documents import Document, Schema
from ...kit.files import opened, told_of
from .bqm_file import MAGIC, label, read_bqm
from .function import Function

Model = Any  # a CQM or DQM of dimod, which has no types

LOADERS: Mapping[bytes, Callable[[Any], Model]] = {
    b"DIMODCQM": dimod.ConstrainedQuadraticModel.from_file,
    b"DIMODDQM": dimod.DiscreteQuadraticModel.from_file,
}
LARGEST = 2_000_000_000  # bytes


class Version(Schema):
    kind = "version"
    bqm_schema: str


class Serialised(Schema):
    """What `BinaryQuadraticModel.to_serializable()` gives."""

    kind = "dimod BQM"
    type: Literal["BinaryQuadraticModel"]
    version: Version
    use_bytes: Literal[False]
    index_type: str
    bias_type: str
    num_variables: int = Field(ge=0)
    num_interactions: int = Field(ge=0)
    variable_labels: list[Any]
    variable_type: Literal["BINARY", "SPIN"]
    offset: float
    info: dict[str, Any]
    linear_biases: list[float]
    quadratic_biases: list[float]
    quadratic_head: list[int]
    quadratic_tail: list[int]


def read_file(path: Path) -> Function | Model:
    """What dimod's `to_file` wrote: of a BQM the function, else the CQM or DQM.

    Raises FileError for a file that is damaged.
    """
    with opened(path) as file:
        data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise FileError(path, f"more than {LARGEST // 10**9} GB; give the model itself in Python")
    if data.startswith(MAGIC):
        return read_bqm(path, data)
    load = LOADERS[data[:8]]
    try:
        return load(io.BytesIO(data))
    except Exception as error:  # dimod raises whatever the damage leads to
        reason = " ".join(str(error).split())[:100] or type(error).__name__
        raise FileError(
            path, f"cannot be read as a file of dimod's ({reason}); is it cut short?"
        ) from None


def read_json(path: Path) -> Function:
    """A BQM as JSON. Raises FileError, with the line, for anything else."""
    document = Document.read(path)
    data = document.data
    if not isinstance(data, dict) or data.get("type") != "BinaryQuadraticModel":
        raise document.error(_what(data))
    bqm = document.of(Serialised)
    if not bqm.version.bqm_schema.startswith("3."):
        version = bqm.version.bqm_schema[:20]
        raise document.error(
            f"version {version!r} is not known; write it anew with dimod", ("version", "bqm_schema")
        )
    if len(bqm.variable_labels) != bqm.num_variables:
        raise document.error(
            f"has {len(bqm.variable_labels)} labels for {bqm.num_variables} variables",
            ("variable_labels",),
        )
    for name in ("quadratic_biases", "quadratic_head", "quadratic_tail"):
        if len(getattr(bqm, name)) != bqm.num_interactions:
            raise document.error(f"{name} does not have {bqm.num_interactions} entries", (name,))
    with told_of(path):
        labels = [label(given) for given in bqm.variable_labels]
    return Function(
        np.array(bqm.linear_biases, dtype=np.float64),
        _whole(document, bqm.quadratic_tail, ("quadratic_tail",)),
        _whole(document, bqm.quadratic_head, ("quadratic_head",)),
        np.array(bqm.quadratic_biases, dtype=np.float64),
        "min",
        "a BQM of dimod's is minimised",
        offset=bqm.offset,
        vartype=bqm.variable_type,
        labels=labels,
    )


def _whole(document: Document, values: list[int], place: Place) -> Any:
    try:
        return np.array(values, dtype=np.int64)
    except OverflowError:
        raise document.error("a number is too large for an index", place) from None


def _what(data: Any) -> str:
    """What a JSON document is that is no model."""
    if isinstance(data, dict) and {"plans", "provenance"} <= set(data):
        return "a result of qopt, not a model; give the file or the model that it was made from"
    if isinstance(data, dict) and data.get("type") == "SampleSet":
        return "samples and not a model; write the model with bqm.to_serializable()"
    return (
        "not a model; of JSON only a BQM of dimod's is read, "
        "as json.dump(bqm.to_serializable(), file) writes it, or "
        "its kind of problem is to be named"
    )
