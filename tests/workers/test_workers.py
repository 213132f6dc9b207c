"""Child processes: what they answer, hear and are told, and every way in which they end."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from qopt.kit.threads import available_cores
from qopt.workers import Ended, Failed, Worker, shares

from . import functions


@pytest.fixture
def worker() -> Iterator[Worker]:
    made = Worker(1)
    yield made
    made.close()


def test_it_runs_one_function_after_the_other_in_one_process(worker: Worker) -> None:
    assert [worker.run(functions.double, number) for number in (2, 5)] == [4, 10]
    assert worker.starts == 1


def test_what_is_said_is_heard_in_its_order(worker: Worker) -> None:
    told: list[Any] = []

    def answer(thing: Any) -> None:
        told.append(thing)
        if thing == "ready":
            for number in range(5):
                worker.say(number)

    assert worker.run(functions.echo, 5, on_told=answer) == [0, 1, 2, 3, 4]
    assert told == ["ready", [0, 1, 2, 3, 4]]


def test_it_stops_when_it_is_asked(worker: Worker) -> None:
    assert worker.run(functions.until_stopped, on_told=lambda ready: worker.stop()) == "stopped"


def test_what_was_meant_for_one_call_is_not_heard_by_the_next(worker: Worker) -> None:
    worker.run(functions.double, 1)
    worker.say("too late")
    worker.stop()
    assert worker.run(functions.heard_so_far) == ([], False)


@pytest.mark.parametrize(
    ("function", "arguments", "text"),
    [
        (functions.raising, (), "RuntimeError: two lines"),
        (functions.double, (functions.Elsewhere(),), "ValueError: invalid literal for int"),
        (functions.unsendable, (), "Can't (get|pickle) local object"),
    ],
)
def test_a_failure_is_a_line_and_the_process_goes_on(
    function: Any, arguments: tuple[Any, ...], text: str, worker: Worker
) -> None:
    with pytest.raises(Failed, match=text) as failed:
        worker.run(function, *arguments)
    assert "\n" not in str(failed.value)
    assert worker.run(functions.double, 3) == 6
    assert worker.starts == 1


@pytest.mark.parametrize(
    ("how", "limit", "why", "text"),
    [
        ("exit", None, None, "its process ended by itself with exit code 3"),
        ("kill", None, None, "its process was killed"),
        ("hang", 0.3, "timeout", "it had not ended 0.3 s after its start"),
    ],
)
def test_a_process_that_ends_is_told_and_the_next_call_has_another(
    how: str, limit: float | None, why: str | None, text: str, worker: Worker
) -> None:
    with pytest.raises(Ended, match=text) as ended:
        worker.run(functions.ended, how, limit=limit)
    assert ended.value.why == why
    assert worker.run(functions.double, 3) == 6
    assert worker.starts == 2


def test_it_is_ended_while_it_runs(worker: Worker) -> None:
    with pytest.raises(Ended) as ended:
        worker.run(functions.ended, "hang", on_told=lambda number: worker.end("enough"))
    assert ended.value.why == "enough"


def test_closing_ends_what_runs(worker: Worker) -> None:
    numbers: list[int] = []
    caught: list[Ended] = []

    def run() -> None:
        try:
            worker.run(functions.ended, "hang", on_told=numbers.append)
        except Ended as ended:
            caught.append(ended)

    thread = threading.Thread(target=run)
    thread.start()
    while not numbers:
        time.sleep(0.01)
    worker.close()
    thread.join(30)
    assert len(caught) == 1
    with pytest.raises(Ended, match="its worker was closed before it began"):
        worker.run(functions.double, 1)
    await_end(numbers[0])


def test_what_it_prints_goes_to_the_log(tmp_path: Path) -> None:
    worker = Worker(1, log=tmp_path / "log")
    assert worker.run(functions.printing) == "done"
    worker.close()
    assert (tmp_path / "log").read_text() == "a word\n"


PRINTS = """
from qopt.workers import Worker
from tests.workers import functions
worker = Worker(1{})
worker.run(functions.printing)
worker.close()
"""


@pytest.mark.parametrize(("given", "words"), [(", heard=True", "a word\n"), ("", "")])
def test_what_it_prints_is_heard_where_that_is_asked_for(given: str, words: str) -> None:
    command = [sys.executable, "-c", PRINTS.format(given)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", words)


def test_before_it_has_begun_nothing_is_said_or_ended(worker: Worker) -> None:
    worker.say("too early")
    worker.stop()
    worker.end("early")
    assert worker.starts == 0
    assert worker.run(functions.heard_so_far) == ([], False)


def test_the_end_of_another_call_leaves_this_one_alone(worker: Worker) -> None:
    def end_the_call_before(ready: Any) -> None:
        worker.end("timeout", 0)
        worker.stop()

    worker.run(functions.double, 1)
    assert worker.run(functions.until_stopped, on_told=end_the_call_before) == "stopped"
    assert worker.starts == 1


def test_a_clock_does_not_keep_its_program() -> None:
    code = "from qopt.workers.worker import Clock; Clock(print).start(600)"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_it_has_its_threads_and_its_cores() -> None:
    core = available_cores()[-1]
    worker = Worker(1, [core])
    threads, cores = worker.run(functions.environment)
    worker.close()
    assert threads == "1"
    assert cores in ([core], [])


def test_shares_are_apart_where_there_are_enough() -> None:
    assert shares(2, 2, [1, 3, 5, 7, 9]) == [[1, 3], [5, 7]]
    assert shares(3, 1, [1, 3]) == [(), (), ()]


ABANDONED = """
from qopt.workers import Worker
from tests.workers import functions
Worker(1).run(functions.ended, "hang", on_told=lambda number: print(number, flush=True))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="asks POSIX whether a process is there")
def test_it_ends_at_once_when_its_parent_is_killed() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", ABANDONED], stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        number = int(parent.stdout.readline())
        parent.kill()
    await_end(number)


def await_end(number: int) -> None:
    """Of a process by its number; an ended one whose parent has not asked yet is a zombie."""
    for _ in range(1000):
        try:
            os.kill(number, 0)
        except ProcessLookupError:
            return
        state = Path(f"/proc/{number}/stat")
        if state.exists() and state.read_text().rsplit(")", 1)[1].split()[0] == "Z":
            return
        time.sleep(0.01)
    raise AssertionError(f"process {number} still runs")
