"""What a dimod sampler owes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .owed import NEAR, hold

if TYPE_CHECKING:
    import dimod


def check_sampler(sampler: dimod.Sampler, *, seed: int = 0, **parameters: Any) -> dimod.SampleSet:
    """Check a dimod sampler of models without constraints; returns its samples of a small one.

    Every variable has a value of the model's type, and every energy is the model's.
    """
    import dimod
    import numpy as np

    random = np.random.default_rng(seed)
    for vartype in ("SPIN", "BINARY"):
        bqm = dimod.BinaryQuadraticModel(vartype)
        for k in range(12):
            bqm.add_linear(f"v{k}", float(random.integers(-3, 4)))
            for other in range(k):
                if random.random() < 0.4:
                    bqm.add_quadratic(f"v{k}", f"v{other}", float(random.integers(-3, 4)))
        samples = sampler.sample(bqm, **parameters)
        hold(len(samples) > 0, "there are samples", samples)
        hold(set(samples.variables) == set(bqm.variables), "every variable has a value", samples)
        hold(samples.vartype is bqm.vartype, f"values are of the model's type, {vartype}", samples)
        energies = bqm.energies((samples.record.sample, list(samples.variables)))
        same = np.allclose(energies, samples.record.energy, rtol=NEAR, atol=NEAR)
        hold(same, "every energy is the model's", samples)
    return samples
