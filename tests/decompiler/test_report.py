"""The page of what was read back, weights that are enough, and a QUBO that is made again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import dimod
import numpy as np
import pytest

import qopt
from problems.logistics import BinPacking, TravellingSalesman
from qopt import QoptError, Qubo
from qopt.decompiler import Decompiled, decompiled
from qopt.decompiler.couplings import Couplings, Row
from qopt.decompiler.report import says
from qopt.decompiler.slack import NONE, Slack

from ..pages.test_pages import Told
from .draft import Random
from .test_traps import costs_of, energies_by_definition, states_of, tolerance
from .traps import TRAPS, pairs, usual

WEIGHT = 1e6


def packed(items: int = 10, seed: int = 2) -> Decompiled:
    model = BinPacking.generate(items=items, seed=seed).model()
    return qopt.decompile(dimod.cqm_to_bqm(model, lagrange_multiplier=WEIGHT)[0])


def line(text: str, start: str) -> list[str]:
    return next(row for row in text.splitlines() if row.startswith(start)).split()


def test_the_page_tells_kinds_rows_and_what_is_left() -> None:
    """Ten items in four bins of 150: four capacities with slack 0..150 in eight bits, one bin each,
    and the number of bins."""
    found = packed()
    told = str(found.report())
    title = "76 bits and 744 couplings: 14 rows and 32 slack bits read back"
    assert told.splitlines()[0] == title
    assert line(told, "inequality  ") == ["inequality", "<=", "0", "4", "32", "1e+06", "all", "4"]
    assert line(told, "one-hot  ") == ["one-hot", "=", "1", "10", "0", "1e+06", "all", "4"]
    assert "0 couplings and 4 linear biases are left" in told
    assert "100.0% of the couplings went away" in told
    assert "every bit is in a row" in told
    assert "no state that breaks the row has the lowest energy" in told
    assert "nothing is proved" not in told
    each = [row for row in told.splitlines() if row.startswith(("inequality[", "one-hot["))]
    assert len(each) == 14
    assert all(row.endswith("yes") for row in each)
    capacities = [row.split() for row in each[:4]]
    assert all(row[-4:] == ["11", "8", "1e+06", "yes"] for row in capacities)


def test_nothing_is_proved_without_an_assignment_that_keeps_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As where the exact solver finds none in its time."""
    monkeypatch.setattr("qopt.decompiler.decompiled.witness", lambda model: (None, False))
    found = packed()
    assert not found.proved.any()
    assert "so nothing is proved" in str(found.report())


def test_html_says_the_same() -> None:
    page = packed().report()
    said = [word for word in page.text().split() if "─" not in word]
    assert sorted(Told(page.html()).words) == sorted(said)


def test_of_many_rows_the_first_are_shown() -> None:
    model = TravellingSalesman.generate(cities=13, seed=1).model()
    bqm = dimod.cqm_to_bqm(model, lagrange_multiplier=WEIGHT)[0]
    told = str(qopt.decompile(bqm).report())
    assert "The first 20 rows" in told
    assert len([row for row in told.splitlines() if row.startswith("one-hot[")]) == 20
    assert "and 4 more" in told


def test_without_rows_that_is_said() -> None:
    bqm = dimod.generators.gnp_random_bqm(12, 0.5, "BINARY", random_state=1)
    found = qopt.decompile(bqm)
    assert not found.rows
    told = str(found.report())
    assert "no rows were found" in told
    assert "not compiled again: there is no row" in told
    assert "bits in no row: 12" in told


@pytest.mark.parametrize(
    ("coefficients", "right", "slack", "told"),
    [
        ([1, 1], 1.0, NONE, "a + b = 1"),
        ([-1, 1], 1.0, NONE, "-a + b = 1"),
        ([2, -3, 1, 1], 4.0, NONE, "2 a - 3 b + c + ... = 4"),
        ([2, 3, 1, 2], 4.0, Slack(np.array([2, 3]), np.array([1.0, 2.0])), "1 <= 2 a + 3 b <= 4"),
        ([2, 3, 1, 4], 4.0, Slack(np.array([2, 3]), np.array([1.0, 4.0])), "2 a + 3 b <= 4"),
        ([2, 3, -1, -4], 2.0, Slack(np.array([2, 3]), np.array([1.0, 4.0]), -1), "2 a + 3 b >= 2"),
        ([1, 1], 0.5, NONE, "a + b <= 1"),
        ([1, 1], 1.5, NONE, "a + b >= 1"),
        ([1, -1], -0.5, NONE, "a - b <= 0"),
    ],
)
def test_a_row_is_told_as_a_constraint(
    coefficients: list[float], right: float, slack: Slack, told: str
) -> None:
    row = Row(np.arange(len(coefficients)), np.array(coefficients, dtype=float), right, 1.0)
    assert says(row, slack, "abcd") == told


def with_weights(found: Decompiled, weights: Any) -> Decompiled:
    """The same rows and objective with other weights, as a QUBO."""
    rows = [replace(row, weight=float(w)) for row, w in zip(found.rows, weights, strict=True)]
    whole = found.left.plus(rows)
    upper = np.triu(whole.matrix.toarray(), 1)
    row, col = np.nonzero(upper)
    qubo = Qubo.from_arrays(whole.linear, row, col, upper[row, col], whole.offset)
    left = Couplings(found.left.matrix, found.left.linear, found.left.offset, found.left.error)
    return Decompiled(qubo, rows, found.slack, left)


def can_keep_all_rows(found: Decompiled) -> bool:
    model = found.model
    return bool(costs_of(model, states_of(model.num_variables))[1].any())


def broken_ground_states(found: Decompiled) -> list[int]:
    """Rows that some ground state breaks, if some state keeps all."""
    states = states_of(found.qubo.num_variables)
    off = np.stack(
        [states[:, row.bits] @ row.coefficients - row.right for row in found.rows], axis=1
    )
    halfway = np.array([0.5 if row.halfway else 0.0 for row in found.rows])
    keeps = np.abs(off) <= halfway + 1e-9
    if not keeps.all(axis=1).any():
        return []
    energies = energies_by_definition(found.qubo, states)
    ground = energies <= energies.min() + tolerance(found.qubo, found)
    return np.flatnonzero(~keeps[ground].all(axis=0)).tolist()


@pytest.mark.parametrize(
    "trap", [lambda random: usual(random).qubo(), pairs], ids=["rows", "pairs"]
)
def test_weights_that_are_enough_are(trap: Callable[[Random], Qubo]) -> None:
    """State by state, whatever the rows weighed before; half of the weight is not always enough."""
    tried, too_little = 0, 0
    for seed in range(40):
        found = qopt.decompile(trap(np.random.default_rng(seed)))
        if not found.rows or not np.isfinite(found.needed).all():
            continue
        enough = with_weights(found, np.maximum(found.needed, 1e-3) * 1.001)
        if can_keep_all_rows(found):
            assert enough.proved.all(), seed
        assert broken_ground_states(enough) == [], seed
        tried += 1
        too_little += bool(broken_ground_states(with_weights(found, enough.needed / 8 + 1e-6)))
    assert tried >= 20
    assert too_little > 0


def test_where_rows_are_not_proved_the_page_says_how_much_would_do() -> None:
    model = TravellingSalesman.generate(cities=8, seed=1).model()
    bqm = dimod.cqm_to_bqm(model, lagrange_multiplier=1200.0)[0]
    found = qopt.decompile(bqm)
    assert len(found.rows) == 14
    assert not found.proved.any()
    cells = line(str(found.report()), "one-hot  ")
    assert cells[-4:-1] == ["0", "of", "14"]
    heavy = dimod.cqm_to_bqm(model, lagrange_multiplier=float(cells[-1]) * 1.01)[0]
    assert qopt.decompile(heavy).proved.all()


def largest(bqm: dimod.BinaryQuadraticModel) -> float:
    h, coupling, _ = bqm.to_ising()
    return max(abs(float(bias)) for bias in (*h.values(), *coupling.values()))


def test_compiled_again_the_largest_bias_falls_by_orders() -> None:
    """The objective is the same, so the device sees so much more of it."""
    found = packed()
    again = found.recompiled()
    won = largest(found.qubo.bqm()) / largest(again.bqm())
    assert won > 1e5
    assert again.weighed.proven.all()
    told = str(found.report())
    assert f"is then {won:.3g} times as fine" in told
    assert "14 of its 14 weights are proved" in told


@pytest.mark.parametrize("weight", [0.5, 3.0, 1e4])
def test_compiled_again_it_has_the_same_ground_energy(weight: float) -> None:
    """Rows that are not proved are penalties in both."""
    tried = 0
    for seed in range(20):
        draft = usual(np.random.default_rng(seed), 6, 3)
        draft.row(weight)
        found = qopt.decompile(draft.qubo())
        if not can_keep_all_rows(found):
            continue
        tried += 1
        again = found.recompiled()
        least = energies_by_definition(found.qubo, states_of(found.qubo.num_variables)).min()
        bqm = again.bqm()
        after = dimod.ExactSolver().sample(bqm).first.energy if bqm.num_variables else bqm.offset
        assert after == pytest.approx(least, abs=1e-6 * max(1.0, abs(least))), seed
    assert tried >= 8


def test_why_it_cannot_be_compiled_again_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise QoptError("rows 'a' and 'b' contradict each other")

    monkeypatch.setattr(decompiled, "compile_cqm", refuse)
    told = str(packed(items=5, seed=1).report())
    assert "not compiled again: rows 'a' and 'b' contradict each other" in told


@pytest.mark.parametrize("trap", TRAPS, ids=lambda trap: trap.__name__)
def test_the_sure_model_has_the_ground_energy(trap: Callable[[Random], Qubo]) -> None:
    """Proved rows as constraints and all else as it was: no penalty is rewritten."""
    for seed in range(6):
        qubo = trap(np.random.default_rng(seed))
        found = qopt.decompile(qubo)
        model = found.sure
        assert model.hard.all()
        costs, keeps = costs_of(model, states_of(model.num_variables))
        if can_keep_all_rows(found):
            least = energies_by_definition(qubo, states_of(qubo.num_variables)).min()
            assert abs(costs[keeps].min() - least) <= tolerance(qubo, found), seed
