"""Sampling at one temperature: chains of heat-bath sweeps, thinned after a burn-in."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass

import numpy as np

from ..core.ising import Floats, Ising, Spins
from ..core.vectors import aligned
from .layout import FLOAT32, Fit, Layout
from .replicas import Replicas

SAMPLES_A_CHAIN = 64  # at least, before another batch of chains (and another burn-in) is begun
MOST_BATCHES = 16
# values of spins, at most, that effective sample sizes are computed from: some hundredths of a
# second
WATCHED = 500_000
# between looks for Ctrl-C, which does not wake a thread that waits on every system
POLL_SECONDS = 0.02


@dataclass(frozen=True)
class Drawn:
    """`states` int8[k, n] in {-1, +1} and `energies` float64[k] in the order drawn: a sample of
    every chain, then the next.

    `effective` has the effective sample sizes of the energy and of the spin that has the least.
    """

    states: Spins
    energies: Floats
    num_chains: int
    sweeps: int
    spin_updates: int
    effective: dict[str, float]
    complete: bool


def draw(
    ising: Ising,
    *,
    beta: float,
    num_samples: int,
    burn_in: int,
    thinning: int,
    seed: int,
    num_threads: int,
    over: Callable[[], bool],
) -> Drawn:
    """Draw states with probability proportional to exp(-beta E(s)), in the limit of a long burn-in.

    Each sweep draws every spin from its distribution given the others (Geman and Geman 1984), which
    leaves the Boltzmann distribution as it is; `thinning` sweeps lie between samples of a chain,
    `burn_in` before the first. When `over()`, or after Ctrl-C, what all chains have drawn so far is
    returned. The result depends on the model, `beta`, the counts and `seed`, not on `num_threads`.
    """
    layout = Layout(ising, Fit.of(ising).to(FLOAT32))
    width = FLOAT32.replicas
    batches = min(MOST_BATCHES, max(1, num_samples // (width * SAMPLES_A_CHAIN)))
    wanted = -(-num_samples // (width * batches))
    stopped = threading.Event()
    chains = [_Chains(ising, layout, [seed, number], beta) for number in range(batches)]
    hands = min(num_threads, batches)

    def work(hand: int) -> None:
        """One thread's chains, a sample of each in turn, so that all have about as many wherever it
        ends.
        """
        for sweeps in [burn_in + thinning] + [thinning] * (wanted - 1):
            for mine in chains[hand::hands]:
                for _ in mine.sweeps(sweeps):
                    if stopped.is_set() or over():
                        return
                mine.keep()

    with ThreadPoolExecutor(hands, thread_name_prefix="qopt-gibbs") as pool:
        try:
            futures = [pool.submit(work, hand) for hand in range(hands)]
            while wait(futures, timeout=POLL_SECONDS, return_when=FIRST_EXCEPTION).not_done:
                if any(future.done() and future.exception() for future in futures):
                    stopped.set()
            for future in futures:
                future.result()
        except KeyboardInterrupt:
            pass
        finally:
            stopped.set()
    samples = min(len(each.energies) for each in chains)
    num_chains, n = batches * width, ising.num_variables
    rows = [each.drawn[k] for k in range(samples) for each in chains]
    states = np.concatenate(rows) if rows else np.empty((0, n), dtype=np.int8)
    energies = np.concatenate(
        [each.energies[k] for k in range(samples) for each in chains] or [np.empty(0)]
    )
    sweeps = batches * (burn_in + samples * thinning) if samples else 0
    effective = _effective(states.reshape(samples, num_chains, n), energies)
    return Drawn(
        states[:num_samples],
        energies[:num_samples],
        num_chains,
        sweeps,
        sweeps * n * width,
        effective,
        samples == wanted,
    )


class _Chains:
    """A batch of chains, one a replica, and of each sample drawn the states int8[chains, n] and
    energies float64[chains].
    """

    def __init__(self, ising: Ising, layout: Layout, seed: list[int], beta: float) -> None:
        self._ising, self._layout, self._done = ising, layout, 0
        self._replicas = Replicas(ising, layout)
        self._replicas.restart(seed)
        self._scale = aligned((layout.form.replicas,), np.float32)
        self._scale[...] = layout.scale(beta)
        self.drawn: list[Spins] = []
        self.energies: list[Floats] = []

    def sweeps(self, count: int) -> Iterator[int]:
        for part in self._replicas.pace.parts(count):
            if self._ising.num_variables:
                self._replicas.gibbs(self._scale, self._done, part)
            self._done += part
            yield part

    def keep(self) -> None:
        self.drawn.append(
            self._layout.states(self._replicas.spins, np.arange(self._layout.form.replicas))
        )
        self.energies.append(self._ising.energies(self.drawn[-1]))


def _effective(states: Spins, energies: Floats) -> dict[str, float]:
    samples, chains, n = states.shape
    most = max(1, WATCHED // max(samples * chains, 1))
    watched = states[:, :, :: max(1, -(-n // most))].astype(np.float64)
    spins = [effective_sample_size(watched[:, :, i]) for i in range(watched.shape[2])]
    energy = effective_sample_size(energies.reshape(samples, chains))
    return {"energy": energy, "least_of_spins": min(spins, default=energy)}


def effective_sample_size(series: Floats) -> float:
    """How many independent draws tell as much about the mean as `series` float64[samples, chains]
    does.

    After Vehtari and others (2021), "Rank-normalization, folding, and localization: an improved
    R-hat", section 3.2. The variance between chains counts, so chains that stay in different
    valleys lower it; autocorrelations are summed over Geyer's initial monotone sequence. A constant
    series counts in full.
    """
    samples, chains = series.shape
    total = float(samples * chains)
    if samples < 4:
        return total
    centred = series - series.mean(axis=0)
    size = 2 ** int(np.ceil(np.log2(2 * samples)))
    spectrum = np.fft.rfft(centred, size, axis=0)
    covariances = np.fft.irfft(np.abs(spectrum) ** 2, size, axis=0)[:samples] / samples
    within = covariances[0].mean() * samples / (samples - 1)
    pooled = within * (samples - 1) / samples
    if chains > 1:
        pooled += series.mean(axis=0).var(ddof=1)
    if pooled <= 0:
        return total
    correlations = 1 - (within - covariances.mean(axis=1)) / pooled
    correlations[0] = 1.0
    pairs = correlations[: samples // 2 * 2].reshape(-1, 2).sum(axis=1)
    ends = np.flatnonzero(pairs < 0)
    positive = pairs[: ends[0]] if len(ends) else pairs
    time = -1 + 2 * float(np.minimum.accumulate(positive).sum())
    return float(total / max(time, 1 / np.log10(total + 10)))
