"""How near the emulated annealer is to the devices that it is modelled on.

    python -m tests.benchmarks.emulator [--device advantage2] [--noise typical] [--problems 200]
                                        [--reads 1000] [--cliques 20 50 100] [--parts native ...]

"native": random problems of 8 to 16 qubits that are coupled on the chip, against exact enumeration.
The local temperature is that of each spin given the others (maximum pseudolikelihood), to be
compared with the documented temperature of single qubits. The global one is that at which the
Boltzmann distribution has the mean energy that was read; problems freeze out between the moment at
which single qubits do and the quantum critical point of chains of qubits, so it should lie between
the documented temperature and 2 k T / B there, and the share of ground states between the two
shares that belong to these. "cliques": chain breaks against chain strength, in units of Ocean's
uniform torque compensation. "published": two examples of D-Wave's documentation with their counts.
"drop": a fifth of the reads spoilt on purpose. "speed": seconds of jobs, kernels compiled.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import dimod
import numpy as np
import numpy.typing as npt

from qopt import devices
from qopt.emulator.chip import Answered, Chip
from qopt.emulator.chip.annealing import critical_temperature

from .tables import Table

PARTS = ("native", "cliques", "published", "drop", "speed")
LEAST_EXCITED = 50  # spins, or a local temperature is not told
STRENGTHS = (0.25, 0.5, 0.75, 1.0, 1.5, 2.0)

Floats = npt.NDArray[np.float64]


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def submit(chip: Chip, bqm: dimod.BinaryQuadraticModel, job: int, **params: Any) -> Answered:
    """A spin model over qubits of the chip, its variables all in use."""
    device = chip.description
    linear = np.full(len(device.qubits), np.nan)
    for qubit, bias in bqm.linear.items():
        linear[np.searchsorted(device.qubits, qubit)] = bias
    used = np.flatnonzero((~np.isnan(linear))[device.ends].all(axis=1))
    quadratic = [bqm.adj[u].get(v, 0.0) for u, v in device.couplers[used].tolist()]
    return chip.answer("ising", linear, quadratic, params, job=job)


def native(device: devices.Description, graph: Any, size: int, seed: int) -> Any:
    """`size` qubits that hang together, with h in [-0.5, 0.5] and J in [-1, 1]."""
    dice = np.random.default_rng(seed)
    found = [int(dice.choice(device.qubits))]
    edge = set(graph[found[0]])
    while len(found) < size:
        found.append(int(dice.choice(sorted(edge))))
        edge = (edge | set(graph[found[-1]])) - set(found)
    pairs = sorted(graph.subgraph(found).edges)
    return dimod.BinaryQuadraticModel.from_ising(
        {q: float(dice.uniform(-0.5, 0.5)) for q in sorted(found)},
        {pair: float(dice.uniform(-1, 1)) for pair in pairs},
    )


@dataclass(frozen=True)
class Reading:
    """One native problem: its temperatures and the share of ground states, and the shares that the
    Boltzmann distribution has at the documented temperature and at the critical point's."""

    local: float
    global_: float
    share: float
    share_single: float
    share_critical: float
    reads: int

    @property
    def within(self) -> bool:
        """Whether the share is between the two, but for three standard errors."""
        slack = 3 * np.sqrt(0.25 / self.reads)
        return bool(self.share_critical - slack <= self.share <= self.share_single + slack)


def read_native(chip: Chip, bqm: dimod.BinaryQuadraticModel, job: int, reads: int) -> Reading:
    from dwave.system.temperatures import maximum_pseudolikelihood_temperature

    answered = submit(chip, bqm, job, num_reads=reads, auto_scale=False)
    states = np.array(list(itertools.product((-1, 1), repeat=len(bqm))), dtype=np.int8)
    energies = bqm.energies((states, sorted(bqm.variables)))
    ground = energies.min()

    def boltzmann(temperature: float) -> Floats:
        weights = np.exp(-(energies - ground) / temperature)
        return np.asarray(weights / weights.sum())

    def share(temperature: float) -> float:
        return float(boltzmann(temperature)[energies <= ground + 1e-9].sum())

    mean = float(np.average(answered.energies, weights=answered.occurrences))
    low, high = 1e-3, 1e3
    for _ in range(60):
        middle = np.sqrt(low * high)
        low, high = (middle, high) if boltzmann(middle) @ energies < mean else (low, middle)
    samples = np.repeat(answered.samples, answered.occurrences, axis=0)
    local = np.nan
    if _excited(bqm, samples) >= LEAST_EXCITED:
        local = maximum_pseudolikelihood_temperature(
            bqm=bqm,
            sampleset=(samples, answered.active.tolist()),
            optimize_method="bisect",
            T_bracket=(0.01, 10.0),
        )[0]
    lowest = answered.energies <= ground + 1e-9
    device = chip.description
    return Reading(
        float(np.ravel(local)[0]),
        float(low),
        float(answered.occurrences[lowest].sum() / reads),
        share(device.temperature),
        share(critical_temperature(device)),
        reads,
    )


def _excited(bqm: Any, samples: npt.NDArray[np.int8]) -> int:
    """Spins of all samples that stand against their field: what a local temperature is told by."""
    linear, (row, col, weights), _ = bqm.to_numpy_vectors(sorted(bqm.variables))
    fields = np.tile(linear, (len(samples), 1))
    for i, j, weight in zip(row, col, weights, strict=True):
        fields[:, i] += weight * samples[:, j]
        fields[:, j] += weight * samples[:, i]
    return int((fields * samples > 0).sum())


def native_part(chip: Chip, problems: int, reads: int) -> list[Reading]:
    device = chip.description
    graph = device.graph()
    readings = [
        read_native(chip, native(device, graph, 8 + k % 9, k), k, reads) for k in range(problems)
    ]
    columns = {"of 200 native problems": 44, "5 %": 7, "25 %": 7, "50 %": 7, "75 %": 7, "95 %": 7}
    columns = {title.replace("200", str(problems)): width for title, width in columns.items()}
    table = Table(columns)
    for what, values in (
        ("local temperature", [r.local for r in readings]),
        ("local temperature over the documented", [r.local / device.temperature for r in readings]),
        ("global temperature", [r.global_ for r in readings]),
        ("share of ground states", [r.share for r in readings]),
        ("the same at the documented temperature", [r.share_single for r in readings]),
        ("the same at the critical point's", [r.share_critical for r in readings]),
    ):
        told = [value for value in values if np.isfinite(value)] or [np.nan]
        quantiles = np.quantile(told, (0.05, 0.25, 0.5, 0.75, 0.95))
        table.row(what, *(f"{q:.3f}" for q in quantiles))
    within = np.mean([r.within for r in readings])
    critical = critical_temperature(device)
    between = np.mean([device.temperature <= r.global_ <= critical for r in readings])
    untold = sum(bool(np.isnan(r.local)) for r in readings)
    say(f"documented temperature {device.temperature}, at the critical point {critical:.3f}")
    say(
        f"global temperatures between the two: {between:.1%}, shares of ground states: {within:.1%}"
    )
    say(f"too few excited spins to tell a local temperature: {untold} problems")
    return readings


def breaks(chip: Chip, source: Any, chains: Any, strength: float, job: int, reads: int) -> Any:
    """The sample set of an embedded model, with the share of broken chains of each read."""
    from dwave.embedding import embed_bqm, unembed_sampleset

    graph = chip.description.graph()
    target = embed_bqm(source, chains, graph, chain_strength=strength)
    answered = submit(chip, target, job, num_reads=reads, answer_mode="raw")
    found = dimod.SampleSet.from_samples(
        (answered.samples, answered.active.tolist()), vartype="SPIN", energy=answered.energies
    )
    return unembed_sampleset(found, chains, source, chain_break_fraction=True)


def random_clique(size: int, seed: int) -> dimod.BinaryQuadraticModel:
    dice = np.random.default_rng(seed)
    pairs = itertools.combinations(range(size), 2)
    return dimod.BinaryQuadraticModel.from_ising(
        {}, {p: float(dice.choice([-1, 1])) for p in pairs}
    )


def cliques_part(chip: Chip, sizes: Sequence[int], reads: int) -> dict[tuple[int, float], float]:
    from dwave.embedding.chain_strength import uniform_torque_compensation
    from dwave.samplers import SimulatedAnnealingSampler
    from minorminer.busclique import busgraph_cache

    cache = busgraph_cache(chip.description.graph())
    columns = {"clique": 8, "longest chain": 13, "chain strength": 14, "broken": 8}
    table = Table(columns | {"reads with any": 14, "best": 6, "mean": 6})
    broken = {}
    for size in sizes:
        chains = cache.find_clique_embedding(range(size))
        model = random_clique(size, size)
        best = SimulatedAnnealingSampler().sample(model, num_reads=50, seed=1).first.energy
        unit = uniform_torque_compensation(model, chains)
        for job, times in enumerate(STRENGTHS):
            found = breaks(chip, model, chains, times * unit, job, reads).record
            broken[size, times] = float(found.chain_break_fraction.mean())
            table.row(
                f"K{size}",
                str(max(map(len, chains.values()))),
                f"{times:g}",
                f"{broken[size, times]:.4f}",
                f"{(found.chain_break_fraction > 0).mean():.3f}",
                f"{found.energy.min() / best:.3f}",
                f"{found.energy.mean() / best:.3f}",
            )
    return broken


def published_part(noise: str, reads: int) -> None:
    """Two examples of D-Wave's documentation, on a chip like the Advantage they were run on."""
    import minorminer
    from dwave.embedding.chain_strength import uniform_torque_compensation

    chip = Chip(devices.described("advantage"), noise=noise, seed=1)
    graph = chip.description.graph()
    model = random_clique(30, 30)
    pairs, edges = list(model.quadratic), list(graph.edges)
    for seed in range(20):  # the published embedding's longest chain has 6 qubits
        chains = minorminer.find_embedding(pairs, edges, random_seed=seed)
        if chains and max(map(len, chains.values())) <= 6:
            break
    strength = uniform_torque_compensation(model, chains)
    share = breaks(chip, model, chains, strength, 0, reads).record.chain_break_fraction
    table = Table({"published example": 52, "published": 9, "here": 7})
    table.row("K30 of signs, chains up to 6: chain strength", "7.6", f"{strength:.1f}")
    table.row("reads with any broken chain", "17.5 %", f"{(share > 0).mean():.1%}")
    table.row("reads with more than a tenth broken", "0.0 %", f"{(share > 0.1).mean():.1%}")
    for flux, published in ((-5e-5, 720 / 8000), (5e-5, 3461 / 8000)):
        ground = _two_qubit_chain(chip, flux, reads)
        what = f"chain of two, flux biases {flux:g}: ground states"
        table.row(what, f"{published:.1%}", f"{ground:.1%}")


def _two_qubit_chain(chip: Chip, flux: float, reads: int) -> float:
    """h = (0, 0.9, -1), J = (-1, -1) and a chain of two qubits in the middle: the share of reads in
    the ground state, all up."""
    device = chip.description
    graph = device.graph()
    path = next(
        (a, b, c, d)
        for b, c in graph.edges
        for a in graph[b]
        for d in graph[c]
        if len({a, b, c, d}) == 4
        and not (graph.has_edge(a, c) or graph.has_edge(b, d) or graph.has_edge(a, d))
    )
    strength = 1.414 * np.sqrt(4 / 3)
    chained = dimod.BinaryQuadraticModel.from_ising(
        dict(zip(path, (0.0, 0.45, 0.45, -1.0), strict=True)),
        {path[:2]: -1.0, path[1:3]: -strength, path[2:]: -1.0},
    )
    biases = np.zeros(device.num_qubits)
    biases[list(path[1:3])] = flux
    answered = submit(chip, chained, 0, num_reads=reads, flux_biases=biases.tolist())
    up = (answered.samples > 0).all(axis=1)
    return float(answered.occurrences[up].sum() / reads)


def drop_part(device: devices.Description, noise: str, problems: int, reads: int) -> float:
    """How much less often a chip of which a fifth of the reads is spoilt finds ground states."""
    graph = device.graph()
    chips = [Chip(device, noise=noise, seed=1, degraded=share) for share in (0.0, 0.2)]
    found = np.zeros(2)
    for k in range(problems):
        model = native(device, graph, 8 + k % 9, k)
        ground = dimod.ExactSolver().sample(model).first.energy
        for at, chip in enumerate(chips):
            answered = submit(chip, model, k, num_reads=reads)
            lowest = answered.energies <= ground + 1e-9
            found[at] += answered.occurrences[lowest].sum()
    drop = float(1 - found[1] / found[0])
    say(f"a fifth of the reads spoilt: ground states found {drop:.1%} less often")
    return drop


def speed_part(chip: Chip, reads: int) -> None:
    device = chip.description
    graph = device.graph()
    small = native(device, graph, 16, 0)
    submit(chip, small, 0, num_reads=1)
    began = time.perf_counter()
    for job in range(100):
        submit(chip, small, job, num_reads=100)
    say(f"100 jobs of 16 qubits and 100 reads: {time.perf_counter() - began:.2f} s")
    dice = np.random.default_rng(0)
    linear, quadratic = (dice.uniform(-1, 1, len(a)) for a in (device.qubits, device.couplers))
    began = time.perf_counter()
    chip.answer("ising", linear, quadratic, {"num_reads": reads})
    seconds = time.perf_counter() - began
    say(f"{len(device.qubits)} qubits, all couplers, {reads} reads: {seconds:.2f} s")


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", default="advantage2", choices=devices.names())
    parser.add_argument("--noise", default="typical")
    parser.add_argument("--problems", type=int, default=200)
    parser.add_argument("--reads", type=int, default=1000)
    parser.add_argument("--cliques", type=int, nargs="*", default=[20, 50, 80, 100])
    parser.add_argument("--parts", nargs="*", default=PARTS, choices=PARTS)
    chosen = parser.parse_args(arguments)
    device = devices.described(chosen.device)
    chip = Chip(device, noise=chosen.noise, seed=1)
    say(f"{device.name}, after {device.like}, noise {chosen.noise}")
    if "native" in chosen.parts:
        native_part(chip, chosen.problems, chosen.reads)
    if "cliques" in chosen.parts:
        cliques_part(chip, chosen.cliques, chosen.reads)
    if "published" in chosen.parts:
        published_part(chosen.noise, chosen.reads)
    if "drop" in chosen.parts:
        drop_part(device, chosen.noise, chosen.problems, chosen.reads)
    if "speed" in chosen.parts:
        speed_part(chip, chosen.reads)


if __name__ == "__main__":
    main(sys.argv[1:])
