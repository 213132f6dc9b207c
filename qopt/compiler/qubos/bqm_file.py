"""dimod's binary files of a BQM (`to_file`), read by what is in them: dimod's own reader trusts
indices that are damaged, and ends the process.

A header of JSON, the offset, for each variable the place of its first coupling and its bias, then
the couplings of one variable after the other, so that each is there twice, and the labels. Source:
dimod's documentation of the format, version 2.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ...errors import FileError, QoptError
from ...kit.checks import shown
from ...kit.files import told_of
from ..model.arrays import Ints
from .function import Function

MAGIC = b"DIMODBQM"
FLOATS, INTS = ("float32", "float64"), ("int8", "int16", "int32", "int64")
LABELS = b"VARS"
LARGEST = 2**62  # of a number that is a label


class _Bytes:
    """The bytes of a file, taken one after another."""

    def __init__(self, path: Path, data: bytes) -> None:
        self.path, self.data, self.at = path, data, 0

    def error(self, message: str) -> FileError:
        return FileError(self.path, f"cannot be read as a BQM of dimod's: {message}")

    def take(self, count: int) -> bytes:
        if count < 0 or self.at + count > len(self.data):
            raise self.error("it is cut short")
        self.at += count
        return self.data[self.at - count : self.at]

    def array(self, count: int, dtype: np.dtype[Any]) -> npt.NDArray[Any]:
        return np.frombuffer(self.take(count * dtype.itemsize), dtype=dtype)

    def json(self) -> Any:
        """A text of JSON below its length."""
        length = int.from_bytes(self.take(4), "little")
        try:
            return json.loads(self.take(length).decode())
        except (ValueError, RecursionError):
            raise self.error("a part that should be JSON is damaged") from None


def read_bqm(path: Path, data: bytes) -> Function:
    """Raises FileError for damage, and for a version that this is not."""
    file = _Bytes(path, data)
    file.take(len(MAGIC))
    if (version := file.take(2)) != b"\x02\x00":
        raise file.error(
            f"version {version[0]}.{version[1]} is not known; write it anew with dimod"
        )
    header = file.json()
    bias, index, place, n, m = _types(file, header)
    offset = float(file.array(1, bias)[0])
    heads = file.array(n, np.dtype([("place", place), ("bias", bias)]))
    entries = file.array(2 * m, np.dtype([("other", index), ("bias", bias)])) if n else None
    if entries is None:
        row, col, quad = np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0)
    else:
        row, col, quad = _couplings(file, heads["place"].astype(np.int64), entries, n)
    labels = _labels(file, n) if header["variables"] else list(range(n))
    return Function(
        heads["bias"].astype(np.float64),
        row,
        col,
        quad,
        "min",
        "a BQM of dimod's is minimised",
        offset=offset,
        vartype=header["vartype"],
        labels=labels,
    )


def _types(
    file: _Bytes, header: Any
) -> tuple[np.dtype[Any], np.dtype[Any], np.dtype[Any], int, int]:
    """Of biases, variables and places, and how many variables and couplings there are."""
    known = isinstance(header, dict) and isinstance(header.get("shape"), list)
    if not known or header.get("type") != "BinaryQuadraticModel":
        raise file.error("its header is not that of a BQM")
    names = header.get("dtype"), header.get("itype"), header.get("ntype")
    fitting = names[0] in FLOATS and names[1] in INTS and names[2] in INTS
    shape = header["shape"]
    counts = len(shape) == 2 and all(type(count) is int and count >= 0 for count in shape)
    if not fitting or not counts or header.get("vartype") not in ("BINARY", "SPIN"):
        raise file.error("its header is damaged")
    if not isinstance(header.get("variables"), bool):
        raise file.error("its header does not say whether there are labels")
    bias, index, place = (np.dtype(str(name)).newbyteorder("<") for name in names)
    return bias, index, place, shape[0], shape[1]


def _couplings(
    file: _Bytes, starts: Ints, entries: npt.NDArray[Any], n: int
) -> tuple[Ints, Ints, npt.NDArray[np.float64]]:
    """Each once. Raises FileError unless both ends of each say the same."""
    counts = np.diff(np.r_[starts, len(entries)])
    other, bias = entries["other"].astype(np.int64), entries["bias"].astype(np.float64)
    if starts[0] != 0 or (counts < 0).any() or ((other < 0) | (other >= n)).any():
        raise file.error("its couplings are damaged")
    own = np.repeat(np.arange(n), counts)
    low, high = own > other, own < other
    here, there = np.lexsort((other[low], own[low])), np.lexsort((own[high], other[high]))
    row, col = own[low][here], other[low][here]
    same = (
        2 * len(row) == len(entries)
        and len(row) == high.sum()
        and np.array_equal(row, other[high][there])
        and np.array_equal(col, own[high][there])
        and np.array_equal(bias[low][here], bias[high][there])
    )
    if not same:
        raise file.error("its couplings are damaged")
    return row, col, bias[low][here]


def _labels(file: _Bytes, n: int) -> list[Any]:
    if file.take(len(LABELS)) != LABELS:
        raise file.error("its labels are damaged")
    labels = file.json()
    if not isinstance(labels, list) or len(labels) != n:
        raise file.error(f"it does not have a label for each of {n} variables")
    with told_of(file.path):
        return [label(given) for given in labels]


def label(given: Any) -> Any:
    """As dimod has it: tuples were lists in JSON. Raises QoptError for what is no label."""
    if isinstance(given, list):
        return tuple(label(part) for part in given)
    number = isinstance(given, int | float)
    if not (number or isinstance(given, str)) or (number and abs(given) > LARGEST):
        raise QoptError(f"the label {shown(given, 40)}: give a text, a number or a list")
    return given
