"""Files that SCIP and HiGHS write of random models have SCIP's optimum, and are what they say."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from qopt.assignment import Model
from qopt.diagnosis.reading import check_reading

from ...fuzz import examples
from ...mangle import refused_or
from .written import (
    optimum,
    random_mps,
    random_program,
    random_text,
    scip_optimum,
    write_highs,
    write_scip,
)

pytest.importorskip("pyscipopt")
WRITERS: dict[str, Callable[[dict[str, Any], Path], None]] = {
    "scip": write_scip,
    "highs": write_highs,
}


@pytest.mark.parametrize("suffix", ["lp", "mps"])
@pytest.mark.parametrize("writer", WRITERS)
def test_written_files_have_the_optimum_of_scip(tmp_path: Path, writer: str, suffix: str) -> None:
    if writer == "highs":
        pytest.importorskip("highspy")
    path, feasible = tmp_path / f"model.{suffix}", 0
    for seed in range(examples(15)):
        WRITERS[writer](random_program(np.random.default_rng(seed)), path)
        best = scip_optimum(path)
        assert optimum(path) == (best if best is None else pytest.approx(best, abs=1e-6)), seed
        assert check_reading(path, samples=20).ok, seed
        feasible += best is not None
    assert feasible > examples(15) // 2


def test_conditions_sets_and_open_bounds_have_the_optimum_of_scip(tmp_path: Path) -> None:
    path, feasible = tmp_path / "model.lp", 0
    for seed in range(examples(60)):
        path.write_text(random_text(np.random.default_rng(seed)))
        best = scip_optimum(path)
        assert optimum(path) == (best if best is None else pytest.approx(best, abs=1e-6)), seed
        assert check_reading(path, samples=20).ok, seed
        feasible += best is not None
    assert feasible > examples(60) // 3


def test_each_kind_of_row_and_bound_has_the_optimum_of_scip(tmp_path: Path) -> None:
    path, feasible = tmp_path / "model.mps", 0
    for seed in range(examples(60)):
        path.write_text(random_mps(np.random.default_rng(seed)))
        best = scip_optimum(path)
        assert optimum(path) == (best if best is None else pytest.approx(best, abs=1e-6)), seed
        assert check_reading(path, samples=20).ok, seed
        feasible += best is not None
    assert feasible > examples(60) // 8


def test_names_with_spaces_change_nothing(tmp_path: Path) -> None:
    """The same model in the columns of the fixed format, where names may have spaces in them."""
    free, fixed = tmp_path / "free.mps", tmp_path / "fixed.mps"
    for seed in range(examples(30)):
        text = random_mps(np.random.default_rng(seed), fixed=True)
        fixed.write_text(text)
        free.write_text(text.replace("row ", "row_").replace("my ", "my_"))
        assert optimum(fixed) == optimum(free), seed
        for path in (free, fixed):
            assert check_reading(path, samples=20).ok, seed


CHANGES: list[tuple[str, str]] = [  # what people and other tools write instead
    (r"^Minimize", "minimise"), (r"^Maximize", "MAX:"), (r"^Subject To", "such that"),
    (r"^Bounds", "\nBOUND\n"), (r"^Generals", "int"), (r"^Binaries", "Binary"), (r"^End", ""),
    ("<=", "=<"), (">=", " > "), ("\n", "\r\n"), (r"\bx0\b", "x[0,0]"), (r"\bx1\b", "e1"),
    (r" r0:", "\n r0:\n"), (r"$", " \\ said"), (r"\+1 ", "+ "), (r" \+", "\n +"),
    (r"\bx2\b", "x(2,1)"), (r"^", "\t"), ("Subject To", "Subject To\n\n\n"),
]  # fmt: skip
DAMAGES: list[tuple[str, str]] = [  # what happens to files
    ("<=", ""), ("x0", "x0 x0"), (":", ""), (r"^Bounds", ""), (r"^Generals", "Genrals"),
    (r"^min", "mim"), (r"\d", "1e"), (r"\+", ""), ("End", "End x0"), (r"^Subject To", ""),
    ("x1", "x 1"), ("<=", "<= <="), (r"o:", "r0:"), (r"^Binaries", "Binaries:"), ("2", "2,0"),
    (r"->", "- >"), ("S1::", "S1:"), (r"\]", ""),
]  # fmt: skip


def test_other_dialects_have_the_same_optimum(tmp_path: Path) -> None:
    path = tmp_path / "model.lp"
    for seed in range(examples(60)):
        random = np.random.default_rng(seed)
        text = random_text(random)
        path.write_text(text)
        best = optimum(path)
        for k in random.permutation(len(CHANGES))[:4].tolist():
            text = re.sub(*CHANGES[k], text, flags=re.MULTILINE)
        path.write_bytes(text.encode())
        assert optimum(path) == best, (seed, text)
        assert check_reading(path, samples=20).ok, (seed, text)


def test_damaged_files_are_refused_in_one_line_or_are_what_they_say(tmp_path: Path) -> None:
    path, refused = tmp_path / "model.lp", 0
    for seed in range(examples(120)):
        random = np.random.default_rng(seed)
        text = random_text(random)
        for k in random.permutation(len(DAMAGES))[: int(random.integers(1, 3))].tolist():
            found = list(re.finditer(DAMAGES[k][0], text, re.MULTILINE))
            if found:
                at = found[int(random.integers(len(found)))]
                text = text[: at.start()] + DAMAGES[k][1] + text[at.end() :]
        path.write_text(text)
        if refused_or(Model.of, path) is None:
            refused += 1
            continue
        best = optimum(path)
        assert check_reading(path, samples=20).ok, (seed, text)
        said = scip_optimum(path)
        if not isinstance(said, str):
            assert best == (said if said is None else pytest.approx(said, abs=1e-6)), (seed, text)
    assert refused > examples(120) // 3
