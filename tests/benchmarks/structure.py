"""What reading constraints back from a QUBO is worth: `QuboAnnealer` with `structure="auto"`.

    python -m tests.benchmarks.structure [--sets tours assignments ...]
    [--seeds 1 2 3] [--seconds ...] [--names berlin52 ...] [--instances DIR]

| set         | what is compared                                   | bar                           |
|-------------|----------------------------------------------------|-------------------------------|
| tours       | 10 s: "auto", "off", and `CqmAnnealer` on the CQM  | every run within 2 %          |
| assignments | 20 s: "auto"                                       | the optimum; of tai20a 0.5 %  |
| packing     | 5 s: "auto", and `CqmAnnealer` on the CQM          | 90 % not worse by over 0.5 %  |
| portfolios  | QOBLIB's QUBOs, 10 assets 20 s, 50 assets 60 s     | best known; 0.5 % of 50       |
| polynomials | 5 s: products as bits, "auto" and "off"            | none found, or not worse by   |
|             |                                                    | 1 % on average                |
| plain       | models without rows: "auto" and "off", as many     | nothing found, 1 % of 10 s,   |
|             | sweeps                                             | and not a byte is changed     |
| large       | a million couplings: reading back alone            | 0.5 s                         |

The QUBO is that which `dimod.cqm_to_bqm` makes of the CQM with a Lagrange multiplier of `--times`
the objective's largest bias (10 is dimod's own choice), its bits in a random order; everything else
is forgotten. Values are those of the best plan among a run's samples, scored by the instance's or
the CQM's numbers, "none" where no sample is a plan; gaps are in percent of the best known, or of
the best of all runs where none is known. "road" is which was the better one, "rows" how many were
read back, "over" the seconds by which the slowest run outlasted its limit. Where a file is not at
hand the case is skipped. Seconds that numba compiles are not counted.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import qopt.decompiler
from qopt.anneal.core.ising import Ising
from qopt.compiler import Qubo
from qopt.samplers import QuboAnnealer
from qopt.samplers.row_signs import has_signs_of_rows

from . import constrained_models, instances
from .instances import NotAtHand
from .structure_models import (
    LARGE,
    PLAIN,
    PUBLISHED,
    Hidden,
    mean_field,
    packing,
    three_regular,
)
from .structure_polynomials import BEST_KNOWN, POLYNOMIALS, reduced
from .structure_runs import Runs, annealed, best_known, constrained, gaps, in_words, sampled
from .tables import Table

TOURS = ("berlin52", "eil51", "tour:60")
ASSIGNMENTS = {"nug12": 0.0, "nug15": 0.0, "nug20": 0.0, "nug25": 0.0, "nug30": 0.0, "tai20a": 0.5}
TOUR_GAP, PACKING_GAP, PACKING_SHARE = 2.0, 0.5, 0.9
FEW_ASSETS = (20.0, 0.0)  # seconds, and percent of the best known
MANY_ASSETS = (60.0, 0.5)
POLYNOMIAL_SHARE = 0.01
PLAIN_SECONDS, PLAIN_SHARE = 10.0, 0.01
LARGE_SECONDS = 0.5
ROUNDING = 1e-7


# ---- the sets ------------------------------------------------------------------------------------


def tours(options: argparse.Namespace) -> Table:
    within = dict.fromkeys(options.names or TOURS, TOUR_GAP)
    return beside_known("tours", within, ("auto", "off", "cqm"), options.seconds or 10.0, options)


def assignments(options: argparse.Namespace) -> Table:
    within = {name: ASSIGNMENTS.get(name, 0.0) for name in options.names or ASSIGNMENTS}
    return beside_known("assignments", within, ("auto",), options.seconds or 20.0, options)


def beside_known(
    label: str,
    within: dict[str, float],
    ways: Sequence[str],
    seconds: float,
    options: argparse.Namespace,
) -> Table:
    """Gaps to the best known on several ways; the bar is on the first of them."""
    each = max(6, 6 * len(options.seeds))
    columns = {
        "case": 24,
        "bits": 6,
        "couplings": 9,
        "weight": 8,
        "rows": 5,
        "road": 4,
        "over s": 6,
    }
    table, met, all_cases = Table(columns | {f"{way} %": each for way in ways} | {"met": 3}), 0, 0
    for name, percent in within.items():
        try:
            case = constrained_models.load(name, options.instances)
        except NotAtHand as error:
            table.write(f"{name} skipped: {str(error).partition(';')[0]}")
            continue
        hidden = Hidden.of(case, options.times)
        runs = {
            way: constrained(case, seconds, options)
            if way == "cqm"
            else annealed(hidden, way, seconds, options)
            for way in ways
        }
        best = best_known(case, runs.values())
        found = {way: gaps(case, runs[way], best) for way in ways}
        good = max(found[ways[0]]) <= percent + ROUNDING
        met, all_cases = met + good, all_cases + 1
        table.row(
            *of_qubo(name, hidden.qubo),
            f"{hidden.weight:g}",
            runs[ways[0]].rows,
            runs[ways[0]].road,
            f"{runs[ways[0]].over:.2f}",
            *(in_words(found[way]) for way in ways),
            yes(good),
        )
    table.write(f"{label}: {verdict(met, all_cases, all_cases)}, {seconds:g} s a run")
    return table


def packed(options: argparse.Namespace) -> Table:
    seconds = options.seconds or 5.0
    each = max(8, 7 * len(options.seeds))
    columns = {
        "case": 30,
        "bits": 6,
        "couplings": 9,
        "weight": 7,
        "rows": 5,
        "road": 4,
        "over s": 6,
    }
    table = Table(columns | {"auto %": each, "cqm %": each, "as good": 7})
    good, all_cases = 0, 0
    for case in packing(options.names):
        hidden = Hidden.of(case, options.times)
        auto, cqm = annealed(hidden, "auto", seconds, options), constrained(case, seconds, options)
        best = best_known(case, (auto, cqm))
        mine, its = gaps(case, auto, best), gaps(case, cqm, best)
        within = statistics.fmean(mine) <= statistics.fmean(its) + PACKING_GAP
        good, all_cases = good + within, all_cases + 1
        cells = in_words(mine), in_words(its), yes(within)
        table.row(
            *of_qubo(case.name, hidden.qubo),
            f"{hidden.weight:g}",
            auto.rows,
            auto.road,
            f"{auto.over:.2f}",
            *cells,
        )
    needed = math.ceil(PACKING_SHARE * all_cases)
    table.write(f"packing: {verdict(good, needed, all_cases)}, {seconds:g} s a run")
    return table


def portfolios(options: argparse.Namespace) -> Table:
    columns = {
        "case": 36,
        "bits": 6,
        "couplings": 9,
        "rows": 5,
        "road": 4,
        "over s": 6,
        "seconds": 7,
    }
    values = {f"seed {seed}": 10 for seed in options.seeds}
    table = Table(columns | {"best known": 10} | values | {"gap %": 8, "met": 3})
    met, all_cases = 0, 0
    try:
        entries = published_portfolios(options)
    except NotAtHand as error:
        table.write(f"portfolios skipped: {error}")
        entries = []
    for name, path, best in entries:
        seconds, percent = FEW_ASSETS if "a010" in name else MANY_ASSETS
        seconds = options.seconds or seconds
        qubo = Qubo.read(path)
        found, over = sampled(qubo, "auto", seconds, options)
        energies = [float(qubo.energies(run.states).min()) for run in found]
        gap = 100 * (max(energies) - best) / abs(best)
        good = gap <= percent + ROUNDING
        met, all_cases = met + good, all_cases + 1
        facts = Runs([], found[-1].info["structure"], over)
        numbers = (f"{value:.9g}" for value in (best, *energies))
        table.row(
            *of_qubo(name, qubo),
            facts.rows,
            facts.road,
            f"{facts.over:.2f}",
            f"{seconds:g}",
            *numbers,
            f"{gap:.3f}",
            yes(good),
        )
    table.write(f"portfolios: {verdict(met, all_cases, all_cases)}")
    return table


def published_portfolios(options: argparse.Namespace) -> list[tuple[str, Path, float]]:
    """Name, file and best known energy of each QUBO, the smallest first. Raises NotAtHand."""
    folder = options.instances or os.environ.get("QOPT_INSTANCES")
    if folder is None:
        raise NotAtHand("no instances: give --instances DIR, or set QOPT_INSTANCES")
    index = Path(folder) / "qoblib" / "index.json"
    if not index.exists():
        raise NotAtHand(f"no file {index}")
    found = [
        (entry["name"], Path(folder) / entry["path"], float(entry["best_known"]))
        for entry in json.loads(index.read_text())
        if entry["family"].endswith("portfolio") and ".qs" in entry["path"]
    ]
    chosen = [entry for entry in found if not options.names or entry[0] in options.names]
    return sorted(chosen, key=lambda entry: entry[1].stat().st_size)


def polynomials(options: argparse.Namespace) -> Table:
    seconds = options.seconds or 5.0
    each = max(12, 8 * len(options.seeds))
    columns = {"case": 20, "bits": 6, "couplings": 9, "rows": 5, "road": 4, "best known": 10}
    table, met, all_cases = Table(columns | {"auto": each, "off": each, "met": 3}), 0, 0
    for name in options.names or POLYNOMIALS:
        qubo = reduced(POLYNOMIALS[name]())
        runs = {way: sampled(qubo, way, seconds, options)[0] for way in ("auto", "off")}
        auto, off = ([float(run.energies.min()) for run in found] for found in runs.values())
        facts = Runs([], runs["auto"][-1].info["structure"])
        worse, allowed = statistics.fmean(auto) - statistics.fmean(off), POLYNOMIAL_SHARE
        good = facts.rows == "0" or worse <= allowed * abs(statistics.fmean(off)) + ROUNDING
        met, all_cases = met + good, all_cases + 1
        best = f"{BEST_KNOWN[name]:g}" if name in BEST_KNOWN else ""
        energies = (", ".join(f"{energy:g}" for energy in found) for found in (auto, off))
        table.row(*of_qubo(name, qubo), facts.rows, facts.road, best, *energies, yes(good))
    table.write(f"polynomials: {verdict(met, all_cases, all_cases)}, {seconds:g} s a run")
    return table


def plain(options: argparse.Namespace) -> Table:
    columns = {"case": 20, "bits": 6, "couplings": 9, "deciding s": 10, "of 10 s": 8}
    table = Table(columns | {"found": 24, "unchanged": 9, "met": 3})
    met, all_cases = 0, 0
    for name in options.names or (*PLAIN, *PUBLISHED):
        try:
            qubo = PLAIN[name]() if name in PLAIN else read(name, options)
        except NotAtHand as error:
            table.write(f"{name} skipped: {str(error).partition(';')[0]}")
            continue
        seconds, unchanged, told = 0.0, True, list[Any]()
        for seed in options.seeds:
            spent, same, facts = deciding(qubo, seed, options)
            seconds, unchanged = max(seconds, spent), unchanged and same
            told.append(facts["rows"])
        nothing = not any(told)
        good = nothing and unchanged and seconds < PLAIN_SHARE * PLAIN_SECONDS
        met, all_cases = met + good, all_cases + 1
        share = f"{seconds / PLAIN_SECONDS:.2%}"
        rest = "nothing" if nothing else str(max(told, key=len)), yes(unchanged), yes(good)
        table.row(*of_qubo(name, qubo), f"{seconds:.4f}", share, *rest)
    table.write(f"plain: {verdict(met, all_cases, all_cases)}, {options.sweeps} sweeps")
    return table


def deciding(qubo: Qubo, seed: int, options: argparse.Namespace) -> tuple[float, bool, Any]:
    """Seconds that looking for rows adds to the set-up, whether every byte of the samples is as
    without, and what is said of the structure."""
    off, auto = (  # in this order: the first run of a size sets up more slowly
        QuboAnnealer().sample_arrays(
            qubo,
            structure=structure,
            num_reads=16,
            num_sweeps=options.sweeps,
            seed=seed,
            num_threads=options.threads,
        )
        for structure in ("off", "auto")
    )
    seconds = auto.info["timing"]["setup"] - off.info["timing"]["setup"]
    same = (
        auto.states.tobytes() == off.states.tobytes()
        and auto.energies.tobytes() == off.energies.tobytes()
    )
    return seconds, same, auto.info["structure"]


def read(name: str, options: argparse.Namespace) -> Qubo:
    (instance,) = instances.load([name], options.instances)
    return instance.qubo


def large(options: argparse.Namespace) -> Table:
    columns = {"case": 10, "bits": 7, "couplings": 9, "look s": 7, "rows_of s": 9}
    table = Table(columns | {"decompile s": 11, "rows": 6, "explained": 9, "met": 3})
    met, all_cases = 0, 0
    for name in options.names or LARGE:
        qubo = LARGE[name](options.couplings)
        ising = Ising.from_qubo(qubo.linear, qubo.row, qubo.col, qubo.quad, qubo.offset)
        look = spent(partial(has_signs_of_rows, ising))[0]
        rows = spent(partial(qopt.decompiler.rows_of, qubo))[0]
        seconds, found = spent(partial(qopt.decompiler.decompile, qubo))
        good = seconds < LARGE_SECONDS
        met, all_cases = met + good, all_cases + 1
        table.row(
            *of_qubo(name, qubo),
            f"{look:.3f}",
            f"{rows:.2f}",
            f"{seconds:.2f}",
            str(len(found.rows)),
            f"{found.share:.1%}",
            yes(good),
        )
    table.write(f"large: {verdict(met, all_cases, all_cases)}")
    return table


def spent(work: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    result = work()
    return time.perf_counter() - began, result


def of_qubo(name: str, qubo: Qubo) -> list[str]:
    return [name, str(qubo.num_variables), str(len(qubo.quad))]


def yes(good: bool) -> str:
    return "yes" if good else "no"


def verdict(met: int, needed: int, cases: int) -> str:
    return f"{'met' if cases and met >= needed else 'not met'}, {met} of {cases}"


SETS: dict[str, Callable[[argparse.Namespace], Table]] = {
    "tours": tours,
    "assignments": assignments,
    "packing": packed,
    "portfolios": portfolios,
    "polynomials": polynomials,
    "plain": plain,
    "large": large,
}


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sets", nargs="+", choices=SETS, default=list(SETS))
    parser.add_argument("--names", nargs="+", help="cases of the set; default all")
    parser.add_argument("--instances", help="folder; default QOPT_INSTANCES")
    parser.add_argument("--seconds", type=float, help="of a run; default as in the table above")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--times", type=float, default=10.0, help="the largest bias, for a weight")
    parser.add_argument("--sweeps", type=int, default=200, help="of plain models")
    parser.add_argument("--couplings", type=int, default=1_000_000, help="of large models, about")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> list[str]:
    return list(lines(parse(arguments)))


def lines(options: argparse.Namespace) -> Iterator[str]:
    for qubo in (three_regular(60), mean_field(200)):  # loads what looks at sparse and dense models
        QuboAnnealer().sample_arrays(qubo, num_sweeps=1, seed=1)
    for label in options.sets:
        yield from SETS[label](options).lines


if __name__ == "__main__":
    main()
