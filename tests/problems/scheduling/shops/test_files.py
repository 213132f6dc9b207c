"""Job shops in the layouts that people have, and what is said of each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from problems.scheduling import FlexibleJobShop, JobShop
from qopt import FileError

from ... import published

BARE = "two lines a job: taken for Taillard's layout, durations first, then machines"
CROSS = (((0, 3), (1, 2)), ((1, 2), (0, 4)))  # machines from 0
HEADING = "Nb of jobs, Nb of Machines, Time seed, Machine seed, Upper bound, Lower bound\n"
TAILLARD = HEADING + " 2 2 840612802 398197754 7 6\nTimes\n 3 2\n 2 4\nMachines\n 1 2\n 2 1\n"
OR_LIBRARY = """\
source: an archive of 2 files

+++++++++++

o first and second are from
  somebody (1993), 30, 12-13.

 +++++++++++

 instance first

 +++++++++++
 Cross, 2x2 instance (Table 1)
 2 2
 0 3 1 2
 1 2 0 4
 +++++++++++

 instance second

 +++++++++++
 Two steps, optimal value: 9
 1 2
 1 5 0 4
 +++++++++++
 EOF
 +++++++++++
"""


def _read(folder: Path, text: str, **options: Any) -> tuple[JobShop, tuple[str, ...]]:
    path = folder / "shop.txt"
    path.write_text(text)
    problem = JobShop.read(path, **options)
    return problem, problem.notes  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("text", "notes"),
    [
        ("2 2\n0 3 1 2\n1 2 0 4\n", ()),
        ("# a comment\n// another\n2\t2\n0 3\t1 2\n1 2 0 4\n", ()),
        (
            "2 2\n1 3 2 2\n2 2 1 4\n",
            ("machines count from 1 in the file: its machine 1 is machine 0 here",),
        ),
        ("2 2\n3 2\n2 4\n1 2\n2 1\n", (BARE,)),
        ("2 2\nTimes:\n3 2\n2 4\nMachines:\n1 2\n2 1\n", ()),
        ("2 2\nmachines\n1 2\n2 1\ntimes\n3 2\n2 4\n", ()),
        (
            "2 2\n3 2\n2 4\n0 1\n1 0\n",
            (
                BARE,
                "machines count from 0 in the file, as they do here",
            ),
        ),
        ("instance cross\n+++\n2 2\n0 3 1 2\n1 2 0 4\n", ()),
    ],
)
def test_every_layout_is_the_same_shop(text: str, notes: tuple[str, ...], tmp_path: Path) -> None:
    problem, said = _read(tmp_path, text)
    assert (problem.jobs, said) == (CROSS, notes)


def test_taillard_s_upper_bound_is_the_best_known_and_0_is_none(tmp_path: Path) -> None:
    problem, notes = _read(tmp_path, TAILLARD)
    assert (problem.jobs, problem.best_known, problem.name) == (CROSS, 7.0, "shop")
    assert notes == ("the best known makespan is taken to be 7, which the file calls upper bound",)
    assert _read(tmp_path, TAILLARD.replace(" 7 6\n", " 0 6\n"))[0].best_known is None


def test_one_of_several_is_chosen_by_number_or_name(tmp_path: Path) -> None:
    first, _ = _read(tmp_path, OR_LIBRARY, problem="first")
    assert (first.jobs, first.name, first.best_known) == (CROSS, "first", None)
    for choice in (2, "2", "second"):
        second, _ = _read(tmp_path, OR_LIBRARY, problem=choice)
        assert (second.jobs, second.name, second.best_known) == ((((1, 5), (0, 4)),), "second", 9.0)
    many, _ = _read(tmp_path, TAILLARD + TAILLARD.replace(" 3 2\n", " 5 2\n"), problem=2)
    assert (many.jobs[0], many.name) == (((0, 5), (1, 2)), "shop-2")


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        (OR_LIBRARY, {}, "2 job shops; choose one by problem=: first, second"),
        (TAILLARD * 3, {}, "3 job shops; choose one by problem=: 1 to 3"),
        (OR_LIBRARY, {"problem": "third"}, "problem='third': the file has first, second"),
        (OR_LIBRARY, {"problem": 3}, "problem=3: the file has first, second"),
        (TAILLARD, {"problem": 2}, "problem=2: the file has 1 to 1"),
    ],
)
def test_several_and_none_chosen_are_refused_with_what_there_is(
    text: str, options: dict[str, Any], message: str, tmp_path: Path
) -> None:
    with pytest.raises(FileError, match=message):
        _read(tmp_path, text, **options)


def test_jobs_may_skip_machines_and_come_back(tmp_path: Path) -> None:
    problem, notes = _read(tmp_path, "3 3\n0 3 1 2\n0 2 1 4 2 1\n0 1 1 1 0 1 2 1\n")
    assert problem.jobs[0] == ((0, 3), (1, 2))
    assert problem.jobs[2] == ((0, 1), (1, 1), (0, 1), (2, 1))
    skipped, again = (
        "1 of 3 jobs skip machines (line 2)",
        "1 of 3 jobs come back to a machine (line 4)",
    )
    assert notes == (skipped, again)
    assert problem.evaluate(problem.greedy()).feasible


def test_machines_that_do_not_tell_count_by_the_format_s_rule(tmp_path: Path) -> None:
    note = "no step is on machine 0 or 3: machines are taken to count from 0 in the file"
    problem, notes = _read(tmp_path, "2 3\n1 3 2 2\n2 2 1 4\n")
    assert problem.jobs == (((1, 3), (2, 2)), ((2, 2), (1, 4)))
    assert note in notes
    problem, notes = _read(tmp_path, "1 3\nTimes\n3 2\nMachines\n1 2\n")
    assert problem.jobs == (((0, 3), (1, 2)),)
    assert note.replace("from 0", "from 1") in notes


@pytest.mark.parametrize(
    ("line", "best"),
    [
        ("best known: 55", 55),
        ("Best-known makespan = 55", 55),
        ("optimum 55", 55),
        ("Optimal value: 55, lower bound: 50", 55),
        ("upper bound: 55", 55),
        ("BKS 55", 55),
        ("UB: 60 (optimum: 55)", 55),
        ("lower bound: 55", None),
        ("best known: 55.5.1", None),
        ("the best known solution is by Brucker", None),
        ("clubs: 55", None),
    ],
)
def test_comments_tell_the_best_known(line: str, best: float | None, tmp_path: Path) -> None:
    problem, _ = _read(tmp_path, f"# {line}\n1 1\n0 3\n")
    assert problem.best_known == best


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("2 2\n0 3 1 2\n2 2 1 4\n", 3, "machine 2 is outside 0..1; line 2 has machine 0"),
        ("2 2\n3 2\n2 4\n1 2\n2 0\n", 5, "machine 0 is outside 1..2; line 4 has machine 2"),
        ("2 2\n3 2\n2 4\n1 2\n2\n", 4, "'1 2' follows the last of 2 jobs"),
        ("2 2\nTimes\n3 2\n2 4\nMachines\n1 2\n2\n", 7, "1 machines for 2 durations on line 4"),
        (HEADING + "2 2 1 2 7 6\nTimes\n3 2\n2 4\nMachines\n1 2\n", None, "ends after 1 of 2 jobs"),
        (
            HEADING + "2 2 1 2 7 6\nTimes\n3 2\n2 4\nTimes\n1 2\n2 1\n",
            3,
            "'Times' and 'Machines' once",
        ),
        (HEADING, None, "the file ends after the heading"),
        ("1 1\n0 3\n" + TAILLARD, 1, "'1 1' comes before the first heading 'Nb of jobs"),
        (
            "1 1\n0 3\ninstance b\n1 1\n0 3\n",
            1,
            "'1 1' comes before the first line 'instance NAME'",
        ),
        ("instance a\nno numbers\n", None, "instance a: no line 'jobs machines'"),
        ("instance a\n1 1\n0 3\nmore\n", 4, "'more' follows the last of 1 jobs"),
        ("2 2 9\n0 3 1 2\n1 2 0 4\n", 1, "'2 2 9': the first line gives 'jobs machines' alone"),
        (
            "number of jobs, number of machines, initial seed, upper bound and lower bound :\n",
            1,
            "a flow shop",
        ),
        (
            "number of jobs, number of machines, time seed, machine seed, upper bound, "
            "lower bound :\n",
            1,
            "an open shop",
        ),
        ('{"jobs": []}', 1, "this is JSON; the text of a job shop"),
        ("2 2\n2 2 1 2 2 3 1 2 1\n1 1 1 4\n", 2, "each line is one of a flexible job shop"),
    ],
)
def test_what_is_no_job_shop_is_refused_by_line(
    text: str, line: int | None, message: str, tmp_path: Path
) -> None:
    with pytest.raises(FileError) as caught:
        _read(tmp_path, text)
    assert message in str(caught.value)
    assert caught.value.line == line


def _flexible(folder: Path, text: str) -> tuple[FlexibleJobShop, tuple[str, ...]]:
    path = folder / "shop.fjs"
    path.write_text(text)
    problem = FlexibleJobShop.read(path)
    return problem, problem.notes  # type: ignore[attr-defined]


def test_flexible_shops_count_from_0_or_1(tmp_path: Path) -> None:
    jobs = ((((0, 2), (1, 3)), ((1, 1),)), (((0, 4),),))
    problem, notes = _flexible(tmp_path, "2 2 1.3\n2 2 1 2 2 3 1 2 1\n1 1 1 4\n")
    assert (problem.jobs, notes) == (jobs, ())
    problem, notes = _flexible(tmp_path, "2 2\n2 2 0 2 1 3 1 1 1\n1 1 0 4\n")
    assert (problem.jobs, notes) == (jobs, ("machines count from 0 in the file, as they do here",))
    problem, notes = _flexible(tmp_path, "1 3\n1 2 1 2 2 3\n")
    assert problem.jobs == ((((0, 2), (1, 3)),),)
    assert notes == (
        "no step is on machine 0 or 3: machines are taken to count from 1 in the file",
    )


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("1 2\n2 1 0 3 1 2 4\n", 2, "machine 0 is outside 1..2; line 2 has machine 2"),
        ("2 2\n0 3 1 2\n1 2 0 4\n", 2, "if this is a job shop of 'machine duration' pairs"),
        ("1 2 x\n1 1 1 3\n", 1, "the first line gives 'jobs machines'"),
        ("1 2 1.5 3\n1 1 1 3\n", 1, "the first line gives 'jobs machines'"),
        ("<xml/>", 1, "this is XML"),
    ],
)
def test_what_is_no_flexible_shop_is_refused_by_line(
    text: str, line: int, message: str, tmp_path: Path
) -> None:
    with pytest.raises(FileError) as caught:
        _flexible(tmp_path, text)
    assert message in str(caught.value)
    assert caught.value.line == line


def test_a_packed_file_has_the_name_of_what_is_in_it(tmp_path: Path) -> None:
    import gzip

    path = tmp_path / "cross.txt.gz"
    path.write_bytes(gzip.compress(TAILLARD.encode()))
    assert JobShop.read(path).name == "cross"


@published.instances("jobshop", "best_known")
def test_a_published_shop_is_the_same_in_any_layout(entry: dict[str, Any], tmp_path: Path) -> None:
    """Written again as Taillard and the OR-Library would, with machines from 1 and from 0."""
    shop = JobShop.read(published.FOLDER / entry["path"])
    times = "\n".join(" ".join(str(d) for _, d in job) for job in shop.jobs)
    order = "\n".join(" ".join(str(m + 1) for m, _ in job) for job in shop.jobs)
    pairs = "\n".join(" ".join(f"{m} {d}" for m, d in job) for job in shop.jobs)
    sizes = f"{len(shop.jobs)} {entry['size']['machines']}"
    bound = entry["best_known"]
    taillard = f"{HEADING}{sizes} 1 2 {bound} 1\nTimes\n{times}\nMachines\n{order}\n"
    found = _read(tmp_path, taillard)[0]
    assert (found.jobs, found.best_known) == (shop.jobs, bound)
    assert _read(tmp_path, f"{sizes}\n{times}\n{order}\n")[0].jobs == shop.jobs
    library = f"instance a\n1 1\n0 1\ninstance b\n+++\nsaid\n{sizes}\n{pairs}\n+++\n"
    assert _read(tmp_path, library, problem="b")[0].jobs == shop.jobs
