"""D-Wave's service as one run uses it: allowed, connected once, with a journal, closed once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import QoptError
from .money import FREE, Price, Prices
from .policy import Policy, Receipt, Where, policy_of

if TYPE_CHECKING:
    from .jobs import Connection, Entry, Journal, Submission
    from .jobs.tasks import Outcome, Progress


def prices_of(policy: Policy) -> Prices:
    """The policy's, or else those of the user's own file."""
    return Prices.of(policy.prices, policy.currency or "") if policy.prices else Prices.of_user()


@dataclass
class Session:
    """Use it as a context. What it submits is allowed by the policy, told to its audit before it is
    sent, and noted in the journal.
    """

    policy: Policy
    connection: Connection
    journal: Journal
    prices: Prices
    named: Any = None  # the solver that Ocean's configuration names
    receipts: dict[str, Receipt] = field(default_factory=dict)  # of the audit, by job

    @classmethod
    def open(
        cls,
        profile: str | None = None,
        *,
        policy: Policy | str | Path | None = None,
        deadline: float = 60.0,
        interrupt: Callable[[], bool] | None = None,
    ) -> Session:
        """By Ocean's configuration, within `deadline` seconds.

        Raises NotReady without a token, NotAllowed for a place outside the policy, before a byte
        leaves; QoptError where nobody answers; FileError for a journal that cannot be used.
        """
        from .jobs import Configuration, Connection, Journal

        allowed = policy_of(policy)
        configuration = Configuration.read(profile)
        where: Where | None = allowed.check_configuration(configuration.options)
        if where is not None:
            configuration.options["endpoint"] = where.endpoint
        journal = Journal.of_user()
        try:
            for name, limits in allowed.budgets.items():
                journal.set_budget(name, seconds=limits["seconds"], money=limits["money"])
            connection = Connection.open(configuration, deadline=deadline, interrupt=interrupt)
        except BaseException:
            journal.close()
            raise
        named = configuration.options.get("solver") or None
        return cls(
            allowed,
            connection,
            journal,
            prices_of(allowed),
            named,
        )

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Jobs that wait stay at the service, and in the journal."""
        self.connection.close()
        self.journal.close()

    def annealer(self, name: str | None = None, *, interrupt: Any = None) -> Any:
        """Ocean's object of an annealer: the named one, or that of Ocean's configuration, or the
        largest; as it stands now.
        """
        asked: dict[str, Any] = {} if name or self.named else {"order_by": "-num_active_qubits"}
        if not name and self.named:
            return self._allowed(self.connection.solver(interrupt=interrupt))
        return self._allowed(self.connection.solver(name, qpu=True, interrupt=interrupt, **asked))

    def hybrid(self, kind: str, name: str | None = None, *, interrupt: Any = None) -> Any:
        """Ocean's object of a hybrid service for models of a kind: "bqm", "cqm" or "nl"."""
        asked: dict[str, Any] = (
            {}
            if name
            else {"supported_problem_types__contains": kind, "order_by": "-properties.version"}
        )
        found = self.connection.solver(name, hybrid=True, interrupt=interrupt, **asked)
        if kind not in found.properties.get("supported_problem_types", ()):
            raise QoptError(
                f"solver {found.name!r} takes no models of kind {kind!r}; nothing was sent"
            )
        return self._allowed(found)

    def price(self, solver: str, kind: str) -> Price:
        """Of a second and of a job, by the user's table; free where it says nothing."""
        return self.prices.price(solver, kind) or FREE

    def priced(self, solver: str, kind: str) -> bool:
        """Whether the table says what it costs."""
        return self.prices.price(solver, kind) is not None

    def ask(
        self,
        submissions: Sequence[Submission],
        *,
        deadline: float,
        interrupt: Callable[[], bool] | None = None,
        on_progress: Callable[[Progress], None] | None = None,
        reuse: bool = True,
    ) -> list[Outcome]:
        """What came of each; see `qopt.ocean.jobs.submit_all`."""
        from .jobs import submit_all

        return submit_all(
            submissions,
            self.connection,
            self.journal,
            deadline=deadline,
            interrupt=interrupt,
            on_progress=on_progress,
            reuse=reuse,
            announce=self._audit,
        )

    def _allowed(self, solver: Any) -> Any:
        at = self.connection
        self.policy.check(endpoint=at.endpoint, region=at.region, solver=solver.name)
        return solver

    def _audit(self, asked: Submission, entry: Entry) -> None:
        from .policy import Entry as Line

        size = asked.payload.get("size", {})
        line = Line.of(
            asked.problem,
            endpoint=self.connection.endpoint,
            region=self.connection.region,
            solver=entry.solver_name,
            kind=asked.kind,
            variables=size.get("variables"),
            couplings=size.get("couplings"),
            label=entry.label,
            estimate=asked.estimate,
        )
        receipt = self.policy.record(line)
        if receipt is not None:
            self.receipts[entry.job] = receipt
