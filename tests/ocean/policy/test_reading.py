"""Policies' files: what they say, and every mistake by its line."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from qopt.errors import FileError
from qopt.ocean.policy import PolicyError, read_policy

WHOLE = """\
regions: [na-west-1, eu-central-1]
endpoints: [loopback, "https://annealers.example.com/sapi/"]
solvers: ["Advantage2*", hybrid_binary_quadratic_model_version2p]
labels: anonymous
audit: audits/2026.jsonl
who: ${SOMEBODY:-nobody} of planning
budgets:
  team: {seconds: 60, money: 100.5}
  trial: {seconds: 1}
prices:
  "Advantage2*": {access: 0.5}
  "*": {access: 1, charge: 0.01, job: 2}
currency: EUR
"""


def test_what_a_policy_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text(WHOLE)
    monkeypatch.setenv("SOMEBODY", "Ann")
    policy = read_policy(path)
    assert policy.regions == ("na-west-1", "eu-central-1")
    assert policy.endpoints == ("loopback", "https://annealers.example.com/sapi/")
    assert policy.solvers == ("Advantage2*", "hybrid_binary_quadratic_model_version2p")
    assert policy.anonymous
    assert policy.audit == tmp_path / "audits" / "2026.jsonl"
    assert policy.who == "Ann of planning"
    assert policy.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert policy.budgets == {
        "team": {"seconds": 60, "money": 100.5},
        "trial": {"seconds": 1, "money": None},
    }
    assert policy.prices["Advantage2*"] == {"access": 0.5, "charge": None, "job": None}
    assert policy.prices["*"]["job"] == 2
    assert policy.currency == "EUR"
    assert list(policy.prices) == ["Advantage2*", "*"]
    assert policy.facts() == {
        "file": str(path),
        "sha256": policy.sha256,
        "labels": "anonymous",
        "audit": str(policy.audit),
        "who": "Ann of planning",
    }
    monkeypatch.delenv("SOMEBODY")
    assert read_policy(path).who == "nobody of planning"


WRONG = [
    ("regions: [eu-centrl-1]\n", "1:11: regions[0]: no region named 'eu-centrl-1'; did you mean"),
    ("regions: []\n", "1:1: regions: give at least one; it is empty"),
    ("regions: na-west-1\n", "1:1: regions: it should be a valid list, not 'na-west-1'; write ["),
    ("endpoints: [example.com]\n", "1:13: endpoints[0]: 'example.com' is no URL of a service"),
    ("endpoints: ['http://example.com']\n", "1:13: endpoints[0]: http://example.com is not enc"),
    ("endpoints: ['https://a@b.com']\n", "1:13: endpoints[0]: 'https://a@b.com' is a name before"),
    ("endpoints: [5]\n", "1:13: endpoints[0]: it should be a valid string, not 5; put it in quo"),
    ("solvers: [' x']\n", "1:11: solvers[0]: give a text on one line, without spaces around it"),
    ("labels: hidden\n", "1:1: labels: it should be 'anonymous' or 'kept', not 'hidden'"),
    ("lables: kept\n", "1:1: lables: unknown key; did you mean 'labels'?"),
    ("who: ${NOT_SET_ANYWHERE}\n", "1:1: who: no NOT_SET_ANYWHERE in the environment; set it"),
    ("audit: ${HOME}/a\n", "1:1: audit: only `who` may name variables of the environment"),
    ("prices: {'${HOME}': {access: 1}}\n", "1:10: prices.${HOME}: only `who` may name variab"),
    ("audit: .\n", "1:1: audit: . is a folder; give the name of a file"),
    ("who: Ann\nwho: Bob\n", "2:1: who: the key 'who' is given twice; keep one"),
    ("budgets: {team: {}}\n", "1:11: budgets.team: give seconds or money, or both"),
    ("budgets: {team: {seconds: -1}}\n", "1:18: budgets.team.seconds: it should be greater tha"),
    ("budgets: {team: {money: .inf}}\n", "1:18: budgets.team.money: it should be a finite num"),
    ("budgets: {a b: {money: 1}}\n", "1:11: budgets.a b: give letters, digits, '.', '_' and '-'"),
    (
        "budgets: {t: {secs: 1, money: 2}}\n",
        "1:15: budgets.t.secs: unknown key; did you mean 'seconds'?",
    ),
    ("budgets: {t: 5}\n", "1:11: budgets.t: give a mapping of keys and values"),
    ("prices: {x: {access: -1}}\n", "1:14: prices.x.access: it should be greater than or equa"),
    ("prices: {x: {charge: null}}\n", "1:10: prices.x: give access or charge, or both"),
    ("prices: {x: {job: 1}}\n", "1:10: prices.x: give access or charge, or both"),
    ("prices: [x]\n", "1:1: prices: give a mapping of keys and values"),
    ("", "1:1: the file: give a mapping of keys and values"),
    ("- regions\n", "1:1: the file: give a mapping of keys and values"),
    ("regions: [\n", "2:1: not YAML: expected the node content"),
]


@pytest.mark.parametrize(("text", "told"), WRONG, ids=[told[:40] for _, told in WRONG])
def test_a_mistake_is_told_by_its_line(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text(text)
    with pytest.raises(PolicyError) as raised:
        read_policy(path)
    assert len(raised.value.complaints) == 1
    assert str(raised.value).startswith(f"{path}:{told}")


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text("who: ' '\nregions: [x]\nendpoints: [y]\nbudgets: {z: {}}\nlabels: no\n")
    with pytest.raises(PolicyError) as raised:
        read_policy(path)
    assert [line.split(":")[1] for line in raised.value.complaints] == ["1", "2", "3", "4", "5"]


def test_what_is_no_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="No such file"):
        read_policy(tmp_path / "gone.yaml")
    with pytest.raises(FileError, match="directory"):
        read_policy(tmp_path)
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(FileError, match="not a text file"):
        read_policy(tmp_path / "binary")


def _qopt(*arguments: str) -> subprocess.CompletedProcess[str]:
    code = "from qopt.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False
    )


def test_the_command_says_what_a_policy_allows(tmp_path: Path) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text(WHOLE)
    done = _qopt("policy", "check", str(path))
    assert (done.returncode, done.stderr) == (0, "")
    for said in (
        "na-west-1, eu-central-1, loopback",
        "are not sent",
        "60 seconds, 100.5 EUR",
    ):
        assert said in done.stdout
    path.write_text("labels: maybe\nwho: 5\n")
    done = _qopt("policy", "check", str(path))
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 2
