from __future__ import annotations

import gc
import hashlib
import os
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from qopt.anneal import warm

CODE = """
import numpy as np
from qopt.anneal.warm import warm_up
from qopt.anneal.ising.layout import INT8, DENSE_FLOAT32
from qopt.samplers import QuboAnnealer
from qopt.compiler import Qubo
first = warm_up(INT8) + warm_up(DENSE_FLOAT32)
path = Qubo.from_arrays([0.0] * 4, [0, 1, 2], [1, 2, 3], [1.0, -2.0, 1.0], vartype="SPIN")
found = QuboAnnealer().sample_arrays(path, seed=1)
print(first, found.info["timing"]["jit"], found.energies[0])
"""


def _start(cache: Path) -> subprocess.Popen[str]:
    environment = os.environ | {"NUMBA_CACHE_DIR": str(cache)}
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", CODE],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.mark.slow
def test_four_processes_start_at_once_on_an_empty_cache(tmp_path: Path) -> None:
    processes = [_start(tmp_path) for _ in range(4)]
    printed = [process.communicate(timeout=300)[0].split() for process in processes]
    assert [process.returncode for process in processes] == [0] * 4
    assert {float(energy) for *_, energy in printed} == {-4.0}
    assert list(tmp_path.rglob("*.nbi"))
    later = _start(tmp_path)
    seconds = float(later.communicate(timeout=300)[0].split()[0])
    # what the disk holds is not compiled again: the slowest of the first four compiled everything
    assert later.returncode == 0
    assert seconds < max(float(first) for first, *_ in printed)


COLD = """
import time
from qopt.compiler import Qubo
from qopt.samplers import QuboAnnealer
path = Qubo.from_arrays([0.0] * 4, [0, 1, 2], [1, 2, 3], [1.0, -2.0, 1.0], vartype="SPIN")
began = time.perf_counter()
found = QuboAnnealer().sample_arrays(path, time_limit=0.5, seed=1)
seconds, timing = time.perf_counter() - began, found.info["timing"]
print(timing["jit"], seconds - timing["jit"], timing["sample"] + timing["setup"])
"""


@pytest.mark.slow
def test_compiling_is_no_part_of_a_time_limit(tmp_path: Path) -> None:
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)}
    command = [sys.executable, "-W", "error", "-c", COLD]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    jit, rest, counted = (float(number) for number in ran.stdout.split())
    assert jit > 0.5
    assert rest < 0.7
    assert counted < 0.7


def test_compiling_counts_once() -> None:
    from qopt.anneal.ising.layout import INT8
    from qopt.anneal.warm import warm_up

    warm_up(INT8)
    assert warm_up(INT8) == 0.0


def test_a_change_in_any_source_file_makes_the_cached_kernels_stale() -> None:
    from qopt.anneal.core import compiling
    from qopt.anneal.ising import kernel

    cache = kernel.anneal._cache
    assert cache._index_key("signature", _Codegen())[-1] == compiling._sources()
    files = Path(compiling.__file__).parents[1].rglob("*.py")
    assert (
        compiling._sources()
        == hashlib.sha256(b"".join(path.read_bytes() for path in sorted(files))).hexdigest()
    )


def test_a_cache_with_types_that_are_gone_is_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    from qopt.anneal.ising import kernel

    def broken(*arguments: object) -> None:
        raise AttributeError("Can't get attribute 'State'")

    flushed = []
    cache = kernel.anneal._cache
    monkeypatch.setattr(type(cache).__mro__[1], "load_overload", broken)
    monkeypatch.setattr(cache, "flush", lambda: flushed.append(True), raising=False)
    assert cache.load_overload("signature", None) is None
    assert flushed == [True]


class _Codegen:
    def magic_tuple(self) -> tuple[str, ...]:
        return ("this machine",)


FULL = """
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
from qopt.samplers import QuboAnnealer
print(QuboAnnealer().sample_qubo({(0, 0): -1.0, (0, 1): 2.0}, num_sweeps=5, seed=1).first.energy)
"""


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="a limit of file sizes is POSIX")
def test_a_full_disk_costs_the_cache_and_not_the_answer(tmp_path: Path) -> None:
    """A limit of the size of files stands for the disk: no compiled kernel fits."""
    ran = subprocess.run(
        [sys.executable, "-c", FULL],
        env=os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert float(ran.stdout) == -1.0
    assert "Traceback" not in ran.stderr
    assert ran.stderr.count("compiled kernels cannot be kept on disk (File too large)") == 1
    assert not list(tmp_path.rglob("*.nbc"))


def test_a_cache_that_cannot_be_read_is_no_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    def unreadable(self: object, signature: object, context: object) -> None:
        raise PermissionError(13, "Permission denied")

    from qopt.anneal.ising import kernel

    cache = kernel.anneal._cache
    monkeypatch.setattr(type(cache).__mro__[1], "load_overload", unreadable)
    assert cache.load_overload("signature", None) is None


def test_what_takes_long_is_announced_once_it_does_and_when_it_is_done(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from qopt.anneal import warm

    with warm._announced("nothing", 3):
        pass
    assert capsys.readouterr().err == ""
    said = threading.Event()
    tell = warm._say
    monkeypatch.setattr(warm, "PATIENCE", 0.01)
    monkeypatch.setattr(warm, "_say", lambda message: (tell(message), said.set()))
    with warm._announced("the kernels", 3):
        assert said.wait(60)
    first, last = capsys.readouterr().err.splitlines()
    assert first == "qopt: compiling the kernels, once on this machine; about 3 s"
    assert re.fullmatch(r"qopt: compiled in \d+ s", last)


@pytest.mark.parametrize("was", [True, False])
def test_the_garbage_collector_is_as_it_was_after_compiling(was: bool) -> None:
    before = gc.isenabled()
    (gc.enable if was else gc.disable)()
    try:
        with warm._uncollected():
            assert not gc.isenabled()
        assert gc.isenabled() is was
    finally:
        (gc.enable if before else gc.disable)()
