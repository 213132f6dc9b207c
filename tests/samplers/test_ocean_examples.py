"""D-Wave's public example scripts, with the line changed that names their sampler.

`QOPT_OCEAN_EXAMPLES` is a folder of their repositories as they are cloned, `knapsack`,
`airline-hubs` and so on; one that is not there, or that needs a package which is not, is skipped
with the reason. Each runs in a copy of its folder.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

FOLDER = os.environ.get("QOPT_OCEAN_EXAMPLES")
UNSET = "set QOPT_OCEAN_EXAMPLES to a folder of D-Wave's example repositories to run this"
SECONDS = 300

# the line that changes, in whichever of their files it stands
CHANGES = {
    "from dwave.system import LeapHybridCQMSampler, LeapHybridDQMSampler": (
        "from qopt.samplers import CqmAnnealer as LeapHybridCQMSampler, "
        "CqmAnnealer as LeapHybridDQMSampler"
    ),
    "from dwave.system import LeapHybridCQMSampler": (
        "from qopt.samplers import CqmAnnealer as LeapHybridCQMSampler"
    ),
    "from dwave.system import DWaveCliqueSampler": (
        "from qopt.samplers import QuboAnnealer as DWaveCliqueSampler"
    ),
}


@dataclass(frozen=True)
class Script:
    """A command in a repository, and what its output must say; `best` is the optimum, where the
    pattern has a number.
    """

    repository: str
    command: tuple[str, ...]
    says: str
    best: float | None = None

    def __str__(self) -> str:
        return " ".join((self.repository, *self.command[1:]))


SCRIPTS = [
    Script("knapsack", ("knapsack.py", "--filename", "data/small.csv"), r"energy (\S+)", -340),
    Script("knapsack", ("knapsack.py",), r"energy (\S+)", -3153),
    Script("airline-hubs", ("demo.py",), r"Cost: (\S+)", 901.69884378),
    Script("portfolio-optimization", ("portfolio.py",), r"Purchase Cost: (\d+)"),
    Script("portfolio-optimization", ("portfolio.py", "-m", "DQM"), r"Purchase Cost: (\d+)"),
    Script(
        "job-shop-scheduling-cqm",
        ("-m", "src.job_shop_scheduler", "-i", "input/instance3_3.txt"),
        r"-{5,}\n\s+(\d+)",
        14,
    ),
    Script(
        "3d-bin-packing",
        ("packing3d.py", "--data_filepath", "tests/test_data_1.txt"),
        r"(5\.5)",
        5.5,
    ),
    Script("mutual-information-feature-selection", ("titanic.py",), "plots are saved"),
]


@pytest.mark.skipif(FOLDER is None, reason=UNSET)
@pytest.mark.slow
@pytest.mark.parametrize("script", SCRIPTS, ids=str)
def test_it_runs_with_one_line_changed(script: Script, tmp_path: Path) -> None:
    source = Path(str(FOLDER)) / script.repository
    if not source.is_dir():
        pytest.skip(f"no {script.repository} in {FOLDER}")
    here = Path(shutil.copytree(source, tmp_path / script.repository))
    (here / "output").mkdir(exist_ok=True)
    changed = [path for path in here.rglob("*.py") if _changed(path)]
    assert changed
    ran = subprocess.run(
        [sys.executable, *script.command],
        cwd=here,
        env=os.environ | {"MPLBACKEND": "Agg", "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )
    if missing := re.search(r"ModuleNotFoundError: No module named '(\S+)'", ran.stderr):
        pytest.skip(f"{script.repository} needs {missing[1]}")
    assert ran.returncode == 0, ran.stderr
    found = re.search(script.says, ran.stdout)
    assert found is not None, ran.stdout
    if script.best is not None:
        assert float(found[1]) == pytest.approx(script.best)


def _changed(path: Path) -> bool:
    """Change the line, and say whether the file has it now: it may have been changed before."""
    text = path.read_text()
    lines = [CHANGES.get(line, line) for line in text.splitlines()]
    path.write_text("\n".join(lines) + "\n")
    return any(line in CHANGES.values() for line in lines)
