"""What a sweep, a pattern and a list of values make of a study."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from qopt.batch import Study, StudyError, read_study

HEAD = """name: swept
problems:
  - {kind: job-shop, label: shop, generate: {jobs: 3, machines: 2}}
  - {kind: max-cut, generate: {nodes: 8}}
solvers:
  - {name: annealer, label: quick, parameters: {num_reads: 8}}
  - {name: qubo-annealer}
  - {name: greedy, only: [job-shop]}
"""
Read = Callable[[str], Study]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def read_text(text: str) -> Study:
        path = tmp_path / "study.yaml"
        path.write_text(text)
        return read_study(path)

    return read_text


@pytest.fixture
def complaints(read: Read, tmp_path: Path) -> Callable[[str], list[str]]:
    def told(text: str) -> list[str]:
        with pytest.raises(StudyError) as raised:
            read(text)
        return [
            line.removeprefix(f"{tmp_path / 'study.yaml'}:") for line in raised.value.complaints
        ]

    return told


def _names(study: Study) -> list[tuple[str, str]]:
    return [(trial.instance.name, trial.solver_name) for trial in study.trials]


def test_a_grid_is_every_combination(read: Read) -> None:
    text = (
        HEAD + "sweep:\n  grid: {solver.quick.num_reads: [4, 8], solver.quick.num_sweeps: [1, 2]}\n"
    )
    quick = [t for t in read(text).trials if t.solver == "annealer" and t.instance.name == "shop"]
    assert [(t.parameters["num_reads"], t.parameters["num_sweeps"]) for t in quick] == [
        (4, 1),
        (4, 2),
        (8, 1),
        (8, 2),
    ]
    assert quick[0].solver_name == "quick [num_reads=4, num_sweeps=1]"


def test_solvers_that_a_sweep_does_not_name_run_once(read: Read) -> None:
    counts = Counter(_names(read(HEAD + "sweep:\n  grid: {solver.quick.num_reads: [4, 8, 9]}\n")))
    assert set(counts.values()) == {1}
    assert sum(name == "greedy" for _, name in counts) == 1
    assert sum(name.startswith("quick") for _, name in counts) == 2 * 3


def test_a_zip_goes_side_by_side(read: Read) -> None:
    swept = "sweep:\n  zip: {problem.shop.jobs: [2, 4], solver.quick.num_reads: [3, 5]}\n"
    found = {
        (len(trial.instance.problem.jobs), trial.parameters["num_reads"])
        for trial in read(HEAD + swept).trials
        if trial.instance.kind == "job-shop" and trial.solver == "annealer"
    }
    assert found == {(2, 3), (4, 5)}


def test_a_list_is_as_it_is_written(read: Read) -> None:
    swept = (
        "sweep:\n  list:\n    - {solver.quick.num_reads: 3, time_limit: 2}\n    - {time_limit: 5}\n"
    )
    found = {
        (trial.time_limit, trial.parameters["num_reads"])
        for trial in read(HEAD + swept).trials
        if trial.solver == "annealer"
    }
    assert found == {(2.0, 3), (5.0, 8)}


def test_grid_zip_and_list_are_combined(read: Read) -> None:
    swept = (
        "sweep:\n  grid: {solver.quick.num_sweeps: [1, 2]}\n"
        "  zip: {solver.quick.num_reads: [3, 4]}\n"
        "  list: [{time_limit: 1}, {time_limit: 2}]\n"
    )
    quick = [t for t in read(HEAD + swept).trials if t.solver == "annealer"]
    assert len(quick) == 2 * 2 * 2 * 2


def test_what_the_compiler_takes_goes_to_all_solvers_that_compile(read: Read) -> None:
    swept = "sweep:\n  grid: {compile.penalties: [bounds, proven]}\n"
    by_solver = Counter(
        (t.solver, t.parameters.get("penalties")) for t in read(HEAD + swept).trials
    )
    assert by_solver == {
        ("annealer", None): 2,
        ("qubo-annealer", "bounds"): 2,
        ("qubo-annealer", "proven"): 2,
        ("greedy", None): 1,
    }


def test_instances_that_a_sweep_changes_have_names_of_their_own(read: Read) -> None:
    study = read(HEAD + "sweep:\n  grid: {problem.shop.jobs: [2, 3, 4]}\n")
    shops = {(t.instance.name, t.instance.content) for t in study.trials if t.solver == "greedy"}
    assert len(shops) == 3
    assert len({name for name, _ in shops}) == 3


def test_lists_of_values_to_generate_from_are_combined(read: Read) -> None:
    text = HEAD.replace("{jobs: 3, machines: 2}", "{jobs: [2, 3], machines: [2, 3], seed: 5}")
    found = {
        (len(t.instance.problem.jobs), len(t.instance.problem.jobs[0]))
        for t in read(text).trials
        if t.solver == "greedy"
    }
    assert found == {(2, 2), (2, 3), (3, 2), (3, 3)}


def test_a_pattern_finds_files_beside_the_study(read: Read, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    for number in (3, 1, 2):
        (tmp_path / "data" / f"shop{number}.txt").write_text(f"1 1\n0 {number}\n")
    text = HEAD.replace("label: shop, generate: {jobs: 3, machines: 2}", "files: data/*.txt")
    study = read(text)
    assert [t.instance.name for t in study.trials if t.solver == "greedy"] == [
        "shop1",
        "shop2",
        "shop3",
    ]


def test_two_stars_are_folders_below_however_deep(read: Read, tmp_path: Path) -> None:
    for folder in ("data", "data/a", "data/a/b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / f"{folder.count('/')}.txt").write_text(f"1 1\n0 {len(folder)}\n")
    text = HEAD.replace("{kind: max-cut, generate: {nodes: 8}}", "FOUND")
    found = read(text.replace("FOUND", "{kind: job-shop, files: 'data/**/*.txt'}"))
    assert [name for name, solver in _names(found) if solver == "quick"] == ["shop", "0", "1", "2"]


def test_several_bundled_instances_are_named(read: Read) -> None:
    text = HEAD.replace("kind: max-cut, generate: {nodes: 8}", "kind: job-shop, instances: [ft06]")
    assert "ft06" in {t.instance.name for t in read(text).trials}


def test_a_solver_may_stand_twice_under_two_labels(read: Read) -> None:
    text = HEAD + "  - {name: annealer, label: slow, parameters: {num_reads: 64}}\n"
    names = {name for _, name in _names(read(text))}
    assert {"quick", "slow"} <= names


def test_labels_are_unique_and_fit_for_files(read: Read) -> None:
    study = read(HEAD + "sweep:\n  grid: {compile.penalties: [bounds, proven, 2.5]}\n")
    labels = [trial.label for trial in study.trials]
    assert len(set(labels)) == len(labels)
    assert not any(set(label) & set('/\\:*?"<>| []=') for label in labels)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("sweep: {grid: {solver.quik.num_reads: [1]}}",
         "9:16: sweep.grid.solver.quik.num_reads: no solver is called 'quik' here; "
         "there are: greedy, qubo-annealer, quick"),
        ("sweep: {grid: {num_reads: [1]}}", "num_reads is no way to a value"),
        ("sweep: {grid: {solver.quick.num_reads: []}}", "give at least one; it is empty"),
        ("sweep: {grid: {solver.quick.num_reads: 4}}", "valid list"),
        ("sweep: {grid: {solver.quick.num_read: [4]}}", "no parameter of solver 'annealer' named "
         "'num_read'; did you mean num_reads"),
        ("sweep: {grid: {solver.quick.num_reads: [4, 0]}}", "num_reads=0"),
        ("sweep: {grid: {problem.shop.jbs: [4]}}", "no option of job-shop named 'jbs'"),
        ("sweep: {grid: {problem.shp.jobs: [4]}}", "no problem is called 'shp' here"),
        ("sweep: {zip: {solver.quick.num_reads: [1, 2], solver.quick.num_sweeps: [1]}}",
         "give as many values of each; there are solver.quick.num_reads 2, "
         "solver.quick.num_sweeps 1"),
        ("sweep: {grid: {time_limit: [1]}, zip: {time_limit: [2]}}",
         "time_limit is swept in two ways"),
        ("sweep: {gird: {}}", "sweep.gird: unknown key; did you mean 'grid'?"),
        ("sweep: {list: []}", "give at least one; it is empty"),
        ("sweep: {grid: {time_limit: [0]}}", "time_limit"),
        ("sweep: {grid: {time_limit: [soon]}}", "time_limit"),
        ("sweep: {grid: {compile.penalty: [1]}}", "no solver here has the parameter 'penalty'"),
        ("compare: {baseline: nobody}",
         "9:11: compare.baseline: no solver is called 'nobody' here"),
        ("compare: {}", "compare: the key 'baseline' is missing"),
        ("compare: {baseline: greedy, margin: -1}", "compare.margin: "),
        ("compare: {baseline: greedy, alpha: 0.7}", "compare.alpha: "),
        ("compare: {baseline: greedy, metric: colour}", "compare.metric: "),
        ("run: {executor: cloud}", "run.executor: "),
        ("run: {workers: 0}", "run.workers: "),
        ("run: {address: 'tcp://x:1'}", "run.address: an address is for `executor: dask` only"),
        ("run: {order: random}", "run.order: "),
        ("limits: {money: -3}", "limits.money: "),
        ("limits: {wall: 0}", "limits.wall: "),
        ("limits: {tim: 3}", "limits.tim: unknown key; allowed: wall, device_seconds, money"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_place(
    more: str, told: str, complaints: Callable[[str], list[str]]
) -> None:
    found = complaints(f"{HEAD}{more}\n")
    assert len(found) == 1
    assert told in found[0]
    assert found[0].startswith("9:")


def test_a_name_given_to_two_solvers_is_told(complaints: Callable[[str], list[str]]) -> None:
    (told,) = complaints(HEAD + "  - {name: annealer, label: quick}\n")
    assert told.startswith("9:22: solvers[3].label: two solvers are called 'quick'")


def test_who_is_asked_after_has_trials(read: Read, complaints: Callable[[str], list[str]]) -> None:
    swept = HEAD + "sweep:\n  grid: {solver.quick.num_reads: [4, 8]}\n"
    there = "greedy, qubo-annealer, quick [num_reads=4], quick [num_reads=8]"
    assert complaints(swept + "compare: {baseline: quick}\nslo: [{solver: quick, gap: 1}]\n") == [
        f"11:11: compare.baseline: no trial is of 'quick'; there are trials of: {there}",
        f"12:8: slo[0].solver: no trial is of 'quick'; there are trials of: {there}",
    ]
    asked = read(swept + "compare: {baseline: 'quick [num_reads=8]'}\n").compare
    assert asked is not None
    assert asked.baseline == "quick [num_reads=8]"
    idle = HEAD.replace("only: [job-shop]", "only: [vehicle-routing]")
    (told,) = complaints(idle + "compare: {baseline: greedy}\n")
    assert told.endswith("no trial is of 'greedy'; there are trials of: qubo-annealer, quick")


def test_a_pattern_without_files_is_told(complaints: Callable[[str], list[str]]) -> None:
    (told,) = complaints(
        HEAD.replace("label: shop, generate: {jobs: 3, machines: 2}", "files: none/*.txt")
    )
    assert told.startswith("3:5: problems[0]: ")
    assert "no such file" in told


def test_a_kind_written_as_a_class_is_told(complaints: Callable[[str], list[str]]) -> None:
    (told,) = complaints(HEAD.replace("only: [job-shop]", "only: [JobShop]"))
    assert "no problem named 'JobShop'; did you mean job-shop" in told


@pytest.mark.parametrize(
    "name", ["../x", "/etc/passwd", "a b", "..", "", "<script>", "x/y", "\u202e", ".hidden"]
)
def test_a_name_that_is_no_folder_s_is_refused(
    name: str, complaints: Callable[[str], list[str]]
) -> None:
    (told,) = complaints(HEAD.replace("name: swept", f"name: {name!r}"))
    assert told.startswith("1:1: name: give letters, digits, '.', '_' and '-'")


@pytest.mark.parametrize("label", ["a/b", " x", "a\\\\b", "a\\nb"])
def test_a_label_that_no_file_can_have_is_told_in_words(
    label: str, complaints: Callable[[str], list[str]]
) -> None:
    (told,) = complaints(HEAD.replace("label: quick", f'label: "{label}"'))
    assert told.startswith("6:22: solvers[0].label: give words on one line without slashes")


def test_a_label_that_is_a_path_stays_in_the_folder(read: Read, tmp_path: Path) -> None:
    text = HEAD.replace("label: quick", "label: '<b>..quick'")
    for trial in read(text).trials:
        path = trial.file(tmp_path / "out")
        assert path.parent == tmp_path / "out" / "results"
        assert path.resolve().is_relative_to((tmp_path / "out").resolve())


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("jobs: 3", "jobs: []", "the list of values of 'jobs' is empty; give one"),
        ("kind: max-cut, generate: {nodes: 8}",
         "kind: job-shop, generate: {jobs: 3, machines: 2}",
         "problems[1]: random-3x2-s0 is the same as of problems[0]; keep one"),
        ("name: swept", "name: 2024", "it should be a valid string, not 2024; put it in quotes"),
        ("name: swept", "name: 2024-01-01", "not 2024-01-01; put it in quotes"),
        ("{name: qubo-annealer}", "greedy", "keys and values, as {name: greedy}"),
        ("label: quick", f"label: {'x' * 400}", "give at most 80 letters"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_remedy(
    old: str, new: str, told: str, complaints: Callable[[str], list[str]]
) -> None:
    (found,) = complaints(HEAD.replace(old, new))
    assert told in found
    assert len(found) < 200


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("seeds: [1, 2, 1]", "9:15: seeds[2]: the seed 1 is given twice"),
        ("seeds: 3", "9:1: seeds: it should be a valid list, not 3; write [3]"),
        ("seeds:", "it should be a valid list, not nothing"),
        (f"seeds: [{2**63}]", "seeds[0]: it should be less than"),
        ("compare: {baseline: quick, horizon: 11}", "the longest time limit is 10 s"),
        ("slo: {solver: quick}", "slo: it should be a valid list, not a mapping; begin it with -"),
    ],
)
def test_what_cannot_be_meant_is_told(
    more: str, told: str, complaints: Callable[[str], list[str]]
) -> None:
    (found,) = complaints(f"{HEAD}{more}\n")
    assert told in found


def test_many_seeds_are_read_in_a_moment(read: Read) -> None:
    assert len(read(f"{HEAD}seeds: {list(range(2000))}\n").trials) == 2000 * 5
