"""Whatever a QUBO comes as, the same rows are read back from it."""

from __future__ import annotations

import doctest
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dimod
import numpy as np
import pytest

import qopt
from qopt import FileError, QoptError, Qubo
from qopt.decompiler import Decompiled, reading

N = 6


def choice() -> dimod.BinaryQuadraticModel:
    """Whole prices, one of the first three of six bits and one of the others; each weighs 20."""
    bqm = dimod.BinaryQuadraticModel("BINARY")
    bqm.add_linear_from({k: float(k + 1) for k in range(N)})
    for bits in ((0, 1, 2), (3, 4, 5)):
        terms = [(bit, 1.0) for bit in bits]
        bqm.add_linear_equality_constraint(terms, lagrange_multiplier=20.0, constant=-1.0)
    return bqm


def upper(bqm: dimod.BinaryQuadraticModel) -> np.ndarray:
    matrix = np.diag([bqm.get_linear(k) for k in range(N)])
    for (i, j), value in bqm.quadratic.items():
        matrix[min(i, j), max(i, j)] = value
    return matrix


def rows_found(found: Decompiled) -> list[tuple[list[Any], float]]:
    return sorted(
        ([found.qubo.labels[bit] for bit in sorted(row.bits.tolist())], row.right)
        for row in found.rows
    )


def terms_of(matrix: np.ndarray) -> dict[tuple[int, int], float]:
    return {(i, j): float(matrix[i, j]) for i, j in zip(*np.nonzero(matrix), strict=True)}


def as_spins(bqm: dimod.BinaryQuadraticModel) -> tuple[Any, Any]:
    h, coupling, _ = bqm.to_ising()
    return h, coupling


MODELS: dict[str, Callable[[dimod.BinaryQuadraticModel], Any]] = {
    "bqm": lambda bqm: bqm,
    "spins": lambda bqm: bqm.change_vartype("SPIN", inplace=False),
    "qubo": lambda bqm: Qubo.from_arrays(*_arrays(bqm)),
    "spins and bits": lambda bqm: _mixed(bqm),
    "cqm": dimod.ConstrainedQuadraticModel.from_bqm,
    "dict": lambda bqm: terms_of(upper(bqm)),
    "matrix": upper,
    "ising": as_spins,
}


def _mixed(bqm: dimod.BinaryQuadraticModel) -> dimod.ConstrainedQuadraticModel:
    mixed = dimod.ConstrainedQuadraticModel.from_bqm(bqm)
    for k in range(0, N, 2):
        mixed.change_vartype("SPIN", k)
    return mixed


def _arrays(bqm: dimod.BinaryQuadraticModel) -> tuple[Any, ...]:
    row, col = np.nonzero(np.triu(upper(bqm), 1))
    return upper(bqm).diagonal(), row, col, upper(bqm)[row, col], float(bqm.offset)


@pytest.mark.parametrize("form", MODELS)
def test_models(form: str) -> None:
    found = qopt.decompile(MODELS[form](choice()))
    assert rows_found(found) == [([0, 1, 2], 1.0), ([3, 4, 5], 1.0)]
    assert found.proved.all()


def lines(matrix: np.ndarray, base: int = 0) -> str:
    pairs = sorted(terms_of(matrix).items())
    return "".join(f"{i + base} {j + base} {value:g}\n" for (i, j), value in pairs)


def _npz(path: Path, bqm: dimod.BinaryQuadraticModel) -> None:
    Qubo.from_arrays(*_arrays(bqm)).save(path)


def _qubo(path: Path, bqm: dimod.BinaryQuadraticModel) -> None:
    one, two = np.diag(upper(bqm).diagonal()), np.triu(upper(bqm), 1)
    head = f"p qubo 0 {N} {np.count_nonzero(one)} {np.count_nonzero(two)}\n"
    path.write_text(head + lines(one) + lines(two))


def _qs(path: Path, bqm: dimod.BinaryQuadraticModel) -> None:
    """A line with i < j counts twice."""
    half = np.diag(upper(bqm).diagonal()) + np.triu(upper(bqm), 1) / 2
    path.write_text(f"{N} {np.count_nonzero(half)}\n{lines(half, 1)}")


def _bqp(path: Path, bqm: dimod.BinaryQuadraticModel) -> None:
    """Maximised, so all is turned over."""
    half = -np.diag(upper(bqm).diagonal()) - np.triu(upper(bqm), 1) / 2
    path.write_text(f"{N} {np.count_nonzero(half)}\n{lines(half, 1)}")


def _rudy(path: Path, bqm: dimod.BinaryQuadraticModel) -> None:
    """As a cut: bit 7 stands for 0, and x_i x_j = (x_i + x_j - (x_i xor x_j)) / 2; maximised."""
    matrix = upper(bqm)
    edges = {pair: value / 2 for pair, value in terms_of(np.triu(matrix, 1)).items()}
    worth = (
        matrix.diagonal() + (np.triu(matrix, 1).sum(axis=0) + np.triu(matrix, 1).sum(axis=1)) / 2
    )
    edges |= {(k, N): -float(worth[k]) for k in range(N)}
    text = "".join(f"{i + 1} {j + 1} {value:g}\n" for (i, j), value in edges.items())
    path.write_text(f"{N + 1} {len(edges)}\n{text}")


def _mtx(path: Path, bqm: dimod.BinaryQuadraticModel) -> None:
    head = "%%MatrixMarket matrix coordinate real general\n"
    path.write_text(f"{head}{N} {N} {len(terms_of(upper(bqm)))}\n{lines(upper(bqm), 1)}")


def _lp(path: Path, bqm: dimod.BinaryQuadraticModel) -> None:
    linear = " ".join(f"{value:+g} x{k}" for k, value in enumerate(upper(bqm).diagonal()))
    pairs = terms_of(np.triu(upper(bqm), 1)).items()
    products = " ".join(f"{2 * value:+g} x{i} * x{j}" for (i, j), value in pairs)
    names = " ".join(f"x{k}" for k in range(N))
    path.write_text(f"Minimize\n obj: {linear} + [ {products} ] / 2\nBinary\n {names}\nEnd\n")


def _dimod(path: Path, bqm: dimod.BinaryQuadraticModel) -> None:
    with bqm.to_file() as file:
        path.write_bytes(file.read())


FILES: dict[str, Callable[[Path, dimod.BinaryQuadraticModel], Any]] = {
    "npz": _npz,
    "npy": lambda path, bqm: np.save(path, upper(bqm)),
    "qubo": _qubo,
    "qs": _qs,
    "bqp": _bqp,
    "mtx": _mtx,
    "coo": lambda path, bqm: path.write_text(f"# vartype=BINARY\n{lines(upper(bqm))}"),
    "json": lambda path, bqm: path.write_text(json.dumps(bqm.to_serializable())),
    "bqm": _dimod,
    "lp": _lp,
}


@pytest.mark.parametrize("form", FILES)
def test_files(form: str, tmp_path: Path) -> None:
    path = tmp_path / f"choice.{form}"
    FILES[form](path, choice())
    for given in (path, str(path)):
        found = qopt.decompile(given)
        labels = list(found.qubo.labels)
        order = {label: k for k, label in enumerate(sorted(labels, key=str))}
        rows = [([order[label] for label in names], right) for names, right in rows_found(found)]
        assert rows == [([0, 1, 2], 1.0), ([3, 4, 5], 1.0)]
        assert found.left.linear == pytest.approx(
            [order[label] + 1.0 for label in labels], abs=1e-9
        )


def test_a_cut_is_read_as_minus_its_weight(tmp_path: Path) -> None:
    path = tmp_path / "cut.rudy"
    _rudy(path, choice())
    found = qopt.decompile(path)
    states = (np.arange(2 ** (N + 1))[:, None] >> np.arange(N + 1)) & 1
    free = states[:, [found.qubo.labels.index(k) for k in sorted(found.qubo.labels)]]
    expected = choice().energies((free[:, :N] ^ free[:, [N]], list(range(N)))) - choice().offset
    assert found.qubo.energies(states) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("model", "told"),
    [
        ("nowhere.qubo", "nowhere.qubo: No such file or directory"),
        (7, "int"),
        ({(0, "a", 1): 2.0, "b": []}, ""),
        (np.zeros((2, 3)), "square"),
        ({}, "a dict without terms"),
    ],
)
def test_what_is_no_qubo_is_refused_in_one_line(model: Any, told: str) -> None:
    with pytest.raises(QoptError) as refused:
        qopt.decompile(model)
    assert told in str(refused.value)
    assert len(str(refused.value).splitlines()) == 1


def test_a_broken_file_is_told_by_its_line(tmp_path: Path) -> None:
    (tmp_path / "a.qubo").write_text("p qubo 0 2 2 1\n0 0 1\n1 1 x\n0 1 3\n")
    with pytest.raises(FileError, match=r"a\.qubo:3"):
        qopt.decompile(tmp_path / "a.qubo")


def test_a_discrete_model_has_constraints_already() -> None:
    dqm = dimod.DiscreteQuadraticModel()
    dqm.add_variable(3, "v")
    with pytest.raises(QoptError, match="with constraints is no QUBO"):
        qopt.decompile(dqm)


def test_the_example_runs() -> None:
    ran = doctest.testmod(reading)
    assert ran.attempted > 5
    assert ran.failed == 0
