"""The service as Python has it: begin it, submit to it from anywhere, look, break it, close it."""

from __future__ import annotations

import asyncio
import ipaddress
import os
from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from types import TracebackType
from typing import TYPE_CHECKING, Any

from ..errors import NotReady, QoptError
from ..kit.checks import require, require_count, require_positive
from .account import Account, Window
from .faults import Fault, Faults, parse_fault
from .jobs import Job, JobBook

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from .backends import Backend
    from .processor import Processor
    from .running import Line


def serve(
    *,
    device: str = "advantage2",
    noise: str = "none",
    seed: int = 0,
    port: int = 0,
    host: str = "127.0.0.1",
    token: str | None = None,
    queue_delay: float = 0.0,
    faults: Iterable[Fault | str] = (),
    quota: float | None = None,
    available: Sequence[Window] | None = None,
    hybrid_minimum: float | None = None,
) -> Service:
    """A local service that speaks D-Wave's protocol, with a chip and three hybrid solvers.

    Scripts written for Ocean run against it as they are, once `Service.environment` is in their
    environment:

    >>> with serve(device="advantage2-small", seed=1) as service:  # doctest: +SKIP
    ...     subprocess.run(["python", "script.py"], env={**os.environ, **service.environment})
    ...     print([(job.label, job.status, job.charged) for job in service.jobs])

    Its answers are computed on this machine and say that they are emulated. `device` is one of
    `qopt.devices.names()`, `noise` "none", "typical" or "early". `port` 0 takes a free one. `host`
    is this machine itself unless told otherwise, and then a `token` has to be given. Jobs wait for
    `queue_delay` seconds before they run. `faults` go wrong from the beginning, each a `Fault` or
    as the command line has it, such as "submit=503:2". `quota` is in seconds of the chip's time;
    a hybrid solver's second counts as much less, by its `quota_conversion_rate`. `available` are
    pairs of seconds, counted from now, between which the service is online; outside them its
    solvers are OFFLINE and jobs fail. `hybrid_minimum` is the time limit, in seconds, that a hybrid
    solver takes for a small model at the least; less than D-Wave's own makes rehearsals quicker.

    Raises QoptError for a wrong argument, and for a port that is taken; NotReady where starlette
    or uvicorn is not installed.
    """
    require_count("seed", seed, least=0)
    fits = isinstance(queue_delay, int | float) and 0 <= queue_delay < 1e9
    require(fits, "queue_delay", queue_delay, "seconds, 0 or more")
    require_positive("hybrid_minimum", hybrid_minimum, wanted="seconds above 0", optional=True)
    _require_address(host, port, token)
    _require_packages()
    given = [fault if isinstance(fault, Fault) else parse_fault(fault) for fault in faults]
    from .hybrids.bqm import HybridBqm
    from .hybrids.cqm import HybridCqm
    from .hybrids.nl import HybridNl
    from .processor import Processor

    processor = Processor(device, noise=noise, seed=seed)
    least: dict[str, float] = {} if hybrid_minimum is None else {"least": hybrid_minimum}
    kinds = (HybridBqm, HybridCqm, HybridNl)
    hybrids: list[Backend] = [kind(seed, **least) for kind in kinds]
    offered = [processor, *hybrids]
    return Service(
        processor,
        hybrids,
        host=host,
        port=port,
        account=_account(offered, token=token, quota=quota, available=available),
        faults=Faults(given),
        queue_delay=queue_delay,
    )


class Service:
    """A service that runs, in threads of this process, until `close` or the end of its `with`."""

    def __init__(
        self,
        processor: Processor,
        hybrids: Sequence[Backend],
        *,
        host: str,
        port: int,
        account: Account,
        faults: Faults,
        queue_delay: float,
    ) -> None:
        from .transport import Served, bound

        self._processor, self._backends = processor, [processor, *hybrids]
        self._account, self._faults = account, faults
        self._delay = queue_delay
        self._book: JobBook | None = None
        self._lines: dict[str, Line] = {}
        listening = bound(host, port)
        self._host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
        name = f"[{self._host}]" if ":" in self._host else self._host
        self.url = f"http://{name}:{listening.getsockname()[1]}"
        self._served = Served(
            listening, self._begin, before_end=self._before_end, end=self._end_lines
        )

    @property
    def token(self) -> str:
        """What the service knows its user by."""
        return self._account.token

    @property
    def environment(self) -> dict[str, str]:
        """Variables with which any script written for Ocean comes here, and nowhere else.

        They name the address and the token, keep the user's own configuration file, profile,
        solver and region out, switch the client's cache on disk off, and keep requests from going
        through a proxy.
        """
        return {
            "DWAVE_API_ENDPOINT": self.url,
            "DWAVE_API_TOKEN": self.token,
            "DWAVE_API_SOLVER": "",
            "DWAVE_API_REGION": "",
            "DWAVE_API_CLIENT": "",
            "DWAVE_API_PROXY": "",
            "DWAVE_PROFILE": "",
            "DWAVE_CONFIG_FILE": os.devnull,
            "DWAVE_CACHE_ENABLED": "false",
            "NO_PROXY": self._host,
            "no_proxy": self._host,
        }

    @property
    def solvers(self) -> tuple[str, ...]:
        """Their names, the chip's first."""
        return tuple(backend.name for backend in self._backends)

    @property
    def jobs(self) -> tuple[Job, ...]:
        """All that were accepted, in this order, as they stand now."""
        return () if self._book is None else self._book.all()

    @property
    def charged(self) -> float:
        """Seconds that all jobs so far were charged, together."""
        return sum(job.charged for job in self.jobs)

    @property
    def quota_used(self) -> float:
        """Seconds of the quota that are used: a hybrid solver's count less than the chip's."""
        return self._account.used

    def fault(self, where: str, what: str | None = None, **options: Any) -> None:
        """Let something go wrong: `Fault` says what may, where, and with which options.

        >>> service.fault("submit", status=503, times=2)  # doctest: +SKIP
        >>> service.fault("poll", "drop", label="job-7")  # doctest: +SKIP
        """
        if what is None:
            require("status" in options, "what", what, "what is to happen, or a status")
        self._faults.add(Fault(where, what or "status", **options))

    def clear_faults(self) -> None:
        """Let nothing go wrong any more."""
        self._faults.clear()

    def change_graph(self) -> str:
        """Calibrate the chip anew: some qubits are gone, and its graph has a new id, returned."""
        graph_id: str = self._served.call(self._processor.change_graph)
        return graph_id

    def degrade(self, share: float) -> None:
        """From now on so large a share of the chip's reads, 0 to 1, is all but useless; its graph
        and its id stay. 0 mends it."""
        self._served.call(lambda: self._processor.degrade(share))

    def go_offline(self) -> None:
        """From now on the solvers are OFFLINE, whatever the windows say."""
        self._account.open(False)

    def go_online(self) -> None:
        """From now on they are ONLINE, whatever the windows say."""
        self._account.open(True)

    def expire_token(self) -> str:
        """Let the token expire; the new one is returned, and in `environment` from now on."""
        return self._account.renew()

    def close(self) -> None:
        """End it. Jobs that wait are given up, those that run are interrupted."""
        self._served.close()

    def __enter__(self) -> Service:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _begin(self) -> ASGIApp:
        from .application import Reception, application
        from .catalogue import Catalogue
        from .problems import Problems
        from .running import Line
        from .uploads import Uploads

        self._book, self._closing, uploads = JobBook(), asyncio.Event(), Uploads()
        self._lines = {
            backend.name: Line(backend, self._book, self._account, self._delay)
            for backend in self._backends
        }
        catalogue = Catalogue(
            self._backends,
            online=lambda: self._account.online,
            load=lambda name: self._lines[name].load,
        )
        problems = Problems(
            account=self._account,
            book=self._book,
            catalogue=catalogue,
            faults=self._faults,
            lines=self._lines,
            uploads=uploads,
            closing=self._closing,
        )
        reception = Reception(
            self._account, self._faults, problems, self._closing, self._processor.change_graph
        )
        return application(reception, catalogue, uploads)

    def _before_end(self) -> None:
        self._closing.set()
        if self._book is not None:
            self._book.interrupt_all()
            self._book.wake()

    async def _end_lines(self) -> None:
        for line in self._lines.values():
            await line.close()


def _account(
    backends: Sequence[Backend],
    *,
    token: str | None,
    quota: float | None,
    available: Sequence[Window] | None,
) -> Account:
    fits = isinstance(quota, int | float) and 0 <= quota < 1e12
    require(quota is None or fits, "quota", quota, "seconds, 0 or more")
    rates = {
        backend.name: float(backend.definition()["properties"].get("quota_conversion_rate", 1))
        for backend in backends
    }
    return Account(token=token, quota=quota, available=available, rates=rates)


def _require_address(host: str, port: int, token: str | None) -> None:
    require_count("port", port, least=0)
    require(port < 2**16, "port", port, "a number below 65536, or 0 for a free one")
    if token is not None:
        sendable = token.isascii() and token.isprintable() and token == token.strip() != ""
        require(sendable, "token", "...", "printable ASCII, without spaces at its ends")
    elif not _loopback(host):
        raise QoptError(f"host={host!r}: others can reach it there; give a token, too")


def _require_packages() -> None:
    lacking = [name for name in ("starlette", "uvicorn") if find_spec(name) is None]
    if lacking:
        packages = " and ".join(lacking)
        raise NotReady(f"the emulator needs {packages}: pip install 'qopt-annealing[emulator]'")


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
