"""What each mitigation is worth on the emulated annealer. Of a real device it says nothing.

    python -m tests.benchmarks.mitigation [--parts strength unembedding reversal offsets temperature
    extrapolation] [--noise none typical early] [--seeds 8] [--reads 200]

Every number is a mean over chips of `--seeds` seeds, of the device advantage2-small.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from typing import Any

import dimod
import numpy as np

from qopt.ocean.embedding import Store, embed, program, unembed
from qopt.ocean.mitigation import extrapolate, offsets, reversed_spins, scan, temperature
from qopt.ocean.ranges import ranges_of

from ..ocean.on_chip import OnChip
from .tables import Table, save

STORE = Store.of_user()


def clique(n: int, seed: int) -> dimod.BinaryQuadraticModel:
    rng = np.random.default_rng(seed)
    pairs = {(u, v): float(rng.choice([-1, 1])) for u in range(n) for v in range(u)}
    return dimod.BinaryQuadraticModel.from_ising({}, pairs)


def native(chip: OnChip, n: int, seed: int) -> dimod.BinaryQuadraticModel:
    """Connected qubits with couplings of up to half the range and small biases."""
    rng, graph = np.random.default_rng(seed), chip.description.graph()
    taken = [int(rng.choice(sorted(graph)))]
    while len(taken) < n:
        around = sorted(set(graph[int(rng.choice(taken))]) - set(taken))
        taken += [int(rng.choice(around))] if around else []
    h = {qubit: float(rng.uniform(-0.2, 0.2)) for qubit in taken}
    pairs = {pair: float(rng.uniform(-0.5, 0.5)) for pair in graph.subgraph(taken).edges}
    return dimod.BinaryQuadraticModel.from_ising(h, pairs)


def strength(chosen: argparse.Namespace, noise: str) -> list[list[str]]:
    """The chosen strength against Ocean's default, the mean of the best quarter of K40."""
    rows: dict[float, list[float]] = {}
    gain, picked = [], []
    for seed in range(chosen.seeds):
        chip, bqm = OnChip(noise=noise, seed=seed), clique(40, seed)
        place = embed(bqm, chip.description, store=STORE)
        found = scan(bqm, place, chip.description, chip, num_reads=chosen.reads // 4)
        for row in found.rows:
            rows.setdefault(row.prefactor, []).append(row.mean_of_best)
        default = next(row for row in found.rows if row.prefactor == 1.414)
        gain.append(found.best.mean_of_best - default.mean_of_best)
        picked.append(found.best.prefactor)
    told = [[f"prefactor {one:g}", f"{np.mean(means):.1f}"] for one, means in rows.items()]
    chosen_one = f"chosen (mostly {max(set(picked), key=picked.count):g}) less default"
    return [*told, [chosen_one, f"{np.mean(gain):.2f}"]]


def unembedding(chosen: argparse.Namespace, noise: str) -> list[list[str]]:
    """Mean energy of K40 by what becomes of broken chains; at half of Ocean's strength."""
    ways: dict[str, dict[str, Any]] = {
        name: {"method": name} for name in ("majority", "weighted", "minimise-energy", "discard")
    }
    ways["majority, then descent"] = {"descend": True}
    means: dict[str, list[str | float]] = {name: [] for name in ways}
    left = []
    for seed in range(chosen.seeds):
        chip, bqm = OnChip(noise=noise, seed=seed), clique(40, seed)
        place = embed(bqm, chip.description, store=STORE)
        half = 0.5 * float(np.sqrt(39)) * 1.414
        on = program(bqm, place, chip.description, strength=half)
        scale = ranges_of(chip.description).scale(on.qubits, on.h, on.couplers, on.j)
        reads = chip(*on.ising(scale), chosen.reads)
        for name, options in ways.items():
            found = unembed(reads, on, seed=seed, **options)
            if len(found):
                means[name].append(float(found.record.energy.mean()))
            if name == "discard":
                left.append(found.info["unembedding"]["left_out"] / chosen.reads)
    told = [[name, f"{np.mean(values):.1f}" if values else "-"] for name, values in means.items()]
    return [*told, ["share that discard leaves out", f"{np.mean(left):.2f}"]]


def reversal(chosen: argparse.Namespace, noise: str) -> list[list[str]]:
    """Lean of free qubits, and the share of ground states of native problems of 12 spins."""
    told = []
    for transforms in (1, 2, 5, 10):
        lean, ground = [], []
        for seed in range(chosen.seeds):
            chip = OnChip(noise=noise, seed=seed)
            bqm = native(chip, 12, seed)
            lowest = dimod.ExactSolver().sample(bqm).first.energy
            options = {"transforms": transforms, "seed": seed}
            found = reversed_spins(chip, *bqm.to_ising()[:2], chosen.reads, **options)
            ground.append(float((found.record.energy < lowest + 1e-6).mean()))
            free = dict.fromkeys(chip.description.qubits.tolist(), 0.0)
            means = reversed_spins(chip, free, {}, chosen.reads, **options).record.sample.mean(
                axis=0
            )
            lean.append(float(np.sqrt(max((means**2).mean() - 1 / chosen.reads, 0))))
        told.append(
            [f"{transforms} transforms", f"lean {np.mean(lean):.3f}, ground {np.mean(ground):.3f}"]
        )
    return told


def offset(chosen: argparse.Namespace, noise: str) -> list[list[str]]:
    """Offsets of free qubits, and what is left of them in the next job once they are taken off."""
    before, after = [], []
    for seed in range(chosen.seeds):
        chip = OnChip(noise=noise, seed=seed)
        chip.parameters["flux_drift_compensation"] = False
        qubits, warm = chip.description.qubits.tolist(), chip.description.temperature
        found = offsets(chip, qubits, temperature=warm, num_reads=chosen.reads)
        chip.parameters["flux_biases"] = found.flux_biases(chip.description)
        before.append(found.spread)
        after.append(offsets(chip, qubits, temperature=warm, num_reads=chosen.reads).spread)
    return [["rms offset", f"{np.mean(before):.4f}"], ["after", f"{np.mean(after):.4f}"]]


def warmth(chosen: argparse.Namespace, noise: str) -> list[list[str]]:
    """The temperature of native problems of 100 spins against the chip's own."""
    ratios = []
    for seed in range(chosen.seeds):
        chip = OnChip(noise=noise, seed=seed)
        bqm = native(chip, 100, seed)
        found = temperature(chip(*bqm.to_ising()[:2], chosen.reads), bqm, bootstraps=0)
        ratios.append(found.value / chip.description.temperature)
    return [["times the chip's temperature", f"{np.mean(ratios):.3f} +- {np.std(ratios):.3f}"]]


def extrapolation(chosen: argparse.Namespace, noise: str) -> list[list[str]]:
    """Mean energies of native problems of 200 spins, less those of anneals of 1000 microseconds."""
    times, powers = (5.0, 10.0, 20.0, 40.0), (0.25, 0.5, 1.0)
    last: list[float] = []
    found: dict[float, list[tuple[float, float]]] = {power: [] for power in powers}
    for seed in range(chosen.seeds):
        chip = OnChip(noise=noise, seed=seed)
        ising = native(chip, 200, seed).to_ising()[:2]

        reads = {time: chip(*ising, chosen.reads, annealing_time=time) for time in (*times, 1000.0)}
        true = reads[1000.0].record.energy.mean()
        last.append(reads[times[-1]].record.energy.mean() - true)
        for power in powers:
            value = extrapolate(reads.__getitem__, times, power=power)
            found[power].append((value.value - true, value.misfit or 0.0))
    told = [[f"of {times[-1]:g} us", f"{np.mean(last):+.2f} +- {np.std(last):.2f}"]]
    for power, rows in found.items():
        off, misfit = np.array(rows).T
        told.append(
            [
                f"by power {power:g}",
                f"{off.mean():+.2f} +- {off.std():.2f}, misfit {misfit.mean():.1f}",
            ]
        )
    return told


PARTS: dict[str, Callable[[argparse.Namespace, str], list[list[str]]]] = {
    "strength": strength,
    "unembedding": unembedding,
    "reversal": reversal,
    "offsets": offset,
    "temperature": warmth,
    "extrapolation": extrapolation,
}


def main(arguments: Sequence[str] | None = None) -> list[str]:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--parts", nargs="+", choices=list(PARTS), default=list(PARTS))
    parser.add_argument("--noise", nargs="+", default=["none", "typical", "early"])
    parser.add_argument("--seeds", type=int, default=8)
    parser.add_argument("--reads", type=int, default=200)
    parser.add_argument("--output", help="JSON file; the table goes beside it as .md")
    chosen = parser.parse_args(arguments)
    table = Table({"mitigation": 14, "noise": 8, "what": 32, "is": 28}, texts=4)
    for part in chosen.parts:
        for noise in chosen.noise:
            for row in PARTS[part](chosen, noise):
                table.row(part, noise, *row)
    save(chosen.output, vars(chosen), table.lines)
    return table.lines


if __name__ == "__main__":
    main()
