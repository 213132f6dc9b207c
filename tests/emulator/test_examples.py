"""Scripts written for Ocean run against the local service as they are: ours, one for each sampler,
and D-Wave's public examples where they are at hand.
"""

from __future__ import annotations

import math
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from qopt.emulator import serve
from qopt.emulator.service import Service

SCRIPTS = Path(__file__).parent / "scripts"
# a folder with clones of D-Wave's repositories of examples, and perhaps a .venv for them
EXAMPLES = "QOPT_OCEAN_EXAMPLES"


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    pytest.importorskip("starlette", reason="the extra 'emulator' is not installed")
    with serve(device="advantage2-small", seed=1, hybrid_minimum=2.0) as running:
        yield running


def _begun(
    service: Service,
    home: Path,
    command: list[str],
    folder: Path,
    python: str | Path = sys.executable,
) -> subprocess.Popen[str]:
    """A script that finds nothing but the service in its environment."""
    own = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    return subprocess.Popen(
        [python, *command],
        cwd=folder,
        env={**own, "HOME": str(home), "MPLBACKEND": "Agg", **service.environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _said(script: subprocess.Popen[str]) -> list[str]:
    """What it prints."""
    try:
        printed, complaints = script.communicate(timeout=240)
    finally:
        script.kill()
    assert script.returncode == 0, complaints
    return printed.splitlines()


# by script, the label of its job and lines that it prints
WANTED = {
    "native_ring": ("ring", ["lowest energy -2.0", "reads 100"]),
    "embedded_cut": ("cut", ["cut 12 of 15 edges", "chains 10"]),
    "clique_numbers": ("heaps", ["largest clique at least 12: True", "smallest difference 0"]),
    "hybrid_colouring": (
        "colours",
        ["least time 2 s", "one colour each True", "conflicts 0", "charged 2000000 us"],
    ),
    "hybrid_diet": (
        "diet",
        ["feasible True", "cost 23.6857", "bread 2 eggs 2", "violated []"],
    ),
    "hybrid_tour": (
        "tour",
        [
            "states True",
            f"length {24 * math.sin(math.pi / 12):.4f}",  # a polygon of twelve sides
            "towns True",
            "charged 2000000 us",
        ],
    ),
}


@pytest.fixture(scope="module")
def scripts(
    service: Service, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, subprocess.Popen[str]]:
    """All at once, as users come: importing Ocean takes each of them most of its time."""
    home = tmp_path_factory.mktemp("home")
    return {name: _begun(service, home, [str(SCRIPTS / f"{name}.py")], home) for name in WANTED}


@pytest.mark.parametrize("name", WANTED)
def test_a_script_for_each_sampler_runs_unmodified(
    name: str, service: Service, scripts: dict[str, subprocess.Popen[str]]
) -> None:
    label, lines = WANTED[name]
    said = _said(scripts[name])
    assert [line for line in lines if line not in said] == [], said
    (job,) = (job for job in service.jobs if job.label == label)
    assert job.status.name == "COMPLETED"
    assert job.charged > 0


def test_there_is_a_script_for_each_file() -> None:
    assert sorted(WANTED) == sorted(path.stem for path in SCRIPTS.glob("*.py"))


# of D-Wave's public examples, by repository: a command, packages that it needs beside Ocean, and
# what it prints when all is well
PUBLIC = {
    "maximum-cut": ("maximum_cut.py", ["matplotlib"], r"\[.*\] +\[.*\] +-5.0 +5"),
    "graph-partitioning": (
        "graph_partitioning.py", [], r"Valid partition found with \d+ cut edges"
    ),
    "antenna-selection": (
        "antennas.py", ["matplotlib"], r"Maximum independent set size found is 3"
    ),
    "structural-imbalance": (
        "structural_imbalance.py --hybrid --region syria",
        ["matplotlib"],
        r"Found 0 violations out of 21 edges",
    ),
    "knapsack": ("knapsack.py", ["pandas"], r"Found best solution at energy -3153.0"),
    "job-shop-scheduling-cqm": (
        "src/job_shop_scheduler.py -tl 5",
        ["pandas", "tabulate", "plotly", "mip"],
        r"Saved schedule to",
    ),
    "flow-shop-scheduling": (
        "flow_shop_scheduler.py -tl 5", ["pandas", "tabulate", "plotly"], r"Saved schedule to"
    ),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("repository", PUBLIC)
def test_a_public_example_runs_by_its_own_code(
    repository: str, service: Service, tmp_path: Path
) -> None:
    examples = Path(os.environ.get(EXAMPLES, os.devnull))
    folder, own = examples / repository, examples / ".venv/bin/python"
    if not folder.is_dir():
        pytest.skip(f"{EXAMPLES} names no folder with a clone of dwave-examples/{repository}")
    command, needed, wanted = PUBLIC[repository]
    if not own.exists() and (missing := [name for name in needed if find_spec(name) is None]):
        pytest.skip(f"dwave-examples/{repository} needs {', '.join(missing)}")
    copy = tmp_path / repository
    shutil.copytree(folder, copy)  # they write their plots and tables beside themselves
    (copy / "output").mkdir(exist_ok=True)
    python = own if own.exists() else sys.executable
    said = "\n".join(_said(_begun(service, tmp_path, command.split(), copy, python)))
    assert re.search(wanted, said), said
