"""How long the first call takes on a machine, and the second in another process: kernels compiled,
and kernels loaded.

    python -m tests.benchmarks.first_call [--names qubo constrained hybrid] [--repeat 3]

Every first call has an empty cache and a process of its own. "all" is the whole process, Python and
imports too; "call" is the call alone; both are medians, in seconds.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence

from .tables import Table

CALLS = {
    "qubo": """
from qopt.samplers import QuboAnnealer
start = clock()
QuboAnnealer().sample_qubo({(0, 0): -1, (0, 1): 2}, num_reads=10, num_sweeps=10, seed=1)
""",
    "constrained": """
import dimod
from qopt.samplers import CqmAnnealer
x = dimod.BinaryArray("abc")
cqm = dimod.ConstrainedQuadraticModel()
cqm.set_objective(-x.sum())
cqm.add_constraint(x.sum() <= 2)
start = clock()
CqmAnnealer().sample_cqm(cqm, num_reads=4, num_sweeps=10, seed=1)
""",
    "hybrid": """
import qopt
from problems.logistics import VehicleRouting
problem = VehicleRouting.generate(customers=12, seed=1)
start = clock()
qopt.solve(problem, solver="hybrid", num_rounds=3, seed=1)
""",
}
TIMED = """
from time import perf_counter as clock
{call}
print(clock() - start)
"""


def seconds(call: str, cache: str) -> tuple[float, float]:
    """Of a process with its kernels in `cache`, and of the call in it."""
    began = time.perf_counter()
    process = subprocess.run(
        [sys.executable, "-c", TIMED.format(call=CALLS[call])],
        env=os.environ | {"NUMBA_CACHE_DIR": cache},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        check=True,
    )
    return time.perf_counter() - began, float(process.stdout)


def main(arguments: Sequence[str] | None = None) -> list[str]:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--names", nargs="+", choices=CALLS, default=list(CALLS))
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args(arguments)
    table = Table(
        {"call": 12, "first all": 9, "first call": 10, "second all": 10, "second call": 11}
    )
    for name in options.names:
        runs = []
        for _ in range(options.repeat):
            with tempfile.TemporaryDirectory() as cache:
                runs.append(seconds(name, cache) + seconds(name, cache))
        medians = [statistics.median(column) for column in zip(*runs, strict=True)]
        table.row(name, *(f"{median:.2f}" for median in medians))
    return table.lines


if __name__ == "__main__":
    main()
