"""What is sent to other processes: problems, or how to make them."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path

import pytest

from qopt import QoptError
from qopt.batch import Study, run
from qopt.batch.recipe import Recipe
from qopt.plugins import problem_class, problem_kinds
from qopt.provenance import fingerprint

LP = "Minimize\n obj: a + 2 b\nSubject To\n row: a + b >= 1\nBinary\n a\n b\nEnd\n"


@pytest.mark.parametrize("kind", sorted(set(problem_kinds()) - {"qubo-file"}))
def test_each_kind_of_problem_can_be_sent(kind: str) -> None:
    problem = problem_class(kind).generate()
    there = pickle.loads(pickle.dumps(problem))
    assert fingerprint(there) == fingerprint(problem)


def test_a_model_of_a_file_is_sent(study: Callable[..., Study], tmp_path: Path) -> None:
    (tmp_path / "small.lp").write_text(LP)
    kind = "kind: job-shop, generate: {jobs: 3, machines: 3, seed: [1, 2]}"
    asked = study(
        (kind, "kind: model, file: small.lp"),
        ("name: greedy", "name: exact"),
        more="run: {workers: 1}\n",
    )
    instance = asked.trials[0].instance
    assert instance.sent is instance.problem
    assert [record.objective for record in run(asked).records] == [1.0] * 4


@pytest.mark.usefixtures("odd_solvers")
def test_what_cannot_be_sent_is_made_there(study: Callable[..., Study]) -> None:
    """With the answers of the same shops, which can be."""
    asked = study(("kind: job-shop", "kind: held-shop"), more="run: {workers: 1}\n")
    assert isinstance(asked.trials[0].instance.sent, Recipe)
    alike = study(("name: tiny", "name: alike"), name="alike.yaml")
    held, sent = (run(one, fresh=True).records for one in (asked, alike))
    assert [record.objective for record in held] == [record.objective for record in sent]
    assert all(record.outcome == "feasible" for record in held)


def test_a_file_that_changed_meanwhile_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "small.lp"
    path.write_text(LP)
    recipe = Recipe("model", {"file": str(path)})
    content = fingerprint(recipe.make())
    assert fingerprint(recipe.make_again(content)) == content
    path.write_text(LP.replace("2 b", "3 b"))
    with pytest.raises(QoptError, match="it was changed while the study was run"):
        recipe.make_again(content)


@pytest.mark.parametrize("source", [{"instance": "x"}, {"generate": {}}, {}])
def test_a_model_needs_a_file(source: dict[str, object]) -> None:
    with pytest.raises(QoptError, match="a model is read from a `file`"):
        Recipe("model", source).make()
