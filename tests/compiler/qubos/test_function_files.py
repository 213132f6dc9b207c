"""Every format of a quadratic function, whole and mangled, is worth what a plain reading says."""

from __future__ import annotations

import itertools
import json
import lzma
import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import dimod
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import qopt
from qopt import FileError, Qubo
from qopt.compiler.sources.sources import Source

from ...fuzz import examples
from ...mangle import decoded, mangled, other_words, refused_or

Value = Callable[[Sequence[int]], float]

TEXTS = {
    "a.qubo": "c hand made\np qubo 0 3 2 2\n0 0 2\n2 2 -1\n0 1 -3\n1 2 4.5\n",
    "a.qs": "# minimise\n# ObjectiveOffset 2.5\n# Vars Non-zeros\n"
    "3 4\n1 1 -1\n1 2 2\n2 3 -3\n3 3 0.5\n",
    "a.bqp": "3 4\n1 1 -1\n1 2 2\n2 3 -3\n3 3 0.5\n",
    "two.bqp": "2\n2 1\n1 2 9\n3 2\n1 1 4\n2 3 -1\n",
    "a.mc": "3 3\n1 2 1.5\n2 3 -2\n3 1 4\n",
    "plain.rudy": "4 3\n1 2\n2 3\n4 3\n",
    "max-cut": "MAX-CUT 3 2\n1 2 3\n2 3 1\n",
    "a.coo": "# vartype=SPIN\n0 0 1.5\n0 1 -2\n2 1 3\n",
    "bits": "# vartype=BINARY\n0 0 1.5\n0 1 -2\n1 2 3\n",
    "general.mtx": "%%MatrixMarket matrix coordinate real general\n% made\n"
    "3 3 3\n1 1 2\n1 3 -1\n3 1 4\n",
    "half.mtx": "%%MatrixMarket matrix coordinate integer symmetric\n3 3 3\n1 1 2\n3 1 -1\n3 2 4\n",
    "ones.mtx": "%%MatrixMarket matrix coordinate pattern symmetric\n3 3 2\n2 1\n3 3\n",
    "dense.mtx": "%%MatrixMarket matrix array real general\n2 2\n1\n2\n-3\n4\n",
    "lower.mtx": "%%MatrixMarket matrix array real symmetric\n2 2\n1\n2\n4\n",
}


def _rows(content: bytes) -> tuple[list[list[str]], list[str]]:
    """The words of lines that count, and the comments before the first of them."""
    text = content.decode("utf-8-sig", errors="backslashreplace")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    rows: list[list[str]] = []
    comments = []
    for line in text.split("\n"):
        words = line.split()
        if words and (words[0][0] in "#%" or words[0] == "c"):
            comments += [line.strip()] if not rows else []
        elif words:
            rows.append(words)
    return rows, comments


def _entries(rows: list[list[str]], base: int) -> list[tuple[int, int, float]]:
    found = [(*map(float, row[:2]), float(row[2]) if len(row) > 2 else 1.0) for row in rows]
    return [(int(i) - base, int(j) - base, value) for i, j, value in found]


def _sum(entries: list[tuple[int, int, float]], twice: bool) -> Value:
    return lambda x: sum(
        value * x[i] * x[j] * (2 if twice and i != j else 1) for i, j, value in entries
    )


def _plainly(name: str, content: bytes) -> tuple[int, Value]:
    """The number of variables, and the value of a state of bits."""
    rows, comments = _rows(content)
    head = rows[0]
    if head[:2] == ["p", "qubo"]:
        return int(head[3]), _sum(_entries(rows[1:], 0), False)
    if name.endswith(".qs"):
        said = [
            re.fullmatch(r"[#%\s]*objectiveoffset[\s:=]*(\S+)", line.lower()) for line in comments
        ]
        offset = sum(float(found[1]) for found in said if found)
        form = _sum(_entries(rows[1:], 1), True)
        return int(head[0]), lambda x: offset + form(x)
    if name.endswith(".mtx"):
        return _matrix(content, rows)
    if name in ("a.coo", "bits"):
        spins = "SPIN" in next(line.upper() for line in comments if "vartype" in line.lower())
        entries = _entries(rows, 0)
        numbers = sorted({k for i, j, _ in entries for k in (i, j)})
        entries = [(numbers.index(i), numbers.index(j), value) for i, j, value in entries]
        return len(numbers), lambda x: _ising(
            entries, [2 * bit - 1 for bit in x] if spins else list(x)
        )
    if name == "two.bqp":
        if len(head) == 1:
            first = int([word for word in rows[1] if word != "p"][1])
            rows = rows[2 + first :]
            rows = rows[: 1 + int(rows[0][-1])]
        return int(rows[0][-2]), _sum(_entries(rows[1:], 1), True)
    if name == "a.bqp":
        return int(head[-2]), _sum(_entries(rows[1:], 1), True)
    n, edges = int(head[-2]), rows[1:]
    numbers = [float(word) for row in edges for word in row[:2]]
    base = 0 if 0 in numbers and n not in numbers else 1
    cut = _entries(edges, base)
    return n, lambda x: sum(weight for i, j, weight in cut if x[i] != x[j])


def _ising(entries: list[tuple[int, int, float]], s: list[int]) -> float:
    return sum(value * (s[i] if i == j else s[i] * s[j]) for i, j, value in entries)


def _matrix(content: bytes, rows: list[list[str]]) -> tuple[int, Value]:
    banner = content.decode("utf-8-sig", errors="backslashreplace").split("\n")[0].lower().split()
    n = int(rows[0][0])
    whole = np.zeros((n, n))
    if banner[2] == "array":
        numbers = iter(float(word) for row in rows[1:] for word in row)
        places = [(i, j) for j in range(n) for i in range(n)]
        if banner[4] == "symmetric":
            places = [(i, j) for i, j in places if i >= j]
        if banner[4] == "skew-symmetric":
            places = [(i, j) for i, j in places if i > j]
        entries = [(i, j, value) for (i, j), value in zip(places, numbers, strict=True)]
    else:
        entries = _entries(rows[1:], 1)
    for i, j, value in entries:
        whole[i, j] += value
        if i != j and banner[4] != "general":
            whole[j, i] += value if banner[4] == "symmetric" else -value
    return n, lambda x: float(np.array(x) @ whole @ np.array(x))


def _check(name: str, content: bytes, path: Path) -> None:
    path.write_bytes(content)
    problem = 2 if name == "two.bqp" else 1
    found: Any = refused_or(lambda path: Qubo.value_of(path, problem=problem), path)
    if found is None:
        return
    qubo, sense = found
    n, value = _plainly(name, content)
    assert qubo.num_variables == n
    assert sense == (
        "max" if name in ("max-cut", "a.mc", "plain.rudy", "a.bqp", "two.bqp") else "min"
    )
    if n <= 6:
        states = list(itertools.product((0, 1), repeat=n))
        expected = [value(state) for state in states]
        size = 1 + max(map(abs, expected))  # beside 1e300 a unit is lost
        assert qubo.energies(states).tolist() == pytest.approx(expected, rel=1e-9, abs=1e-9 * size)


@pytest.mark.parametrize("name", TEXTS)
def test_every_format_is_read_as_it_stands(name: str, tmp_path: Path) -> None:
    _check(name, TEXTS[name].encode(), tmp_path / name)
    assert Qubo.value_of(tmp_path / name)[0].num_variables >= 2
    for end in range(len(TEXTS[name])):
        if name != "bits":  # whose number of lines nothing announces
            _check(name, TEXTS[name][:end].encode(), tmp_path / name)


@pytest.mark.parametrize("name", TEXTS)
def test_any_word_may_be_any_other(name: str, tmp_path: Path) -> None:
    for content in other_words(TEXTS[name]):
        if name.partition(".")[2] or content.startswith((b"MAX-CUT", b"# vartype")):
            _check(name, content, tmp_path / name)


@pytest.mark.parametrize("name", [name for name in TEXTS if "." in name])
@settings(deadline=None, max_examples=examples(150), derandomize=True)
@given(data=st.data())
def test_a_mangled_file_is_read_as_it_stands_or_refused(
    name: str, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    content = data.draw(mangled(TEXTS[name]))
    _check(name, content, tmp_path_factory.getbasetemp() / name)


BQM = dimod.BinaryQuadraticModel({"a": 1.5, ("b", 2): -2.0}, {("a", ("b", 2)): 3.0}, 0.5, "SPIN")


@settings(deadline=None, max_examples=examples(150), derandomize=True)
@given(content=mangled(json.dumps(BQM.to_serializable())))
def test_a_mangled_bqm_of_json_is_dimod_s_own_or_refused(
    content: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "bqm.json"
    path.write_bytes(content)
    found: Any = refused_or(Qubo.read, path)
    if found is None:
        return
    document = json.loads(decoded(content))
    for name in ("linear_biases", "quadratic_biases"):
        document[name] = list(
            map(float, document[name])
        )  # dimod takes no whole number of 300 digits
    theirs = dimod.BinaryQuadraticModel.from_serializable(document)
    assert list(found.labels) == list(theirs.variables)
    bits = theirs.change_vartype("BINARY", inplace=False)
    states = np.array(list(itertools.product((0, 1), repeat=len(found.labels))))
    expected = bits.energies((states, list(theirs.variables)))
    size = 1 + float(np.abs(expected).max())
    np.testing.assert_allclose(found.energies(states), expected, atol=1e-9 * size)


@settings(deadline=None, max_examples=examples(150), derandomize=True)
@given(st.integers(0, 400), st.binary(min_size=1, max_size=3), st.booleans(), st.booleans())
def test_damage_to_dimod_s_files_is_told_in_a_line(
    tmp_path_factory: pytest.TempPathFactory, at: int, put: bytes, cut: bool, constrained: bool
) -> None:
    model: Any = dimod.ConstrainedQuadraticModel.from_bqm(BQM) if constrained else BQM
    with model.to_file() as file:
        data = file.read()
    at = 8 + at % (len(data) - 8)
    path = tmp_path_factory.getbasetemp() / "model.bin"
    path.write_bytes(data[:at] if cut else data[:at] + put + data[at + len(put) :])
    refused_or(Source.of, path)


@settings(deadline=None, max_examples=examples(60), derandomize=True)
@given(data=st.data())
def test_a_bqm_of_dimod_s_file_is_the_bqm(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    n = data.draw(st.integers(0, 5))
    pairs = st.lists(
        st.sampled_from([*itertools.combinations(range(n), 2)] or [(0, 0)]), max_size=8
    )
    couplings = dict.fromkeys(data.draw(pairs) if n > 1 else [], 1.5)
    linear = {k: float(data.draw(st.integers(-3, 3))) for k in range(n)}
    dtype = data.draw(st.sampled_from(["float32", "float64"]))
    vartype = data.draw(st.sampled_from(["SPIN", "BINARY"]))
    bqm = dimod.BinaryQuadraticModel(linear, couplings, 0.5, vartype, dtype=dtype)
    if data.draw(st.booleans()):
        bqm.relabel_variables({k: ("x", k) for k in range(n)})
    path = tmp_path_factory.getbasetemp() / "model.bqm"
    with bqm.to_file() as file:
        path.write_bytes(file.read())
    found = Qubo.read(path)
    assert list(found.labels) == list(bqm.variables)
    assert found.bqm().is_almost_equal(bqm.change_vartype("BINARY", inplace=False), 6)


def _least(model: dimod.BinaryQuadraticModel) -> float:
    return float(dimod.ExactSolver().sample(model).first.energy)


def test_labels_of_a_bqm_of_dimod_s_file_may_be_large_numbers(tmp_path: Path) -> None:
    labels = [1000, 2**61, -(2**40), 0.25, "x"]
    bqm = dimod.BinaryQuadraticModel(dict.fromkeys(labels, 1.0), {}, 0.0, "BINARY")
    path = tmp_path / "model.bqm"
    with bqm.to_file() as file:
        path.write_bytes(file.read())
    assert list(Qubo.read(path).labels) == labels
    wrong = path.read_bytes().replace(str(2**61).encode(), str(2**63).encode())
    path.write_bytes(wrong)
    with pytest.raises(FileError, match=f"the label {2**63}"):
        Qubo.read(path)


@pytest.mark.parametrize(
    "name", ["bqm.json", "model", "model.cqm", "model.bqm", "bqm.json.xz", "saved.npz"]
)
def test_a_model_as_dimod_writes_it_is_solved_by_its_path(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    if "json" in name:
        text = json.dumps(BQM.to_serializable()).encode()
        path.write_bytes(lzma.compress(text) if name.endswith("xz") else text)
    elif name == "saved.npz":
        named = BQM.relabel_variables({("b", 2): "b"}, inplace=False)
        binary = named.change_vartype("BINARY", inplace=False)
        linear, (row, col, quad), offset, labels = binary.to_numpy_vectors(return_labels=True)
        Qubo.from_arrays(linear, row, col, quad, offset, labels=list(labels)).save(path)
    else:
        model = dimod.ConstrainedQuadraticModel.from_bqm(BQM) if "cqm" in name else BQM
        with model.to_file() as file:
            path.write_bytes(file.read())
    result = qopt.solve(path, time_limit=None, num_sweeps=20, seed=1)
    assert result.objective == pytest.approx(_least(BQM))
    assert result.instance == name.partition(".")[0]
    assert result.best is not None
    assert set(result.best.values) == ({"a", "b"} if name == "saved.npz" else {"a", ("b", 2)})
    assert set(result.best.values.values()) <= ({0, 1} if name == "saved.npz" else {-1, 1})


def test_a_discrete_model_of_a_file_keeps_its_groups(tmp_path: Path) -> None:
    dqm = dimod.DiscreteQuadraticModel()
    dqm.add_variable(3, "u")
    dqm.set_linear("u", [2, -1, 5])
    with dqm.to_file() as file:
        (tmp_path / "model.dqm").write_bytes(file.read())
    result = qopt.solve(tmp_path / "model.dqm", time_limit=None, num_sweeps=20, seed=1)
    assert (result.objective, result.status) == (-1, qopt.Status.FEASIBLE)
    with pytest.raises(FileError, match="a DiscreteQuadraticModel of dimod's, not a QUBO"):
        Qubo.read(tmp_path / "model.dqm")


@pytest.mark.parametrize("name", ["a.qubo", "a.qs", "a.bqp", "a.mc", "half.mtx", "a.coo"])
def test_a_function_s_file_is_solved_by_its_path_in_its_own_sense(
    name: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_text(TEXTS[name])
    n, value = _plainly(name, TEXTS[name].encode())
    result = qopt.solve(tmp_path / name, time_limit=None, num_sweeps=50, seed=1)
    every = [value(state) for state in itertools.product((0, 1), repeat=n)]
    assert result.sense == Qubo.value_of(tmp_path / name)[1]
    assert result.objective == pytest.approx(min(every) if result.sense == "min" else max(every))
    base = 0 if name in ("a.qubo", "a.coo") else 1
    assert result.best is not None
    assert list(result.best.values) == list(range(base, n + base))
    assert any("imise" in note for note in result.notes)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.json", '{"plans": [], "provenance": {}}', "a result of qopt, not a model"),
        ("a.json", '{"routes": []}', "not a model; of JSON only a BQM"),
        ("a.coo", "0 0 1\n0 1 2\n", "does not say what its variables are; put '# vartype=BINARY'"),
        ("a.mtx", "3 3 1\n1 1 2\n", "the first line of a Matrix Market file is"),
        (
            "a.mtx",
            "%%MatrixMarket matrix array complex general\n1 1\n2 3\n",
            "no Matrix Market field named 'complex'",
        ),
        (
            "a.mtx",
            "%%MatrixMarket matrix coordinate real general\n2 3 1\n1 3 2\n",
            "a QUBO's is square",
        ),
        (
            "a.mtx",
            "%%MatrixMarket matrix coordinate real symmetric\n2 2 1\n1 2 2\n",
            "the lower triangle",
        ),
        (
            "a.qs",
            "# ObjectiveOffset ten\n1 1\n1 1 2\n",
            "ObjectiveOffset 'ten': give a finite number",
        ),
        (
            "a.qs",
            "# ObjectiveOffset 1\n# ObjectiveOffset 1\n1 1\n1 1 2\n",
            "has two lines '# ObjectiveOffset'",
        ),
        ("a.npy", b"\x93NUMPY cut short", "cannot be read as an .npy array"),
        ("a", b"DIMODBQM\x02\x00", "cannot be read as a BQM of dimod's: it is cut short"),
        ("a", b"DIMODBQM\x07\x00", "version 7.0 is not known; write it anew with dimod"),
        ("a", b"DIMODCQM\x02\x00", "cannot be read as a file of dimod's"),
    ],
)
def test_what_cannot_be_read_is_told(
    name: str, content: str | bytes, message: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    for read in (Qubo.read, qopt.solve):
        with pytest.raises(FileError) as caught:
            read(path)
        assert message in str(caught.value)
        assert str(caught.value).startswith(str(path))
        assert len(str(caught.value).splitlines()) == 1


def test_an_offset_in_a_comment_is_added_in_every_list(tmp_path: Path) -> None:
    for name, text in (
        ("a.qubo", "c offset 1.5\n" + TEXTS["a.qubo"]),
        ("a.bqp", "# Offset: 1.5\n" + TEXTS["a.bqp"]),
        ("a.qs", TEXTS["a.qs"].replace("# ObjectiveOffset 2.5", "## objectiveoffset = 1.5")),
    ):
        (tmp_path / name).write_text(text)
        found = Qubo.read(tmp_path / name, sense="min")
        assert found.energies([[0, 0, 0]]).tolist() == [1.5]
    (tmp_path / "a.bqp").write_text("# the offset of nodes is 1\n" + TEXTS["a.bqp"])
    assert Qubo.read(tmp_path / "a.bqp").offset == 0


def test_an_array_file_is_a_matrix(tmp_path: Path) -> None:
    np.save(tmp_path / "q.npy", np.array([[1, -4], [2, 1]]))
    assert Qubo.read(tmp_path / "q.npy").energies([[1, 1], [1, 0]]).tolist() == [0, 1]
    np.save(tmp_path / "r.npy", np.zeros((2, 3)))
    with pytest.raises(FileError, match=r"an array of shape \(2, 3\); a QUBO's matrix is square"):
        Qubo.read(tmp_path / "r.npy")


FOLDER = os.environ.get("QOPT_INSTANCES")
PUBLISHED = sorted(Path(FOLDER).glob("qoblib/**/*.qs.xz")) if FOLDER else []


@pytest.mark.skipif(not FOLDER, reason="QOPT_INSTANCES names no folder of instances")
@pytest.mark.parametrize("path", PUBLISHED, ids=lambda path: path.name)
def test_published_functions_are_those_of_their_lines(path: Path) -> None:
    rows, comments = _rows(lzma.decompress(path.read_bytes()))
    offset = next(float(line.split()[2]) for line in comments if "ObjectiveOffset" in line)
    n = int(rows[0][0])
    x = np.random.default_rng(1).integers(0, 2, n)
    value = offset + sum(
        v * (1 if i == j else 2) for i, j, v in _entries(rows[1:], 1) if x[i] and x[j]
    )
    qubo, sense = Qubo.value_of(path)
    assert (qubo.num_variables, qubo.offset, sense) == (n, offset, "min")
    assert qubo.energies([x])[0] == pytest.approx(value, rel=1e-9)
