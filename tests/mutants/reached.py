"""Which tests reach a line: measured once a test file, until it or the code changes."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

from .planting import Mutant, statement_lines
from .rooms import ROOT, Room
from .trees import environment


class Reached:
    """The tests of one room by the lines that they run."""

    def __init__(self, room: Room, kept: Path, tree: Path) -> None:
        """Reads what is kept in the folder `kept` and measures the rest in the copy `tree`."""
        files = _test_files(room, tree)
        code = _digest([ROOT / path for path in room.files], room.name)
        where = {file: kept / f"{_digest([tree / file], code + file)}.json" for file in files}
        missing = [file for file in files if not where[file].exists()]
        if missing:
            told = _measure(missing, tree, kept / f"{room.name}.json")
            for file in missing:
                where[file].write_text(json.dumps(_of_file(told, file)))
        self.seconds: dict[str, float] = {}
        self._lines: dict[str, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
        for file in files:
            told = json.loads(where[file].read_text())
            self.seconds.update(told["seconds"])
            for path, lines in told["lines"].items():
                for line, tests in lines.items():
                    self._lines[path][int(line)].update(tests)

    def tests(self, mutant: Mutant, most: float) -> list[str]:
        """The quickest tests that reach the changed line, for up to `most` seconds in all.

        A line that runs at import is reached by every test that runs anything of its file. Where
        no test is seen to reach it, it may run in a process of its own, which is not measured: then
        it is put to all tests of the room.
        """
        lines = self._lines[mutant.path]
        found = lines.get(mutant.line, set())
        for line in statement_lines(ROOT / mutant.path, mutant.line):
            found = found | lines.get(line, set())
        if not found and self._at_import(mutant):
            found = set().union(*lines.values()) if lines else set()
        found = found or set(self.seconds)
        chosen, total = [], 0.0
        for test in sorted(found, key=lambda test: (self.seconds[test], test)):
            total += self.seconds[test]
            if chosen and total > most:
                break
            chosen.append(test)
        return chosen

    @staticmethod
    def _at_import(mutant: Mutant) -> bool:
        head = (
            (ROOT / mutant.path)
            .read_text()
            .split("\n")[statement_lines(ROOT / mutant.path, mutant.line)[0] - 1]
        )
        return not head.startswith("        ") or head.lstrip().startswith(("def ", "@"))


def _test_files(room: Room, tree: Path) -> list[str]:
    found = []
    for one in room.tests:
        path = tree / one
        inside = sorted(path.rglob("test_*.py")) if path.is_dir() else [path]
        found += [file.relative_to(tree).as_posix() for file in inside]
    return found


def _measure(files: list[str], tree: Path, out: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.mutants.measure", str(out.resolve()), str(tree), *files]
    subprocess.run(command, cwd=tree, env=environment(tree), check=True, stdout=subprocess.DEVNULL)
    told: dict[str, Any] = json.loads(out.read_text())
    out.unlink()
    return told


def _of_file(told: dict[str, Any], file: str) -> dict[str, Any]:
    def own(tests: list[str]) -> list[str]:
        return [test for test in tests if test.startswith(f"{file}::")]

    lines = {
        path: {line: own(tests) for line, tests in reached.items() if own(tests)}
        for path, reached in told["lines"].items()
    }
    seconds = {test: told["seconds"][test] for test in own(list(told["seconds"]))}
    return {"seconds": seconds, "lines": lines}


def _digest(paths: list[Path], more: str) -> str:
    digest = hashlib.sha256(more.encode())
    for path in paths:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
