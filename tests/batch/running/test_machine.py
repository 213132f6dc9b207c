"""What else the machine did during a trial."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from qopt.batch.running import machine
from qopt.batch.running.machine import SHORTEST, Watch
from qopt.kit.threads import available_cores, available_threads

HEAD = "cpu 0 0 0 0 0 0 0 0 0 0\n"


def _stat(path: Path, busy: int, stolen: int) -> None:
    """So many hundredths of a second on each core."""
    lines = [f"cpu{core} {busy} 0 0 9999 0 0 0 {stolen} 0 0\n" for core in available_cores()]
    path.write_text(HEAD + "".join(lines))


@pytest.fixture
def stat(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "stat"
    monkeypatch.setattr(machine, "STAT", path)
    _stat(path, 0, 0)
    return path


def test_what_others_took_is_a_share_of_the_cores(stat: Path) -> None:
    watch = Watch.begin()
    time.sleep(0.5)
    _stat(stat, 25, 5)  # 0.25 s busy and 0.05 s stolen, of about half a second
    told = watch.end()
    assert told["others"] == pytest.approx(0.5, abs=0.15)
    assert told["steal"] == pytest.approx(0.1, abs=0.03)


def test_what_the_trial_took_itself_is_not_others(stat: Path) -> None:
    """Its own processor time, and that of processes it has waited for."""
    watch = Watch.begin()
    busy = time.process_time()
    while time.process_time() - busy < 0.4:
        pass
    subprocess.run([sys.executable, "-c", "sum(range(3_000_000))"], check=True)
    _stat(stat, 30, 0)
    assert watch.end()["others"] == pytest.approx(0.0, abs=0.2)


def test_a_short_trial_tells_nothing(stat: Path) -> None:
    watch = Watch.begin()
    _stat(stat, 1, 1)
    told = watch.end()
    assert SHORTEST > 0.01
    assert told["others"] is None
    assert told["steal"] is None


def test_what_cannot_be_read_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "STAT", tmp_path / "gone")
    monkeypatch.setattr(machine, "FREQUENCY", str(tmp_path / "gone{}"))
    monkeypatch.setattr(machine, "POWER", tmp_path / "gone")
    told = Watch.begin().end()
    assert {told[name] for name in ("others", "steal", "megahertz", "joules")} == {None}


def test_energy_is_the_difference_of_counters_that_may_begin_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "POWER", tmp_path)
    for number, (before, most) in enumerate([(1_000_000, 10_000_000), (9_000_000, 10_000_000)]):
        package = tmp_path / f"intel-rapl:{number}"
        package.mkdir()
        (package / "energy_uj").write_text(f"{before}\n")
        (package / "max_energy_range_uj").write_text(f"{most}\n")
        (tmp_path / f"intel-rapl:{number}:0").mkdir()  # a part of a package, counted in it
    watch = Watch.begin()
    (tmp_path / "intel-rapl:0" / "energy_uj").write_text("3500000\n")
    (tmp_path / "intel-rapl:1" / "energy_uj").write_text("500000\n")
    assert watch.end()["joules"] == pytest.approx(2.5 + 1.5)


def test_threads_can_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QOPT_NUM_THREADS", "3")
    assert available_threads() == 3
    for nothing in ("", "0", "-1", "many"):
        monkeypatch.setenv("QOPT_NUM_THREADS", nothing)
        assert available_threads() == len(available_cores()) >= 1
