"""Processes that ask, and are killed at moments of chance."""

from __future__ import annotations

import multiprocessing
import random
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from qopt.emulator import Service
from qopt.ocean.jobs import Answered, Connection, Journal, resume, submit_all
from qopt.ocean.jobs.journal.entry import OPEN

from . import services

SETTLING = 1.0  # seconds: the processes of both sides share a machine


def forks() -> Any:
    """Where processes begin with everything imported, in a moment."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.ocean.jobs.kills", "dwave.cloud", "dwave.cloud.api"])
    return context


def ask(
    url: str, token: str, path: str, asked: list[tuple[str, int]], together: int, budget: str | None
) -> None:
    """Ask the questions of these kinds and numbers, so many together, whatever comes of each."""
    with (
        Connection.open(endpoint=url, token=token, settling=SETTLING) as connection,
        Journal(path, patience=60.0) as journal,
    ):
        for start in range(0, len(asked), together):
            some = [services.question(*each, budget=budget) for each in asked[start:][:together]]
            submit_all(some, connection, journal, deadline=60.0)


def accepted(service: Service) -> Counter[str]:
    """How many jobs of each name the service has taken."""
    return Counter((job.label or "").split()[1] for job in service.jobs)


@dataclass(frozen=True)
class Waited:
    """Of a command of some jobs that was killed, and then run to its end."""

    kills: int
    answers: int
    charges: int
    most: int  # of one question
    charged: float
    noted: float


def kill_while_waiting(path: Path, *, jobs: int, kills: int, delay: float, seed: int) -> Waited:
    """A command of jobs of all kinds, killed so often at moments of chance, then left alone."""
    rng, context = random.Random(seed), forks()
    kinds = ("qpu", "bqm", "cqm", "nl")
    chosen = [(kinds[number % len(kinds)], number) for number in range(jobs)]
    with services.quick(queue_delay=delay) as service:
        given = (service.url, service.token, str(path), chosen, jobs, None)
        for _ in range(kills):
            process = context.Process(target=ask, args=given)
            process.start()
            process.join(rng.uniform(0.05, 1.5 * delay))
            process.kill()
            process.join()
        with (
            services.connected(service, settling=SETTLING) as connection,
            Journal(path) as journal,
        ):
            asked = [services.question(kind, number) for kind, number in chosen]
            found = submit_all(asked, connection, journal, deadline=120.0)
            noted = sum(entry.charged_seconds for entry in journal.entries())
        each = accepted(service)
        return Waited(
            kills,
            sum(isinstance(one, Answered) for one in found),
            sum(job.charged > 0 for job in service.jobs),
            max(each.values()),
            service.charged,
            noted,
        )


@dataclass(frozen=True)
class Shared:
    """Of processes that share a budget and are killed."""

    kills: int
    limit: float
    charged: float  # at the service
    noted: float  # in the journal
    reserved: float  # when all was settled
    most: int  # jobs of one question at the service
    accepted: int
    peak: float  # the most that was spent and reserved at any look
    orphans: Mapping[str, int]  # jobs that the killed were at, by their state
    resent: int  # jobs that the service surely did not have, and were sent again


def kill_with_a_budget(
    path: Path, *, processes: int, kills: int, questions: int, share: float, seed: int
) -> Shared:
    """So many processes ask the same questions, each in its own order, on a budget that is enough
    for a `share` of them, while one after another is killed and begun again.
    """
    rng, context = random.Random(seed), forks()
    one = services.question("qpu").estimate
    limit = share * questions * one
    with services.quick(queue_delay=0.1) as service, Journal(path, patience=60.0) as journal:
        journal.set_budget("shared", seconds=limit)

        def begin() -> BaseProcess:
            order = [("qpu", number) for number in rng.sample(range(questions), questions)]
            process: BaseProcess = context.Process(
                target=ask, args=(service.url, service.token, str(path), order, 4, "shared")
            )
            process.start()
            return process

        running = [begin() for _ in range(processes)]
        peak, orphans = 0.0, Counter[str]()
        for _ in range(kills):
            time.sleep(rng.uniform(0.0, 0.4))
            budget = journal.budget("shared")
            peak = max(peak, budget.spent.seconds + budget.reserved.seconds)
            k = rng.randrange(processes)
            running[k].kill()
            running[k].join()
            orphans.update(_orphans(journal))
            running[k] = begin()
        for process in running:
            process.kill()
            process.join()
        _settle(service, journal)
        budget = journal.budget("shared")
        each = accepted(service)
        return Shared(
            kills,
            limit,
            service.charged,
            budget.spent.seconds,
            budget.reserved.seconds,
            max(each.values(), default=0),
            len(service.jobs),
            peak,
            dict(orphans),
            sum(entry.attempts > 1 for entry in journal.entries()),
        )


def _orphans(journal: Journal) -> Counter[str]:
    """The states of open jobs whose process is gone; before anybody has taken them up."""
    gone = [e for e in journal.entries(OPEN) if not journal.is_claimed(e)]
    return Counter(entry.state for entry in gone)


def _settle(service: Service, journal: Journal) -> None:
    with services.connected(service, settling=SETTLING) as connection:
        resume(connection, journal, deadline=60.0)
    assert not journal.entries(OPEN)


def together(path: Path, url: str, token: str, *, processes: int, numbers: list[int]) -> None:
    """So many processes ask the same questions at the same moment."""
    context = forks()
    asked = [("qpu", number) for number in numbers]
    running = [
        context.Process(target=ask, args=(url, token, str(path), asked, len(asked), None))
        for _ in range(processes)
    ]
    for process in running:
        process.start()
    for process in running:
        process.join()
        assert process.exitcode == 0
