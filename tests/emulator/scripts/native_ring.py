"""A ring of spins on four qubits of the chip itself, one of its bonds turned: a frustrated loop."""

# ruff: noqa: T201  # a script prints

from dwave.system import DWaveSampler

with DWaveSampler() as sampler:
    for a, b in sampler.edgelist:
        shared = [
            (c, d)
            for c in sampler.adjacency[a]
            for d in sampler.adjacency[c] & sampler.adjacency[b]
            if len({a, b, c, d}) == 4
        ]
        if shared:
            c, d = shared[0]
            break
    bonds = {(a, b): -1.0, (b, d): -1.0, (d, c): -1.0, (c, a): 1.0}
    samples = sampler.sample_ising({}, bonds, num_reads=100, label="ring")
    samples.resolve()

print(f"solver {sampler.solver.name} with {len(sampler.nodelist)} qubits")
print(f"lowest energy {samples.first.energy}")
print(f"reads {int(samples.record.num_occurrences.sum())}")
print(f"access time {samples.info['timing']['qpu_access_time']} us")
