"""The audit: a line a submission, and what of a later change can be seen."""

from __future__ import annotations

import hashlib
import json
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from qopt.errors import FileError
from qopt.ocean.policy import Entry, Policy, verify
from qopt.ocean.policy.audit import Trail, trail
from qopt.ocean.policy.audit.verifying import head_of

DATA = b"what is sent"


def _entry(label: str = "qopt x") -> Entry:
    return Entry.of(
        DATA,
        endpoint="https://na-west-1.cloud.dwavesys.com/sapi/v2/",
        region="na-west-1",
        solver="Advantage2_system1.7;graph_id=01",
        kind="qpu",
        variables=16,
        couplings=40,
        label=label,
        estimate=0.04,
    )


@pytest.fixture
def audit(tmp_path: Path) -> Path:
    path = tmp_path / "audit.jsonl"
    for k in range(6):
        Trail(path).append(_entry(f"qopt {k}"))
    return path


def _lines(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines(keepends=True)


def test_a_line_says_all_that_is_asked_of_it(tmp_path: Path) -> None:
    policy = Policy(tmp_path / "p.yaml", sha256="7f", audit=tmp_path / "new" / "a", who="Ann")
    receipt = policy.record(_entry())
    assert receipt is not None
    said = json.loads((tmp_path / "new" / "a").read_text())
    when = said.pop("when")
    assert when.endswith("+00:00")
    assert said == {
        "number": 1,
        "endpoint": "https://na-west-1.cloud.dwavesys.com/sapi/v2/",
        "region": "na-west-1",
        "solver": "Advantage2_system1.7;graph_id=01",
        "kind": "qpu",
        "variables": 16,
        "couplings": 40,
        "sent_bytes": 12,
        "sha256": hashlib.sha256(DATA).hexdigest(),
        "label": "qopt x",
        "estimate": 0.04,
        "who": "Ann",
        "policy": "7f",
        "previous": "0" * 64,
        "hash": receipt.hash,
    }
    assert Policy().record(_entry()) is None


def test_data_in_pieces_has_the_hash_of_the_whole() -> None:
    facts = {"endpoint": "", "region": None, "solver": "", "kind": "bqm"}
    one = Entry.of(DATA, variables=1, couplings=0, **facts)
    other = Entry.of(iter([DATA[:3], DATA[3:]]), variables=1, couplings=0, **facts)
    assert one == other


def test_a_whole_audit_is_ok(audit: Path) -> None:
    found = verify(audit)
    assert found.ok
    assert (found.lines, found.line) == (6, None)
    assert found.hash == json.loads(_lines(audit)[-1])["hash"]
    assert found.told == f"ok: 6 lines, the last with hash {found.hash}"
    assert audit.stat().st_mode & 0o77 == 0


def _changed(lines: list[bytes]) -> list[bytes]:
    lines[2] = lines[2].replace(b'"variables":16', b'"variables":17')
    return lines


def _changed_with_its_hash(lines: list[bytes]) -> list[bytes]:
    said = lines[2].replace(b'"variables":16', b'"variables":17').split(b',"hash"')[0]
    own = hashlib.sha256(said).hexdigest()
    lines[2] = said + f',"hash":"{own}"}}\n'.encode()
    return lines


def _spaced(lines: list[bytes]) -> list[bytes]:
    lines[2] = lines[2].replace(b'{"number":3', b'{"number": 3')
    return lines


DAMAGE: dict[str, tuple[Callable[[list[bytes]], list[bytes]], int, str]] = {
    "changed": (_changed, 3, "does not fit its hash"),
    "changed with its hash": (_changed_with_its_hash, 4, "was changed, or the one before it"),
    "a space put in": (_spaced, 3, "does not fit its hash"),
    "removed": (lambda lines: [*lines[:2], *lines[3:]], 3, "1 line before this one, number 4"),
    "two removed": (lambda lines: [*lines[:1], *lines[3:]], 2, "2 lines before this one"),
    "the first removed": (lambda lines: lines[1:], 1, "1 line before this one, number 2"),
    "inserted": (lambda lines: [*lines[:3], lines[0], *lines[3:]], 4, "number 1, was inserted"),
    "exchanged": (lambda ls: [*ls[:2], ls[3], ls[2], *ls[4:]], 3, "1 line before this one"),
    "no JSON": (lambda ls: [*ls[:2], b"{}\n", *ls[3:]], 3, "it is no line of an audit"),
    "an empty line": (lambda ls: [*ls[:2], b"\n", *ls[2:]], 3, "it is no line of an audit"),
    "the end removed": (lambda lines: lines[:-2], 5, "lines 5 to 6 were removed from the end"),
    "all removed": (lambda lines: [], 1, "lines 1 to 6 were removed from the end"),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_a_damaged_audit_is_told_of_and_not_added_to(audit: Path, name: str) -> None:
    damage, line, told = DAMAGE[name]
    audit.write_bytes(b"".join(damage(_lines(audit))))
    before = audit.read_bytes()
    found = verify(audit)
    assert not found.ok
    assert found.line == line
    assert told in found.told
    with pytest.raises(FileError, match=r"nothing was sent$") as raised:
        Trail(audit).append(_entry())
    assert "\n" not in str(raised.value)
    assert audit.read_bytes() == before


@pytest.mark.parametrize("name", DAMAGE)
def test_damage_since_the_last_line_of_this_process_is_found_by_the_command(
    audit: Path, name: str
) -> None:
    """What a process has verified it does not verify again; the end it looks at each time."""
    mine = Trail(audit)
    mine.append(_entry())
    damage, line, _ = DAMAGE[name]
    lines = _lines(audit)
    audit.write_bytes(b"".join([*damage(lines[:6]), lines[6]]))
    assert verify(audit).line == line


def test_lines_removed_since_then_are_seen_by_the_process_that_wrote_them(audit: Path) -> None:
    mine = Trail(audit)
    mine.append(_entry())
    shorter = b"".join(_lines(audit)[:-1])
    audit.write_bytes(shorter)
    with pytest.raises(FileError, match=r"removed from the end of the audit; nothing was sent"):
        mine.append(_entry())
    assert audit.read_bytes() == shorter


def test_a_line_is_on_the_disk_before_it_counts(
    audit: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The audit's file is synchronised before the one beside it says that the line is there."""
    synced: list[tuple[int, int]] = []
    sync = trail.os.fsync

    def noted(file: int) -> None:
        head = json.loads(head_of(audit).read_bytes())["lines"]
        synced.append((trail.os.fstat(file).st_ino, head))
        sync(file)

    monkeypatch.setattr("os.fsync", noted)
    Trail(audit).append(_entry())
    assert synced[0] == (audit.stat().st_ino, 6)


@pytest.mark.parametrize("said", [None, b"", b"{}", b'{"lines": true, "hash": "x"}', b"[]"])
def test_without_its_head_an_audit_is_not_ok(audit: Path, said: bytes | None) -> None:
    head_of(audit).unlink()
    if said is not None:
        head_of(audit).write_bytes(said)
    found = verify(audit)
    assert not found.ok
    assert "audit.jsonl.head: is " in found.told
    with pytest.raises(FileError, match=r"nothing was sent$"):
        Trail(audit).append(_entry())


def test_an_audit_written_anew_is_shown_by_a_hash_that_was_noted(audit: Path) -> None:
    noted = json.loads(_lines(audit)[3])["hash"]
    assert verify(audit, noted).ok
    for path in (audit, head_of(audit)):
        path.unlink()
    for k in range(6):
        Trail(audit).append(_entry(f"other {k}"))
    assert verify(audit).ok  # who may write both files can do so
    found = verify(audit, noted)
    assert not found.ok
    assert f"no line has the hash {noted}" in found.told


def test_an_audit_written_anew_does_not_fit_the_head_of_the_old_one(audit: Path) -> None:
    head = head_of(audit).read_bytes()
    for path in (audit, head_of(audit)):
        path.unlink()
    for k in range(8):
        Trail(audit).append(_entry(f"other {k}"))
    head_of(audit).write_bytes(head)
    found = verify(audit)
    assert (found.ok, found.line) == (False, 6)
    assert "is not the one that was written" in found.told
    with pytest.raises(FileError, match="lines were changed or removed; nothing was sent"):
        Trail(audit).append(_entry())


def test_a_line_that_is_not_whole_is_not_counted(audit: Path) -> None:
    """A process was ended as it wrote: before it was whole, nothing was sent for it."""
    with audit.open("ab") as file:
        file.write(b'{"number":7,"when":"20')
    found = verify(audit)
    assert found.ok
    assert "after them is a line that is not whole" in found.told
    assert Trail(audit).append(_entry()).number == 7
    assert verify(audit).told.startswith("ok: 7 lines")


def test_lines_past_the_head_are_said(audit: Path) -> None:
    head = head_of(audit).read_bytes()
    Trail(audit).append(_entry())
    head_of(audit).write_bytes(head)
    found = verify(audit)
    assert found.ok
    assert "the last 1 are not in audit.jsonl.head" in found.told
    assert Trail(audit).append(_entry()).number == 8
    assert verify(audit).told.endswith(verify(audit).hash)


def test_each_place_of_the_file_is_guarded(audit: Path) -> None:
    """Whichever byte is changed, it is seen."""
    whole, chance = audit.read_bytes(), random.Random(7)
    with audit.open("r+b", buffering=0) as file:
        for _ in range(300):
            at, bit = chance.randrange(len(whole)), chance.randrange(8)
            for byte in (whole[at] ^ (1 << bit), whole[at]):
                file.seek(at)
                file.write(bytes([byte]))
                assert verify(audit).ok == (byte == whole[at]), (at, bit)


def test_an_audit_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for path in (tmp_path, tmp_path / "file" / "audit", Path("/dev/full")):
        with pytest.raises(FileError, match=r"nothing was sent$") as raised:
            Trail(path).append(_entry())
        assert "\n" not in str(raised.value)
    assert not Path("/dev/full.head").exists()
    with pytest.raises(FileError, match="No such file"):
        verify(tmp_path / "gone")
    with pytest.raises(FileError, match="no plain file"):
        verify(tmp_path)


def test_a_head_that_cannot_be_written_takes_the_line_back(
    audit: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = audit.read_bytes()

    def full(*args: object, **options: object) -> None:
        raise FileError(audit, "cannot be written: No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(trail, "replacing", full)
        with pytest.raises(FileError, match="No space left on device; nothing was sent"):
            Trail(audit).append(_entry())
    assert audit.read_bytes() == before
    assert verify(audit).ok


def test_one_that_is_locked_for_long_is_one_line(
    audit: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trail, "PATIENCE", 0.05)
    monkeypatch.setattr(trail, "_lock", lambda file: False)
    with pytest.raises(FileError, match=r"has locked the audit for 0\.05 s; nothing was sent"):
        Trail(audit).append(_entry())


WRITER = """
import sys
from qopt.ocean.policy.audit import Entry, Trail
trail = Trail(sys.argv[1])
for k in range(int(sys.argv[2])):
    trail.append(Entry.of(b"x" * k, endpoint="e", region=None, solver="s", kind="qpu",
        variables=k, couplings=None, label=sys.argv[3]))
    print(k, flush=True)
"""


def _writer(path: Path, count: int, name: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, str(path), str(count), name]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_processes_and_threads_write_at_the_same_time(tmp_path: Path) -> None:
    path = tmp_path / "audit"
    writers = [_writer(path, 25, name) for name in "abcd"]
    shared = Trail(path)
    threads = [threading.Thread(target=shared.append, args=(_entry(),)) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for writer in writers:
        assert writer.communicate()[0].split() == [str(k) for k in range(25)]
    found = verify(path)
    assert found.ok, found.told
    assert found.lines == 110
    labels = [json.loads(line)["label"] for line in _lines(path)]
    assert sorted(labels) == sorted([*"abcd" * 25, *["qopt x"] * 10])


def test_what_a_killed_process_was_told_to_have_written_is_there(tmp_path: Path) -> None:
    """Ten times, at random moments; the next one goes on."""
    path, chance, told = tmp_path / "audit", random.Random(1), 0
    for round_ in range(10):
        writer = _writer(path, 10_000, str(round_))
        assert writer.stdout is not None
        for _ in range(chance.randrange(1, 25)):
            writer.stdout.readline()
        writer.send_signal(signal.SIGKILL)
        heard = writer.communicate()[0]
        mine = [line for line in _lines(path) if f'"label":"{round_}"'.encode() in line]
        assert len(mine) >= len(heard.splitlines())
        told += len(mine)
    found = verify(path)
    assert found.ok, found.told
    assert found.lines == told


def _qopt(*arguments: str) -> subprocess.CompletedProcess[str]:
    code = "from qopt.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False
    )


def test_the_command(audit: Path) -> None:
    last = verify(audit).hash
    done = _qopt("audit", "verify", str(audit), "--known", last)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"ok: 6 lines, the last with hash {last}\n"
    audit.write_bytes(b"".join(_changed(_lines(audit))))
    done = _qopt("audit", "verify", str(audit))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"{audit}:3: the line was changed: it does not fit its hash\n"
    done = _qopt("audit", "verify", str(audit) + "x")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
