"""Every notebook runs from top to bottom, is kept without outputs, and says what its .py says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

NOTEBOOKS = sorted((Path(__file__).parent.parent / "notebooks").glob("*.ipynb"))

pytestmark = pytest.mark.skipif(
    not NOTEBOOKS,
    reason="the notebooks are not beside the tests: they run from an installed package",
)
each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def _read(path: Path) -> Any:
    nbformat = pytest.importorskip("nbformat", reason="the extra 'notebook' is not installed")
    return nbformat.read(path, as_version=4)


@pytest.mark.slow
@each_notebook
def test_it_runs_from_top_to_bottom(path: Path) -> None:
    nbclient = pytest.importorskip("nbclient", reason="the extra 'notebook' is not installed")
    pytest.importorskip("ipykernel", reason="the extra 'notebook' is not installed")
    pytest.importorskip("matplotlib", reason="the extra 'notebook' is not installed")
    notebook = _read(path)
    nbclient.NotebookClient(
        notebook,
        timeout=120,
        kernel_name="python3",
        resources={"metadata": {"path": str(path.parent)}},
    ).execute()
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    streams = [
        output.text for cell in code for output in cell.outputs if output.output_type == "stream"
    ]
    assert streams == []  # neither warnings nor stray prints


@each_notebook
def test_it_is_kept_without_outputs(path: Path) -> None:
    code = [cell for cell in _read(path).cells if cell.cell_type == "code"]
    assert code
    assert all(cell.outputs == [] and cell.execution_count is None for cell in code)


@each_notebook
def test_its_cells_are_those_of_the_py_beside_it(path: Path) -> None:
    jupytext = pytest.importorskip("jupytext", reason="the extra 'notebook' is not installed")
    source = jupytext.read(path.with_suffix(".py"))
    assert [(cell.cell_type, cell.source) for cell in _read(path).cells] == [
        (cell.cell_type, cell.source) for cell in source.cells
    ]


@each_notebook
def test_it_is_paired_and_asks_for_any_python_3(path: Path) -> None:
    metadata = _read(path).metadata
    assert metadata.jupytext.formats == "ipynb,py:percent"
    assert metadata.kernelspec.name == "python3"


def test_each_py_has_its_notebook() -> None:
    sources = {path.stem for path in NOTEBOOKS[0].parent.glob("*.py")}
    assert sources == {path.stem for path in NOTEBOOKS}
