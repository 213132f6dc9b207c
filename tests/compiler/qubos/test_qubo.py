"""Models from arrays have the energies of dimod's model and of the definition."""

from __future__ import annotations

import itertools
import math
from pathlib import Path
from typing import Any

import dimod
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qopt import QoptError
from qopt.compiler import Qubo

EIGHTHS = st.integers(-64, 64).map(lambda k: k / 8)  # sums of which are exact


@st.composite
def arrays(draw: st.DrawFn) -> dict[str, Any]:
    """Arguments of from_arrays: self couplings, both orientations, repeated pairs."""
    n = draw(st.integers(1, 6))
    pairs = draw(
        st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1), EIGHTHS), max_size=15)
    )
    return {
        "linear": draw(st.lists(EIGHTHS, min_size=n, max_size=n)),
        "row": [i for i, _, _ in pairs],
        "col": [j for _, j, _ in pairs],
        "quad": [q for _, _, q in pairs],
        "offset": draw(EIGHTHS),
        "vartype": draw(st.sampled_from(["BINARY", "SPIN"])),
    }


def every_state(n: int) -> np.ndarray:
    return np.array(list(itertools.product([0, 1], repeat=n)), dtype=np.int8).reshape(-1, n)


def dimod_energies(given: dict[str, Any], states: np.ndarray) -> np.ndarray:
    """Of bits, by dimod's model of the arrays; dimod has no self couplings: x x = x, s s = 1."""
    spins = given["vartype"] == "SPIN"
    bqm = dimod.BinaryQuadraticModel(given["vartype"])
    bqm.offset = given["offset"]
    for i, bias in enumerate(given["linear"]):
        bqm.add_linear(i, bias)
    for i, j, bias in zip(given["row"], given["col"], given["quad"], strict=True):
        if i != j:
            bqm.add_quadratic(i, j, bias)
        elif spins:
            bqm.offset += bias
        else:
            bqm.add_linear(i, bias)
    return bqm.energies((2 * states - 1 if spins else states, range(len(given["linear"]))))


def plain_energies(given: dict[str, Any], states: np.ndarray) -> list[float]:
    values = 2.0 * states - 1 if given["vartype"] == "SPIN" else states.astype(float)
    couplings = list(zip(given["row"], given["col"], given["quad"], strict=True))
    return [
        given["offset"] + given["linear"] @ v + sum(q * v[i] * v[j] for i, j, q in couplings)
        for v in values
    ]


@settings(derandomize=True, deadline=None, max_examples=300)
@given(arrays())
def test_every_energy_is_that_of_dimod_and_of_the_definition(given: dict[str, Any]) -> None:
    qubo = Qubo.from_arrays(**given)
    states = every_state(len(given["linear"]))
    found = qubo.energies(states)
    assert found.tolist() == dimod_energies(given, states).tolist()
    assert found.tolist() == plain_energies(given, states)
    assert found.tolist() == qubo.bqm().energies((states, range(qubo.num_variables))).tolist()


@settings(derandomize=True, deadline=None, max_examples=100)
@given(arrays())
def test_couplings_come_out_once_in_order_and_not_zero(given: dict[str, Any]) -> None:
    qubo = Qubo.from_arrays(**given)
    pairs = list(zip(qubo.row.tolist(), qubo.col.tolist(), strict=True))
    assert pairs == sorted(set(pairs))
    assert all(i < j for i, j in pairs)
    assert (qubo.quad != 0).all()
    assert [part.dtype for part in (qubo.linear, qubo.row, qubo.col, qubo.quad)] == [
        "f8",
        "i8",
        "i8",
        "f8",
    ]
    assert not any(np.signbit(bias) and bias == 0 for bias in [*qubo.linear, qubo.offset])


@settings(derandomize=True, deadline=None, max_examples=100)
@given(arrays(), st.randoms(use_true_random=False))
def test_the_order_and_orientation_of_couplings_do_not_matter(
    given: dict[str, Any], random: Any
) -> None:
    order = random.sample(range(len(given["quad"])), len(given["quad"]))
    turned = [(given["row"][k], given["col"][k])[:: random.choice([1, -1])] for k in order]
    other = given | {
        "row": [i for i, _ in turned],
        "col": [j for _, j in turned],
        "quad": [given["quad"][k] for k in order],
    }
    one, two = Qubo.from_arrays(**given), Qubo.from_arrays(**other)
    for name in ("linear", "row", "col", "quad", "offset"):
        assert np.array_equal(getattr(one, name), getattr(two, name))


def test_a_small_model_by_hand() -> None:
    qubo = Qubo.from_arrays([1, 0, -2], [2, 0, 1, 1], [0, 2, 1, 2], [3, 4, 5, 0], offset=6)
    assert (qubo.linear.tolist(), qubo.offset, qubo.labels) == ([1, 5, -2], 6, range(3))
    assert (qubo.row.tolist(), qubo.col.tolist(), qubo.quad.tolist()) == ([0], [2], [7])


def test_spins_by_hand() -> None:
    """-s t + s: with s = 2x - 1 and t = 2y - 1 that is -4xy + 4x + 2y - 2."""
    qubo = Qubo.from_arrays([1.0, 0.0], [1], [0], [-1.0], vartype=dimod.SPIN)
    assert (qubo.linear.tolist(), qubo.quad.tolist(), qubo.offset) == ([4, 2], [-4], -2)


@pytest.mark.parametrize("vartype", ["BINARY", "SPIN", dimod.BINARY, dimod.SPIN])
def test_the_vartype_may_be_dimods(vartype: Any) -> None:
    expected = {"BINARY": [3.0], "SPIN": [6.0]}[getattr(vartype, "name", vartype)]
    assert Qubo.from_arrays([3.0], [], [], [], vartype=vartype).linear.tolist() == expected


def test_models_without_couplings_or_variables() -> None:
    assert Qubo.from_arrays([], [], [], [], 2.5).energies(np.zeros((1, 0), bool)).tolist() == [2.5]
    assert Qubo.from_arrays([1.0, 2.0], [], [], []).energies(every_state(2)).tolist() == [
        0,
        2,
        1,
        3,
    ]


def test_narrow_integers_do_not_overflow() -> None:
    n = 1000
    qubo = Qubo.from_arrays(
        np.zeros(n),
        np.array([n - 1], np.int16),
        np.array([n - 2], np.uint16),
        np.array([1], np.int8),
    )
    assert (qubo.row.tolist(), qubo.col.tolist()) == ([n - 2], [n - 1])


def test_inputs_are_left_as_they_were() -> None:
    linear, row, col, quad = (
        np.array([1.0, 2.0]),
        np.array([1, 0, 0]),
        np.array([0, 1, 0]),
        np.array([1.0, 2.0, 3.0]),
    )
    qubo = Qubo.from_arrays(linear, row, col, quad)
    qubo.linear[:] = qubo.quad[:] = 9
    assert (linear.tolist(), row.tolist(), col.tolist(), quad.tolist()) == (
        [1, 2],
        [1, 0, 0],
        [0, 1, 0],
        [1, 2, 3],
    )


def test_labels_name_the_variables_of_the_bqm() -> None:
    bqm = Qubo.from_arrays([1, 2], [0], [1], [3], labels=["a", ("b", 1)]).bqm()
    assert bqm == dimod.BinaryQuadraticModel(
        {"a": 1, ("b", 1): 2}, {("a", ("b", 1)): 3}, 0.0, "BINARY"
    )
    assert Qubo.from_arrays([1, 2], [], [], [], labels=np.array(["a", "b"])).labels == ["a", "b"]
    assert Qubo.from_arrays([1, 2], [], [], [], labels=range(5, 7)).labels == range(5, 7)


def test_a_large_model_has_the_energies_of_its_arrays() -> None:
    """Enough couplings for energies() to take states one at a time; sums by numpy."""
    rng, n, m = np.random.default_rng(5), 1_000, 5_000_000
    row, col = rng.integers(0, n, m), rng.integers(0, n, m)
    linear, quad = rng.integers(-9, 10, n), rng.integers(-9, 10, m)
    qubo = Qubo.from_arrays(linear, row, col, quad)
    assert qubo.labels == range(n)
    assert len(qubo.quad) < n * n / 2
    states = rng.integers(0, 2, (3, n))
    expected = [s @ linear + (quad * s[row] * s[col]).sum() for s in states]
    assert qubo.energies(states).tolist() == expected


MISTAKES: dict[str, tuple[dict[str, Any], str]] = {
    "nan linear": (
        {"linear": [0, math.nan, 0]},
        "linear[1]=nan, of variable 1: give a finite bias",
    ),
    "infinite linear": (
        {"linear": [0, 0, -math.inf]},
        "linear[2]=-inf, of variable 2: give a finite bias",
    ),
    "nan quad": ({"quad": [1, math.nan]}, "quad[1]=nan, of variables 1 and 2: give a finite bias"),
    "too large for a float64": (
        {"linear": np.array([0, 0, "1e400"], np.longdouble)},
        "linear[2]=inf, of variable 2",
    ),
    "infinite offset": ({"offset": math.inf}, "offset=inf: give a finite number"),
    "no number for an offset": ({"offset": "1"}, "offset='1': give a finite number"),
    "index too large": (
        {"row": [0, 3]},
        "row[1]=3 is none of the 3 variables; give a number in 0..2",
    ),
    "index below 0": (
        {"col": [-1, 2]},
        "col[0]=-1 is none of the 3 variables; give a number in 0..2",
    ),
    "index beyond int64": (
        {"row": np.array([0, 2**64 - 1], np.uint64)},
        "row[1]=18446744073709551615 is none of the 3",
    ),
    "fractional indices": (
        {"row": [0.0, 1.0]},
        "row has dtype float64; give whole numbers, as row.astype('int64') makes them",
    ),
    "booleans for indices": ({"col": [True, False]}, "col has dtype bool; give whole numbers"),
    "couplings of unequal length": (
        {"quad": [1.0]},
        "row, col and quad have 2, 2 and 1 entries; give one of each a coupling",
    ),
    "a matrix": ({"linear": [[0, 0, 0]]}, "linear has shape (1, 3); give one dimension"),
    "a number": ({"quad": 1.0}, "quad has shape (); give one dimension"),
    "a ragged list": (
        {"row": [[0], [1, 2]]},
        "row is a list of lists of several lengths; give one dimension",
    ),
    "complex biases": ({"quad": [1j, 0]}, "quad has dtype complex128; give real numbers"),
    "words for biases": ({"linear": ["0", "1", "2"]}, "linear has dtype <U1; give real numbers"),
    "unknown vartype": ({"vartype": "INTEGER"}, "vartype='INTEGER': give 'BINARY' or 'SPIN'"),
    "too few labels": (
        {"labels": ["a", "b"]},
        "labels has 2 entries for 3 variables; give one a variable",
    ),
    "too long a range": (
        {"labels": range(4)},
        "labels has 4 entries for 3 variables; give one a variable",
    ),
    "repeated labels": (
        {"labels": ["a", "b", "b"]},
        "label 'b' is there 2 times; give every variable its own",
    ),
    "labels of lists": (
        {"labels": [[0], [1], [2]]},
        "labels cannot be used: unhashable type: 'list'",
    ),
    "sums beyond a float64": (
        {"quad": [1e308, 1e308], "row": [0, 0], "col": [1, 1]},
        "biases add up to more than a float64",
    ),
    "spins beyond a float64": (
        {"linear": [1e308, 0, 0], "vartype": "SPIN"},
        "biases add up to more than a float64",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_one_line_that_names_it(mistake: str) -> None:
    changed, message = MISTAKES[mistake]
    right: dict[str, Any] = {"linear": [0, 0, 0], "row": [0, 1], "col": [1, 2], "quad": [1.0, 2.0]}
    with pytest.raises(QoptError) as caught:
        Qubo.from_arrays(**(right | changed))
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "states", [[0, 1], [[0, 1, 0]], [[-1, 1]], [[0.0, 1.0]], [[2, 0]], [["0", "1"]]]
)
def test_states_other_than_bits_are_refused(states: Any) -> None:
    with pytest.raises(QoptError, match="states "):
        Qubo.from_arrays([1, 2], [], [], []).energies(states)


@settings(derandomize=True, deadline=None, max_examples=50)
@given(given=arrays(), label=st.text(max_size=4))
def test_what_is_saved_comes_back(
    tmp_path_factory: pytest.TempPathFactory, given: dict[str, Any], label: str
) -> None:
    path = tmp_path_factory.mktemp("saved") / "model.npz"
    labels = [f"{label}{i}" for i in range(len(given["linear"]))]
    for qubo in (Qubo.from_arrays(**given), Qubo.from_arrays(**given, labels=labels)):
        assert qubo.save(path) == path
        again = Qubo.read(path)
        for name in ("linear", "row", "col", "quad", "offset"):
            assert np.array_equal(getattr(qubo, name), getattr(again, name))
            assert np.asarray(getattr(qubo, name)).dtype == np.asarray(getattr(again, name)).dtype
        assert again.labels == qubo.labels
    assert [found.name for found in path.parent.iterdir()] == ["model.npz"]


def test_labels_that_are_not_strings_come_back_as_numbers(tmp_path: Path) -> None:
    for labels in ([("a", 1), "b"], [7, 8], ["a", "b\0"]):
        path = Qubo.from_arrays([1, 2], [], [], [], labels=labels).save(tmp_path / "model.npz")
        assert Qubo.read(path).labels == range(2)


def test_a_saved_file_is_named_as_asked_and_holds_no_pickle(tmp_path: Path) -> None:
    path = Qubo.from_arrays([1, 2], [0], [1], [3], labels=["a", "b"]).save(
        tmp_path / "new" / "model.bin"
    )
    with np.load(path, allow_pickle=False) as archive:
        found = {name: archive[name].tolist() for name in archive.files}
    assert found == {
        "linear": [1, 2], "row": [0], "col": [1], "quad": [3], "offset": 0, "vartype": "BINARY",
        "labels": ["a", "b"],
    }  # fmt: skip
    assert Qubo.read(path).quad.tolist() == [3]


def test_a_place_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(QoptError, match="cannot be written"):
        Qubo.from_arrays([1], [], [], []).save(tmp_path / "file" / "model.npz")


@pytest.mark.parametrize("fault", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_what_ends_the_saving_leaves_the_old_file_and_nothing_else(
    fault: BaseException, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = Qubo.from_arrays([1, 2], [0], [1], [3]).save(tmp_path / "model.npz")

    def half(file: Any, **arrays: Any) -> None:
        file.write(b"half")
        raise fault

    monkeypatch.setattr(np, "savez", half)
    with pytest.raises((QoptError, KeyboardInterrupt)):
        Qubo.from_arrays([4], [], [], []).save(path)
    assert Qubo.read(path).linear.tolist() == [1, 2]
    assert list(tmp_path.iterdir()) == [path]
