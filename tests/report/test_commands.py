"""The road from a study's folder to a page that is checked, on the command line."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from qopt import QoptError
from qopt.batch import Run
from qopt.cli import app
from qopt.report import report, verify

STUDY = """name: planned
problems:
  - {kind: job-shop, generate: {jobs: 3, machines: 3, seed: [1, 2]}}
  - {kind: vehicle-routing, generate: {customers: 5, seed: 1}}
  - {kind: mean-variance, instance: hang-seng-10}
solvers:
  - {name: greedy}
  - {name: greedy, label: again}
seeds: [1, 2]
time_limit: 20
run: {executor: inline}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Of a study of sixteen trials that was run."""
    monkeypatch.chdir(tmp_path)
    Path("study.yaml").write_text(STUDY + "compare: {baseline: greedy}\n")
    assert CliRunner().invoke(app, ["run", "study.yaml", "--quiet"]).exit_code == 0
    return Path("runs/planned")


def test_a_report_is_written_and_its_numbers_are_those_of_the_run(folder: Path) -> None:
    said = CliRunner().invoke(app, ["report", str(folder)])
    assert said.exit_code == 0, said.output
    assert said.output.startswith("saved to runs/planned/report.html: ")
    checked = CliRunner().invoke(app, ["verify", "runs/planned/report.html"])
    assert checked.exit_code == 0, checked.output
    assert "numbers follow from its records" in " ".join(checked.output.split())
    assert CliRunner().invoke(app, ["verify", str(folder)]).output == checked.output
    page = (folder / "report.html").read_text()
    for sentence in Run.open(folder).compare().sentences():
        assert sentence in page


def test_plans_are_drawn_and_sizes_told(folder: Path) -> None:
    pytest.importorskip("matplotlib", reason="plans are drawn by matplotlib, an extra")
    page = report(folder, "here.html").read_text()
    assert page.count("data:image/svg+xml") == 8  # four instances, two solvers
    assert "makespan" in page
    sizes = re.search(r"QUBO couplings.*?</table>", page, re.S)
    assert sizes is not None
    assert sizes[0].count("<tr>") == 4


def test_without_matplotlib_plans_are_in_words(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "matplotlib", None)
    page = report(folder, "here.html").read_text()
    assert "data:image/svg+xml" not in page
    assert "drawn where matplotlib is installed" in page
    assert verify("here.html").ok


def test_a_file_that_changed_since_is_not_drawn(tmp_path: Path) -> None:
    """What is drawn and measured is what was solved, or nothing."""
    from problems.scheduling import JobShop

    text = "2 2\n0 3 1 2\n1 4 0 1\n"
    (tmp_path / "shop.txt").write_text(text)
    assert JobShop.read(tmp_path / "shop.txt")
    (tmp_path / "study.yaml").write_text(
        "name: file\nproblems: [{kind: job-shop, file: shop.txt}]\nsolvers: [{name: greedy}]\n"
        f"output: {tmp_path / 'out'}\nrun: {{executor: inline}}\n"
    )
    CliRunner().invoke(app, ["run", str(tmp_path / "study.yaml"), "--quiet"])
    (tmp_path / "shop.txt").write_text(text.replace("4", "7"))
    page = report(tmp_path / "out").read_text()
    assert "data:image/svg+xml" not in page
    assert "is no longer what was solved: its source changed" in page
    (tmp_path / "shop.txt").unlink()
    assert "No such file" in report(tmp_path / "out").read_text()


def test_a_device_is_told_as_its_result_tells_it(folder: Path) -> None:
    run = Run.open(folder)
    saved = folder / str(next(r.file for r in run.records if r.solver == "again"))
    document = json.loads(saved.read_text())
    told = {"device": "Zephyr_1", "topology": {"type": "zephyr", "shape": [12, 4]}, "qubits": 61}
    document["provenance"]["solver"] = told
    saved.write_text(json.dumps(document))
    page = report(run).read_text()
    assert "The device of again" in page
    assert "<dt>topology, type</dt><dd>zephyr</dd>" in page
    assert "<dt>qubits</dt><dd>61</dd>" in page
    assert "The device of greedy" not in page
    assert verify(folder / "report.html").ok


def test_a_changed_page_has_exit_code_1(folder: Path) -> None:
    path = report(folder, "page.html")
    path.write_text(path.read_text().replace("4 of 4", "3 of 4", 1).replace("8 of 8", "7 of 8", 1))
    said = CliRunner().invoke(app, ["verify", str(path)])
    assert said.exit_code == 1
    assert "under 'Solvers'" in said.output


def test_another_question_is_told_as_asked_later(folder: Path) -> None:
    said = CliRunner().invoke(
        app, ["report", str(folder), "--baseline", "again", "--output", "a.html"]
    )
    assert said.exit_code == 0, said.output
    page = Path("a.html").read_text()
    assert "greedy is equivalent to again" in page or "greedy from again" in page
    assert "another question, asked after the trials" in page
    assert verify("a.html").ok


def test_mistakes_are_refused(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(QoptError, match="no solver with runs named 'gredy'; did you mean greedy"):
        report(folder, question={"baseline": "gredy"})
    with pytest.raises(QoptError, match="together"):
        CliRunner().invoke(
            app, ["report", str(folder), "--runs-a-year", "5"], catch_exceptions=False
        )
    with pytest.raises(QoptError, match="no study was run there"):
        report(tmp_path)
    with pytest.raises(QoptError, match=r"page\.txt: give a name that ends in \.html"):
        report(folder, "page.txt")
    with pytest.raises(QoptError, match="worth_of_percent"):
        report(folder, question={"metric": "money"})


def test_rates_are_in_the_page(folder: Path) -> None:
    rates = ["--runs-a-year", "250", "--worth-of-percent", "100", "--device-a-year", "1000"]
    assert CliRunner().invoke(app, ["report", str(folder), *rates]).exit_code == 0
    assert (
        "again does not pay beside greedy: \N{MINUS SIGN}1,000 a year"
        in (folder / "report.html").read_text()
    )


def test_a_run_is_compared_with_another(folder: Path) -> None:
    said = CliRunner().invoke(app, ["compare", str(folder), str(folder)])
    assert said.exit_code == 0, said.output
    assert "equivalent" in said.output or "not enough data" in said.output
    with pytest.raises(QoptError, match="no study was run there"):
        CliRunner().invoke(app, ["compare", str(folder), "none"], catch_exceptions=False)


def test_a_notebook_shows_the_same_tables_and_figures(folder: Path) -> None:
    run = Run.open(folder)
    shown = run._repr_html_()
    assert shown.count("<figure>") == 5
    for sentence in run.compare().sentences():
        assert sentence in shown


def test_a_notebook_shows_a_run_without_a_question(tmp_path: Path) -> None:
    text = STUDY.replace("name: planned", "name: bare")
    (tmp_path / "study.yaml").write_text(f"{text}output: {tmp_path / 'out'}\n")
    CliRunner().invoke(app, ["run", str(tmp_path / "study.yaml"), "--quiet"])
    shown = Run.open(tmp_path / "out")._repr_html_()
    assert shown.count("<figure>") == 4
    assert "baseline" not in shown


def test_a_solver_that_became_worse_stops_a_build(tmp_path: Path) -> None:
    """The same label, first an annealer behind it, then a heuristic: worse one way, better back."""
    solvers = {
        "before": "{name: annealer, label: planner, parameters: {num_sweeps: 200, num_reads: 4}}",
        "now": "{name: greedy, label: planner}",
    }
    for name, solver in solvers.items():
        (tmp_path / f"{name}.yaml").write_text(
            f"name: {name}\noutput: {tmp_path / name}\nrun: {{executor: inline}}\ntime_limit: 20\n"
            "problems: [{kind: job-shop, generate: {jobs: 5, machines: 4, "
            f"seed: {list(range(24))}}}}}]\n"
            f"solvers: [{solver}]\ncompare: {{baseline: planner, margin: 0.5}}\n"
        )
        done = CliRunner().invoke(app, ["run", str(tmp_path / f"{name}.yaml"), "--quiet"])
        assert done.exit_code == 0, done.output
    before, now = str(tmp_path / "before"), str(tmp_path / "now")
    worse = CliRunner().invoke(app, ["compare", before, now])
    assert worse.exit_code == 1, worse.output
    assert "planner in the second run is worse than planner in the first run" in worse.output
    assert CliRunner().invoke(app, ["compare", now, before]).exit_code == 0
    assert CliRunner().invoke(app, ["compare", before, now, "--margin", "90"]).exit_code == 0
