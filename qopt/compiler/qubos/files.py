"""Files of quadratic functions: which format a file has, and arrays in archives."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ...errors import FileError, QoptError, UnknownName
from ...kit.checks import require_count
from ...kit.entries import Lines
from ...kit.files import PACKED, opened, opened_text
from ...kit.matrix_market import Matrix, begins
from ...kit.saving import replacing
from . import serialised
from .bqm_file import MAGIC
from .function import Function
from .lists import (
    VARTYPE,
    read_bqp,
    read_coo,
    read_either,
    read_matrix_market,
    read_qbsolv,
    read_rudy,
    read_zimpl,
    require_problem,
)

FORMATS = ("npz", "npy", "qubo", "bqp", "qs", "rudy", "mtx", "coo", "json", "dimod")
SUFFIXES = {
    ".npz": "npz",
    ".npy": "npy",
    ".qubo": "qubo",
    ".bqp": "bqp",
    ".sparse": "bqp",
    ".qs": "qs",
    ".rudy": "rudy",
    ".rud": "rudy",
    ".mc": "rudy",
    ".gset": "rudy",
    ".mtx": "mtx",
    ".coo": "coo",
    ".json": "json",
}
HEAD = 512  # bytes that tell one format from another

NEEDED, OPTIONAL = ("linear", "row", "col", "quad"), ("offset", "vartype", "labels")


def read_model(
    path: Path, *, format: str | None = None, problem: int = 1, bits: bool = False
) -> Function:
    """What is in a file, by the rules `Qubo.read` states.

    `bits` says that a list which could be a graph is a function of bits. Raises FileError, and
    QoptError for an argument.
    """
    require_count("problem", problem)
    if format not in (None, *FORMATS):
        raise UnknownName("file format", str(format), FORMATS)
    form = format or format_of(path)
    lines = Lines(path)
    if form not in ("bqp", None):
        require_problem(lines, problem, 1)
    match form:
        case "npz":
            return _read_npz(path)
        case "npy":
            return matrix(_read_npy(path))
        case "mtx":
            return _read_mtx(path)
        case "json":
            return serialised.read_json(path)
        case "dimod":
            return _of_dimod(path, serialised.read_file(path))
        case "bqp":
            return read_bqp(lines, problem)
        case None:
            return read_either(lines, problem, bits)
    readers = {"qubo": read_qbsolv, "qs": read_zimpl, "rudy": read_rudy, "coo": read_coo}
    return readers[form](lines)


def format_of(path: Path) -> str | None:
    """By what a file begins with, or else its suffix; None for a list that does not say."""
    with opened(path) as file:
        head = file.read(HEAD)
    if head[:8] in (MAGIC, *serialised.LOADERS):
        return "dimod"
    named = SUFFIXES.get(suffix(path))
    if head.startswith(b"PK") or named == "npz":
        return "npz"
    if head.startswith(b"\x93NUMPY"):
        return "npy"
    with opened_text(path) as text:
        start = text.read(HEAD).lstrip()
    if begins(start):
        return "mtx"
    if named:
        return named
    if start.startswith("{"):
        return "json"
    if Lines(path).words(0)[:2] == ["p", "qubo"]:
        return "qubo"
    return "coo" if any(VARTYPE.match(line) for line in Lines(path).comments()) else None


def recognised(path: Path) -> bool:
    """Whether a file is one of these formats, and no text of another kind. Raises FileError."""
    if format_of(path) is not None:
        return True
    words = Lines(path).words(0)
    if words[0] in ("p", "MAX-CUT"):
        return True
    return len(words) < 3 and all(word.isascii() and word.isdigit() for word in words)


def suffix(path: Path) -> str:
    """The last of a file's name, in small letters, but for that of a compression."""
    names = [name.lower() for name in path.suffixes if name.lower() not in PACKED]
    return names[-1] if names else ""


def matrix(square: npt.NDArray[Any]) -> Function:
    """x'Qx of a matrix float64[n, n], every entry as it stands."""
    row, col = np.nonzero(square)
    return Function(
        np.zeros(len(square)),
        row,
        col,
        square[row, col],
        "min",
        "a matrix stands for x'Qx, every entry as it stands, and is minimised",
    )


def write_npz(path: Path, arrays: Mapping[str, Any]) -> Path:
    """Write the arrays; an existing file is replaced whole or not at all. Raises FileError."""
    with replacing(path) as file:  # a file and not its name, to which numpy would add .npz
        np.savez(file, **arrays)
    return path


def _read_mtx(path: Path) -> Function:
    matrix = Matrix.read(path)
    rows, cols = matrix.size
    return read_matrix_market(
        matrix,
        FileError(path, f"the matrix has {rows} rows and {cols} columns; a QUBO's is square"),
    )


def _of_dimod(path: Path, made: Any) -> Function:
    if not isinstance(made, Function):
        raise FileError(
            path, f"a {type(made).__name__} of dimod's, not a QUBO; give the file to qopt.solve"
        )
    return made


def _read_npy(path: Path) -> npt.NDArray[np.float64]:
    try:
        with opened(path) as file:
            matrix = np.load(io.BytesIO(file.read()), allow_pickle=False)
    except (ValueError, EOFError, MemoryError, OSError) as error:
        if isinstance(error, QoptError):
            raise
        raise FileError(
            path, f"cannot be read as an .npy array ({_line(error)}); is it cut short?"
        ) from None
    if not isinstance(matrix, np.ndarray) or matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        shape = getattr(matrix, "shape", ())
        raise FileError(path, f"an array of shape {shape}; a QUBO's matrix is square")
    if matrix.dtype.kind not in "biuf":
        raise FileError(path, f"an array of {matrix.dtype}; give real numbers")
    return matrix.astype(np.float64)


def _read_npz(path: Path) -> Function:
    with opened(path) as file:
        data = file.read()
    if data[:2] != b"PK":
        raise FileError(path, "not an .npz archive; Qubo.save and numpy.savez write one")
    try:
        # of bytes, for numpy would leave a broken archive open
        with np.load(io.BytesIO(data), allow_pickle=False) as archive:
            names = set(archive.files)
            if lacking := [name for name in NEEDED if name not in names]:
                raise FileError(
                    path, f"has no array {lacking[0]!r}; an .npz model has {', '.join(NEEDED)}"
                )
            if unknown := sorted(names.difference(NEEDED, OPTIONAL)):
                raise FileError(
                    path,
                    f"array {unknown[0]!r} means nothing here; "
                    f"besides {', '.join(NEEDED)} there may be {', '.join(OPTIONAL)}",
                )
            arrays = {name: np.asarray(archive[name]) for name in archive.files}
    except FileError:
        raise
    except (
        OSError,
        ValueError,
        EOFError,
        KeyError,
        RuntimeError,
        MemoryError,
        zipfile.BadZipFile,
        zlib.error,
    ) as error:
        raise FileError(
            path, f"cannot be read as an .npz archive ({_line(error)}); is it cut short?"
        ) from None
    plain = {name: arrays[name].tolist() for name in OPTIONAL if name in arrays}
    linear, row, col, quad = (arrays[name] for name in NEEDED)
    reason = "what Qubo.save writes (.npz) is minimised"
    return Function(linear, row, col, quad, "min", reason, **plain)


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())[:100] or type(error).__name__
