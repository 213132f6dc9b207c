"""Text of flexible job shops, .fjs: a line 'jobs machines', then a line a job.

A job's line gives the number of its steps, then of each the number of machines that it may be on,
and their "machine duration". The first line may give a third number, the mean number of machines a
step. Brandimarte (1993) and Hurink et al. (1994) count machines from 1, and others from 0, which
the machines themselves tell.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from qopt.kit.checks import Place
from qopt.kit.files import At, Fields, Line, Text, number

from .text import On, best_of, comments_of, first_machine, lines_of_jobs, shop_lines, shop_sizes

Step = list[tuple[int, int]]


def read_fjs(path: Path) -> Fields:
    """The arguments of `FlexibleJobShop`, machines from 0. Raises FileError with the line."""
    text, notes = Text.read(path), list[str]()
    header, *rows = shop_lines(text, "a flexible job shop, 'jobs machines', then a line a job")
    words = header.text.split()
    count, machines = shop_sizes(header, words)
    if len(words) > 3 or number(words[-1]) is None:
        raise header.error(
            f"{header.text[:40]!r}: the first line gives 'jobs machines' and, if more, "
            "the mean number of machines a step"
        )
    lines = lines_of_jobs(text, rows, count)
    jobs = [list(_steps(line, machines)) for line in lines]
    used = [
        On(machine, line)
        for line, job in zip(lines, jobs, strict=True)
        for step in job
        for machine, _ in step
    ]
    first = first_machine(used, machines, 1, notes)
    shifted = tuple(
        tuple(tuple((machine - first, takes) for machine, takes in step) for step in job)
        for job in jobs
    )
    values = {"jobs": shifted, "name": text.stem, "best_known": best_of(comments_of(text), notes)}
    places: dict[Place, At] = {("jobs", j): line.number for j, line in enumerate(lines)}
    return Fields(text, values, places, notes)


def _steps(line: Line, machines: int) -> Iterator[Step]:
    numbers = line.wholes()
    if len(numbers) == 2 * machines and not numbers[0]:
        raise line.error(
            "0 steps; if this is a job shop of 'machine duration' pairs, read it as a job-shop"
        )
    words = iter(numbers)

    def take(what: str, least: int | None = None, most: int | None = None) -> int:
        value = next(words, None)
        if value is None:
            raise line.error(f"the line ends before {what}; is it cut short?")
        if least is not None and not least <= value <= (most or value):
            wanted = f"in {least}..{most}" if most is not None else f"{least} or more"
            raise line.error(f"{what} is {value}; give one {wanted}")
        return value

    count = take("the number of steps", 1)
    for step in range(1, count + 1):
        choices = take(f"the number of machines of step {step}", 1, machines)
        yield [
            (take(f"a machine of step {step}"), take(f"a duration of step {step}"))
            for _ in range(choices)
        ]
    if next(words, None) is not None:
        raise line.error(f"numbers follow the last of {count} steps")
