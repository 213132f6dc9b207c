"""How long the page of a study takes to be made, checked and painted, and how large it is.

    python -m tests.benchmarks.report_page [--trials 20 1000]

A study of small job shops is run with as many seeds as it takes, then its page is made and checked
by the command line, each in a process of its own. "make" and "check" are whole processes, in
seconds; "paint" is the first paint in headless Chromium, "none" where there is no Chromium;
"requests" is what the page asked for besides itself, and "complaints" lines on its console.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path

from qopt.batch import read_study, run
from tests.report.browser import chromium, seen

from .tables import Table

STUDY = """name: page
problems:
  - {{kind: job-shop, generate: {{jobs: 4, machines: 3, seed: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]}}}}
solvers:
  - {{name: greedy}}
  - {{name: annealer, parameters: {{num_sweeps: 20, num_reads: 4}}}}
seeds: [{seeds}]
time_limit: 20
output: {folder}
compare: {{baseline: greedy}}
run: {{executor: inline}}
"""
QOPT = "import sys; from qopt.cli import main; sys.argv[0] = 'qopt'; main()"
MEASURED = """JSON.stringify([
  performance.getEntriesByType("paint").map((one) => one.startTime / 1000),
  performance.getEntriesByType("resource").filter((one) => !one.name.startsWith("data:")).length])
"""
PORT = re.compile(r"DevTools listening on ws://127\.0\.0\.1:(\d+)/")


def seconds(*words: str) -> float:
    """Of a command of qopt as a whole process. Raises CalledProcessError where it failed."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", QOPT, *words], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def painted(page: Path, folder: Path) -> tuple[str, str, str]:
    """Seconds to the first paint, requests, and lines on the console."""
    if chromium() is None:
        return "none", "none", "none"
    complaints = seen(page, folder / "profile").console
    paint, requests = asyncio.run(_watched(page, folder / "clean profile"))
    return f"{paint:.2f}", str(requests), str(len(complaints))


async def _watched(page: Path, profile: Path) -> tuple[float, int]:
    """By the clock of a browser that was just begun and goes to the page; 4 seconds later."""
    from tornado.websocket import websocket_connect

    words = ["--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0"]
    browser = await asyncio.create_subprocess_exec(
        str(chromium()),
        *words,
        f"--user-data-dir={profile}",
        "about:blank",
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        assert browser.stderr is not None
        while (found := PORT.search((await browser.stderr.readline()).decode())) is None:
            pass
        with urllib.request.urlopen(f"http://127.0.0.1:{found[1]}/json") as reply:
            address = next(tab for tab in json.load(reply) if tab["type"] == "page")
        talk = await websocket_connect(address["webSocketDebuggerUrl"])
        await talk.write_message(_order(1, "Page.navigate", url=page.as_uri()))
        await asyncio.sleep(4)
        await talk.write_message(
            _order(2, "Runtime.evaluate", expression=MEASURED, returnByValue=True)
        )
        while (answer := json.loads(await talk.read_message() or "{}")).get("id") != 2:
            pass
        talk.close()
        while await talk.read_message() is not None:
            pass
        paints, requests = json.loads(answer["result"]["result"]["value"])
        return max(paints), requests
    finally:
        browser.terminate()
        await browser.wait()


def _order(number: int, method: str, **parameters: object) -> str:
    return json.dumps({"id": number, "method": method, "params": parameters})


def main(arguments: Sequence[str] | None = None) -> list[str]:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, nargs="+", default=[20, 1000])
    options = parser.parse_args(arguments)
    names = ("make", "MB", "check", "paint", "requests", "complaints")
    table = Table({"trials": 7, **dict.fromkeys(names, 6)})
    for trials in options.trials:
        with tempfile.TemporaryDirectory() as kept, _without_cache():
            folder = Path(kept)
            seeds = ", ".join(map(str, range(max(1, trials // 20))))
            (folder / "study.yaml").write_text(STUDY.format(seeds=seeds, folder=folder / "run"))
            done = run(read_study(folder / "study.yaml"))
            page = folder / "page.html"
            made = seconds("report", str(done.folder), "--output", str(page))
            checked = seconds("verify", str(page))
            size = f"{page.stat().st_size / 1e6:.2f}"
            shown = painted(page, folder)
            table.row(str(len(done.records)), f"{made:.1f}", size, f"{checked:.1f}", *shown)
    return table.lines


@contextlib.contextmanager
def _without_cache() -> Iterator[None]:
    """Trials are solved here, whatever other studies have solved."""
    before = os.environ.get("QOPT_CACHE")
    os.environ["QOPT_CACHE"] = "off"
    try:
        yield
    finally:
        os.environ.pop("QOPT_CACHE")
        if before is not None:
            os.environ["QOPT_CACHE"] = before


if __name__ == "__main__":
    main()
