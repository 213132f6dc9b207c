"""Reading a spec: the trials of a right one, and every mistake in a wrong one with its place."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from problems.logistics import VehicleRouting
from problems.portfolio import MeanVariance
from problems.scheduling import JobShop
from qopt import FileError, QoptError, plugins
from qopt.batch import Study, StudyError, read_study
from qopt.plugins import kind_of, problem_kinds

QUICKSTART = Path(__file__).parents[3] / "configs" / "quickstart.yaml"

SPEC = """name: first
problems:
  - kind: job-shop
    instance: ft06
  - kind: mean-variance
    instance: hang-seng-10
solvers:
  - name: annealer
    parameters: {num_reads: 16}
  - name: greedy
    only: [job-shop]
    time_limit: 2
seeds: [1, 2]
time_limit: 3.5
"""


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Study]:
    """Read a text as `spec.yaml` in a folder of its own."""

    def read_text(text: str | bytes) -> Study:
        path = tmp_path / "spec.yaml"
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return read_study(path)

    return read_text


@pytest.fixture
def complaints(read: Callable[..., Study], tmp_path: Path) -> Callable[..., list[str]]:
    """The complaints about a text, each without the path of the file before its line."""

    def told(text: str | bytes) -> list[str]:
        with pytest.raises(StudyError) as raised:
            read(text)
        assert str(raised.value) == "\n".join(raised.value.complaints)
        start = f"{tmp_path / 'spec.yaml'}:"
        assert all(complaint.startswith(start) for complaint in raised.value.complaints)
        return [complaint.removeprefix(start) for complaint in raised.value.complaints]

    return told


def _read_or_refused(read: Callable[[], Study]) -> Study | QoptError:
    try:
        return read()
    except QoptError as error:
        return error


def test_a_spec_is_problems_times_solvers_times_seeds(read: Callable[..., Study]) -> None:
    spec = read(SPEC)
    assert [(type(t.instance.problem), t.solver, t.seed) for t in spec.trials] == [
        (JobShop, "annealer", 1),
        (JobShop, "annealer", 2),
        (JobShop, "greedy", 1),
        (JobShop, "greedy", 2),
        (MeanVariance, "annealer", 1),
        (MeanVariance, "annealer", 2),
    ]


def test_a_solvers_own_time_limit_goes_before_the_files(read: Callable[..., Study]) -> None:
    assert [t.time_limit for t in read(SPEC).trials] == [3.5, 3.5, 2, 2, 3.5, 3.5]


def test_parameters_are_those_of_their_solver(read: Callable[..., Study]) -> None:
    assert [dict(t.parameters) for t in read(SPEC).trials[1:3]] == [{"num_reads": 16}, {}]


def test_results_go_to_runs_and_the_name(read: Callable[..., Study]) -> None:
    assert (read(SPEC).name, read(SPEC).output) == ("first", Path("runs/first"))


def test_or_to_the_output_that_is_named(read: Callable[..., Study]) -> None:
    assert read(SPEC + "output: elsewhere/x\n").output == Path("elsewhere/x")


def test_without_seeds_and_time_limit_there_are_defaults(read: Callable[..., Study]) -> None:
    trials = read(SPEC.replace("seeds: [1, 2]\ntime_limit: 3.5\n", "")).trials
    assert {(t.seed, t.time_limit) for t in trials} == {(0, 10.0), (0, 2.0)}


def test_a_file_is_found_beside_the_spec(read: Callable[..., Study], tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("2 2\n0 2 1 1\n1 1 0 1\n")
    options = "    file: mine.txt\n    options: {horizon: 7}\n"
    problem = read(SPEC.replace("    instance: ft06\n", options)).trials[0].instance.problem
    assert isinstance(problem, JobShop)
    assert (problem.name, problem.horizon) == ("mine", 7)


def test_an_instance_may_be_generated(read: Callable[..., Study]) -> None:
    generated = "kind: vehicle-routing\n    generate: {customers: 5, seed: 3}"
    problem = (
        read(SPEC.replace("kind: job-shop\n    instance: ft06", generated))
        .trials[0]
        .instance.problem
    )
    assert isinstance(problem, VehicleRouting)
    assert len(problem.customers) == 5


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("1e3", 1000.0), ("1e-1", 0.1), ("1E+1", 10.0), ("2.", 2.0), ("0x10", 16.0)],
)
def test_numbers_are_those_of_yaml_1_2(
    text: str, seconds: float, read: Callable[..., Study]
) -> None:
    assert read(SPEC.replace("3.5", text)).trials[0].time_limit == seconds


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("seeds: [1, 2]", "sedes: [1, 2]", "13:1: sedes: unknown key; did you mean 'seeds'?"),
        (
            "seeds: [1, 2]",
            "colour: red",
            "13:1: colour: unknown key; allowed: name, extends, problems, solvers, seeds, ",
        ),
        (
            "    instance: ft06",
            "    instnce: ft06",
            "4:5: problems[0].instnce: unknown key; did you mean 'instance'?",
        ),
        ("    only: [", "    onyl: [", "11:5: solvers[1].onyl: unknown key; did you mean 'only'?"),
        (
            "seeds: [1, 2]",
            "seeds: [1]\nseeds: [2]",
            "14:1: seeds: the key 'seeds' is given twice; keep one",
        ),
        (
            "instance: ft06",
            "instance: ft06\n    instance: ft07",
            "5:5: problems[0].instance: the key 'instance' is given twice",
        ),
        (
            "16}",
            "16, num_reads: 8}",
            "9:33: solvers[0].parameters.num_reads: the key 'num_reads' is given twice",
        ),
        ("name: first\n", "", "1:1: the file: the key 'name' is missing"),
        ("kind: job-shop\n    instance", "instance", "3:5: problems[0]: the key 'kind' is missing"),
        (
            "solvers:\n  - name: annealer\n    ",
            "solvers:\n  - ",
            "8:5: solvers[0]: the key 'name' is missing",
        ),
        ("name: first", "name: 12", "1:1: name: it should be a valid string, not 12"),
        ("name: first", "name: my runs", "1:1: name: "),
        ("seeds: [1, 2]", "seeds: 3", "13:1: seeds: it should be a valid list, not 3"),
        ("seeds: [1, 2]", "seeds: []", "13:1: seeds: "),
        (
            "seeds: [1, 2]",
            "seeds: [1, -2]",
            "13:12: seeds[1]: it should be greater than or equal to 0, not -2",
        ),
        (
            "seeds: [1, 2]",
            "seeds: [1, 2.5]",
            "13:12: seeds[1]: it should be a valid integer, not 2.5",
        ),
        (
            "seeds: [1, 2]",
            "seeds: [1, two]",
            "13:12: seeds[1]: it should be a valid integer, not 'two'",
        ),
        (
            "seeds: [1, 2]",
            "seeds: [yes]",
            "13:9: seeds[0]: it should be a valid integer, not 'yes'",
        ),
        ("3.5", "-1", "14:1: time_limit: it should be greater than 0, not -1"),
        ("3.5", "0", "14:1: time_limit: it should be greater than 0, not 0"),
        ("3.5", "'3'", "14:1: time_limit: it should be a valid number, not '3'"),
        ("3.5", "true", "14:1: time_limit: it should be a valid number, not True"),
        ("3.5", ".inf", "14:1: time_limit: it should be a finite number, not inf"),
        ("3.5", ".nan", "14:1: time_limit: it should be a finite number, not nan"),
        (
            "time_limit: 2",
            "time_limit: -2",
            "12:5: solvers[1].time_limit: it should be greater than 0, not -2",
        ),
        (
            "{num_reads: 16}",
            "[num_reads]",
            "9:5: solvers[0].parameters: give a mapping of keys and values",
        ),
        (
            "name: greedy\n    only: [job-shop]\n    time_limit: 2",
            "greedy",
            "10:5: solvers[1]: give a mapping",
        ),
        (
            "kind: job-shop",
            "kind: job-shp",
            "problems[0]: no problem named 'job-shp'; did you mean job-shop or flexible-job-shop?",
        ),
        (
            "name: greedy",
            "name: gredy",
            "solvers[1]: no solver named 'gredy'; did you mean greedy?",
        ),
        (
            "num_reads",
            "num_read",
            "solvers[0]: no parameter of solver 'annealer' named 'num_read'; "
            "did you mean num_reads",
        ),
        (
            "[job-shop]",
            "[job-shp]",
            "11:12: solvers[1].only[0]: no problem named 'job-shp'; "
            "did you mean job-shop or flexible-job-shop?",
        ),
        ("instance: ft06", "file: gone.txt", "problems[0]: "),
        (
            "instance: ft06",
            "instance: ft07",
            "problems[0]: no bundled job-shop instance named 'ft07'; did you mean ft06?",
        ),
        (
            "instance: ft06",
            "options: {}",
            "problems[0]: job-shop: give just one of file, files, instance, "
            "instances and generate; given: none",
        ),
        ("instance: ft06", "instance: ft06\n    file: x", "given: file, instance"),
        (
            "instance: ft06",
            "generate: {jbs: 3}",
            "problems[0]: no option of job-shop named 'jbs'; did you mean jobs?",
        ),
        ("instance: ft06", "generate: {jobs: 0}", "problems[0]: jobs=0"),
        ("name: first", "name: first\noutput:", "2:1: output: it is empty; give the name of"),
        ("name: first", "name: first\noutput: ' '", "2:1: output: it is empty; give the name of"),
        (
            "  - kind: job-shop\n    instance: ft06",
            "  - {kind:job-shop, instance: ft06}",
            "3:6: problems[0].kind:job-shop: put a blank after the colon: kind: job-shop",
        ),
        (
            "  - kind: job-shop\n    instance: ft06",
            "  - kind:job-shop",
            "as {kind: job-shop}, with a blank after the colon",
        ),
        (
            "seeds: [1, 2]",
            "seeds: [1, 2]\ncompare: greedy",
            "give a mapping of keys and values, as {baseline: greedy}",
        ),
        (
            "    only: [job-shop]",
            "    fallback: {to: nobody, on: [failed]}",
            "11:16: solvers[1].fallback.to: no solver is called 'nobody' here; there are: "
            "annealer, greedy",
        ),
    ],
    ids=lambda value: (
        value
        if isinstance(value, str) and re.match(r"\S*\d+:\d+:|problems|solvers|given", value)
        else ""
    ),
)
def test_a_mistake_is_told_with_its_place(
    old: str, new: str, told: str, complaints: Callable[..., list[str]]
) -> None:
    assert SPEC.count(old) >= 1
    (complaint,) = complaints(SPEC.replace(old, new, 1))
    assert told in complaint
    assert re.match(r"\d+:\d+: \S", complaint)


@pytest.mark.parametrize(
    ("old", "new", "item", "lines"),
    [
        ("kind: job-shop", "kind: job-shp", "problems[0]", (3, 4)),
        ("instance: hang-seng-10", "file: gone.json", "problems[1]", (5, 6)),
        ("name: greedy", "name: gredy", "solvers[1]", (10, 12)),
        ("{num_reads: 16}", "{num_read: 16}", "solvers[0]", (8, 9)),
    ],
)
def test_an_unknown_name_is_placed_within_its_item(
    old: str, new: str, item: str, lines: tuple[int, int], complaints: Callable[..., list[str]]
) -> None:
    (complaint,) = complaints(SPEC.replace(old, new, 1))
    found = re.match(r"(\d+):\d+: (\S+): ", complaint)
    assert found is not None
    assert lines[0] <= int(found[1]) <= lines[1]
    assert found[2].startswith(item)


@pytest.mark.parametrize(
    ("solver", "parameter", "told"),
    [
        ("annealer", "num_reads: 0", "num_reads=0"),
        ("annealer", "num_sweeps: many", "num_sweeps='many'"),
        ("qubo-annealer", "beta_range: [3, 1]", "beta_range=[3, 1]"),
        ("neal", "num_sweeps: -1", "num_sweeps=-1"),
        ("exact", "limit: high", "limit='high'"),
    ],
)
def test_a_wrong_value_of_a_parameter_is_told_before_anything_runs(
    solver: str, parameter: str, told: str, complaints: Callable[..., list[str]]
) -> None:
    wrong = SPEC.replace(
        "name: annealer\n    parameters: {num_reads: 16}",
        f"name: {solver}\n    parameters: {{{parameter}}}",
    )
    (complaint,) = complaints(wrong)
    assert "solvers[0]" in complaint
    assert told in complaint


def test_a_wrong_instance_file_is_told_with_both_places(
    complaints: Callable[..., list[str]], tmp_path: Path
) -> None:
    """The line of the spec that asks for it, then the line of the instance that is wrong."""
    (tmp_path / "wrong.txt").write_text("2 2\n0 2 1 1\n1 1 0 x\n")
    (complaint,) = complaints(SPEC.replace("instance: ft06", "file: wrong.txt"))
    assert f"{tmp_path / 'wrong.txt'}:3: " in complaint


def test_a_missing_package_is_told_before_anything_runs(
    complaints: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    from importlib import util

    find = util.find_spec
    monkeypatch.setattr(
        util, "find_spec", lambda name, *rest: None if name == "ortools" else find(name, *rest)
    )
    (complaint,) = complaints(SPEC.replace("name: greedy", "name: cp-sat"))
    assert (
        "solvers[1]: solver 'cp-sat': ortools is not installed: "
        "pip install 'qopt-annealing[baselines]'" in complaint
    )


def test_all_mistakes_of_form_are_told_at_once_by_line(
    complaints: Callable[..., list[str]],
) -> None:
    wrong = SPEC.replace("name: first", "nmae: first").replace(
        "    instance: ft06", "    instance: 6"
    )
    wrong = (
        wrong.replace("seeds: [1, 2]", "seeds: [-1, 2, x]").replace("3.5", "0")
        + "name: 3\nname: second\n"
    )
    places = [complaint.split(": ")[:2] for complaint in complaints(wrong)]
    assert places == [
        ["1:1", "nmae"],
        ["4:5", "problems[0].instance"],
        ["13:9", "seeds[0]"],
        ["13:16", "seeds[2]"],
        ["14:1", "time_limit"],
        ["15:1", "name"],
        ["16:1", "name"],
    ]


def test_all_unknown_names_are_told_at_once(complaints: Callable[..., list[str]]) -> None:
    wrong = SPEC.replace("kind: mean-variance", "kind: mean-varance").replace("ft06", "ft07")
    wrong = (
        wrong.replace("name: greedy", "name: gredy")
        .replace("[job-shop]", "[jb-shop]")
        .replace("num_reads", "num_read")
    )
    told = "\n".join(complaints(wrong))
    assert len(told.splitlines()) == 5
    assert all(
        name in told for name in ("'mean-varance'", "'ft07'", "'gredy'", "'jb-shop'", "'num_read'")
    )


def test_mistakes_of_form_do_not_hide_unknown_names(complaints: Callable[..., list[str]]) -> None:
    told = "\n".join(complaints(SPEC.replace("3.5", "-1").replace("name: greedy", "name: gredy")))
    assert "time_limit" in told
    assert "'gredy'" in told


def test_a_wrong_key_does_not_hide_a_solver_that_is_not_there(
    complaints: Callable[..., list[str]],
) -> None:
    wrong = "    fallback: {to: nobody, on: [never]}\n"
    told = "\n".join(
        complaints(
            SPEC.replace("    only: [job-shop]\n", wrong)
            + "compare: {baseline: noone, margin: -1}\nslo: [{solver: who, gap: -1}]\n"
        )
    )
    for name, other in (("nobody", "fallback.on"), ("noone", "margin"), ("who", "slo[0].gap")):
        assert f"no solver is called {name!r} here; there are: annealer, greedy" in told
        assert other in told


def test_a_duplicate_key_does_not_hide_unknown_names(complaints: Callable[..., list[str]]) -> None:
    told = "\n".join(complaints(SPEC.replace("name: greedy", "name: gredy") + "seeds: [4]\n"))
    assert "'seeds' is given twice" in told
    assert "'gredy'" in told


def test_options_that_would_be_ignored_are_refused(complaints: Callable[..., list[str]]) -> None:
    """Options go with a file: a generated problem takes all it needs from `generate`."""
    (complaint,) = complaints(
        SPEC.replace("instance: ft06", "generate: {jobs: 3}\n    options: {bucket: 5}")
    )
    assert "problems[0]" in complaint
    assert "options" in complaint


def test_trials_that_would_write_the_same_file_are_refused_or_told_apart(
    read: Callable[..., Study],
) -> None:
    """Two entries of one solver, with other parameters: neither result may overwrite the other."""
    twice = SPEC.replace(
        "  - name: greedy\n    only: [job-shop]\n",
        "  - name: annealer\n    parameters: {num_reads: 32}\n",
    )
    outcome = _read_or_refused(lambda: read(twice))
    if isinstance(outcome, StudyError):
        assert "solvers[1]" in str(outcome)
    else:
        assert len({trial.label for trial in outcome.trials}) == len(outcome.trials) == 8


def test_a_spec_without_any_trial_is_refused(complaints: Callable[..., list[str]]) -> None:
    none = SPEC.replace("  - name: annealer\n    parameters: {num_reads: 16}\n", "").replace(
        "[job-shop]", "[vehicle-routing]"
    )
    (complaint,) = complaints(none)
    assert "only" in complaint


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "1:1: the file: give a mapping of keys and values"),
        ("# nothing but a comment\n", "1:1: the file: give a mapping of keys and values"),
        ("- name: first\n", "1:1: the file: give a mapping of keys and values"),
        ("name: [\n", "2:1: not YAML: expected the node content"),
        ("name: a: b\n", "1:8: not YAML: mapping values are not allowed here"),
        ("name: x\n\tseeds: [1]\n", "2:1: not YAML: found character '\\t'"),
        (SPEC + "---\nname: y\n", "not YAML: "),
        (SPEC + "output: !path x\n", "15:9: not YAML: could not determine a constructor"),
    ],
    ids=["empty", "comment", "list", "open bracket", "two colons", "tab", "two documents", "tag"],
)
def test_what_is_not_a_mapping_in_yaml_is_told(
    text: str, told: str, complaints: Callable[..., list[str]]
) -> None:
    (complaint,) = complaints(text)
    assert told in complaint


@pytest.mark.parametrize(
    "content", [b"\xff\xfe\x00", b"name: \x00\n", b"[" * 1000], ids=["bytes", "nul", "deep"]
)
def test_what_is_not_text_is_a_file_error(
    content: bytes, read: Callable[..., Study], tmp_path: Path
) -> None:
    with pytest.raises(FileError) as raised:
        read(content)
    assert str(raised.value).startswith(str(tmp_path / "spec.yaml"))
    assert "\n" not in str(raised.value)


def test_a_missing_file_is_a_file_error(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"gone\.yaml: No such file"):
        read_study(tmp_path / "gone.yaml")


@pytest.mark.parametrize(
    "odd",
    [
        "&all [*all]",
        "name: &again {again: *again}",
        "? [1, 2]\n: 3",
        "1: 2",
        "seeds: !!int ''",
        "x: !!bool maybe",
        "x: 2020-13-45",
    ],
)
def test_odd_yaml_is_a_complaint_and_never_a_crash(odd: str, read: Callable[..., Study]) -> None:
    with pytest.raises(QoptError) as raised:
        read(odd + "\n")
    assert "spec.yaml:" in str(raised.value)


def test_what_a_value_cannot_be_is_told(read: Callable[..., Study]) -> None:
    with pytest.raises(FileError, match=r"ValueError: month must be in 1\.\.12$"):
        read("name: 2020-99-99\n")


@pytest.mark.parametrize(
    "generate", ["{jobs: three}", "{jobs: 2.5}", "{jobs: [x]}", "{seed: -1}", "{seed: x}"]
)
def test_a_wrong_value_to_generate_from_is_a_complaint(
    generate: str, complaints: Callable[..., list[str]]
) -> None:
    (complaint,) = complaints(SPEC.replace("instance: ft06", f"generate: {generate}"))
    assert "problems[0]" in complaint


PIECES = [
    "\n",
    " ",
    "  - ",
    ": ",
    "[",
    "]",
    "{",
    "}",
    "'",
    '"',
    "#",
    "&a ",
    "*a",
    "!!int ",
    "? ",
    "- ",
    "|",
    ">",
    "---",
    "\t",
]
PIECES += [
    "name: ",
    "kind: job-shop",
    "generate: {}",
    "seeds",
    "1e3",
    "-1",
    "null",
    "0",
    "greedy",
    "only: [",
    "é",
    "\u2028",
]


@st.composite
def mangled(draw: st.DrawFn) -> str:
    """The quickstart with a few pieces taken out, put in or moved."""
    text = QUICKSTART.read_text() if QUICKSTART.exists() else SPEC
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.sampled_from([0, 0, 1, 2, 7, 40])))
        lines = text.splitlines(keepends=True) or [""]
        piece = draw(st.sampled_from(PIECES) | st.sampled_from(lines) | st.text(max_size=5))
        text = text[:start] + piece + text[end:]
    return text


@given(text=mangled())
@example(text=SPEC)
@settings(
    deadline=None,
    derandomize=True,
    max_examples=120,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_a_mangled_spec_is_read_or_refused(text: str, tmp_path: Path) -> None:
    """Whatever a slip of the hand leaves: a spec, or complaints that all name the file."""
    path = tmp_path / "spec.yaml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    outcome = _read_or_refused(lambda: read_study(path))
    if isinstance(outcome, StudyError):
        assert outcome.complaints
        assert all(
            re.match(rf"{re.escape(str(path))}:\d+:\d+: \S", complaint)
            for complaint in outcome.complaints
        )
    elif isinstance(outcome, QoptError):
        assert str(outcome).startswith(f"{path}: ")
    else:
        assert isinstance(outcome, Study)


def test_the_quickstart_plans_each_problem_with_three_solvers() -> None:
    if not QUICKSTART.exists():
        pytest.skip("configs/ is not beside the tests: they run from an installed package")
    pytest.importorskip("ortools", reason="the extra 'baselines' is not installed")
    pytest.importorskip("pyvrp", reason="the extra 'baselines' is not installed")
    spec = read_study(QUICKSTART)
    assert len(spec.trials) == 9
    assert len({trial.label for trial in spec.trials}) == 9


def test_the_library_plans_one_problem_of_each_kind_that_can_be_generated() -> None:
    config = QUICKSTART.with_name("library.yaml")
    if not config.exists():
        pytest.skip("configs/ is not beside the tests: they run from an installed package")
    for package in ("ortools", "pyvrp", "pyscipopt"):
        pytest.importorskip(package, reason="the extra 'baselines' is not installed")
    trials = read_study(config).trials
    kinds = [trial.instance.problem for trial in trials if trial.solver == "hybrid"]
    assert {kind_of(problem) for problem in kinds} == set(problem_kinds()) - {"qubo-file"}
    assert len({trial.label for trial in trials}) == len(trials)


def test_only_matches_the_name_a_kind_is_registered_under(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which need not be its class's name in kebab case."""
    points = dict(plugins._registered(plugins.PROBLEMS))
    points["workshop"] = points.pop("job-shop")
    monkeypatch.setattr(
        plugins,
        "_registered",
        lambda group, ours=plugins._registered: points if "problems" in group else ours(group),
    )
    path = tmp_path / "batch.yaml"
    path.write_text(
        "name: one\nproblems:\n  - kind: workshop\n    instance: ft06\n"
        "solvers:\n  - name: greedy\n    only: [workshop]\n"
    )
    spec = read_study(path)
    assert [trial.solver for trial in spec.trials] == ["greedy"]
    assert kind_of(spec.trials[0].instance.problem) == "workshop"
