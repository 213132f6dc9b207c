"""`python -m tests.soak --minutes 30 --seed 1`: as many checks as fit; exit code 1 where one
failed.

A failure is saved as a small file in `runs/soak`, and `python -m tests.soak --again FILE` makes it
again.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Callable
from itertools import count, cycle
from pathlib import Path

import numpy as np

from . import files, kills, models, plans
from .cases import Case

# how often each has its turn: a kill takes ten seconds, the others a tenth of one
CHECKS: dict[str, Callable[[np.random.Generator], str]] = {
    "models": models.check,
    "plans": plans.check,
    "files": files.check,
    "kills": kills.check,
    "disks": kills.check_disk,
}
TURNS = [*["models", "plans", "files"] * 25, "kills", *["models", "plans", "files"] * 25, "disks"]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--output", type=Path, default=Path("runs/soak"))
    parser.add_argument("--only", choices=CHECKS, help="this kind of check, and no other")
    parser.add_argument("--again", type=Path, help="a saved failure, to be made again")
    given = parser.parse_args()
    if given.again is not None:
        case = Case.load(given.again)
        _say(CHECKS[case.check](np.random.default_rng(case.seed)))
        return 0
    turns = TURNS if given.only is None else [given.only]
    return _soak(turns, given.minutes, given.seed, given.output)


def _soak(turns: list[str], minutes: float, seed: int, output: Path) -> int:
    until, done, failed = time.monotonic() + 60 * minutes, Counter[str](), 0
    seeds = np.random.SeedSequence(seed)
    for number, check in zip(count(), cycle(turns), strict=False):
        if time.monotonic() >= until:
            break
        case = Case(check, int(seeds.spawn(1)[0].generate_state(1)[0]))
        try:
            done[f"{check}: {CHECKS[check](np.random.default_rng(case.seed))}"] += 1
        except Exception as error:  # whatever it is, it is kept, and the rest goes on
            failed += 1
            _say(f"{check} {number}: {type(error).__name__}: {error}")
            _say(f"  saved to {case.save(output, error)}")
    for told, times in sorted(done.items()):
        _say(f"{times:8,} {told}")
    _say(f"{sum(done.values()) + failed:,} checks with seed {seed}, {failed} failed")
    return int(failed > 0)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
