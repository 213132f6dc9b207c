"""The command line: what it prints, and that a mistake is one line and exit code 2."""

from __future__ import annotations

import itertools
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from importlib import resources, util
from pathlib import Path

import pytest
from typer.testing import CliRunner

import qopt
from qopt import Result, cli
from qopt.anneal.ising.layout import FORMS
from qopt.cli import arguments, shown
from qopt.diagnosis import references
from qopt.plugins import options_of, problem_class, problem_kinds, solver_names
from qopt.provenance import versions

from .ocean import account

QOPT = shutil.which("qopt", path=str(Path(sys.executable).parent))
FT06 = resources.files("problems.scheduling") / "instances" / "ft06.txt"
EN13 = resources.files("problems.logistics") / "instances" / "E-n13-k4.vrp"
HANG_SENG = resources.files("problems.portfolio") / "instances" / "hang-seng-10.json"

needs_ortools = pytest.mark.skipif(
    util.find_spec("ortools") is None, reason="the extra 'baselines' is not installed"
)

# two jobs that cross on two machines, done at 3 at the earliest
CROSSING = "2 2\n0 2 1 1\n1 1 0 1\n"

# three customers of 2 in trucks of 3: three trucks would do, and there are two
TOO_FEW_TRUCKS = """NAME : small
TYPE : CVRP
DIMENSION : 4
VEHICLES : 2
CAPACITY : 3
EDGE_WEIGHT_TYPE : EUC_2D
NODE_COORD_SECTION
1 0 0
2 0 5
3 5 0
4 5 5
DEMAND_SECTION
1 0
2 2
3 2
4 2
DEPOT_SECTION
1
-1
EOF
"""


def _shown(*arguments: str) -> str:
    """What a command prints in a wide terminal, where it exits with 0."""
    outcome = CliRunner(env={"COLUMNS": "300"}).invoke(cli.app, arguments, catch_exceptions=False)
    assert outcome.exit_code == 0, outcome.output
    return outcome.stdout


@pytest.fixture
def complaint(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., str]:
    """The one line of standard error of a command that must exit with 2 and print nothing else."""

    def run(*arguments: str) -> str:
        monkeypatch.setattr(sys, "argv", ["qopt", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        told = capsys.readouterr()
        assert ended.value.code == 2
        assert told.out == ""
        assert told.err.endswith("\n")
        assert len(told.err.splitlines()) == 1, told.err
        return told.err

    return run


def _command(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    if QOPT is None:
        pytest.skip("no console script `qopt` beside this Python: the package is not installed")
    return subprocess.run([QOPT, *arguments], cwd=cwd, capture_output=True, text=True, check=False)


def test_the_installed_command_helps(tmp_path: Path) -> None:
    ran = _command("--help", cwd=tmp_path)
    assert ran.returncode == 0
    assert ran.stderr == ""
    assert all(
        command in ran.stdout for command in ("solve", "run", "problems", "solvers", "version")
    )


def test_the_installed_command_solves_and_saves(tmp_path: Path) -> None:
    ran = _command(
        "solve", "job-shop", "ft06", "--solver", "greedy", "--save", "x.json", cwd=tmp_path
    )
    assert ran.returncode == 0
    assert "ft06: feasible, greedy" in ran.stdout
    assert ran.stdout.splitlines()[-1] == "saved to x.json"
    result = Result.load(tmp_path / "x.json")
    assert result.solver == "greedy"
    assert f"makespan {result.objective:g}" in ran.stdout


def test_the_installed_command_tells_a_mistake_in_one_line(tmp_path: Path) -> None:
    ran = _command("solve", "job-shop", "nowhere.txt", cwd=tmp_path)
    assert (ran.returncode, ran.stdout, ran.stderr) == (
        2,
        "",
        "nowhere.txt: No such file or directory\n",
    )


def test_nothing_but_the_answer_is_printed_where_there_is_no_terminal(tmp_path: Path) -> None:
    """The progress bar is for people: a pipeline that reads standard error finds it empty."""
    ran = _command("solve", "job-shop", "ft06", "--solver", "greedy", cwd=tmp_path)
    assert ran.stderr == ""


def test_without_a_command_the_help_is_shown() -> None:
    assert "Usage" in CliRunner().invoke(cli.app, []).output


@pytest.mark.parametrize(
    "command",
    ["solve", "run", "diagnose", "verify", "decompile", "problems", "solvers", "version"],
)
def test_each_command_has_help(command: str) -> None:
    assert f" {command} [OPTIONS]" in _shown(command, "--help")


def test_problems_lists_each_kind_with_its_files_and_instances() -> None:
    shown = _shown("problems")
    assert all(kind in shown for kind in problem_kinds())
    assert all(
        word in shown
        for word in ("E-n13-k4", "ft06", "hang-seng-10", "VRPLIB", "JSPLIB", "OR-Library")
    )


@pytest.mark.parametrize("kind", problem_kinds())
def test_problems_shows_what_a_kind_reads_its_options_and_an_example(kind: str) -> None:
    shown = _shown("problems", kind)
    assert problem_class(kind).formats in " ".join(shown.split())
    for option in options_of(problem_class(kind).read):
        assert f"  {option}" in shown
    assert f"qopt solve {kind} " in shown
    for name in getattr(problem_class(kind), "instances", list)():
        assert name in shown


def test_the_example_of_a_kind_runs_as_it_is_shown() -> None:
    shown = _shown("problems", "job-shop")
    example = next(line for line in shown.splitlines() if "qopt solve job-shop" in line)
    outcome = CliRunner().invoke(cli.app, [*example.split()[1:], "--time-limit", "0.2"])
    assert outcome.exit_code == 0


def test_an_unknown_kind_is_one_line(complaint: Callable[..., str]) -> None:
    assert "no problem named 'job-shp'; did you mean job-shop" in complaint("problems", "job-shp")


@pytest.mark.parametrize("named", [(), ("lp",)], ids=["alone", "after its format"])
def test_a_models_file_is_solved_without_a_kind(named: tuple[str, ...], tmp_path: Path) -> None:
    path = tmp_path / "model.lp"
    path.write_text("Minimize\n obj: x + 2 y\nSubject To\n c: x + y >= 1\nBinary\n x y\nEnd\n")
    shown = _shown("solve", *named, str(path), "--time-limit", "0.2", "--seed", "1")
    assert "objective 1" in shown
    assert "x = 1" in shown


def _of(name: str, *command: str) -> str:
    """What a list says beside a name, on one line."""
    lines = _shown(*command).splitlines()
    at = next(k for k, line in enumerate(lines) if line.startswith(f"{name} "))
    after = itertools.takewhile(lambda line: line.startswith(" "), lines[at + 1 :])
    return " ".join(" ".join([lines[at].removeprefix(name), *after]).split())


def test_solvers_lists_each_solver_and_that_the_annealer_is_ready() -> None:
    for name in solver_names():
        assert _of(name, "solvers")
    assert _of("annealer", "solvers").endswith("needs nothing; ready")


def test_solvers_says_how_to_get_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    _hide("ortools", monkeypatch)
    told = _of("cp-sat", "solvers")
    assert "pip install 'qopt-annealing[baselines]'" in told
    assert "ready" not in told


def test_names_are_whole_and_lines_are_short_on_a_narrow_terminal() -> None:
    for command, names in (("problems", problem_kinds()), ("solvers", solver_names())):
        shown = CliRunner().invoke(cli.app, [command], env={"COLUMNS": "80"})
        lines = shown.output.splitlines()
        assert max(len(line.rstrip()) for line in lines) <= 80
        assert set(names) <= {line.split()[0] for line in lines if line[:1].isalpha()}
    assert "ft06" in _of("job-shop", "problems")


def test_a_batch_off_a_terminal_writes_a_line_a_trial(tmp_path: Path) -> None:
    spec = tmp_path / "spec.yaml"
    spec.write_text(
        f"name: two\noutput: {tmp_path / 'results'}\nseeds: [1, 2]\nsolvers: [{{name: greedy}}]\n"
        "problems: [{kind: job-shop, instance: ft06}]\nrun: {order: given, workers: 1}\n"
    )
    first, second = _shown("run", str(spec)).splitlines()[:2]
    assert first.startswith("1 of 2  ft06--greedy--seed-1: objective 61 in ")
    assert second.startswith("2 of 2  ft06--greedy--seed-2: objective 61 in ")


def test_the_version_is_an_option_too() -> None:
    assert _shown("--version") == f"qopt {versions()['qopt-annealing']}\n"


def test_warmup_compiles_every_kernel() -> None:
    lines = CliRunner().invoke(cli.app, ["warmup"], catch_exceptions=False).stdout.splitlines()
    assert [line.rsplit(maxsplit=2)[0].strip() for line in lines] == [
        *(form.name for form in FORMS),
        "constrained",
    ]
    assert all(float(line.split()[-2]) >= 0 for line in lines)


def test_version_tells_qopt_and_what_its_answers_depend_on() -> None:
    numbers = dict(line.split(" ", 1) for line in _shown("version").splitlines())
    assert {"python", "qopt-annealing", "dimod", "numba", "numpy"} <= set(numbers)
    assert numbers["python"].startswith(f"{sys.version_info.major}.{sys.version_info.minor}")


def test_a_file_of_ones_own_is_solved(tmp_path: Path) -> None:
    path = tmp_path / "mine.txt"
    path.write_text(CROSSING)
    shown = _shown("solve", "job-shop", str(path), "--solver", "exact")
    assert "mine: feasible, exact" in shown
    assert "objective 3" in shown


def test_a_file_goes_before_a_bundled_instance_of_the_same_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("ft06").write_text("1 1\n0 7\n")
    assert "makespan 7" in _shown("solve", "job-shop", "ft06", "--solver", "greedy")


def test_set_gives_options_of_the_problem() -> None:
    """One asset of at most 60 % cannot be the whole wealth, so the limit was obeyed."""
    shown = _shown(
        "solve",
        "mean-variance",
        str(HANG_SENG),
        "--set",
        "max_assets=1",
        "--set",
        "max_holding=1.0",
        "--solver",
        "greedy",
    )
    assert "100.00%" in shown


def test_param_gives_parameters_of_the_solver(tmp_path: Path) -> None:
    path, saved = tmp_path / "mine.txt", tmp_path / "x.json"
    path.write_text(CROSSING)
    _shown(
        *("solve", "job-shop", str(path), "--param", "num_sweeps=[5,10]", "--param", "num_reads=3"),
        *("--seed", "4", "--save", str(saved)),
    )
    provenance = Result.load(saved).provenance
    assert provenance["solver"]["num_sweeps"] == [5, 10]
    assert provenance["solver"]["num_reads"] == 3
    assert provenance["seed"] == 4


def test_a_value_that_is_not_json_is_text() -> None:
    assert arguments.pairs(["a=3", "b=three", 'c="3"', "d=1e3", "e=[1, 2]", "f=x=y"]) == {
        "a": 3,
        "b": "three",
        "c": "3",
        "d": 1000.0,
        "e": [1, 2],
        "f": "x=y",
    }


def test_no_feasible_plan_is_exit_code_1_with_the_reason(tmp_path: Path) -> None:
    path = tmp_path / "small.vrp"
    path.write_text(TOO_FEW_TRUCKS)
    outcome = CliRunner().invoke(
        cli.app, ["solve", "vehicle-routing", str(path), "--solver", "greedy"]
    )
    assert outcome.exit_code == 1
    assert "small: none-found" in outcome.stdout
    assert "violates served[3] by 1 visits" in outcome.stdout


def test_a_plan_that_was_not_found_is_saved_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "small.vrp").write_text(TOO_FEW_TRUCKS)
    saved = tmp_path / "x.json"
    arguments = [
        "solve",
        "vehicle-routing",
        str(tmp_path / "small.vrp"),
        "--solver",
        "greedy",
        "--save",
        str(saved),
    ]
    assert CliRunner().invoke(cli.app, arguments).exit_code == 1
    assert Result.load(saved).status is qopt.Status.NONE_FOUND


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["job-shop", "nowhere.txt"], "nowhere.txt: No such file or directory"),
        (["job-shop", "."], ".: a folder; give a file in it"),
        (
            ["job-shp", "ft06"],
            "no problem named 'job-shp'; did you mean job-shop or flexible-job-shop?",
        ),
        (["zzz", "x"], f"no problem named 'zzz'; known: {', '.join(problem_kinds())}"),
        (
            ["mean-variance", str(HANG_SENG), "--set", "max_assets=99"],
            "max_assets=99 with 10 assets; give 1..10",
        ),
        (
            ["mean-variance", str(HANG_SENG), "--set", "max_asets=3"],
            "no option of mean-variance named 'max_asets'",
        ),
        (["mean-variance", str(HANG_SENG), "--set", "max_assets"], "'max_assets' is not KEY=VALUE"),
        (["job-shop", str(FT06), "--set", "bucket=0"], "bucket=0"),
        (
            ["job-shop", "ft06", "--solver", "anealer"],
            "no solver named 'anealer'; did you mean annealer",
        ),
        (
            ["job-shop", "ft06", "--param", "num_sweps=3"],
            "no parameter of solver 'auto' named 'num_sweps'; did you mean",
        ),
        (
            ["job-shop", "ft06", "--solver", "greedy", "--param", "x=3"],
            "no parameter of solver 'greedy' named 'x'",
        ),
        (
            ["job-shop", "ft06", "--time-limit", "0"],
            "time_limit=0.0: give a number of seconds above 0",
        ),
        (
            ["job-shop", "ft06", "--time-limit", "-3"],
            "time_limit=-3.0: give a number of seconds above 0",
        ),
        (["job-shop", "ft06", "--time-limit", "nan"], "time_limit=nan"),
        (["job-shop", "ft06", "--seed", "-1"], "seed=-1: give a whole number, 0 or more"),
        (["job-shop", "ft06", "--param", "num_reads=0"], "num_reads=0"),
        (["job-shop", "ft06", "--solver", "pyvrp"], "solver 'pyvrp' routes vehicles"),
        (["job-shop", "ft06", "--solver", "exact"], "ft06: the model has"),
    ],
    ids=lambda value: (
        " ".join(value[1:]).replace(str(HANG_SENG), "FILE") if isinstance(value, list) else ""
    ),
)
def test_a_mistake_is_one_line(
    arguments: list[str], told: str, complaint: Callable[..., str]
) -> None:
    if "pyvrp" in arguments:
        pytest.importorskip("pyvrp", reason="the extra 'baselines' is not installed")
    assert told in complaint("solve", *arguments)


@pytest.mark.parametrize(
    ("kind", "file", "option"),
    [
        ("job-shop", str(FT06), "bucket=wide"),
        ("job-shop", str(FT06), "bucket=2.5"),
        ("job-shop", str(FT06), "horizon=[60]"),
        ("vehicle-routing", str(EN13), "vehicles=four"),
        ("vehicle-routing", str(EN13), "vehicles=2.5"),
        ("mean-variance", str(HANG_SENG), "lot=small"),
        ("mean-variance", str(HANG_SENG), "max_assets=true"),
    ],
    ids=lambda value: value if "=" in value else "",
)
def test_an_option_of_the_wrong_type_is_one_line(
    kind: str, file: str, option: str, complaint: Callable[..., str]
) -> None:
    assert option.partition("=")[0] in complaint(
        "solve", kind, file, "--set", option, "--solver", "greedy"
    )


@pytest.mark.parametrize(
    ("solver", "parameter"),
    [
        ("annealer", "num_sweeps=many"),
        ("neal", "num_reads=many"),
        ("neal", "num_reads=0"),
        ("neal", "num_sweeps=-1"),
        ("exact", "limit=high"),
        ("cp-sat", "num_workers=all"),
    ],
)
def test_a_parameter_of_the_wrong_type_is_one_line(
    solver: str, parameter: str, complaint: Callable[..., str]
) -> None:
    if solver == "cp-sat":
        pytest.importorskip("ortools", reason="the extra 'baselines' is not installed")
    told = complaint(
        "solve", "job-shop", "ft06", "--solver", solver, "--param", parameter, "--time-limit", "0.1"
    )
    assert parameter.partition("=")[0] in told


@pytest.mark.parametrize(
    "parameter", ["seed=3", "solver=greedy", "interrupt=1", "on_progress=1", "initial=1"]
)
def test_an_argument_of_solve_is_no_parameter_of_a_solver(
    parameter: str, complaint: Callable[..., str]
) -> None:
    name = parameter.partition("=")[0]
    told = complaint("solve", "job-shop", "ft06", "--param", parameter, "--time-limit", "0.1")
    assert f"no parameter of solver 'auto' named '{name}'" in told


@pytest.mark.parametrize(
    ("solver", "parameter"),
    [("qpu", "device=3"), ("leap-bqm", "service=3"), ("leap-cqm", "service=3")],
)
def test_a_sampler_cannot_be_given_as_text(
    solver: str, parameter: str, complaint: Callable[..., str]
) -> None:
    told = complaint("solve", "job-shop", "ft06", "--solver", solver, "--param", parameter)
    assert parameter.partition("=")[0] in told


def test_brackets_in_a_file_name_are_no_markup_of_the_progress_bar(tmp_path: Path) -> None:
    (tmp_path / "week[").mkdir()
    path = tmp_path / "week[" / "b].txt"  # to rich, "[/b]" closes a tag
    path.write_text(CROSSING)
    runner = CliRunner(
        env={"FORCE_COLOR": "1", "TERM": "xterm"}
    )  # rich takes this for a terminal, so the bar is drawn
    outcome = runner.invoke(cli.app, ["solve", "job-shop", str(path), "--solver", "greedy"])
    assert outcome.exception is None
    assert "b]: feasible" in outcome.stdout


def test_verify_tries_every_state_of_a_small_problem(tmp_path: Path) -> None:
    path = tmp_path / "mine.txt"
    path.write_text(CROSSING)
    lines = _shown("verify", "job-shop", str(path)).splitlines()
    assert lines[0] == "The encoding law holds"
    assert re.fullmatch(r"checked: [\d,]+ assignments, all [\d,]+ states of \d+ bits", lines[1])
    assert "lowest energy: 3; optimum: 3" in lines


def test_verify_samples_a_large_problem_and_takes_tuned_weights() -> None:
    shown = _shown(
        "verify",
        "mean-variance",
        "hang-seng-10",
        "--samples",
        "60",
        "--penalties",
        "tuned",
        "--seed",
        "3",
    )
    assert shown.startswith(
        "The encoding law holds\nchecked: 60 assignments, a sample of the states of 5"
    )


@pytest.fixture
def greedy_model(tmp_path: Path) -> Path:
    """Served twice pays 3, and a penalty of 2 does not outweigh that."""
    path = tmp_path / "greedy.lp"
    path.write_text("Minimize obj: - 3 x - 3 y\nSubject To\n one: x + y = 1\nBinary\n x\n y\nEnd\n")
    return path


def test_verify_takes_an_lp_file(greedy_model: Path) -> None:
    assert "lowest energy: -3; optimum: -3" in _shown("verify", str(greedy_model))


def test_verify_exits_with_1_and_a_counterexample(
    greedy_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from qopt.compiler import compiled as compiler

    built = compiler.compile_cqm
    monkeypatch.setattr(
        "qopt.compiler.compile_cqm",
        lambda model, *, penalties: built(model, penalties=2.0, presolve=False),
    )
    outcome = CliRunner(env={"COLUMNS": "300"}).invoke(
        cli.app, ["verify", str(greedy_model)], catch_exceptions=False
    )
    assert outcome.exit_code == 1
    assert "The encoding law is broken" in outcome.stdout
    assert "the lowest energy is the optimum: -4, not -3, where x = 1, y = 1" in outcome.stdout
    assert "penalties='proven' are" in outcome.stdout


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nowhere.lp"], "nowhere.lp: No such file or directory"),
        (["model.txt"], "model.txt: No such file or directory"),
        (["job-shop", "ft06", "more"], "give KIND FILE, or a model's file alone"),
        (["model.lp", "--set", "a=1"], "no option of a model named 'a'"),
        (["job-shop"], "job-shop is a kind of problem: give its file, too"),
        (
            ["job-shp", "ft06"],
            "no problem named 'job-shp'; did you mean job-shop or flexible-job-shop?",
        ),
        (
            ["job-shop", "ft06", "--penalties", "high"],
            "penalties='high': give 'bounds', 'proven', 'tuned'",
        ),
        (["job-shop", "ft06", "--bits", "-1"], "bits=-1: give a whole number, 0 or more"),
        (["job-shop", "ft06", "--samples", "0"], "samples=0: give a whole number, 1 or more"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_mistake_in_verify_is_one_line(
    arguments: list[str], told: str, complaint: Callable[..., str]
) -> None:
    assert told in complaint("verify", *arguments)


def test_a_truncated_instance_is_named_with_what_is_lacking(
    complaint: Callable[..., str], tmp_path: Path
) -> None:
    path = tmp_path / "cut.txt"
    path.write_text("\n".join(FT06.read_text().splitlines()[:6]) + "\n")
    assert (
        complaint("solve", "job-shop", str(path))
        == f"{path}: the file ends after 3 of 6 jobs; is it cut short?\n"
    )


def test_a_mistake_in_a_file_is_named_with_its_line(
    complaint: Callable[..., str], tmp_path: Path
) -> None:
    path = tmp_path / "wrong.txt"
    path.write_text("2 2\n0 2 1 1\n1 1 0 x\n")
    assert complaint("solve", "job-shop", str(path)).startswith(f"{path}:3: ")


@pytest.mark.parametrize(("solver", "package"), [("cp-sat", "ortools"), ("pyvrp", "pyvrp")])
def test_a_missing_package_is_named_with_its_extra(
    solver: str, package: str, complaint: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _hide(package, monkeypatch)
    told = complaint("solve", "vehicle-routing", "E-n13-k4", "--solver", solver)
    assert f"{package} is not installed: pip install 'qopt-annealing[baselines]'" in told


@pytest.mark.parametrize("solver", ["qpu", "leap-bqm", "leap-cqm"])
def test_without_a_token_it_says_what_to_set(
    solver: str, complaint: Callable[..., str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    account.forget(monkeypatch, tmp_path)
    told = complaint("solve", "job-shop", "ft06", "--solver", solver)
    assert told.startswith(f"solver '{solver}': no D-Wave token;")
    assert "DWAVE_API_TOKEN" in told


def test_a_place_that_cannot_be_written_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    target = tmp_path / "file" / "x.json"
    monkeypatch.setattr(
        sys,
        "argv",
        ["qopt", "solve", "job-shop", "ft06", "--solver", "greedy", "--save", str(target)],
    )
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 2
    assert f"{target}: cannot be written" in capsys.readouterr().err


def test_a_result_that_cannot_be_saved_leaves_no_half_file(tmp_path: Path) -> None:
    """A folder stands where the file should be."""
    (tmp_path / "plans").mkdir()
    arguments = [
        "solve",
        "job-shop",
        "ft06",
        "--solver",
        "greedy",
        "--save",
        str(tmp_path / "plans"),
    ]
    outcome = CliRunner().invoke(cli.app, arguments)
    assert isinstance(outcome.exception, qopt.FileError)
    assert [path.name for path in tmp_path.iterdir()] == ["plans"]


@pytest.fixture
def unfinished(tmp_path: Path) -> tuple[str, str]:
    """A saved result without a feasible plan, and the file it is of."""
    path, saved = tmp_path / "small.vrp", tmp_path / "x.json"
    path.write_text(TOO_FEW_TRUCKS)
    arguments = ["solve", "vehicle-routing", str(path), "--solver", "greedy", "--save", str(saved)]
    assert CliRunner().invoke(cli.app, arguments).exit_code == 1
    return str(saved), str(path)


@needs_ortools
def test_diagnose_tells_the_fault_of_a_saved_result_and_of_a_file(
    unfinished: tuple[str, str],
) -> None:
    saved, path = unfinished
    for command in ([saved, "vehicle-routing", path], ["vehicle-routing", path]):
        head, conflict, relaxation = _shown("diagnose", *command).splitlines()
        assert head.startswith(
            "small: model: no feasible assignment: 4 constraints contradict each other"
        )
        assert conflict == "  minimal conflict: served[1], served[2], served[3], vehicles"
        assert relaxation == "  cheapest relaxation: vehicles <= 2 to 3 (+1)"


@needs_ortools
def test_diagnose_asks_about_an_lp_file(tmp_path: Path) -> None:
    path = tmp_path / "model.lp"
    path.write_text(
        "Minimize\n obj: x + y\nSubject To\n few: x + y <= 1\n many: x + y >= 2\n"
        "Binary\n x y\nEnd\n"
    )
    shown = _shown("diagnose", str(path))
    assert "model: model: no feasible assignment" in shown
    assert "minimal conflict: few, many" in shown


def test_a_fault_that_is_not_settled_is_exit_code_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        references, "SOLVERS", ()
    )  # nobody to find a better schedule than the greedy one
    saved = tmp_path / "x.json"
    _shown("solve", "job-shop", "ft06", "--solver", "greedy", "--save", str(saved))
    outcome = CliRunner().invoke(
        cli.app, ["diagnose", str(saved), "job-shop", "ft06"], catch_exceptions=False
    )
    assert outcome.exit_code == 1
    assert "ft06: unknown: nothing better than objective" in outcome.stdout


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nowhere.json", "job-shop", "ft06"], "nowhere.json: No such file or directory"),
        (["nowhere.lp"], "nowhere.lp: No such file or directory"),
        (["RESULT"], "a result of qopt, not a model; give the file or the model"),
        (["RESULT", "job-shop", "ft06"], "the result is not of ft06 as given"),
        (["RESULT", "job-shp", "ft06"], "no problem named 'job-shp'"),
        (["job-shop", "ft06", "ft06"], "give KIND FILE, or a model's file alone"),
        (["model.lp", "--set", "bucket=3"], "no option of a model named 'bucket'"),
        (
            ["job-shop", "ft06", "--time-limit", "0"],
            "time_limit=0.0: give a number of seconds above 0",
        ),
        (["job-shop", "ft06", "--seed", "-1"], "seed=-1"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_mistake_of_diagnose_is_one_line(
    arguments: list[str], told: str, unfinished: tuple[str, str], complaint: Callable[..., str]
) -> None:
    saved, _ = unfinished
    assert told in complaint(
        "diagnose", *(saved if argument == "RESULT" else argument for argument in arguments)
    )


def test_diagnose_of_a_model_says_how_to_get_what_is_missing(
    complaint: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _hide("ortools", monkeypatch)
    assert "pip install 'qopt-annealing[baselines]'" in complaint("diagnose", "job-shop", "ft06")


def test_ctrl_c_ends_a_solve_with_the_best_plan_so_far(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Wherever it strikes: here while a plan is being reported."""
    saved, before = tmp_path / "x.json", signal.getsignal(signal.SIGINT)

    struck: list[qopt.Progress] = []

    def strike(progress: qopt.Progress) -> str:
        if not struck and progress.objective is not None:
            struck.append(progress)
            signal.raise_signal(signal.SIGINT)
        return ""

    monkeypatch.setattr(shown, "status_of", strike)
    arguments = [
        "qopt",
        "solve",
        "job-shop",
        "ft06",
        "--time-limit",
        "20",
        "--seed",
        "1",
        "--save",
        str(saved),
    ]
    monkeypatch.setattr(sys, "argv", arguments)
    began = time.perf_counter()
    with pytest.raises(SystemExit):
        cli.main()
    assert time.perf_counter() - began < 10
    assert "ft06: feasible, auto, stopped by interrupt" in capsys.readouterr().out
    assert Result.load(saved).stopped_by == "interrupt"
    assert signal.getsignal(signal.SIGINT) is before


def test_ctrl_c_ends_a_batch_with_what_is_done_and_its_own_exit_code(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    spec = tmp_path / "two.yaml"
    spec.write_text(
        "name: two\noutput: results\nproblems:\n  - kind: job-shop\n    instance: ft06\n"
        "solvers:\n  - name: annealer\nseeds: [1, 2]\ntime_limit: 20\n"
        "run: {workers: 1, order: given}\n"
    )
    struck: list[qopt.Progress] = []

    def strike(progress: qopt.Progress) -> str:
        if not struck:
            struck.append(progress)
            signal.raise_signal(signal.SIGINT)
        return ""

    monkeypatch.setattr(shown, "status_of", strike)
    monkeypatch.chdir(tmp_path)
    outcome = CliRunner(env={"COLUMNS": "200"}).invoke(cli.app, ["run", str(spec)])
    assert outcome.exit_code == 130
    assert "1 result saved in" in outcome.stdout
    assert "interrupted: 1 of 2 trials were not begun" in outcome.stderr
    assert [path.name for path in (tmp_path / "results" / "results").iterdir()] == [
        "ft06--annealer--seed-1.json"
    ]


@pytest.mark.parametrize("place", [".", "/", "small.vrp/x.json"])
def test_where_a_result_cannot_be_saved_is_told_before_the_solve(
    place: str, tmp_path: Path, complaint: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("small.vrp").write_text("")
    monkeypatch.setattr(arguments, "problem_of", lambda *_: pytest.fail("the problem was read"))
    assert "cannot be written" in complaint("solve", "job-shop", "ft06", "--save", place)


def _hide(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    find = util.find_spec
    monkeypatch.setattr(
        util, "find_spec", lambda name, *rest: None if name == package else find(name, *rest)
    )
