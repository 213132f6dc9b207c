"""The shortest tour of twelve towns on a circle, by a nonlinear model on the hybrid solver."""

# ruff: noqa: T201  # a script prints

import math

from dwave.optimization import Model
from dwave.system import LeapHybridNLSampler

towns = 12
angles = [math.tau * k * 5 / towns for k in range(towns)]  # in the order of a star
at = [(math.cos(angle), math.sin(angle)) for angle in angles]
far = [[math.dist(a, b) for b in at] for a in at]

model = Model()
order = model.list(towns)
distance = model.constant(far)
way = distance[order[:-1], order[1:]].sum() + distance[order[-1], order[0]]
model.minimize(way)

with LeapHybridNLSampler() as sampler:
    found = sampler.sample(model, time_limit=2.0, label="tour").result()

with model.lock():
    print(f"states {model.states.size() >= 1}")
    print(f"length {float(model.objective.state(0)):.4f}")
    print(f"towns {sorted(int(town) for town in order.state(0)) == list(range(towns))}")
print(f"charged {found.info['timing']['charge_time']} us")
