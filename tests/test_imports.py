"""What `import qopt` brings in, and that its names stay what they are in any order of imports."""

from __future__ import annotations

import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

HEAVY = ["dimod", "dwave", "matplotlib", "numba", "numpy", "polars", "pyqubo", "scipy"]


def _python(code: str) -> str:
    """What a fresh interpreter prints; a failure in it fails the test with its traceback."""
    ran = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stderr == ""
    return ran.stdout.strip()


@pytest.mark.parametrize("module", ["qopt", "qopt.cli"])
def test_importing_loads_nothing_heavy(module: str) -> None:
    assert _python(f"import sys, {module}; print(sorted(set({HEAVY}) & set(sys.modules)))") == "[]"


def test_listing_solvers_loads_no_numeric_core_and_no_optimiser() -> None:
    """`qopt solvers` asks each what it lacks, which must not import what it has."""
    code = f"""
        import sys
        from qopt.plugins import solver_class, solver_names
        for name in solver_names():
            solver_class(name)
        late = {["numba", "scipy.stats", "dwave.system", "ortools", "pyvrp", "matplotlib"]}
        print(sorted(set(late) & set(sys.modules)))
    """
    assert _python(code) == "[]"


def test_solving_needs_no_scipy_stats_and_no_dwave_system() -> None:
    code = """
        import sys, qopt
        from problems.scheduling import JobShop
        qopt.solve(JobShop.bundled(), time_limit=None, num_sweeps=1, seed=1)
        print(sorted({"scipy.stats", "dwave.system", "matplotlib"} & set(sys.modules)))
    """
    _python(code)  # the compiler of kernels imports more, where they are not on the disk yet
    assert _python(code) == "[]"


CQM = (
    "import dimod; cqm = dimod.ConstrainedQuadraticModel(); "
    "cqm.set_objective(2 * dimod.Binary('x'))"
)


@pytest.mark.parametrize(
    "imports",
    [
        "import qopt",
        "import qopt.compiler",
        "from qopt import compile; import qopt",
        "from qopt.compiler import Compiled; import qopt",
        "import qopt.solvers.annealer; import qopt",
        "import qopt; qopt.compile; import qopt.compiler",
    ],
)
def test_compile_is_the_verb_and_the_room_whichever_came_first(imports: str) -> None:
    shown = "print(isinstance(c, qopt.compiler.Compiled), c.bqm().num_variables)"
    code = f"{imports}; {CQM}; c = qopt.compile(cqm); {shown}"
    assert _python(code) == "True 1"


def test_the_room_has_its_names_after_the_verb_was_used() -> None:
    shown = "import qopt.compiler; print(type(c) is qopt.compiler.Compiled)"
    code = f"import qopt; {CQM}; c = qopt.compile(cqm); {shown}"
    assert _python(code) == "True"


@pytest.mark.parametrize(
    "imports",
    [
        "import qopt",
        "from qopt.solve import solve; import qopt",
        "import qopt; from qopt.solve import solve",
        "import qopt.solve",
        "import qopt.batch",
        "import qopt.cli; import qopt",
    ],
)
def test_solve_stays_the_function(imports: str) -> None:
    assert _python(f"{imports}; import inspect; print(inspect.isfunction(qopt.solve))") == "True"


def test_rooms_are_there_without_an_import_of_their_own() -> None:
    rooms = "qopt.emulator.serve, qopt.devices.names, qopt.batch.run"
    code = f"import qopt; print(*(each.__name__ for each in ({rooms})))"
    assert _python(code) == "serve names run"


def test_a_name_qopt_does_not_have_is_an_attribute_error() -> None:
    import qopt

    with pytest.raises(AttributeError, match="module 'qopt' has no attribute 'optimise'"):
        qopt.optimise  # noqa: B018


def test_devices_and_their_emulator_know_no_client() -> None:
    """What stands in for D-Wave's service shares no code with the client that it is tested with."""
    root = Path(__file__).parents[1] / "qopt"
    client = re.compile(r"\b(from|import) dwave\.(cloud|system)\b")
    files = [*root.glob("devices/**/*.py"), *root.glob("emulator/**/*.py")]
    assert files
    assert [str(file) for file in files if client.search(file.read_text())] == []
