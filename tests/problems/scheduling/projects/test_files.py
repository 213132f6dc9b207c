"""Projects in the formats that people have, and what is refused of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from problems.scheduling import Activity, ProjectScheduling
from qopt import FileError, QoptError

from ... import published
from .test_problem import SM

TINY = (
    Activity("2", 3, {"R 1": 1}),
    Activity("3", 4, {"R 1": 2, "R 2": 1}),
    Activity("4", 2, {"R 1": 1, "R 2": 1}, ("2",)),
)
RCP = "5 2\n2 1\n0 0 0 2 2 3\n3 1 0 1 4\n4 2 1 1 5\n2 1 1 1\n5\n0 0 0 0\n"


def _read(folder: Path, text: str) -> ProjectScheduling:
    path = folder / "tiny.txt"
    path.write_bytes(text.encode())
    return ProjectScheduling.read(path)


@pytest.mark.parametrize(
    "text",
    [
        SM,
        SM.replace("\n", "\r\n"),
        SM.replace("*", "="),
        "\n".join("\t".join(line.split(" ")) for line in SM.split("\n")),
        SM.replace("RESOURCEAVAILABILITIES", "RESOURCE AVAILABILITIES"),
        SM.replace("REQUESTS/DURATIONS", "Requests / Durations").replace(
            "PRECEDENCE", "Precedence"
        ),
        SM.replace("jobnr. mode duration  R 1  R 2", "job  m  d  r1  r2"),
        SM.replace("0   D", "0"),
        "\n".join(line for line in SM.split("\n") if "doubly" not in line),
        RCP,
        RCP.replace("\n", "\n\n"),
        " ".join(RCP.split()),
    ],
)
def test_every_format_is_the_same_project(text: str, tmp_path: Path) -> None:
    assert _read(tmp_path, text) == ProjectScheduling(TINY, {"R 1": 2, "R 2": 1}, name="tiny")


def test_a_first_or_last_activity_that_is_no_dummy_stays(tmp_path: Path) -> None:
    """Of Patterson's text, which does not promise dummies."""
    problem = _read(tmp_path, "2 1\n3\n4 1 1 2\n2 3 0\n")
    assert problem == ProjectScheduling(
        (Activity("1", 4, {"R 1": 1}), Activity("2", 2, {"R 1": 3}, ("1",))),
        {"R 1": 3},
        name="tiny",
    )


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (
            SM.replace("0   N", "2   N"),
            9,
            "2 nonrenewable resources; only renewable ones are known here",
        ),
        (
            SM.replace("   2        1          1 ", "   2        3          1 "),
            19,
            "job 2 has 3 modes (a .mm file?)",
        ),
        (
            SM.replace("projects                      :  1", "projects : 2"),
            4,
            "several are not known here",
        ),
        (
            SM.replace("    1      3      0        5", "    1      3      7        5"),
            14,
            "the project is released at 7",
        ),
        (SM.replace("horizon", "deadline"), 6, "is unknown in the head of a PSPLIB .sm file"),
        (
            SM.replace("REQUESTS", "   6 1 0\nREQUESTS"),
            24,
            "'6 1 0' comes before the section 'REQUESTS/DURATIONS'",
        ),
        (
            SM.replace("R 2\n    2    1\n", "R 2\n    2    1\n    3    1\n"),
            36,
            "'3    1' follows the capacities",
        ),
        ("4 1 0 0\n0 1 1 1 [0]\n", None, "a project with time lags (RCPSP/max, .sch)"),
        (
            RCP.replace("3 1 0 1 4", "3 3 0 1 4"),
            4,
            "activity 2 needs 3 of R 1, of which there are 2",
        ),
        (
            RCP.replace("3 1 0 1 4", "3 1 0 1 9"),
            4,
            "an activity that follows 2: give a number from 1 to 5",
        ),
        (
            RCP.replace("3 1 0 1 4", "3 1 0 2 4"),
            8,
            "the file ends before the duration of activity 5",
        ),
        (RCP + "7", 9, "'7' follows the last activity"),
        ("3 1\n1\n0 0 1\n", 3, "the file ends before an activity that follows 1; is it cut short?"),
    ],
)
def test_what_is_no_such_project_is_refused_by_line(
    text: str, line: int | None, message: str, tmp_path: Path
) -> None:
    with pytest.raises(FileError) as caught:
        _read(tmp_path, text)
    assert message in str(caught.value)
    assert caught.value.line == line


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Activity("pour", 1, after="dig"), "after of activity pour='dig': give a list"),
        (lambda: Activity("pour", 1, ["crew"]), "activity pour: give what it needs"),
        (lambda: ProjectScheduling(TINY, [2, 1]), "capacity: give how much there is"),
        (lambda: ProjectScheduling("ab", {}), "activities='ab': give a list"),
        (lambda: ProjectScheduling((Activity("a\nb", 1),), {}), r"activity 'a\\nb': give a name"),
    ],
)
def test_a_text_is_no_list_of_activities(make: Any, message: str) -> None:
    with pytest.raises(QoptError, match=message) as caught:
        make()
    assert len(str(caught.value).splitlines()) == 1


def test_lists_and_arrays_are_as_good_as_tuples() -> None:
    listed = [Activity(a.name, a.duration, a.needs, np.array(a.after, dtype=object)) for a in TINY]
    capacity = {"R 1": 2, "R 2": 1}
    given: Any = listed
    assert ProjectScheduling(given, capacity) == ProjectScheduling(TINY, capacity)


@published.instances("rcpsp")
def test_a_published_project_is_the_same_in_patterson_s_text(
    entry: dict[str, Any], tmp_path: Path
) -> None:
    """Written again by their numbers, the dummies before and behind all."""
    project = ProjectScheduling.read(published.FOLDER / entry["path"])
    last = len(project.activities) + 2
    after: dict[str, list[str]] = {activity.name: [] for activity in project.activities}
    for activity in project.activities:
        for earlier in activity.after:
            after[earlier].append(activity.name)
    rows = [[0] * (1 + len(project.capacity)) + [last - 2, *range(2, last)]]
    for activity in project.activities:
        needs = [activity.needs.get(resource, 0) for resource in project.capacity]
        follow = [*map(int, after[activity.name]), last]
        rows.append([activity.duration, *needs, len(follow), *follow])
    rows.append([0] * (2 + len(project.capacity)))
    head = [[last, len(project.capacity)], list(project.capacity.values())]
    text = "\n".join(" ".join(map(str, row)) for row in head + rows)
    again = _read(tmp_path, text)
    assert (again.activities, again.capacity) == (project.activities, project.capacity)
