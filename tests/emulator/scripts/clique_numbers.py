"""Twelve numbers in two heaps of the same sum: every pair of variables is coupled."""

# ruff: noqa: T201  # a script prints

from itertools import combinations

from dwave.system import DWaveCliqueSampler

numbers = [31, 27, 25, 22, 19, 17, 14, 11, 9, 7, 5, 3]
bonds = {(i, j): float(numbers[i] * numbers[j]) for i, j in combinations(range(12), 2)}

sampler = DWaveCliqueSampler()
print(f"largest clique at least 12: {sampler.largest_clique_size >= 12}")
samples = sampler.sample_ising({}, bonds, num_reads=500, label="heaps")
differences = [
    abs(sum(n * side for n, side in zip(numbers, row, strict=True)))
    for row in samples.record.sample[:, [list(samples.variables).index(k) for k in range(12)]]
]
print(f"smallest difference {min(differences)}")
sampler.close()
