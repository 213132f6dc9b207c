"""JSPLIB and .fjs text: '#' comments, a line 'jobs machines', then a line a job."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from qopt import FileError

LARGEST = 10**12  # of a number in a file: sums of more would lose their units in floating point


@dataclass(frozen=True)
class Line:
    """A line of a file, with its number from 1."""

    path: Path
    number: int
    text: str

    def error(self, message: str) -> FileError:
        return FileError(self.path, message, self.number)

    def whole(self) -> list[int]:
        """Its words as whole numbers."""
        numbers = []
        for word in self.text.split():
            if (
                not word.lstrip("+-").isascii()
                or not word.lstrip("+-").isdigit()
                or len(word) > 20
                or abs(int(word)) > LARGEST
            ):
                raise self.error(
                    f"{self.text[:40]!r} holds something that is not a whole number up to {LARGEST:.0e}"
                )
            numbers.append(int(word))
        return numbers


def read_jsplib(path: Path) -> tuple[tuple[tuple[tuple[int, int], ...], ...], float | None]:
    """The (machine, duration) of each step of each job, and the number in a comment "best known: 55".

    Raises FileError with the line.
    """
    lines, best = _lines(path)
    header = _header(path, lines)
    numbers = header.whole()
    if len(numbers) != 2 or min(numbers) < 1:
        raise header.error(
            f"{header.text[:40]!r}: the first line gives 'jobs machines', both at least 1"
        )
    return tuple(_job(line, numbers[1]) for line in _jobs(path, lines, numbers[0])), best


def read_fjs(
    path: Path,
) -> tuple[tuple[tuple[tuple[tuple[int, int], ...], ...], ...], float | None]:
    """For each step of each job the (machine, duration) it may take, machines from 0, and the best known makespan as above.

    A line a job: its number of steps, then for each the number of its machines and their "machine duration", machines from 1.
    The first line may give a third number, the mean number of machines a step, which is passed over. Raises FileError.
    """
    lines, best = _lines(path)
    header = _header(path, lines)
    words = header.text.split()
    numbers = Line(path, header.number, " ".join(words[:2])).whole()
    if not 2 <= len(words) <= 3 or len(numbers) != 2 or min(numbers) < 1:
        raise header.error(
            f"{header.text[:40]!r}: the first line gives 'jobs machines', both at least 1"
        )
    return tuple(_flexible_job(line, numbers[1]) for line in _jobs(path, lines, numbers[0])), best


def _lines(path: Path) -> tuple[Iterator[Line], float | None]:
    """The lines that say something, and the best known makespan of the comments."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise FileError(path, error.strerror or str(error)) from None
    except UnicodeDecodeError:
        raise FileError(path, "not a text file") from None
    best = None
    for line in text.splitlines():
        note, _, value = line.lstrip("# ").partition("best known:")
        if line.startswith("#") and not note and value.strip().isdecimal() and len(value) < 20:
            best = float(value)
    numbered = (Line(path, k, line.strip()) for k, line in enumerate(text.splitlines(), 1))
    return (line for line in numbered if line.text and not line.text.startswith("#")), best


def _header(path: Path, lines: Iterator[Line]) -> Line:
    header = next(lines, None)
    if header is None:
        raise FileError(path, "the file is empty; it should begin with 'jobs machines'")
    return header


def _jobs(path: Path, lines: Iterator[Line], count: int) -> Iterator[Line]:
    """Just `count` lines."""
    for job in range(count):
        line = next(lines, None)
        if line is None:
            raise FileError(path, f"the file ends after {job} of {count} jobs; is it cut short?")
        yield line
    for line in lines:
        raise line.error(f"{line.text[:40]!r} follows the last of {count} jobs")


def _job(line: Line, machines: int) -> tuple[tuple[int, int], ...]:
    numbers = line.whole()
    if len(numbers) % 2:
        raise line.error(f"{len(numbers)} numbers; a job is pairs of 'machine duration'")
    if len(numbers) != 2 * machines:
        raise line.error(
            f"{len(numbers) // 2} steps; a job has one for each of {machines} machines; is it cut short?"
        )
    steps = tuple(zip(numbers[::2], numbers[1::2], strict=True))
    for machine, duration in steps:
        if not 0 <= machine < machines:
            raise line.error(f"machine {machine} is outside 0..{machines - 1}")
        if duration < 0:
            raise line.error(f"duration {duration} is below 0")
    return steps


def _flexible_job(line: Line, machines: int) -> tuple[tuple[tuple[int, int], ...], ...]:
    numbers = iter(line.whole())

    def take(what: str, least: int, most: int | None = None) -> int:
        value = next(numbers, None)
        if value is None:
            raise line.error(f"the line ends before {what}; is it cut short?")
        if value < least or (most is not None and value > most):
            wanted = f"in {least}..{most}" if most is not None else f"{least} or more"
            raise line.error(f"{what} is {value}; give one {wanted}")
        return value

    steps = []
    for step in range(1, take("the number of steps", 1) + 1):
        choices: dict[int, int] = {}
        for _ in range(take(f"the number of machines of step {step}", 1, machines)):
            machine = take(f"a machine of step {step}", 1, machines) - 1
            duration = take(f"a duration of step {step}", 0)
            if machine in choices:
                raise line.error(f"step {step} names machine {machine + 1} twice; keep one")
            choices[machine] = duration
        steps.append(tuple(choices.items()))
    if next(numbers, None) is not None:
        raise line.error(f"numbers follow the last of {len(steps)} steps")
    return tuple(steps)
