"""What a study costs beside its solvers, and what it says of solvers that are the same.

    python -m tests.benchmarks.studies [--trials 10000] [--controls 200] [--only PART ...]

Run by hand, alone on the machine; the parts are `size`, `workers`, `controls` and `hog`.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from qopt.batch import Study, forecast, read_study, run
from qopt.batch.comparing import disturbed, runs_of
from qopt.compare import Question, Verdict, control

PARTS = ("size", "workers", "controls", "hog")


def study_of(folder: Path, name: str, text: str) -> Study:
    path = folder / f"{name}.yaml"
    path.write_text(f"name: {name}\n{text}output: {folder / name}\n")
    return read_study(path)


def row(what: str, measured: str, bar: str) -> None:
    sys.stdout.write(f"{what:58} {measured:>22}   bar {bar}\n")
    sys.stdout.flush()


def size(folder: Path, trials: int, controls: int) -> None:
    """Of many trials that take no time: a greedy heuristic on shops of three jobs."""
    seeds = list(range(max(1, trials // 10)))
    text = (
        "problems: [{kind: job-shop, generate: {jobs: 3, machines: 3, "
        "seed: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]}}]\n"
        f"solvers: [{{name: greedy}}]\nseeds: {seeds}\ntime_limit: 1\n"
    )
    began = time.perf_counter()
    asked = study_of(folder, "size", text)
    forecast(asked)
    row(f"{len(asked.trials)} trials: read, expanded, dry run", _since(began), "3 s")
    began = time.perf_counter()
    done = run(asked)
    seconds = time.perf_counter() - began
    solving = sum(record.seconds for record in done.records) / 2
    each = 1000 * (seconds - solving) / len(done.records)
    row("overhead a trial, two workers", f"{each:.1f} ms", "20 ms")
    began = time.perf_counter()
    run(study_of(folder, "size", text))
    row("run again, everything there", _since(began), "5 s")


def workers(folder: Path, trials: int, controls: int) -> None:
    """Trials that compute for about a second each, by one worker and by two."""
    count = max(4, min(40, trials))
    text = (
        "problems: [{kind: max-cut, generate: {nodes: 800}}]\n"
        "solvers: [{name: qubo-annealer, parameters: {num_sweeps: 32000, num_threads: 1}}]\n"
        f"seeds: {list(range(count))}\ntime_limit: 60\n"
    )
    seconds = {}
    for number in (1, 2):
        asked = study_of(folder, f"by{number}", f"{text}run: {{workers: {number}}}\n")
        began = time.perf_counter()
        run(asked)
        seconds[number] = time.perf_counter() - began
    told = f"{seconds[1] / seconds[2]:.2f} times"
    row(f"{count} trials by two workers, {seconds[1]:.0f} s by one", told, "1.8 times")


def controls(folder: Path, trials: int, controls: int) -> None:
    """A solver against itself under other seeds: a difference that is called is called wrongly."""
    called = short = 0
    for number in range(controls):
        instances = 5 + number % 8
        shops = [10 * number + k for k in range(instances)]
        text = (
            f"problems: [{{kind: job-shop, generate: {{jobs: 5, machines: 4, seed: {shops}}}}}]\n"
            "solvers: [{name: annealer, parameters: {num_sweeps: 20, num_reads: 4}}]\n"
            "seeds: SEEDS\ntime_limit: 20\nrun: {executor: inline}\n"
        )
        sides = [
            runs_of(run(study_of(folder, f"{side}{number}", text.replace("SEEDS", seeds))).records)
            for side, seeds in (("one", "[1, 2]"), ("other", "[3, 4]"))
        ]
        found = control(*sides, Question(baseline="annealer", margin=1.0))
        called += not found.holds
        short += found.difference.verdict is Verdict.UNDECIDED
    share = f"{called} of {controls}"
    row(f"a solver against itself, other seeds ({short} undecided)", share, "6 %")


def hog(folder: Path, trials: int, controls: int) -> None:
    """Other programs on all cores: trials are marked, and verdicts on times withheld."""
    text = (
        "problems: [{kind: job-shop, generate: {jobs: 5, machines: 4, seed: [1, 2, 3, 4, 5, 6]}}]\n"
        "solvers: [{name: annealer}, {name: greedy}]\n"
        "seeds: [1]\ntime_limit: 0.5\ncompare: {baseline: annealer, metric: anytime}\n"
    )
    quiet = run(study_of(folder, "quiet", text))
    with _busy():
        loud = run(study_of(folder, "loud", text))
    for name, done in (("alone", quiet), ("beside a busy program a core", loud)):
        marked = sum(disturbed(record) for record in done.records)
        verdict = done.compare().of("greedy").verdict.value
        told = f"{marked} of {len(done.records)}, {verdict}"
        row(f"trials marked as disturbed, {name}", told, "marked, withheld")


@contextmanager
def _busy() -> Iterator[None]:
    processes = [multiprocessing.Process(target=_spin) for _ in range(os.cpu_count() or 1)]
    for process in processes:
        process.start()
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.join()


def _spin() -> None:
    while True:
        pass


def _since(began: float) -> str:
    return f"{time.perf_counter() - began:.2f} s"


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=10_000)
    parser.add_argument("--controls", type=int, default=200)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    asked = parser.parse_args(arguments)
    os.environ["QOPT_CACHE"] = "off"
    parts: dict[str, Callable[[Path, int, int], None]] = {
        "size": size,
        "workers": workers,
        "controls": controls,
        "hog": hog,
    }
    for name in asked.only:
        with tempfile.TemporaryDirectory() as folder:
            parts[name](Path(folder), asked.trials, asked.controls)


if __name__ == "__main__":
    main()
