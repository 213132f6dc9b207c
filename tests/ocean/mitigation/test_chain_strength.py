"""What a scan chooses was measured, and is better than what it passes over."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import dimod
import numpy as np
import pytest

from qopt.errors import QoptError
from qopt.ocean.embedding import Store, embed, uniform_torque_compensation
from qopt.ocean.embedding.graphs import Source, Target
from qopt.ocean.embedding.tiles import Placing
from qopt.ocean.mitigation import scan

from ..on_chip import OnChip


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return Store(Path(tmp_path_factory.mktemp("kept")))


def model(n: int, seed: int) -> Any:
    rng = np.random.default_rng(seed)
    pairs = {(u, v): float(rng.choice([-1, 1])) for u in range(n) for v in range(u)}
    return dimod.BQM.from_ising({}, pairs)


def test_each_strength_is_a_submission_and_the_best_is_chosen(store: Store) -> None:
    chip, bqm = OnChip(seed=3), model(30, 1)
    place = embed(bqm, chip.description, store=store, method="clique")
    found = scan(bqm, place, chip.description, chip, prefactors=(0.1, 1.0, 8.0), num_reads=40)
    assert (found.submissions, len(chip.charged)) == (3, 3)
    weak, good, strong = found.rows
    assert weak.chain_break_fraction > 0.3 > good.chain_break_fraction
    assert strong.chain_break_fraction == 0
    assert found.best == good
    assert (
        found.strength
        == good.strength
        == pytest.approx(uniform_torque_compensation(bqm, prefactor=1))
    )
    assert good.mean_of_best < min(weak.mean_of_best, strong.mean_of_best)
    assert json.loads(json.dumps(found.info()))["chosen"]["prefactor"] == 1.0


def test_places_beside_each_other_take_one_submission(store: Store) -> None:
    chip, bqm = OnChip(seed=3), model(10, 2)
    target = Target.of(chip.description)
    source = Source.of(bqm)
    rows = Placing(target, 1, time.perf_counter() + 60, store).round([source] * 3)
    places = [dict(zip(source.labels, chains, strict=True)) for chains in rows if chains]
    found = scan(bqm, places, chip.description, chip, prefactors=(0.02, 1.0, 2.0), num_reads=50)
    assert (found.submissions, len(chip.charged)) == (1, 1)
    assert [row.reads for row in found.rows] == [50] * 3
    breaks = [row.chain_break_fraction for row in found.rows]
    assert breaks[0] > breaks[2]
    lowest = dimod.ExactSolver().sample(bqm).first.energy
    assert found.best.best == pytest.approx(lowest)


def test_wrong_arguments_are_named(store: Store) -> None:
    chip, bqm = OnChip(seed=3), model(4, 2)
    place = embed(bqm, chip.description, store=store)
    with pytest.raises(QoptError, match="prefactors=0"):
        scan(bqm, place, chip.description, chip, prefactors=(0,))
    with pytest.raises(QoptError, match="num_reads=0"):
        scan(bqm, place, chip.description, chip, num_reads=0)
    assert not chip.charged
