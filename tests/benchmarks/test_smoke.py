"""Every benchmark runs, on the least it can do; what it measures decides nothing here."""

from __future__ import annotations

import json
import math
from importlib import resources
from pathlib import Path

import numpy as np
import pytest

from . import (
    annealer,
    annealers,
    choices,
    compile_speed,
    constrained,
    contradiction,
    deadlines,
    drift,
    embedding,
    emulator,
    first_call,
    first_plans,
    hybrids,
    instances,
    jobs,
    kernels,
    large,
    limits,
    mitigation,
    plans,
    portfolios,
    race,
    read_back,
    report_page,
    spin_updates,
    start_times,
    structure,
    studies,
    tour,
    tts,
    tuned,
    verdicts,
    walks,
    whole_or_parts,
)
from .peers import SAMPLERS
from .tts import Span

SHORT = ["--seconds", "0.1", "--seeds", "1", "2"]
RING = "8 8\n" + "".join(f"{k} {k % 8 + 1} 1\n" for k in range(1, 9))
QBSOLV = "c one pair\np qubo 0 3 3 2\n0 0 2\n1 1 2\n2 2 -1\n0 1 -3\n1 2 4\n"
LIST = "p 3 5\n1 1 2\n2 2 2\n3 3 -1\n1 2 -3\n2 3 4\n"


@pytest.fixture
def folder(tmp_path: Path) -> str:
    """An index of three instances, one of each format, that can be solved by looking at them."""
    for name, text in (("ring", RING), ("three.qubo", QBSOLV), ("list.txt", LIST)):
        (tmp_path / name).write_text(text)
    known = [
        ("ring", "maxcut", "ring", 8),
        ("three", "qubo", "three.qubo", 5),
        ("list", "qubo", "list.txt", 9),
    ]
    keys = ("name", "family", "path", "best_known", "sense")
    (tmp_path / "index.json").write_text(
        json.dumps([dict(zip(keys, (*entry, "max"), strict=True)) for entry in known])
    )
    return str(tmp_path)


def rows(out: str) -> list[list[str]]:
    """The cells of a printed table, without its head."""
    return [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in out.splitlines()
        if line.startswith("| ")
    ][1:]


def test_spin_updates(capsys: pytest.CaptureFixture[str]) -> None:
    spin_updates.main(
        ["--names", "random-100-4", "--reads", "2", "--sweeps", "2", "--repeats", "2"]
    )
    assert "ratio" in capsys.readouterr().out


def test_kernels(capsys: pytest.CaptureFixture[str]) -> None:
    kernels.main(["--names", "random-100-4", "--sweeps", "2", "--repeats", "1"])
    head, _, row = capsys.readouterr().out.splitlines()
    assert len(head.split("|")) == len(row.split("|")) == len(kernels.FORMS) + 3
    assert row.count("*") == 1


def test_tour(capsys: pytest.CaptureFixture[str]) -> None:
    tour.main(["--name", "random-5", "--seconds", "0.1", "--seeds", "1", "--sweeps", "100"])
    _, _, ours, theirs = capsys.readouterr().out.splitlines()
    assert ours.split("|")[1].strip() == "qopt"
    shortest = [float(line.split("|")[4]) for line in (ours, theirs)]
    assert shortest[0] == shortest[1]  # of five cities both find the shortest


def test_first_plans(capsys: pytest.CaptureFixture[str]) -> None:
    first_plans.main(["--seconds", "2", "--seeds", "1"])
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[1:]] == ["E-n13-k4"] * 2 + ["ft06"] * 2 + [
        "hang-seng-10"
    ] * 2


def test_choices(capsys: pytest.CaptureFixture[str]) -> None:
    choices.main(["--sweeps", "2"])
    assert len(capsys.readouterr().out.splitlines()) == 4 * len(choices.RANGES) + 2


def test_instances_count_as_their_models_do(folder: str) -> None:
    found = [*instances.load(None, folder), *instances.load(["random-30-4"])]
    assert [instance.name for instance in found] == ["ring", "three", "list", "random-30-4"]
    for instance in found:
        states = np.random.default_rng(1).integers(0, 2, (20, instance.qubo.num_variables))
        assert [-instance.value(bits) for bits in states] == instance.qubo.energies(states).tolist()


def test_annealer_on_a_random_graph(capsys: pytest.CaptureFixture[str]) -> None:
    assert annealer.main(["--names", "random-60-4", *SHORT]) == 0
    out = capsys.readouterr().out
    here = [name for name in SAMPLERS if SAMPLERS[name].installed()]
    assert [cells[:2] for cells in rows(out)] == [["random-60-4", name] for name in here]
    assert out.count("is not installed") == len(SAMPLERS) - len(here)


def test_annealer_on_published_instances(
    folder: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    saved = tmp_path / "found.json"
    chosen = ["--instances", folder, "--samplers", "qopt", "dwave-sa", "--output", str(saved)]
    assert annealer.main([*chosen, *SHORT]) == 0
    out = capsys.readouterr().out
    assert [cells[0] for cells in rows(out)] == ["ring", "ring", "three", "three", "list", "list"]
    assert {cells[7] for cells in rows(out)} == {"2/2"}
    assert saved.with_suffix(".md").read_text() == out
    found = json.loads(saved.read_text())["rows"]
    assert [row["best"] for row in found] == [8, 8, 5, 5, 9, 9]
    assert all(
        len(row["runs"]) == 2 and row["gap_of_mean"] == 0 and row["updates_per_second"] > 0
        for row in found
    )


def test_annealer_to_a_target(
    folder: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    saved = tmp_path / "found.json"
    chosen = [
        "--instances",
        folder,
        "--names",
        "ring",
        "list",
        "--seeds",
        "1",
        "2",
        "--reads-of",
        "10",
        "100",
    ]
    assert annealer.main([*chosen, "--tts", "--cap", "1", "--output", str(saved)]) == 0
    out = capsys.readouterr().out
    assert [(cells[0], cells[3], cells[5]) for cells in rows(out)] == [
        ("ring", "2/2", "2/2"),
        ("list", "2/2", "2/2"),
    ]
    assert "median of 1 max-cut graphs" in out
    assert [len(row["dwave"]) for row in json.loads(saved.read_text())["rows"]] == [2, 2]


@pytest.mark.parametrize(
    "arguments",
    [[], ["--names", "G1"], ["--names", "random-60-4", "--tts"], ["--names", "random-4-5"]],
)
def test_annealer_says_what_is_lacking(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("QOPT_INSTANCES", raising=False)
    assert annealer.main(arguments) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)


def test_spans_of_runs_given_up() -> None:
    fast, slow, given_up = Span(1, 1), Span(4, 4), Span(10, math.inf)
    assert tts.median([fast, given_up, given_up]) == given_up
    assert tts.median([fast, slow, given_up]) == slow
    assert [str(given_up.over(fast)), str(fast.over(given_up)), str(given_up.over(given_up))] == [
        ">10",
        "<0.1",
        "?",
    ]
    assert tts.interval([slow, fast, given_up]) == (fast, given_up)
    assert tts.interval([Span(k, k) for k in range(9)]) == (
        Span(1, 1),
        Span(7, 7),
    )  # 1 - 2 * (1 + 9) / 2**9 = 96 %


def test_large(capsys: pytest.CaptureFixture[str]) -> None:
    large.main(["--spins", "400", "--couplings", "1200", "--seconds", "0.8", "--gaussian"])
    assert [cells[0] for cells in rows(capsys.readouterr().out)] == ["100", "200", "400"]


def test_contradiction(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("ortools", reason="the extra 'baselines' is not installed")
    contradiction.main(["--constraints", "30", "--seeds", "1", "2"])
    found = rows(capsys.readouterr().out)
    assert [cells[0] for cells in found] == [kind for kind in contradiction.KINDS for _ in range(2)]
    assert {tuple(cells[5:7]) for cells in found} == {("yes", "proved")}


def test_deadlines(capsys: pytest.CaptureFixture[str]) -> None:
    deadlines.main(["--most", "100", "--limits", "0.1", "0.2"])
    out = capsys.readouterr().out
    assert [cells[:2] for cells in rows(out)] == [
        [n, way] for n in ("10", "100") for way in ("sample_arrays", "sample")
    ]
    assert "worst: " in out


def test_limits(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    saved = tmp_path / "found.json"
    chosen = ["--models", "knapsack-50", "routing-10", "--solvers", "annealer", "greedy"]
    limits.main([*chosen, "--limits", "0.05", "--output", str(saved)])
    found = rows(capsys.readouterr().out)
    assert [cells[:2] for cells in found] == [
        [name, solver] for name in chosen[1:3] for solver in chosen[4:6]
    ]
    assert found[1][3] == limits.NOT_TAKEN
    assert [row["limit"] for row in json.loads(saved.read_text())["rows"]] == [0.05] * 4


def test_start_times(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    saved = tmp_path / "runs.json"
    short = ["--seconds", "1", "--proof", "5", "--seeds", "1", "2", "--output", str(saved)]
    start_times.main(["--sizes", "tiny", *short])
    cells = rows(capsys.readouterr().out)
    assert [row[0] for row in cells] == ["job shop 2x2 products"] * 2 + ["tardiness 3 big-M"] * 2
    assert all(row[-1] == "yes" for row in cells)
    assert len(json.loads(saved.read_text())["runs"]) == 4


def test_constrained_on_published_instances(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "two.dat").write_text("2\n0 1\n1 0\n0 3\n3 0\n")
    (tmp_path / "triangle.col").write_text("p edge 3 3\ne 1 2\ne 2 3\ne 1 3\n")
    known = [("two", "qap", "two.dat", 6), ("triangle", "graph_colouring", "triangle.col", 3)]
    keys = ("name", "family", "path", "best_known", "sense")
    (tmp_path / "index.json").write_text(
        json.dumps([dict(zip(keys, (*entry, "min"), strict=True)) for entry in known])
    )
    saved = tmp_path / "found.json"
    chosen = [
        "--instances",
        str(tmp_path),
        "--names",
        "two",
        "triangle:3",
        "triangle:2",
        "--json",
        str(saved),
    ]
    assert constrained.main([*chosen, *SHORT]) == 0
    out = capsys.readouterr().out
    assert [(cells[1], *cells[3:6], cells[-1]) for cells in rows(out)] == [
        ("two", "6", "6", "0.000", "yes"),
        ("triangle:3", "0", "0", "0.000", "yes"),
        (
            "triangle:2",
            *rows(out)[2][3:6],
            "no",
        ),  # whose samples may have conflicts, or nodes without a colour
    ]
    assert "named: not met, 2 of 3 cases, feasible 4 of 6" in out
    assert saved.with_suffix(".md").read_text() == out
    assert [row["met"] for row in json.loads(saved.read_text())["rows"]] == [True, True, False]


def test_constrained_on_generators(capsys: pytest.CaptureFixture[str]) -> None:
    names = ["bin-packing:8", "knapsack:10", "quadratic-assignment:4", "mimo:10"]
    assert constrained.main(["--bar", "generators", "--names", *names, *SHORT]) == 0
    out = capsys.readouterr().out
    assert [cells[1] for cells in rows(out)] == names
    assert "generators: " in out


def test_constrained_says_what_is_lacking(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("QOPT_INSTANCES", raising=False)
    assert constrained.main(["--bar", "qap5"]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)


def test_compile_speed(capsys: pytest.CaptureFixture[str]) -> None:
    assert compile_speed.main(["--cities", "5", "--rows", "50", "100", "--repeats", "1"]) == 0
    out = capsys.readouterr().out
    assert [cells[0] for cells in rows(out)] == ["5", "rows", "50", "100"]
    assert out.count("met: ") == 2


def test_tuned(capsys: pytest.CaptureFixture[str]) -> None:
    short = ["--seeds", "1", "--reads", "16", "--sweeps", "5", "--rounds", "2"]
    tuned.main(["--names", "packing", "multi-knapsack:3", *short])
    found = rows(capsys.readouterr().out)
    assert [cells[0] for cells in found] == ["packing", "multi-knapsack:3"]
    assert all(len(cells) == 7 and 0 <= float(cells[5].split()[0]) <= 1 for cells in found)


@pytest.fixture
def planning(tmp_path: Path) -> str:
    """An index of a problem each of routing, scheduling and packing."""
    for package, name in (
        ("problems.logistics", "E-n13-k4.vrp"),
        ("problems.scheduling", "ft06.txt"),
    ):
        (tmp_path / name).write_text((resources.files(package) / "instances" / name).read_text())
    (tmp_path / "t120_00").write_text("4\n10\n7\n5\n3\n5\n")
    matrix = "EDGE_WEIGHT_TYPE: EXPLICIT\nEDGE_WEIGHT_FORMAT: UPPER_ROW\nEDGE_WEIGHT_SECTION\n"
    (tmp_path / "gr17.tsp").write_text(f"TYPE: TSP\nDIMENSION: 4\n{matrix}1 5 2 3 5 1\nEOF\n")
    known = [
        ("gr17", "tsp", "gr17.tsp", 7),
        ("E-n13-k4", "cvrp", "E-n13-k4.vrp", 247),
        ("ft06", "jobshop", "ft06.txt", 55),
        ("t120_00", "bin_packing", "t120_00", 2),
    ]
    keys = ("name", "family", "path", "best_known")
    (tmp_path / "index.json").write_text(
        json.dumps([dict(zip(keys, entry, strict=True)) for entry in known])
    )
    return str(tmp_path)


def test_plans(planning: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    saved = tmp_path / "found.json"
    assert plans.main(["--folder", planning, "--threads", "1", "--json", str(saved), *SHORT]) == 0
    out = capsys.readouterr().out
    names, labels = (
        ["gr17", "E-n13-k4", "ft06", "t120_00"],
        ["tsp-76", "cvrp-80", "shop-small", "bins"],
    )
    found = rows(out)
    assert [cells[:2] for cells in found[:4]] == [
        list(pair) for pair in zip(labels, names, strict=True)
    ]
    assert found[0][3:6] == ["7", "7", "0.00"]
    assert [(cells[0], cells[2], cells[-1]) for cells in found[5:]] == [
        (label, "1", "none") for label in labels
    ]
    assert out.count("the index has none of its instances") == len(plans.SETS) - 4
    assert saved.with_suffix(".md").read_text() == out
    report = json.loads(saved.read_text())
    assert [len(row["runs"]) for row in report["rows"]] == [2] * 4
    assert report["verdicts"][0]["met"]


def test_plans_by_classical_solvers_on_a_page(
    planning: str, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("ortools", reason="the extra 'baselines' is not installed")
    pytest.importorskip("pyvrp", reason="the extra 'baselines' is not installed")
    names = [
        "--instances",
        "gr17",
        "t120_00",
        "--set",
        "tsp-76",
        "bins",
        "--seconds",
        "0.2",
        "--seeds",
        "1",
    ]
    assert (
        plans.main(
            ["--folder", planning, *names, "--solver", "greedy", "--classical", "--markdown"]
        )
        == 0
    )
    out = capsys.readouterr().out
    assert out.startswith("`python -m tests.benchmarks.plans --folder")
    assert [line for line in out.splitlines() if line.startswith("#")] == [
        "## Solver greedy",
        "## Classical solvers",
    ]
    assert [cells[1] for cells in rows(out) if cells[0] in ("tsp-76", "bins")] == [
        "gr17", "t120_00", "greedy", "greedy", "gr17", "t120_00", "pyvrp", "cp-sat"
    ]  # fmt: skip


def test_plans_side_by_side(planning: str, capsys: pytest.CaptureFixture[str]) -> None:
    chosen = [
        "--folder",
        planning,
        "--set",
        "cvrp-80",
        "bins",
        "--solver",
        "greedy",
        "--jobs",
        "2",
        *SHORT,
    ]
    assert plans.main(chosen) == 0
    assert [cells[1:5] for cells in rows(capsys.readouterr().out)[:2]] == [
        ["E-n13-k4", "247", "275", "275"],
        ["t120_00", "2", "2", "2"],
    ]


def test_plans_compiled(planning: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert plans.main(["--folder", planning, "--compile"]) == 0
    out = capsys.readouterr().out
    assert [cells[1] for cells in rows(out)] == ["gr17", "E-n13-k4", "ft06", "t120_00"]
    assert "of 4 models of up to 2,000,000 couplings" in out


@pytest.mark.parametrize("arguments", [[], ["--folder", "nowhere"]])
def test_plans_say_what_is_lacking(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("QOPT_INSTANCES", raising=False)
    assert plans.main(arguments) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)


def test_race(
    planning: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    pytest.importorskip("ortools", reason="the extra 'baselines' is not installed")
    pytest.importorskip("pyvrp", reason="the extra 'baselines' is not installed")
    monkeypatch.setenv("QOPT_NUM_THREADS", "2")
    saved = tmp_path / "found.json"
    chosen = ["--folder", planning, "--instances", "E-n13-k4", "ft06", "--json", str(saved)]
    assert race.main([*chosen, "--seconds", "1", "--seeds", "1", "2"]) == 0
    out = capsys.readouterr().out
    assert [cells[:2] for cells in rows(out)] == [
        ["E-n13-k4", "hybrid, pyvrp"],
        ["ft06", "hybrid, cp-sat-intervals"],
    ]
    assert "of 2; latest" in out
    assert [len(row["runs"]) for row in json.loads(saved.read_text())["rows"]] == [2, 2]


def test_race_says_what_is_lacking(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("QOPT_INSTANCES", raising=False)
    assert race.main([]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)


def test_portfolios(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("pyscipopt", reason="the extra 'baselines' is not installed")
    saved = tmp_path / "found.json"
    chosen = [
        "--names",
        "random-6",
        "--points",
        "2",
        "--assets",
        "2",
        "--scip-seconds",
        "10",
        "--json",
        str(saved),
    ]
    assert portfolios.main([*chosen, *SHORT]) == 0
    out = capsys.readouterr().out
    assert [cells[0] for cells in rows(out)] == ["random-6", "random-6"]
    assert "random-6: met, 2 of 2" in out
    assert saved.with_suffix(".md").read_text() == out


def test_first_call() -> None:
    row = first_call.main(["--names", "qubo", "--repeat", "1"])[-1]
    first, second = (float(row.split("|")[k]) for k in (2, 4))
    assert 0 < second < first  # nobody compiles as fast as the disk loads


def test_report_page() -> None:
    row = [cell.strip() for cell in report_page.main(["--trials", "20"])[-1].split("|")[1:-1]]
    assert row[0] == "20"
    assert float(row[2]) < 3
    assert row[5:] in (["0", "0"], ["none", "none"])


def test_whole_or_parts() -> None:
    lines = whole_or_parts.main(["--kinds", "max-cut", "--seconds", "0.1", "--seeds", "1"])
    assert [line.split("|")[6].strip() for line in lines[2:5]] == ["qubo-annealer"] * 3
    assert lines[-1].endswith("times of 3")


def test_read_back() -> None:
    chosen = ["--kinds", "set-packing", "max-cut", "--ways", "dimod", "qiskit rules", "--wrong"]
    lines = read_back.main(chosen)
    read = {tuple(cells[:2]): cells[4:6] for cells in rows("\n".join(lines)) if len(cells) == 10}
    assert read["set-packing", "dimod"] == ["12", "12"]
    assert read["max-cut", "dimod"] == ["0", "0"]
    assert any(line.startswith("all rows of ") for line in lines)


def test_structure() -> None:
    lines = structure.main(["--sets", "tours", "--names", "tour:6", *SHORT])
    (row,) = rows("\n".join(lines))
    assert row[:2] == ["tour:6", "36"]
    assert row[-4:-2] == ["0.00 0.00"] * 2  # of six cities everyone finds the shortest
    one = ["--names", "knapsack-20-s1", "--seeds", "1", "--seconds", "1"]
    (row,) = rows("\n".join(structure.main(["--sets", "packing", *one])))
    assert [row[4], row[-1]] == ["1", "yes"]
    lines = structure.main(["--sets", "polynomials", "--names", "cubic:60", *SHORT])
    (row,) = rows("\n".join(lines))
    assert row[:2] == ["cubic:60", "157"]
    lines = structure.main(["--sets", "plain", "--names", "three-regular-2000", "--sweeps", "2"])
    assert "nothing" in lines[2]
    lines = structure.main(["--sets", "large", "--couplings", "2000"])
    assert [cells[0] for cells in rows("\n".join(lines))] == list(structure.LARGE)


def test_structure_of_published_portfolios(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("QOPT_INSTANCES", raising=False)
    chosen = ["--sets", "portfolios", "assignments", *SHORT]
    skipped = [line for line in structure.main(chosen) if "skipped" in line]
    assert len(skipped) == 1 + len(structure.ASSIGNMENTS)
    folder = tmp_path / "qoblib"
    folder.mkdir()
    (folder / "two.qs").write_text("2 3\n1 1 -2\n1 2 3\n2 2 -3\n")
    known = {"name": "two", "family": "portfolio", "path": "qoblib/two.qs", "best_known": -3}
    (folder / "index.json").write_text(json.dumps([known]))
    lines = structure.main(["--sets", "portfolios", "--instances", str(tmp_path), *SHORT])
    (row,) = rows("\n".join(lines))
    assert [row[0], *row[-5:]] == ["two", "-3", "-3", "-3", "0.000", "yes"]


def test_verdicts() -> None:
    lines = verdicts.main(["--studies", "2"])
    by_effect, by_failing = rows("\n".join(lines[:20])), rows("\n".join(lines[21:]))
    assert len(by_effect) == 2 * len(verdicts.SHAPES) * len(verdicts.EFFECTS)
    assert {row[7] for row in by_effect if row[2] == "5"} == {"0.0%"}
    assert {row[3] for row in by_failing} == {"0"}


def test_walks() -> None:
    lines = walks.main(["--sweeps", "5", "--repeats", "1"])
    assert [line.split("|")[1].strip() for line in lines[2:]] == list(walks.MODELS)


def test_studies(capsys: pytest.CaptureFixture[str]) -> None:
    studies.main(["--trials", "20", "--controls", "1", "--only", "size", "workers", "controls"])
    assert "overhead a trial" in capsys.readouterr().out


def test_annealers() -> None:
    short = ["--reads", "20", "--seconds", "0.2", "--seeds", "1", "--only", "whole"]
    lines = annealers.main([*short, "--device", "advantage2-small"])
    found = rows("\n".join(lines))
    assert [row[1] for row in found] == ["qpu"] * 3
    assert all(float(row[7]) > 0 for row in found)


def test_hybrids(capsys: pytest.CaptureFixture[str]) -> None:
    hybrids.main(["--seconds", "0.1", "--seeds", "1", "--limits", "0.1", "--spins", "20"])
    out = capsys.readouterr().out
    assert len([line for line in out.splitlines() if "1 of 1" in line or "0 of 1" in line]) == 7
    kinds = [line.split()[1] for line in out.splitlines()[-6:]]
    assert kinds == ["bqm", "bqm", "cqm", "cqm", "nl", "nl"]
    assert [line.split()[1] for line in out.splitlines() if " 225 | " in line] == ["tour"]


def test_drift(capsys: pytest.CaptureFixture[str]) -> None:
    drift.main(["--sequences", "2", "--chips", "0"])
    assert [row[1] for row in rows(capsys.readouterr().out)] == ["2"] * len(drift.DRAWN)


def test_jobs() -> None:
    (row,) = jobs.faults(("qpu",), [jobs.TABLE[0]])
    assert row.wrong == ()
    waited = jobs.waiting(jobs=2, kills=1)
    assert (waited.answers, waited.most) == (2, 1)
    shared = jobs.budget(processes=2, kills=1, questions=4)
    assert shared.charged <= shared.limit
    assert len(jobs.quotes(jobs=2)) == 2


def test_emulator(capsys: pytest.CaptureFixture[str]) -> None:
    emulator.main(["--device", "advantage2-small", "--problems", "2", "--reads", "20",
                   "--cliques", "6", "--parts", "native", "cliques", "drop", "speed"])  # fmt: skip
    written = capsys.readouterr().out
    assert "local temperature" in written
    assert "| K6 " in written
    assert "spoilt" in written


def test_embedding() -> None:
    chosen = ["--parts", "threshold", "packing", "--device", "advantage2-small", "--seeds", "1"]
    chosen += ["--jobs", "3", "--variables", "4"]
    lines = embedding.main([*chosen, "--sizes", "8", "--densities", "0.5", "--seconds", "20"])
    found = rows("\n".join(lines))
    assert found[0][:2] == ["8", "0.5"]
    assert found[2][:3] == ["4", "3", "1"]


def test_mitigation() -> None:
    chosen = ["--seeds", "1", "--reads", "20", "--noise", "early"]
    found = rows("\n".join(mitigation.main(chosen)))
    assert {row[0] for row in found} == set(mitigation.PARTS)
