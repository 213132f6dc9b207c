"""What else the machine did during a trial: load, time taken by others, frequency, energy."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...kit.threads import available_cores

STAT, FREQUENCY = Path("/proc/stat"), "/sys/devices/system/cpu/cpu{}/cpufreq/scaling_cur_freq"
# seconds of a trial, below which nothing is told: the system counts in hundredths of a second
SHORTEST = 0.25
POWER = Path("/sys/class/powercap")


@dataclass(frozen=True)
class Watch:
    """Counters at the start of a trial, for what is different at its end.

    Times are in seconds; `busy` and `stolen` are of this process's cores together.
    """

    at: float
    own: float
    busy: float | None
    stolen: float | None
    energy: dict[str, int]

    @classmethod
    def begin(cls) -> Watch:
        busy, stolen = _busy()
        return cls(time.perf_counter(), _own(), busy, stolen, _energy())

    def end(self) -> dict[str, Any]:
        """Load of the last minute; the share of the cores' time that others had, and that the
        machine below a virtual one took; megahertz; joules. None where it cannot be read, and of
        shares where the trial was too short to tell.
        """
        seconds = max(time.perf_counter() - self.at, 1e-6)
        busy, stolen = _busy()
        span = seconds * len(available_cores())
        others = steal = None
        told = seconds >= SHORTEST
        if told and busy is not None and self.busy is not None:
            others = max(busy - self.busy - (_own() - self.own), 0.0) / span
        if told and stolen is not None and self.stolen is not None:
            steal = (stolen - self.stolen) / span
        return {
            "load": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
            "others": others,
            "steal": steal,
            "megahertz": _megahertz(),
            "joules": _joules(self.energy),
        }


def _own() -> float:
    """Seconds of processor that this process and its ended children took."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _busy() -> tuple[float | None, float | None]:
    """Seconds that the cores worked, and seconds stolen from them."""
    wanted = {f"cpu{number}" for number in available_cores()}
    try:
        lines = [line.split() for line in STAT.read_text().splitlines()]
        rows = [[int(n) for n in words[1:]] for words in lines if words and words[0] in wanted]
        tick = os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError):
        return None, None
    if not rows:
        return None, None
    # user, nice, system, idle, iowait, irq, softirq, steal
    busy = sum(row[0] + row[1] + row[2] for row in rows)
    stolen = sum(row[7] for row in rows if len(row) > 7)
    return busy / tick, stolen / tick


def _megahertz() -> float | None:
    try:
        found = [int(Path(FREQUENCY.format(core)).read_text()) for core in available_cores()]
    except (OSError, ValueError):
        return None
    return sum(found) / len(found) / 1000


def _energy() -> dict[str, int]:
    """Microjoules counted by each package, where the system lets them be read."""
    found = {}
    try:
        for package in POWER.glob("intel-rapl:*"):
            if package.name.count(":") == 1:
                found[package.name] = int((package / "energy_uj").read_text())
    except (OSError, ValueError):
        return {}
    return found


def _joules(before: dict[str, int]) -> float | None:
    """Of all packages together: other trials at the same time are in it."""
    after = _energy()
    if not before or before.keys() != after.keys():
        return None
    used = 0
    for name, start in before.items():
        step = after[name] - start
        if step < 0:  # the counter began again
            try:
                step += int((POWER / name / "max_energy_range_uj").read_text())
            except (OSError, ValueError):
                return None
        used += step
    return used / 1e6
