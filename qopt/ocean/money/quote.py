"""What jobs would be charged, before anything is sent. Nothing is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...errors import QoptError
from ...kit.checks import require_count, require_positive
from .budget import Cost
from .prices import Prices

if TYPE_CHECKING:
    from ...devices import Description
    from ...problem import Problem

KINDS = {"qpu": "qpu", "leap-bqm": "bqm", "leap-cqm": "cqm", "leap-nl": "nl"}
# seconds that D-Wave's hybrid services take at the least (their documentation); large models more
LEAST = {"bqm": 3.0, "cqm": 5.0, "nl": 5.0}
SERVICES = {
    "bqm": "hybrid_binary_quadratic_model",
    "cqm": "hybrid_constrained_quadratic_model",
    "nl": "hybrid_nonlinear_program",
}


@dataclass(frozen=True)
class Quote:
    """What one job would be charged: `seconds`, and `money` where the table has a price.

    `qubits` and `reads` are of a QPU's job. `notes` say what was assumed.
    """

    solver: str
    device: str
    seconds: float
    money: float | None = None
    currency: str = ""
    qubits: int | None = None
    longest_chain: int | None = None
    reads: int | None = None
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {**vars(self), "notes": list(self.notes)}


def total(quotes: Iterable[Quote]) -> tuple[Cost, int]:
    """Of all together, and how many of them have no price in money."""
    cost, unpriced = Cost(), 0
    for quote in quotes:
        cost += Cost(quote.seconds, quote.money or 0.0)
        unpriced += quote.money is None
    return cost, unpriced


def quote_qpu(
    device: Description,
    *,
    num_qubits: int,
    num_reads: int = 100,
    annealing_time: float | None = None,
    prices: Prices | None = None,
    **more: Any,
) -> Quote:
    """A job on an annealer that takes so many qubits after its embedding.

    `annealing_time` is in microseconds, and `more` as at `Description.access_time`. Equal to what
    the device charges as far as its published timing model is. Raises QoptError for what is out of
    the device's range.
    """
    require_count("num_qubits", num_qubits)
    require_count("num_reads", num_reads)
    least, most = device.num_reads_range
    if not least <= num_reads <= most:
        raise QoptError(f"num_reads={num_reads}: {device.name} takes {least} to {most}")
    if annealing_time is not None:
        shortest, longest = device.annealing_time_range
        if not shortest <= annealing_time <= longest:
            raise QoptError(
                f"annealing_time={annealing_time:g}: {device.name} takes {shortest:g} to "
                f"{longest:g} microseconds"
            )
    seconds = device.access_time(
        num_qubits=num_qubits, num_reads=num_reads, annealing_time=annealing_time, **more
    )
    return _priced(
        Quote("qpu", device.like, seconds, qubits=num_qubits, reads=num_reads), "qpu", prices
    )


def quote_hybrid(
    kind: str, *, time_limit: float | None, prices: Prices | None = None, least: float | None = None
) -> Quote:
    """A job of a hybrid service, which is charged its time limit.

    `least` is the service's least time limit for the model, where it is known; otherwise that of
    small models, and a note says so. Raises QoptError for a limit below it.
    """
    require_positive("time_limit", time_limit, wanted="seconds above 0", optional=True)
    notes: tuple[str, ...] = ()
    if least is None:
        least = LEAST[kind]
        notes = (
            f"of a large model the service takes no less than its own limit, {least:g} s or more",
        )
    seconds = least if time_limit is None else time_limit
    if seconds < least:
        raise QoptError(
            f"time_limit={seconds:g}: the service takes at least {least:g} s for this model"
        )
    solver = next(name for name, of in KINDS.items() if of == kind)
    return _priced(Quote(solver, SERVICES[kind], seconds, notes=notes), kind, prices)


def quote(
    problem: Problem[Any],
    *,
    solver: str = "qpu",
    parameters: Mapping[str, Any] | None = None,
    time_limit: float = 10.0,
    device: str = "advantage2",
    prices: Prices | None = None,
    qubits: int | None = None,
) -> Quote:
    """One solve of a problem as `qopt.solve` would submit it, from what is bundled with qopt.

    For a QPU the problem is compiled and embedded on the working graph of a described device
    (`qopt.devices.names()`), unless `qubits` says how many it takes. The embedding is kept, and a
    solve on that device finds it again. Raises NotEmbedded where it does not fit, and QoptError for
    a solver that is not paid for.
    """
    if solver not in KINDS:
        raise QoptError(f"solver {solver!r} is charged by nobody; quote one of {', '.join(KINDS)}")
    given = dict(parameters or {})
    if KINDS[solver] != "qpu":
        return quote_hybrid(KINDS[solver], time_limit=time_limit, prices=prices)
    from ...devices import described

    target, longest, notes = described(device), None, ()
    if qubits is None:
        qubits, longest, notes = _embedded(problem, target, given, time_limit)
    made = quote_qpu(
        target,
        num_qubits=qubits,
        num_reads=given.get("num_reads", 100),
        annealing_time=given.get("annealing_time"),
        prices=prices,
    )
    return Quote(**{**vars(made), "longest_chain": longest, "notes": notes})


def _embedded(
    problem: Problem[Any], device: Any, given: Mapping[str, Any], time_limit: float
) -> tuple[int, int | None, Any]:
    """Qubits, the longest chain, and what is to be said of it."""
    from ...compiler import compile_cqm
    from ..embedding import embed

    compiled = compile_cqm(problem.model(), penalties=given.get("penalties", "tuned"))
    if compiled.settled() is not None:
        raise QoptError("presolve leaves one plan: nothing is sent, and nothing is charged")
    bqm = compiled.bqm()
    seed = given.get("embedding_seed", 0)
    found = embed(bqm, device, seed=seed, time_limit=max(1.0, time_limit))
    note = (
        f"{bqm.num_variables} variables on {found.qubits} qubits ({found.method}); the embedding "
        "on the device itself may take some more or less"
    )
    return found.qubits, found.longest, (note,)


def _priced(made: Quote, kind: str, prices: Prices | None) -> Quote:
    price = None if prices is None else prices.price(made.device, kind)
    if prices is None or price is None:
        return made
    money = price.cost(made.seconds).money
    return Quote(**{**vars(made), "money": money, "currency": prices.currency})
