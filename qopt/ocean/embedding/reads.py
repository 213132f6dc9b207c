"""From reads of qubits to samples of a problem's variables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from ...errors import QoptError
from ...kit.checks import require, require_count
from .chains import Programmed

if TYPE_CHECKING:
    import dimod
    import numpy.typing as npt

    Spins = npt.NDArray[np.int8]

Unembedding = Literal["majority", "weighted", "discard", "minimise-energy"]


def unembed(
    reads: dimod.SampleSet,
    programmed: Programmed,
    *,
    method: Unembedding = "majority",
    seed: int = 0,
    descend: bool = False,
) -> dimod.SampleSet:
    """Samples of the problem, in its own vartype, with its own energies.

    Parameters
    ----------
    reads
        Of the qubits; rows stay in their order, with how often each was read.
    method
        What becomes of a chain whose qubits differ: the value of most of them, a tie being drawn by
        `seed` ("majority"); that of one of them, drawn by `seed` ("weighted"); the read is left out
        ("discard"); or variables of broken chains are set one after the other, each to the value of
        less energy beside those that are set, the surest first ("minimise-energy").
    descend
        Whether to go down from there by flips of single variables until none lowers the energy.
        The sample set says so: what is found is then no longer what the device found alone.

    Returns
    -------
    SampleSet
        With `chain_break_fraction`, the share of a read's chains that were broken, and in `info`
        beside what the reads had "unembedding": method, seed, reads, broken reads, reads left
        out, mean break fraction; and of a descent how many samples it changed.

    Raises QoptError where the reads lack a qubit.
    """
    import dimod

    require(method in get_args(Unembedding), "method", method, ", ".join(get_args(Unembedding)))
    require_count("seed", seed, least=0)
    qubits = _columns(reads, programmed)
    sums = _sums(qubits, programmed)
    broken = np.abs(sums) < programmed.sizes
    count = np.asarray(reads.record.num_occurrences)
    kept = np.ones(len(qubits), dtype=np.bool_)
    rng = np.random.default_rng(seed)
    if method == "weighted":
        drawn = (rng.random(sums.shape) * programmed.sizes).astype(np.int64) + programmed.starts
        spins = np.take_along_axis(qubits, drawn, axis=1)
    else:
        ties = rng.integers(0, 2, size=sums.shape, dtype=np.int8) * 2 - 1
        spins = np.where(sums == 0, ties, np.sign(sums)).astype(np.int8)
    if method == "minimise-energy":
        spins = _least_energy(spins, broken, programmed.bqm)
    elif method == "discard":
        kept = np.asarray(~broken.any(axis=1))
    share = broken.mean(axis=1) if broken.shape[1] else np.zeros(len(qubits))
    told: dict[str, Any] = {
        "method": method,
        "seed": seed,
        "reads": int(count.sum()),
        "broken_reads": int(count[broken.any(axis=1)].sum()),
        "left_out": int(count[~kept].sum()),
        "mean_chain_break_fraction": float(share @ count / max(count.sum(), 1)),
    }
    bqm, spins = programmed.bqm, spins[kept]
    if descend:
        lower = _descended(spins, bqm)
        told["descent"] = {"changed": int(count[kept][(lower != spins).any(axis=1)].sum())}
        spins = lower
    values = spins if bqm.vartype is dimod.SPIN else (spins + 1) // 2
    labelled = values, list(programmed.variables)
    return dimod.SampleSet.from_samples(
        labelled,
        vartype=bqm.vartype,
        energy=bqm.energies(labelled) if len(values) else [],
        num_occurrences=count[kept],
        chain_break_fraction=share[kept],
        info=dict(reads.info) | {"unembedding": told},
        aggregate_samples=False,
        sort_labels=False,
    )


def _columns(reads: dimod.SampleSet, programmed: Programmed) -> Spins:
    """int8 (reads, qubits) of -1 and 1, in the order of the programmed qubits."""
    at = {qubit: k for k, qubit in enumerate(reads.variables)}
    lacking = [qubit for qubit in programmed.qubits.tolist() if qubit not in at]
    if lacking:
        raise QoptError(f"reads: qubit {lacking[0]} is not among them; give those of this problem")
    order = [at[qubit] for qubit in programmed.qubits.tolist()]
    values = np.asarray(reads.record.sample)[:, order]
    if reads.vartype.name == "BINARY":
        values = 2 * values - 1
    return values.astype(np.int8)


def _sums(qubits: Spins, programmed: Programmed) -> npt.NDArray[np.int64]:
    """int64 (reads, variables): the sum over each chain."""
    if not len(programmed.sizes):
        return np.zeros((len(qubits), 0), dtype=np.int64)
    return np.add.reduceat(qubits, programmed.starts, axis=1, dtype=np.int64)


def _least_energy(spins: Spins, broken: npt.NDArray[np.bool_], bqm: Any) -> Spins:
    """Of the variables of broken chains the one with the strongest field from those that are set,
    one after the other.
    """
    from scipy.sparse import coo_array

    n = bqm.num_variables
    h, (row, column, bias), _ = bqm.spin.to_numpy_vectors(variable_order=list(bqm.variables))
    ends = np.concatenate([row, column]), np.concatenate([column, row])
    couplings = coo_array((np.tile(bias, 2), ends), shape=(n, n)).tocsr()
    spins, open_ = np.where(broken, 0, spins).astype(np.int8), broken.copy()
    fields = h + (couplings @ spins.T.astype(np.float64)).T
    while len(rows := np.flatnonzero(open_.any(axis=1))):
        strongest = np.where(open_[rows], np.abs(fields[rows]), -1.0).argmax(axis=1)
        value = np.where(fields[rows, strongest] > 0, -1, 1).astype(np.int8)
        spins[rows, strongest] = value
        open_[rows, strongest] = False
        fields[rows] += couplings[strongest].toarray() * value[:, None]
    return spins


def _descended(spins: Spins, bqm: Any) -> Spins:
    """By Ocean's steepest descent."""
    from dwave.samplers import SteepestDescentSampler

    if not len(spins):
        return spins
    variables = list(bqm.variables)
    started = {"initial_states": (spins, variables), "initial_states_generator": "none"}
    found = SteepestDescentSampler().sample(bqm.spin, num_reads=len(spins), **started)
    order = [found.variables.index(label) for label in variables]
    return np.asarray(found.record.sample[:, order], dtype=np.int8)
