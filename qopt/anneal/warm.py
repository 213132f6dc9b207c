"""Compiling the kernels, once, and one process at a time."""

from __future__ import annotations

import gc
import hashlib
import os
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import numpy as np

from .constrained import model as constrained
from .constrained.tables import tables
from .constrained.tempering import APART, SCANNED, SETTLE, Tempering
from .constrained.walkers import Walkers
from .core.ising import SHORT, Ising
from .core.vectors import aligned
from .ising import ordering
from .ising.cooling import cool
from .ising.layout import FLOAT32, Fit, Form, Layout
from .ising.replicas import Replicas
from .ising.schedule import Ladder

PATIENCE = 1.5  # seconds without a word


def warm_up(form: Form) -> float:
    """Compile what models of this form need, or load it from the disk; returns the seconds that
    took, 0 when already done.
    """
    started = time.perf_counter()
    fresh = _compile.cache_info().currsize
    _compile(form)
    return time.perf_counter() - started if _compile.cache_info().currsize != fresh else 0.0


def warm_up_model() -> float:
    """The same for what every model needs before its form is chosen."""
    started = time.perf_counter()
    fresh = _compile_model.cache_info().currsize
    _compile_model()
    return time.perf_counter() - started if _compile_model.cache_info().currsize != fresh else 0.0


def warm_up_constrained() -> float:
    """The same for constrained models, which all have one form."""
    started = time.perf_counter()
    fresh = _compile_constrained.cache_info().currsize
    _compile_constrained()
    return (
        time.perf_counter() - started
        if _compile_constrained.cache_info().currsize != fresh
        else 0.0
    )


def warm_up_cooling() -> float:
    """The same for anneals that end at a temperature, of sparse models in float32."""
    started = time.perf_counter()
    fresh = _compile_cooling.cache_info().currsize
    _compile_cooling()
    return time.perf_counter() - started if _compile_cooling.cache_info().currsize != fresh else 0.0


@cache
def _compile_cooling() -> None:
    _compile_model()
    with _announced("the kernels of the emulated annealer", 4), _one_process():
        for chi in (0.0, 0.1):
            cool(
                _pair(), betas=np.ones(1), num_reads=1, seed=[0], num_threads=1, susceptibility=chi
            )


@cache
def _compile_constrained() -> None:
    none, zeros = np.zeros(0, dtype=np.int64), np.zeros(2)
    empty, never = np.zeros(0), np.zeros(0, dtype=np.bool_)
    rows = constrained.PricedRows(
        none, none, empty, none, none, none, empty, empty, never, empty, never, none, none
    )
    pairs = constrained.Pairs(none, none, np.zeros(0))
    apart = np.full(2, -1)
    bits = (zeros, zeros + 1, zeros + 1)
    model = constrained.Constrained(
        *bits, zeros, zeros, pairs, 0.0, apart, np.zeros(0), apart, apart, (none, none), rows
    )
    with _announced("the kernels of constrained models", 7), _one_process(), _uncollected():
        walkers = Walkers(model, tables(model), 4)
        for part in Tempering(walkers, [0]).run(SCANNED * (SETTLE + APART) + 1):
            assert part
        walkers.refresh()


@cache
def _compile_model() -> None:
    with _one_process():
        pair, leaves = _pair(), np.arange(1, SHORT + 2)
        pair.neighbours()
        star = Ising.from_arrays(np.zeros(SHORT + 2), 0 * leaves, leaves, np.ones(SHORT + 1))
        star.neighbours()
        pair.energies(np.ones((1, 2), dtype=np.int8))


@cache
def _compile(form: Form) -> None:
    _compile_model()
    pair = _pair()
    with _announced(f"the kernels of QUBOs in {form.name}", 4), _one_process():
        layout = Layout(pair, Fit.of(pair).to(form))
        ordering.breadth_first(pair)
        replicas = Replicas(pair, layout)
        replicas.restart([0])
        replicas.anneal(layout.scale([1.0]), 0)
        replicas.temper(Ladder.of(np.array([1.0, 2.0]), layout), 0, 1, 1)
        replicas.energies()
        replicas.quench()
        if not form.dense:
            replicas.move_clusters(np.arange(2, dtype=np.int64)[:, None])
        if form == FLOAT32:
            scale = aligned((form.replicas,), np.float32)
            scale[...] = 1.0
            replicas.gibbs(scale, 0, 1)


def _pair() -> Ising:
    return Ising.from_arrays([0.0, 0.0], [0], [1], [1.0])


@contextmanager
def _announced(what: str, seconds: float) -> Iterator[None]:
    """Say on standard error what takes so long, where it does, and when it is done.

    `seconds` is about what compiling takes on a server of 2024; loading from the disk takes less
    than is waited before anything is said.
    """
    began = time.perf_counter()
    message = f"qopt: compiling {what}, once on this machine; about {seconds:.0f} s"
    timer = threading.Timer(PATIENCE, _say, [message])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        took = time.perf_counter() - began
        if took > PATIENCE:
            _say(f"qopt: compiled in {took:.0f} s")


def _say(message: str) -> None:
    sys.stderr.write(f"{message}\n")
    sys.stderr.flush()


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without the garbage collector, which goes through all that the compiler holds, in vain."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


@contextmanager
def _one_process() -> Iterator[None]:
    """Hold a lock that other processes of this user wait for: numba's cache has crashed under
    several writers (numba #4807).
    """
    place = hashlib.sha256(
        f"{Path(__file__).parent}{os.environ.get('NUMBA_CACHE_DIR', '')}".encode()
    ).hexdigest()[:16]
    user = os.getuid() if hasattr(os, "getuid") else "user"
    try:
        path = Path(tempfile.gettempdir()) / f"qopt-kernels-{user}-{place}.lock"
        handle = open(path, "a+b")  # noqa: SIM115
    except OSError:  # nowhere to write a lock: then nothing else can be written either
        yield
        return
    with handle:
        _lock(handle.fileno())
        yield  # closing the file ends the lock, as the end of the process does


def _lock(descriptor: int) -> None:
    try:
        import fcntl
    except ImportError:  # Windows
        import msvcrt

        while True:
            try:
                # gives up after ten seconds
                msvcrt.locking(descriptor, msvcrt.LK_LOCK, 1)  # type: ignore[attr-defined]
                return
            except OSError:
                continue
    fcntl.flock(descriptor, fcntl.LOCK_EX)
