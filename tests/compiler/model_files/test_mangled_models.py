"""Mangled model files: what a second reading of the file confirms, or one line that names it."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

from qopt.assignment import Model
from qopt.diagnosis.reading import check_reading

from ...diagnosis.test_reading import LP, MPS
from ...fuzz import examples
from ...mangle import mangled, other_words, refused_or

FILES = {"lp": LP, "mps": MPS}


def law(content: bytes, form: str, tmp_path_factory: pytest.TempPathFactory) -> bool:
    """Whether the file was read, and read right."""
    path = tmp_path_factory.getbasetemp() / f"model.{form}"
    path.write_bytes(content)
    problem = refused_or(Model.of, path)
    if problem is None:
        return False
    if problem.source.format in FILES:
        found = check_reading(problem, samples=10)
        assert found.ok, (str(found), content.decode(errors="replace"))
    return True


@pytest.mark.parametrize("form", FILES)
def test_mangled_files(form: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    @settings(
        deadline=None,
        max_examples=examples(150),
        derandomize=True,
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(content=mangled(FILES[form]))
    def check(content: bytes) -> None:
        law(content, form, tmp_path_factory)

    check()


@pytest.mark.parametrize("form", FILES)
def test_every_word_replaced(form: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Every tenth of all words by all tokens, and some of them stay readable."""
    every = list(other_words(FILES[form]))[::10]
    read = sum(law(content, form, tmp_path_factory) for content in every)
    assert 0 < read < len(every)
