"""`python -m tests.mutants.measure OUT ROOT TEST...`: which test runs which line, in what time."""

from __future__ import annotations

import json
import sys
import time
from collections import defaultdict
from collections.abc import Generator
from pathlib import Path
from typing import Any

import coverage
import pytest


class Contexts:
    """A plugin of pytest that notes the time of each test that passed and names its lines by it."""

    def __init__(self, measured: coverage.Coverage) -> None:
        self._measured = measured
        self.seconds: dict[str, float] = {}

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, Any, Any]:
        self._measured.switch_context(item.nodeid)
        start = time.perf_counter()
        outcome = yield
        self.seconds.setdefault(item.nodeid, time.perf_counter() - start)
        self._measured.switch_context("")
        return outcome

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if not report.passed:
            self.seconds[report.nodeid] = float("inf")  # failed or skipped: of no use


def main(out: Path, root: Path, tests: list[str]) -> None:
    """Run the tests under coverage and write what reached what.

    The form is `{"seconds": {test: seconds}, "lines": {file: {line: [test]}}}`.
    """
    measured = coverage.Coverage(
        data_file=None, config_file=False, source=[str(root / "qopt"), str(root / "problems")]
    )
    contexts = Contexts(measured)
    measured.start()
    ended = pytest.main(["-q", "-p", "no:cacheprovider", *tests], plugins=[contexts])
    measured.stop()
    if ended not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        sys.exit(f"the tests did not run: {ended!r}")
    data, lines = measured.get_data(), defaultdict[str, dict[str, list[str]]](dict)
    usable = {test for test, seconds in contexts.seconds.items() if seconds < float("inf")}
    for file in data.measured_files():
        for line, names in data.contexts_by_lineno(file).items():
            reached = sorted(usable & set(names))
            if reached:
                lines[Path(file).relative_to(root).as_posix()][str(line)] = reached
    seconds = {test: contexts.seconds[test] for test in sorted(usable)}
    out.write_text(json.dumps({"seconds": seconds, "lines": lines}))


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve(), sys.argv[3:])
