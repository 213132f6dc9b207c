"""Nanoseconds a spin update of every kernel that a model fits, over an anneal in its default range
of beta: one thread.

    python -m tests.benchmarks.kernels [--instances DIR] [--names G1 ...] [--sweeps 400] [--repeats
    3]

The measurements behind `qopt.anneal.ising.layout.choose`, whose choice is marked with a star.
Least of the repeats, kernels alone.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence

from qopt.anneal.core.ising import Ising
from qopt.anneal.core.temperatures import geometric
from qopt.anneal.ising.layout import FORMS, Fit, Form, Layout, choose
from qopt.anneal.ising.replicas import Replicas
from qopt.anneal.ising.search import default_beta_range
from qopt.anneal.warm import warm_up

from .instances import NotAtHand, load
from .tables import Table

NAMES = ("G1", "G14", "G22", "G55", "bqp2500_01", "gka3f", "gka9b")
LARGEST_DENSE = 4000  # variables: beyond, the matrix of a sparse model is a waste of memory


def nanoseconds(ising: Ising, form: Form, sweeps: int, repeats: int) -> float:
    layout = Layout(ising, Fit.of(ising).to(form))
    replicas = Replicas(ising, layout)
    scales = layout.scale(geometric(default_beta_range(ising, layout), sweeps))
    seconds = []
    for seed in range(repeats):
        replicas.restart([seed])
        began = time.perf_counter()
        replicas.anneal(scales, 0)
        seconds.append(time.perf_counter() - began)
    return min(seconds) / (sweeps * ising.num_variables * replicas.count) * 1e9


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--instances", help="folder of benchmark instances; default QOPT_INSTANCES")
    parser.add_argument("--names", nargs="+", default=NAMES)
    parser.add_argument("--sweeps", type=int, default=400)
    parser.add_argument("--repeats", type=int, default=3)
    chosen = parser.parse_args(arguments)
    try:
        instances = load(chosen.names, chosen.instances)
    except NotAtHand as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(2)
    for form in FORMS:
        warm_up(form)
    table = Table({"instance": 12} | {form.name.replace("sparse ", ""): 10 for form in FORMS})
    for instance in instances:
        qubo = instance.qubo
        ising = Ising.from_qubo(qubo.linear, qubo.row, qubo.col, qubo.quad, qubo.offset)
        fit, best, cells = Fit.of(ising), choose(ising).form, []
        for form in FORMS:
            fits = fit.admits(form) and not (form.dense and ising.num_variables > LARGEST_DENSE)
            star = "*" if form == best else ""
            cells.append(
                f"{nanoseconds(ising, form, chosen.sweeps, chosen.repeats):.2f}{star}"
                if fits
                else "-"
            )
        table.row(instance.name, *cells)


if __name__ == "__main__":
    main()
