"""Ocean's composites and hybrid workflows around `QuboAnnealer`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import dimod
import dwave.preprocessing
import dwave.system
import dwave.system.testing
import hybrid
import networkx as nx
import pytest

from qopt.samplers import QuboAnnealer

BQM = dimod.generators.gnp_random_bqm(9, 0.5, "BINARY", random_state=4)
BEST = dimod.ExactSolver().sample(BQM).first.energy
SHORT = {"num_reads": 8, "num_sweeps": 100, "seed": 1}


def embedded(sampler: Any) -> Any:
    graph = nx.complete_graph(20)
    child = dimod.StructureComposite(sampler, list(graph.nodes), list(graph.edges))
    return dwave.system.EmbeddingComposite(child)


COMPOSITES: dict[str, Callable[[Any], Any]] = {
    "fixed variables": lambda s: dwave.preprocessing.FixVariablesComposite(
        s, algorithm="roof_duality"
    ),
    "spin reversal": dwave.preprocessing.SpinReversalTransformComposite,
    "scale": dwave.preprocessing.ScaleComposite,
    "clip": dwave.preprocessing.ClipComposite,
    "components": dwave.preprocessing.ConnectedComponentsComposite,
    "truncate": lambda s: dimod.TruncateComposite(s, 3),
    "tracking": dimod.TrackingComposite,
    "embedding": embedded,
    "cut off": lambda s: dwave.system.CutOffComposite(s, 0.0),
}


@pytest.mark.parametrize("name", COMPOSITES)
def test_a_composite_finds_the_ground_state_with_it(name: str) -> None:
    composed = COMPOSITES[name](QuboAnnealer())
    dimod.testing.assert_composite_api(composed)
    dimod.testing.assert_sampler_api(composed)
    found = composed.sample(BQM, **SHORT)
    found.resolve()
    assert found.first.energy == pytest.approx(BEST)
    dimod.testing.assert_sampleset_energies(found, BQM)


def test_a_polynomial_goes_through_its_composite() -> None:
    poly = dimod.BinaryPolynomial({"abc": -2.0, "ab": 1.0, "c": 0.5, "a": -0.5}, "BINARY")
    found = dimod.HigherOrderComposite(QuboAnnealer()).sample_poly(
        poly, keep_penalty_variables=False, penalty_strength=5.0, **SHORT
    )
    assert found.first.energy == pytest.approx(
        dimod.ExactPolySolver().sample_poly(poly).first.energy
    )


def test_a_mock_device_samples_with_it() -> None:
    mock = dwave.system.testing.MockDWaveSampler(
        substitute_sampler=QuboAnnealer(), substitute_kwargs={"num_sweeps": 100, "seed": 1}
    )
    found = dwave.system.EmbeddingComposite(mock).sample(BQM, num_reads=8)
    assert found.first.energy == pytest.approx(BEST)


def test_a_hybrid_workflow_samples_with_it() -> None:
    class Annealed(hybrid.traits.ProblemSampler, hybrid.Runnable):
        def next(self, state: Any, **options: Any) -> Any:
            return state.updated(samples=QuboAnnealer().sample(state.problem, **SHORT))

    flow = hybrid.Loop(Annealed() | hybrid.IdentityDecomposer(), max_iter=2)
    done = flow.run(hybrid.State.from_problem(BQM)).result()
    assert done.samples.first.energy == pytest.approx(BEST)
