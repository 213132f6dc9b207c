"""Whether a problem fits is answered offline, and with numbers that were seen to be so."""

from __future__ import annotations

import json
import signal
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pytest
from dwave.embedding import verify_embedding
from typer.testing import CliRunner

from qopt import devices
from qopt.cli.commands import app
from qopt.errors import QoptError
from qopt.ocean.embedding import Source, embed, fits, largest_clique
from qopt.ocean.embedding.fits import Fit, _Trial, like
from qopt.ocean.embedding.graphs import Target
from qopt.ocean.embedding.store import Store

from . import graphs


def test_a_dense_problem_is_measured_by_the_largest_clique(folder: Path) -> None:
    largest = largest_clique(graphs.small())
    fit = fits(nx.complete_graph(12), graphs.small())
    assert fit.fits
    assert fit.embedded is not None
    assert fit.embedded.method == "clique"
    assert (fit.largest_clique, fit.fits_like, fit.missed_like) == (largest, largest, None)
    too_large = fits(nx.complete_graph(largest + 1), graphs.small())
    assert not too_large.fits
    assert too_large.fits_like == largest
    assert f"{largest} variables fit, however dense" in too_large.why
    told = json.loads(json.dumps(fit.to_dict()))
    assert told["embedded"]["qubits"] == fit.embedded.qubits


def test_of_a_sparse_problem_other_sizes_are_tried(folder: Path) -> None:
    cubic = nx.random_regular_graph(3, 40, seed=1)
    fit = fits(cubic, graphs.small(), seed=1, time_limit=12)
    assert fit.fits
    assert fit.fits_like >= 60
    again = embed(like(Source.of(cubic), 60, 1), graphs.small(), seed=1)
    assert again.cached  # it was found, and is the one that was tried
    sizes = [60, 90, 135, 202, 304]
    assert fit.fits_like in sizes
    assert fit.missed_like in (None, sizes[sizes.index(fit.fits_like) + 1])
    assert "random models of 3 couplings a variable" in str(fit)


def test_a_sparse_problem_that_is_too_large_is_tried_smaller(folder: Path) -> None:
    fit = fits(nx.random_regular_graph(4, 800, seed=1), graphs.small(), seed=1, time_limit=12)
    assert not fit.fits
    assert 0 < fit.fits_like < 800
    assert "800 variables, and zephyr_graph(3, 4) has 330 qubits" in fit.why
    assert "No place was found for it on zephyr_graph(3, 4)" in str(fit)


@pytest.mark.parametrize(("n", "first"), [(5, 33), (60, 40)], ids=["that fits", "too large"])
def test_no_size_is_tried_that_a_clique_has_room_for(
    n: int, first: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A search that ends in vain at a small size would be told beside a larger one that fits."""
    tried = []

    def place(self: _Trial, source: Source, most: float) -> tuple[None, str]:
        tried.append(len(source.labels))
        return None, "no time was left"

    monkeypatch.setattr(_Trial, "place", place)
    trial = _Trial(Target.of(graphs.small()), 0, time.perf_counter() + 60, Store(None))
    source = Source.of(nx.cycle_graph(n))
    seen, missed = trial.sizes(source, larger=n == 5, clique=22)
    assert tried[0] == first
    assert min(tried) > seen == 22
    assert missed == min(tried)


def test_a_limit_that_nobody_looked_for_is_not_told_as_one() -> None:
    fit = Fit("a", "b", 12, 22, None, 107, 241, None, "random models", 1.0)
    assert "241 variables at least; no larger one was tried" in str(fit)
    assert "241 variables; 300 were tried in vain" in str(replace(fit, missed_like=300))


def test_random_models_have_the_degrees_of_the_problem() -> None:
    star = Source.of(nx.star_graph(9))  # one of nine edges, and nine of one
    made = like(star, 4000, 3)
    degrees = np.bincount(made.edges.ravel(), minlength=4000)
    assert set(degrees[:100]) <= set(range(10))
    assert abs((degrees > 3).mean() - 0.1) < 0.03
    assert like(star, 4000, 3).digest == made.digest
    assert like(star, 4000, 4).digest != made.digest


def test_a_described_device_is_enough(folder: Path) -> None:
    device = devices.described("advantage2-small")
    source = nx.complete_graph(30)
    fit = fits(source, device)
    assert (fit.device, fit.graph_id) == (device.name, device.graph_id)
    assert fit.embedded is not None
    chains = {label: list(chain) for label, chain in fit.embedded.chains.items()}
    assert verify_embedding(chains, list(source.edges), device.graph())


def test_the_command(folder: Path, tmp_path: Path) -> None:
    problem = tmp_path / "cut.txt"
    edges = list(nx.complete_graph(20).edges)
    lines = [f"20 {len(edges)}", *(f"{u + 1} {v + 1} 1" for u, v in edges)]
    problem.write_text("\n".join(lines) + "\n")
    asked = ["fits", "max-cut", str(problem), "--device", "advantage2-small"]
    done = CliRunner().invoke(app, asked)
    assert done.exit_code == 0, done.output
    assert "The problem fits on advantage2-small" in done.output
    assert "fits however dense" in done.output
    larger = list(nx.complete_graph(160).edges)
    lines = [f"160 {len(larger)}", *(f"{u + 1} {v + 1} 1" for u, v in larger)]
    problem.write_text("\n".join(lines) + "\n")
    done = CliRunner().invoke(app, asked)
    assert done.exit_code == 1
    assert "No place was found for it on advantage2-small" in done.output


def test_ctrl_c_ends_the_command_without_an_answer(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    problem = tmp_path / "cut.txt"
    problem.write_text("4 4\n1 2 1\n2 3 1\n3 4 1\n1 4 1\n")

    def interrupted(model: Any, device: Any, **options: Any) -> Any:
        signal.raise_signal(signal.SIGINT)
        assert options["interrupt"]()
        return fits(model, device, **options)

    monkeypatch.setattr("qopt.ocean.embedding.fits", interrupted)
    done = CliRunner().invoke(app, ["fits", "max-cut", str(problem)])
    assert done.exit_code == 130
    assert done.output == ""


def test_an_unknown_device_is_told() -> None:
    done = CliRunner().invoke(app, ["fits", "job-shop", "ft06", "--device", "advantag"])
    assert isinstance(done.exception, QoptError)
    assert "no device named 'advantag'; did you mean" in str(done.exception)


@pytest.mark.parametrize("wrong", [{"seed": -1}, {"time_limit": 0}], ids=str)
def test_wrong_arguments_are_named(wrong: dict[str, int]) -> None:
    (name,) = wrong
    with pytest.raises(QoptError, match=name):
        fits(nx.path_graph(3), graphs.small(), **wrong)
