"""A map of thirty regions in three colours, by a quadratic model on the hybrid solver."""

# ruff: noqa: T201  # a script prints

import dimod
from dwave.system import LeapHybridSampler

regions, colours = 30, 3
neighbours = [(k, (k + step) % regions) for k in range(regions) for step in (1, 7)]
bqm = dimod.generators.combinations([(0, c) for c in range(colours)], 1, strength=4)
for k in range(1, regions):
    bqm.update(dimod.generators.combinations([(k, c) for c in range(colours)], 1, strength=4))
for a, b in neighbours:
    for c in range(colours):
        bqm.add_quadratic((a, c), (b, c), 1.0)

with LeapHybridSampler() as sampler:
    print(f"least time {sampler.min_time_limit(bqm):g} s")
    samples = sampler.sample(bqm, label="colours")
    samples.resolve()

chosen = {k: [c for c in range(colours) if samples.first.sample[k, c]] for k in range(regions)}
print(f"one colour each {all(len(of) == 1 for of in chosen.values())}")
print(f"conflicts {sum(chosen[a] == chosen[b] for a, b in neighbours)}")
print(f"charged {samples.info['charge_time']} us")
