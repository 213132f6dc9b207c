"""Files that extend others, values of the environment, and YAML that means harm."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from qopt import FileError, QoptError
from qopt.batch import Study, StudyError, read_study

BASE = """name: base
problems:
  - {kind: job-shop, file: shop.txt}
solvers:
  - {name: greedy}
seeds: [1]
time_limit: 3
limits: {grace: 9, wall: 100}
"""
Write = Callable[..., Study]


@pytest.fixture
def read(tmp_path: Path) -> Write:
    """Read the first of some files in a folder of their own."""

    def read_files(**files: str) -> Study:
        (tmp_path / "below").mkdir(exist_ok=True)
        (tmp_path / "below" / "shop.txt").write_text("1 1\n0 4\n")
        (tmp_path / "below" / "base.yaml").write_text(BASE)
        for name, text in files.items():
            (tmp_path / f"{name}.yaml").write_text(text)
        return read_study(tmp_path / f"{next(iter(files))}.yaml")

    return read_files


def test_a_study_says_what_is_different_from_another(read: Write) -> None:
    study = read(own="extends: below/base.yaml\nname: own\nlimits: {wall: 7}\nseeds: [4, 5]\n")
    assert (study.name, study.limits.wall, study.limits.grace) == ("own", 7, 9)
    assert [trial.seed for trial in study.trials] == [4, 5]
    assert {trial.time_limit for trial in study.trials} == {3.0}


def test_a_key_without_a_value_takes_back_what_the_other_file_says(read: Write) -> None:
    asking = "extends: below/base.yaml\ncompare: {baseline: greedy}\n"
    assert read(asking=asking).compare is not None
    assert read(own="extends: asking.yaml\ncompare:\n", asking=asking).compare is None


def test_files_of_what_is_extended_lie_beside_it(read: Write) -> None:
    (trial,) = read(own="extends: below/base.yaml\nname: own\n").trials
    assert trial.instance.name == "shop"


def test_lists_are_not_joined(read: Write) -> None:
    study = read(own="extends: below/base.yaml\nsolvers: [{name: annealer}]\n")
    assert {trial.solver for trial in study.trials} == {"annealer"}


def test_a_mistake_is_told_where_it_stands(read: Write, tmp_path: Path) -> None:
    with pytest.raises(StudyError) as raised:
        read(own="extends: middle.yaml\nseeds: [-1]\n", middle=BASE.replace("greedy", "gredy"))
    told = raised.value.complaints
    assert any(line.startswith(f"{tmp_path / 'own.yaml'}:2:9: seeds[0]: ") for line in told)
    assert any(line.startswith(f"{tmp_path / 'middle.yaml'}:5:5: solvers[0]: ") for line in told)


def test_both_texts_are_kept(read: Write, tmp_path: Path) -> None:
    study = read(own="extends: below/base.yaml\nname: own\n")
    assert [path.name for path in study.texts] == ["own.yaml", "base.yaml"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("extends: gone.yaml\n", "own.yaml:1:1: extends: "),
        ("extends: own.yaml\n", "extends this file again"),
        ("extends: [a, b]\n", "give the name of one file"),
    ],
)
def test_what_cannot_be_extended_is_told(text: str, told: str, read: Write) -> None:
    with pytest.raises(StudyError) as raised:
        read(own=text)
    assert told in str(raised.value)


def test_two_files_that_extend_each_other_are_told(read: Write) -> None:
    with pytest.raises(StudyError, match="extends this file again"):
        read(one="extends: two.yaml\n", two="extends: one.yaml\n")


def test_values_come_from_the_environment(read: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECONDS", "7.5")
    monkeypatch.setenv("WHO", "annealer")
    monkeypatch.delenv("ABSENT", raising=False)
    study = read(
        own="extends: below/base.yaml\nname: x-${WHO}\ntime_limit: ${SECONDS}\n"
        "solvers: [{name: '${WHO}'}]\nseeds: ['${ABSENT:-3}']\n"
    )
    assert study.name == "x-annealer"
    assert [(t.solver, t.seed, t.time_limit) for t in study.trials] == [("annealer", 3, 7.5)]


def test_a_variable_that_is_not_set_is_told(read: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ABSENT", raising=False)
    with pytest.raises(StudyError) as raised:
        read(own="extends: below/base.yaml\ntime_limit: ${ABSENT}\n")
    assert len(raised.value.complaints) == 1
    assert "own.yaml:2:1: time_limit: no ABSENT in the environment; set it, or write" in str(
        raised.value
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("${TL", "'${TL' is nothing in the environment; write ${TL}, or ${TL:-default}"),
        ("7${TL-3}s", "'${TL-3}' is nothing in the environment; write ${TL}, or"),
        ("${}", "'${}' is nothing in the environment; write ${NAME}, or"),
    ],
)
def test_what_is_nearly_a_variable_is_told(text: str, told: str, read: Write) -> None:
    with pytest.raises(StudyError) as raised:
        read(own=f"extends: below/base.yaml\ntime_limit: {text}\n")
    (complaint,) = raised.value.complaints
    assert "own.yaml:2:1: time_limit: " in complaint
    assert told in complaint


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("solvers: [{name: ${WHO}}]\n", ":1:19: not YAML: .*; put \\$\\{NAME\\} in quotes between"),
        ("seeds:[1]\ntime_limit: 3\n", ":2:11: not YAML: .*; put a blank after every ':'"),
        ("solvers:\n\t- {name: greedy}\n", ":2:1: not YAML: .*; indent with blanks"),
    ],
)
def test_what_is_often_wrong_in_yaml_is_told_with_its_remedy(
    text: str, told: str, read: Write
) -> None:
    with pytest.raises(StudyError, match=told):
        read(own=text)


def test_aliases_that_stand_for_billions_are_refused(read: Write) -> None:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    names = "abcdefghi"
    for before, name in pairwise(names):
        lines.append(f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]")
    with pytest.raises(FileError, match="its aliases stand for more than 1,000,000 values"):
        read(own="\n".join(lines) + "\n")


@pytest.mark.parametrize(
    "tag",
    [
        "!!python/object/apply:os.system ['touch harmed']",
        "!!python/name:os.system",
        "!!python/object/new:subprocess.Popen [['touch', 'harmed']]",
    ],
)
def test_tags_of_python_run_nothing(
    tag: str, read: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(QoptError):
        read(own=f"name: {tag}\n")
    assert not (tmp_path / "harmed").exists()
