"""Reading QUBO files: values worked out by hand, and for every broken file the line to mend."""

from __future__ import annotations

import gzip
import json
import lzma
import os
import random
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from qopt import FileError, QoptError
from qopt.compiler import Qubo

QUBO = """\
# vartype: BINARY

c a comment
p qubo 0 4 2 2
c Nodes first
0 0 3.5
3 3 -1
c links
0 1 -2
1 3 4e0
"""
BQP = """\
 3 4
1 1 5
1 2 -3
2 3 7
3 3 -1
"""
RUDY = """\
4 4
1 2 1
3 2 -2

1 3 4
3 4 0.5
"""
SEVERAL = "2\n2 2\n1 1 1\n1 2 10\n\n3 1\n2 3 100\n"


def write(tmp_path: Path, name: str, text: str | bytes) -> Path:
    path = tmp_path / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def energies(qubo: Qubo) -> dict[tuple[int, ...], float]:
    states = list(product([0, 1], repeat=qubo.num_variables))
    return dict(zip(states, qubo.energies(states).tolist(), strict=True))


def test_qbsolv_counts_from_0_and_minimises(tmp_path: Path) -> None:
    found = energies(Qubo.read(write(tmp_path, "a.qubo", QUBO)))
    assert len(found) == 16  # node 2 is in no line
    assert {
        state: 3.5 * state[0] - state[3] - 2 * state[0] * state[1] + 4 * state[1] * state[3]
        for state in found
    } == found
    assert found[1, 1, 0, 1] == 4.5


def test_or_library_counts_from_1_maximises_and_meets_couplings_twice(tmp_path: Path) -> None:
    Q = np.array([[5, -3, 0], [-3, 0, 7], [0, 7, -1]])
    found = energies(Qubo.read(write(tmp_path, "a.bqp", BQP)))
    assert {x: -float(np.array(x) @ Q @ np.array(x)) for x in found} == found
    assert found[1, 1, 1] == -(5 - 6 + 14 - 1)
    assert energies(Qubo.read(write(tmp_path, "p.txt", "p" + BQP))) == found


@pytest.mark.parametrize(("problem", "energy"), [(1, {(1, 1): -21.0}), (2, {(0, 1, 1): -200.0})])
def test_one_of_several_problems(
    tmp_path: Path, problem: int, energy: dict[tuple[int, ...], float]
) -> None:
    found = energies(Qubo.read(write(tmp_path, "several.txt", SEVERAL), problem=problem))
    assert found | energy == found


def test_one_problem_under_a_line_that_says_so(tmp_path: Path) -> None:
    assert energies(Qubo.read(write(tmp_path, "one.txt", "1\n" + BQP))) == energies(
        Qubo.read(write(tmp_path, "a.bqp", BQP))
    )


def test_rudy_energy_is_minus_the_cut(tmp_path: Path) -> None:
    edges = [(0, 1, 1), (2, 1, -2), (0, 2, 4), (2, 3, 0.5)]
    found = energies(Qubo.read(write(tmp_path, "g", RUDY)))
    assert {x: -sum(w for i, j, w in edges if x[i] != x[j]) for x in found} == found
    assert found[0, 0, 1, 0] == -2.5


def test_a_missing_weight_is_1_and_repeated_edges_add_up(tmp_path: Path) -> None:
    found = energies(Qubo.read(write(tmp_path, "g.rudy", "3 3\n1 2\n2 3\n2 1\n")))
    assert (found[0, 1, 0], found[1, 0, 0], found[0, 0, 1]) == (-3, -2, -1)


def test_npz_of_spins_with_an_offset_and_labels(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(
        path,
        linear=[1, 0],
        row=[1],
        col=[0],
        quad=[-1],
        offset=3,
        vartype="SPIN",
        labels=["s", "t"],
    )
    qubo = Qubo.read(path)
    assert energies(qubo) == {(0, 0): 1, (0, 1): 3, (1, 0): 5, (1, 1): 3}
    assert qubo.labels == ["s", "t"]
    assert energies(Qubo.read(path, sense="max")) == {
        (0, 0): -1,
        (0, 1): -3,
        (1, 0): -5,
        (1, 1): -3,
    }


@pytest.mark.parametrize(
    ("name", "text", "own"), [("a.qubo", QUBO, "min"), ("a.bqp", BQP, "max"), ("a.mc", RUDY, "max")]
)
def test_sense_overrides_the_convention(tmp_path: Path, name: str, text: str, own: Any) -> None:
    path = write(tmp_path, name, text)
    least, most = energies(Qubo.read(path, sense="min")), energies(Qubo.read(path, sense="max"))
    assert least == {state: -energy for state, energy in most.items()}
    assert energies(Qubo.read(path)) == (least if own == "min" else most)
    assert not any(np.signbit(bias) and bias == 0 for bias in Qubo.read(path).linear)


@pytest.mark.parametrize(
    ("name", "text", "same"),
    [
        ("a.txt", QUBO, "qubo"),
        ("a.txt", BQP, "bqp"),
        ("a", "p 3 1\n1 2 1\n", "bqp"),
        ("a", "1\n3 1\n1 2 1\n", "bqp"),
        ("a.txt", "3 1\n1 2 1\n", "rudy"),
        ("a.txt", "3 1\n1 2\n", "rudy"),
        ("a.sparse", "3 1\n1 2 1\n", "bqp"),
        ("A.BQP", "3 1\n1 2 1\n", "bqp"),
        ("a.gset", "3 1\n1 2 1\n", "rudy"),
    ],
)
def test_suffix_then_content_tell_the_format(
    tmp_path: Path, name: str, text: str, same: Any
) -> None:
    path = write(tmp_path, name, text)
    assert energies(Qubo.read(path)) == energies(Qubo.read(path, format=same))


def test_format_overrides_suffix_and_content(tmp_path: Path) -> None:
    path = write(tmp_path, "a.rudy", "2 1\n1 2 1\n")
    assert energies(Qubo.read(path, format="bqp")) == {(0, 0): 0, (0, 1): 0, (1, 0): 0, (1, 1): -2}


def test_windows_line_ends_a_byte_order_mark_and_latin_1_comments(tmp_path: Path) -> None:
    text = b"\xef\xbb\xbf# caf\xe9\r\n" + RUDY.replace("\n", "\r\n").encode()
    assert energies(Qubo.read(write(tmp_path, "g", text))) == energies(
        Qubo.read(write(tmp_path, "h", RUDY))
    )


def test_utf_16_and_compressed_files_are_read_through(tmp_path: Path) -> None:
    plain = energies(Qubo.read(write(tmp_path, "a.bqp", BQP)))
    wide = write(tmp_path, "wide.bqp", BQP.encode("utf-16"))
    packed = write(tmp_path, "packed.bqp.xz", lzma.compress(BQP.encode()))
    zipped = write(tmp_path, "zipped.bqp.gz", gzip.compress(BQP.encode()))
    for path in (wide, packed, zipped):
        assert energies(Qubo.read(path)) == plain


@pytest.mark.parametrize("name", ["g", "g.rudy"])
def test_an_edge_from_a_node_to_itself_is_never_cut(tmp_path: Path, name: str) -> None:
    found = Qubo.read(write(tmp_path, name, "3 3\n1 2\n2 2\n2 3\n"))
    assert energies(found) == energies(Qubo.read(write(tmp_path, "h.rudy", "3 2\n1 2\n2 3\n")))
    assert any("never cut: 1 left out" in note for note in found.notes)


def test_a_graph_without_edges(tmp_path: Path) -> None:
    assert energies(Qubo.read(write(tmp_path, "g", "2 0\n"))) == dict.fromkeys(
        product([0, 1], repeat=2), 0.0
    )


BROKEN: dict[str, tuple[str, str | bytes, int | None, str]] = {
    "empty": ("g", "", None, "the file is empty"),
    "comments alone": ("g.qubo", "c nothing\n\n", None, "the file is empty"),
    "header of words": (
        "g",
        "nodes edges\n1 2 1\n",
        1,
        "is no header; give 'n lines' as two whole numbers",
    ),
    "header of one word": (
        "g",
        "graph\n1 2 1\n",
        1,
        "is no header; give two whole numbers (bqp, rudy) or 'p qubo ...'",
    ),
    "rudy header of words": (
        "g.rudy",
        "# a\nnodes edges\n1 2 1\n",
        2,
        "is no header; give 'nodes edges'",
    ),
    "rudy header of one number": ("g.rudy", "3\n1 2 1\n", 1, "is no header; give 'nodes edges'"),
    "bqp header of words": ("g.bqp", "p n m\n1 2 1\n", 1, "is no header; give 'n nonzeros'"),
    "qubo header of words": (
        "g.qubo",
        "p qubo 0 n 1 0\n0 0 1\n",
        1,
        "give a line 'p qubo topology maxNodes nNodes nCouplers'",
    ),
    "qubo without a header": ("g.qubo", "0 0 1\n", 1, "give a line 'p qubo"),
    "qubo header cut short": ("g", "p qubo 0 3 1\n0 0 1\n", 1, "give a line 'p qubo"),
    "no variables": ("g", "0 0\n", 1, "is no header"),
    "more variables than there can be": ("g", "2147483648 0\n", 1, "is no header"),
    "negative counts": ("g", "3 -1\n", 1, "is no header"),
    "fractional counts": ("g", "3 1.5\n", 1, "is no header"),
    "too few lines": (
        "g",
        RUDY.replace("4 4", "4 5"),
        1,
        "announces 5 lines, and 4 follow; is the file cut short?",
    ),
    "too many lines": (
        "g",
        RUDY.replace("4 4", "4 3"),
        6,
        "'3 4 0.5': is more than the 3 lines that the header announces",
    ),
    "cut short in a line": ("g", RUDY[:-5], 6, "'3 4' has 2 numbers; give 3, as in 'i j value'"),
    "too few nodes": (
        "g.qubo",
        QUBO.replace("4 2 2", "4 3 2"),
        4,
        "the file has 2 lines 'i i value' and 2 lines 'i j value'",
    ),
    "too few couplers": (
        "g.qubo",
        QUBO[: QUBO.index("1 3")],
        4,
        "the file has 2 lines 'i i value' and 1 lines 'i j value'",
    ),
    "node beyond the last": (
        "g",
        RUDY.replace("3 4", "3 5"),
        6,
        "'3 5 0.5': i and j count from 1 in this format; give whole",
    ),
    "node 0": (
        "g",
        RUDY.replace("1 2", "0 2"),
        2,
        "'0 2 1': i and j count from 1 in this format; give whole numbers in 1..4",
    ),
    "bqp node 0": (
        "g.bqp",
        BQP.replace("1 1", "0 1"),
        2,
        "i and j count from 1 in this format; give whole numbers in 1..3",
    ),
    "qubo node beyond the last": (
        "g.qubo",
        QUBO.replace("1 3", "1 4"),
        10,
        "i and j count from 0 in this format; give whole",
    ),
    "negative node": ("g.qubo", QUBO.replace("0 1", "-1 1"), 9, "give whole numbers in 0..3"),
    "fractional node": ("g", RUDY.replace("3 2", "1.5 2"), 3, "'1.5 2 -2': i and j count from 1"),
    "nan for a node": ("g", RUDY.replace("3 2", "nan 2"), 3, "'nan 2 -2': i and j count from 1"),
    "a column too few": (
        "g.bqp",
        BQP.replace("1 2 -3", "1 2"),
        3,
        "'1 2' has 2 numbers; give 3, as in 'i j value'",
    ),
    "a column too few, first": (
        "g.bqp",
        "2 1\n1 2\n",
        2,
        "'1 2' has 2 numbers; give 3, as in 'i j value'",
    ),
    "a column too many": (
        "g.rudy",
        RUDY.replace("1 3 4", "1 3 4 5"),
        5,
        "'1 3 4 5' has 4 numbers; give 3, as in 'i j weight'",
    ),
    "a column too many, first": (
        "g.rudy",
        "2 1\n1 2 3 4\n",
        2,
        "'1 2 3 4' has 4 numbers; give 2 or 3, as in 'i j weight'",
    ),
    "weights on some lines": (
        "g.rudy",
        "3 2\n1 2\n2 3 1\n",
        3,
        "'2 3 1' has 3 numbers; give 2, as in 'i j weight'",
    ),
    "a word": (
        "g",
        RUDY.replace("3 2 -2", "3 2 two"),
        3,
        "'two' is not a number; a line is 'i j value'",
    ),
    "a word, first": (
        "g.qubo",
        "p qubo 0 1 1 0\nx 0 1\n",
        2,
        "'x' is not a number; a line is 'i j value'",
    ),
    "an underscore": ("g", RUDY.replace("3 2 -2", "3 2 1_0"), 3, "'1_0' is not a number"),
    "commas": ("g", RUDY.replace("3 2 -2", "3,2,-2"), 3, "'3,2,-2' is not a number"),
    "nan weight": ("g", RUDY.replace("-2", "nan"), 3, "'3 2 nan': give a finite number"),
    "infinite weight": (
        "g.qubo",
        QUBO.replace("-2", "-inf"),
        9,
        "'0 1 -inf': give a finite number",
    ),
    "weight beyond a float64": (
        "g.bqp",
        BQP.replace("7", "1e400"),
        4,
        "'2 3 1e400': give a finite number",
    ),
    "weight that cannot be doubled": (
        "g.bqp",
        BQP.replace("7", "1.7e308"),
        4,
        "'2 3 1.7e308': give a finite number",
    ),
    "bqp with i > j": (
        "g",
        BQP.replace("1 2", "2 1"),
        3,
        "'2 1 -3': give the smaller of the two first",
    ),
    "qubo with i > j": (
        "g.qubo",
        QUBO.replace("1 3", "3 1"),
        10,
        "'3 1 4e0': give the smaller of the two first",
    ),
    "undecodable bytes": ("g", b"3 2\n1 2 1\n2 \xff\xfe 1\n", 3, r"'\\xff\\xfe' is not a number"),
    "another kind of file": (
        "g",
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
        None,
        "not a text file: it is a PNG picture",
    ),
    "several, short of the second": (
        "g",
        SEVERAL[: SEVERAL.index("3 1")],
        2,
        "the file ends before problem 2 of 2",
    ),
    "several, without any": ("g", "2\n", 1, "the file ends before problem 1 of 2"),
    "several, short of a line": (
        "g",
        SEVERAL[: SEVERAL.index("2 3")],
        6,
        "announces 1 lines, and 0 follow",
    ),
    "several, a count too small": (
        "g",
        SEVERAL.replace("2 2", "2 1"),
        4,
        "'1 2 10': is no header; give 'n nonzeros'",
    ),
    "several, a count too large": (
        "g",
        SEVERAL.replace("2 2", "2 3"),
        7,
        "'2 3 100': is no header; give 'n nonzeros'",
    ),
    "several, more than announced": (
        "g",
        SEVERAL + "2 3 100\n",
        8,
        "'2 3 100': is more than the 1 lines",
    ),
    "not an archive": (
        "g.npz",
        RUDY,
        None,
        "not an .npz archive; Qubo.save and numpy.savez write one",
    ),
    "an archive cut short": ("g.npz", b"PK\x03\x04abc", None, "cannot be read as an .npz archive"),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_file_is_one_line_that_names_the_line(tmp_path: Path, fault: str) -> None:
    name, text, line, message = BROKEN[fault]
    path = write(tmp_path, name, text)
    with pytest.raises(FileError) as caught:
        Qubo.read(path, problem=2 if fault.startswith("several") and "without" not in fault else 1)
    assert caught.value.line == line
    assert message in str(caught.value)
    assert str(caught.value).startswith(f"{path}:{line}: " if line else f"{path}: ")
    assert "\n" not in str(caught.value)


ARRAYS: dict[str, Any] = {"linear": [0, 1], "row": [0], "col": [1], "quad": [1.0]}
BROKEN_ARRAYS: dict[str, tuple[dict[str, Any], str]] = {
    "a missing array": (
        {"col": None},
        "has no array 'col'; an .npz model has linear, row, col, quad",
    ),
    "an unknown array": (
        {"ofset": 1.0},
        "array 'ofset' means nothing here; besides linear, row, col, quad there may be offset",
    ),
    "a nan": ({"quad": [np.nan]}, "quad[0]=nan, of variables 0 and 1: give a finite bias"),
    "an index out of range": ({"row": [2]}, "row[0]=2 is none of the 2 variables"),
    "fractional indices": ({"row": [0.0]}, "row has dtype float64; give whole numbers"),
    "unequal lengths": ({"row": [0, 1]}, "row, col and quad have 2, 1 and 1 entries"),
    "a matrix": ({"quad": [[1.0]]}, "quad has shape (1, 1); give one dimension"),
    "words": ({"linear": ["a", "b"]}, "linear has dtype <U1; give real numbers"),
    "objects": (
        {"linear": [None, {}]},
        "cannot be read as an .npz archive (Object arrays cannot be loaded",
    ),
    "an unknown vartype": ({"vartype": "INTEGER"}, "vartype='INTEGER': give 'BINARY' or 'SPIN'"),
    "two offsets": ({"offset": [1.0, 2.0]}, "offset=[1.0, 2.0]: give a finite number"),
    "repeated labels": ({"labels": ["a", "a"]}, "label 'a' is there 2 times"),
    "too many labels": ({"labels": ["a", "b", "c"]}, "labels has 3 entries for 2 variables"),
    "one label": ({"labels": 3}, "labels cannot be used"),
}


@pytest.mark.parametrize("fault", BROKEN_ARRAYS)
def test_a_broken_archive_is_one_line(tmp_path: Path, fault: str) -> None:
    changed, message = BROKEN_ARRAYS[fault]
    path = tmp_path / "a.npz"
    arrays = {
        name: np.asarray(value) for name, value in (ARRAYS | changed).items() if value is not None
    }
    np.savez(path, **arrays)  # type: ignore[arg-type]
    with pytest.raises(FileError) as caught:
        Qubo.read(path)
    assert str(caught.value).startswith(f"{path}: {message}")
    assert "\n" not in str(caught.value)


def test_an_array_file_is_no_archive(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.zeros(3))
    with pytest.raises(FileError, match=r"not an \.npz archive"):
        Qubo.read((tmp_path / "a.npy").rename(tmp_path / "a.npz"))


@pytest.mark.parametrize("name", ["none.npz", "none.qubo", "none.rudy", "none.txt", "none"])
def test_a_missing_file(tmp_path: Path, name: str) -> None:
    with pytest.raises(FileError, match="No such file"):
        Qubo.read(tmp_path / name)
    (tmp_path / name).mkdir()
    with pytest.raises(FileError, match="a folder; give a file in it"):
        Qubo.read(tmp_path / name)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"format": "qbo"}, "no file format named 'qbo'; did you mean qubo?"),
        ({"sense": "maximise"}, "sense='maximise': give 'min', 'max', or None"),
        ({"problem": 0}, "problem=0: give a whole number, 1 or more"),
        ({"problem": 2}, "problem=2: the file has 1"),
        ({"problem": 2, "format": "qubo"}, "problem=2: the file has 1"),
    ],
)
def test_a_mistaken_argument(tmp_path: Path, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(QoptError) as caught:
        Qubo.read(write(tmp_path, "g", RUDY), **arguments)
    assert message in str(caught.value)


def test_a_problem_beyond_the_last(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"problem=3: the file has 2; give a number in 1\.\.2"):
        Qubo.read(write(tmp_path, "several.txt", SEVERAL), problem=3)


SAVED = {name: np.asarray(value) for name, value in ARRAYS.items()}


def one_line_or_none(path: Path) -> bool:
    """Whether the file is read, or refused in one line; any other exception is a failure."""
    try:
        Qubo.read(path)
    except FileError as error:
        return len(str(error).splitlines()) == 1
    return True


@settings(derandomize=True, deadline=None, max_examples=300)
@given(
    st.sampled_from([QUBO, BQP, RUDY, SEVERAL]),
    st.integers(0, 100),
    st.binary(max_size=3),
    st.integers(0, 3),
)
@example(RUDY, 8, b"\0", 1)
@example(RUDY, 8, b"\r", 1)
def test_no_damage_gives_anything_but_a_model_or_a_file_error(
    tmp_path_factory: pytest.TempPathFactory, text: str, at: int, put: bytes, dropped: int
) -> None:
    data = text.encode()
    path = write(tmp_path_factory.mktemp("damaged"), "g", data[:at] + put + data[at + dropped :])
    assert one_line_or_none(path)


@settings(derandomize=True, deadline=None, max_examples=300)
@given(st.integers(0, 1200), st.integers(0, 255), st.booleans())
def test_no_damage_to_an_archive_does_either(
    tmp_path_factory: pytest.TempPathFactory, at: int, byte: int, cut: bool
) -> None:
    path = Qubo.from_arrays(**SAVED).save(tmp_path_factory.mktemp("damaged") / "a.npz")
    data = path.read_bytes()
    path.write_bytes(data[:at] if cut else data[:at] + bytes([byte]) + data[at + 1 :])
    assert one_line_or_none(path)


INSTANCES = os.environ.get("QOPT_INSTANCES")


def published(family: str) -> list[Any]:
    """The index's entries of a family, as parameters; a skipped one where there is no index."""
    if not INSTANCES:
        reason = "QOPT_INSTANCES names no folder with index.json and its files"
        return [pytest.param({}, id=family, marks=pytest.mark.skip(reason=reason))]
    entries = json.loads((Path(INSTANCES) / "index.json").read_text())
    return [pytest.param(entry, id=entry["name"]) for entry in entries if entry["family"] == family]


def numbers(entry: dict[str, Any]) -> list[list[float]]:
    """The lines of a published file as numbers, without comments and the header."""
    lines = (Path(INSTANCES or "") / entry["path"]).read_text().splitlines()
    rows = [line.split() for line in lines if line.strip() and line[0] not in "c#p"]
    return [[float(word) for word in row] for row in rows if len(row) == 3]


@pytest.mark.parametrize("entry", published("maxcut"))
def test_published_graphs(entry: dict[str, Any]) -> None:
    qubo = Qubo.read(Path(INSTANCES or "") / entry["path"])
    edges = numbers(entry)
    assert (qubo.num_variables, len(edges)) == (entry["size"]["nodes"], entry["size"]["edges"])
    assert len(qubo.quad) == len(edges)
    side = random.Random(1).choices([0, 1], k=qubo.num_variables)
    cut = sum(w for i, j, w in edges if side[int(i) - 1] != side[int(j) - 1])
    assert qubo.energies([side]).tolist() == [-cut]


@pytest.mark.parametrize("entry", published("qubo"))
def test_published_qubos(entry: dict[str, Any]) -> None:
    """Both kinds are maximised; `.qubo` files count from 0 and hold doubled couplers."""
    qubo = Qubo.read(Path(INSTANCES or "") / entry["path"], sense="max")
    base, twice = (0, 1) if entry["path"].endswith(".qubo") else (1, 2)
    assert qubo.num_variables == entry["size"]["variables"]
    x = random.Random(1).choices([0, 1], k=qubo.num_variables)
    lines = [(int(i) - base, int(j) - base, value) for i, j, value in numbers(entry)]
    value = sum(value * (1 if i == j else twice) for i, j, value in lines if x[i] and x[j])
    assert qubo.energies([x]).tolist() == [-value]
