"""What to buy so that nothing lacks: whole packets, kilograms, and a wish that may stay unmet."""

# ruff: noqa: T201  # a script prints

import dimod
from dwave.system import LeapHybridCQMSampler

bread = dimod.Integer("bread", upper_bound=20)
eggs = dimod.Integer("eggs", upper_bound=20)
rice = dimod.Real("rice", upper_bound=10)
market = dimod.Binary("market")

cqm = dimod.ConstrainedQuadraticModel()
cqm.set_objective(3 * bread + 4 * eggs + 1.9 * rice + market)
cqm.add_constraint(8 * bread + 6 * eggs + 7 * rice >= 60, label="energy")
cqm.add_constraint(2 * bread + 9 * eggs + 2 * rice >= 30, label="protein")
cqm.add_constraint(rice - 6 * market <= 1, label="rice from the market")
cqm.add_constraint(eggs - 2 * bread <= -1, label="more bread", weight=2.0)

with LeapHybridCQMSampler() as sampler:
    samples = sampler.sample_cqm(cqm, label="diet")
    feasible = samples.filter(lambda sample: sample.is_feasible)

best = feasible.first
print(f"feasible {len(feasible) > 0}")
print(f"cost {best.energy:.4f}")
print(f"bread {best.sample['bread']:g} eggs {best.sample['eggs']:g}")
print(f"violated {[c.label for c in cqm.iter_constraint_data(best.sample) if c.violation > 1e-6]}")
