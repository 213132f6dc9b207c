"""`python -m tests.mutants --count 200 --seed 1`: how many small faults the tests notice.

Prints a table by room and every survivor, as its line stands before and after. The exit code is 1
where fewer than nine in ten are noticed, or fewer than eight in ten of a room.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from queue import SimpleQueue

from .equivalents import Equivalents
from .planting import Mutant, changes_what_runs, mutants_of
from .reached import Reached
from .rooms import ROOT, Room, configuration
from .trees import grow
from .trial import Verdict, judge

ALL, EACH_ROOM = 0.9, 0.8


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("--count", type=int, default=200, help="in all of the rooms")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--room", action="append", help="only of this room; may be repeated")
    parser.add_argument("--jobs", type=int, default=1, help="how many at once")
    parser.add_argument(
        "--seconds",
        type=float,
        default=60.0,
        help="of the tests that reach a mutant, the quickest first; more where the machine is slow",
    )
    parser.add_argument("--output", type=Path, default=ROOT / "runs" / "mutants")
    parser.add_argument("--list", action="store_true", help="show the sample and run nothing")
    given = parser.parse_args()
    found = configuration()
    known = [room.name for room in found.rooms]
    for name in given.room or ():
        if name not in known:
            parser.error(f"no room is called {name!r}; there are: {', '.join(known)}")
    rooms = [room for room in found.rooms if room.name in (given.room or known)]
    chosen = sample(rooms, found.operators, given.count, given.seed)
    if given.list:
        for mutant in [mutant for mutants in chosen.values() for mutant in mutants]:
            _say(_shown(mutant))
        return 0
    given.output.mkdir(parents=True, exist_ok=True)
    trees = [grow(given.output / f"tree{number}") for number in range(given.jobs)]
    verdicts: dict[str, list[Verdict]] = {}
    for room in rooms:
        verdicts[room.name] = _judged(room, chosen[room.name], given.output, trees, given.seconds)
    return _table(verdicts)


def sample(
    rooms: list[Room], operators: tuple[str, ...], count: int, seed: int
) -> dict[str, list[Mutant]]:
    """About `count` mutants drawn by `seed`, of each room by the root of how many it has."""
    pools = {
        room.name: [one for path in room.files for one in mutants_of(room.name, path, operators)]
        for room in rooms
    }
    weights = {name: len(pool) ** 0.5 for name, pool in pools.items()}
    chosen = {}
    for name, pool in pools.items():
        wanted = round(count * weights[name] / sum(weights.values()))
        chosen[name] = _first(_drawn(pool, seed), wanted)
    return chosen


def _drawn(pool: list[Mutant], seed: int) -> list[Mutant]:
    """In an order of chance that depends on the lines alone: what moves to another file stays
    drawn.
    """
    seen = Counter[str]()

    def draw(mutant: Mutant) -> bytes:
        told = f"{seed} {mutant.operator} {mutant.column} {mutant.text}"
        seen[told] += 1
        return sha256(f"{told} {seen[told]}".encode()).digest()

    return sorted(pool, key=draw)


def _first(pool: list[Mutant], wanted: int) -> list[Mutant]:
    """The first `wanted` that change what runs, one at most of a line."""
    kept: dict[tuple[str, int], Mutant] = {}
    for mutant in pool:
        if len(kept) == wanted:
            break
        if (mutant.path, mutant.line) not in kept and changes_what_runs(mutant):
            kept[mutant.path, mutant.line] = mutant
    return list(kept.values())


def _judged(
    room: Room, mutants: list[Mutant], output: Path, trees: list[Path], most: float
) -> list[Verdict]:
    equivalents = Equivalents()
    reached = Reached(room, output, trees[0])
    free: SimpleQueue[Path] = SimpleQueue()
    for tree in trees:
        free.put(tree)

    def judged(mutant: Mutant) -> Verdict | None:
        if equivalents.reason(mutant) is not None:
            return None
        tests = reached.tests(mutant, most)
        tree = free.get()
        try:
            verdict = judge(mutant, tests, sum(reached.seconds[test] for test in tests), tree)
        finally:
            free.put(tree)
        if not verdict.killed:
            _say(f"survived {verdict.tests} tests: {_shown(mutant)}")
        return verdict

    with ThreadPoolExecutor(len(trees)) as crew:
        verdicts = [verdict for verdict in crew.map(judged, mutants) if verdict is not None]
    killed = sum(verdict.killed for verdict in verdicts)
    equal = len(mutants) - len(verdicts)
    _say(f"{room.name}: {killed} of {len(verdicts)} killed, {equal} equivalent")
    return verdicts


def _table(verdicts: dict[str, list[Verdict]]) -> int:
    counts: dict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for name, found in verdicts.items():
        counts[name] = sum(verdict.killed for verdict in found), len(found)
    total = sum(killed for killed, _ in counts.values()), sum(all_ for _, all_ in counts.values())
    _say(f"{'room':14}{'mutants':>9}{'killed':>9}{'share':>9}")
    for name, (killed, of) in [*counts.items(), ("all", total)]:
        _say(f"{name:14}{of:9}{killed:9}{killed / of if of else 1:9.0%}")
    low = [name for name, (killed, of) in counts.items() if killed < EACH_ROOM * of]
    return int(bool(low) or total[0] < ALL * total[1])


def _shown(mutant: Mutant) -> str:
    was, now = mutant.shown()
    return f"{mutant.path}:{mutant.line}: {mutant.operator}\n    was {was}\n    now {now}"


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
