"""A connection to the service that Ocean's own configuration names: opened once, closed once."""

from __future__ import annotations

import ipaddress
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from ....errors import NotReady, QoptError
from ....kit.checks import require_positive
from ...account import HOW_TO, TokenRefused
from ...policy.redirects import staying
from ..errors import NotSent
from .bounded import bounded
from .calls import SapiWire
from .hiding import hidden, hide_tokens
from .sorting import sorted_out

SETTLING = {True: 2.0, False: 10.0}  # seconds, by whether the service is on this machine


@dataclass(frozen=True)
class Configuration:
    """What Ocean's configuration says of where to go: file, environment and profile together.

    `endpoint` is None where it is to be looked up for `region`, which takes a call; a policy that
    has to be asked before anything is sent can be asked about these two. The token is in `options`,
    which are not shown.
    """

    profile: str | None
    endpoint: str | None
    region: str | None
    options: dict[str, Any] = field(repr=False)

    @classmethod
    def read(cls, profile: str | None = None, **given: Any) -> Configuration:
        """Of Ocean's files and environment; `given` are options of its client that go first.

        Raises NotReady where there is no token, QoptError where it cannot be read or has no such
        profile. Nothing is sent.
        """
        from dwave.cloud.config import load_config
        from dwave.cloud.config.exceptions import ConfigFileError

        hide_tokens(given.get("token"))
        try:
            options = load_config(profile=profile, **given)
        except (ConfigFileError, ValueError) as error:
            said = hidden(" ".join(str(error).split()))
            raise QoptError(
                f"Ocean's configuration: {said}; `dwave config ls` shows its files; nothing was "
                "sent"
            ) from None
        token = options.get("token")
        if not token:
            raise NotReady(f"no D-Wave token; {HOW_TO}; nothing was sent")
        hide_tokens(token)
        return cls(
            profile, options.get("endpoint") or None, options.get("region") or None, dict(options)
        )


class Connection:
    """Ocean's client, and our own calls beside it. Use it as a context, or close it.

    >>> with Connection.open("emulated") as connection:  # doctest: +SKIP
    ...     solver = connection.solver("Advantage2_system1.7")

    `timeout` is how many seconds one call may take. `settling`: seconds after which a job that was
    sent, and that the service does not have under its label, was surely not received; 2 for a
    service on this machine, 10 for others.
    """

    def __init__(self, client: Any, *, timeout: float, settling: float | None) -> None:
        self._client, self._timeout = client, timeout
        self.endpoint: str = str(client.config.endpoint)
        self.region: str | None = client.config.region
        settled = SETTLING[_here(self.endpoint)] if settling is None else settling
        self.wire = SapiWire(client.config, timeout=timeout, settling=settled)

    @classmethod
    def open(
        cls,
        where: Configuration | str | None = None,
        *,
        timeout: float = 60.0,
        settling: float | None = None,
        deadline: float = 60.0,
        interrupt: Callable[[], bool] | None = None,
        **given: Any,
    ) -> Connection:
        """By a Configuration, or the profile of one. Within `deadline` seconds.

        The client's cache on disk is not used: it keeps the old state of a device for up to an
        hour.
        """
        require_positive("timeout", timeout, wanted="seconds above 0")
        require_positive("deadline", deadline, wanted="seconds above 0")
        if not isinstance(where, Configuration):
            where = Configuration.read(where, **given)
        options = {**where.options, "cache": {"enabled": False, "home": None}}

        def opened() -> Any:
            from dwave.cloud.client import Client

            options.pop("client", None)  # which kind of solvers it shows; we look at all
            options.setdefault("request_timeout", timeout)
            options.setdefault("http_retry_total", 5)  # of 10 the last few take seconds
            return staying(Client)(**options)

        client = bounded(
            _worded(opened, "it cannot be connected to", "the service"),
            within=deadline,
            interrupt=interrupt,
            discard=lambda late: late.close(wait=False),
        )
        return cls(client, timeout=timeout, settling=settling)

    def __repr__(self) -> str:
        return f"Connection({self.endpoint!r})"

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """At once; jobs that wait stay at the service."""
        client, self._client = self._client, None
        if client is not None:
            self.wire.close()
            # its threads are told to end, which they do when their requests are answered
            threading.Thread(target=client.close, kwargs={"wait": False}, daemon=True).start()

    def solvers(
        self,
        *,
        deadline: float = 60.0,
        interrupt: Callable[[], bool] | None = None,
        **filters: Any,
    ) -> list[Any]:
        """Ocean's objects of the solvers that fit its filters, as they stand now."""

        def found() -> Any:
            return self._client.get_solvers(refresh=True, **filters)

        solvers: list[Any] = bounded(
            _worded(found, "its solvers cannot be listed", self.endpoint),
            within=deadline,
            interrupt=interrupt,
        )
        return solvers

    def solver(
        self,
        name: str | None = None,
        *,
        deadline: float = 60.0,
        interrupt: Callable[[], bool] | None = None,
        **filters: Any,
    ) -> Any:
        """Ocean's object of a solver: the named one, or the first that fits.

        Without both, the one of the configuration. Raises QoptError where there is none, and
        NotSent where it is offline.
        """
        from dwave.cloud.exceptions import SolverNotFoundError

        def found() -> Any:
            try:
                return self._client.get_solver(name, refresh=True, **filters)
            except SolverNotFoundError:
                asleep = {"name": name, **filters} if name else filters
                away = self._client.get_solvers(**asleep, online=False) if asleep else ()
                if not away:
                    raise
                raise NotSent(f"{away[0].name} is offline; nothing was sent") from None

        return bounded(
            _worded(found, f"solver {name or filters or 'of the configuration'!r}", self.endpoint),
            within=deadline,
            interrupt=interrupt,
        )


def _worded(call: Callable[[], Any], what: str, where: str) -> Callable[[], Any]:
    """What the client raises, in a line of ours: of `what` was asked for, and of `where`."""

    def worded() -> Any:
        from dwave.cloud.api.exceptions import ResourceAuthenticationError
        from dwave.cloud.exceptions import SolverAuthenticationError, SolverNotFoundError
        from requests.exceptions import RequestException

        try:
            return call()
        except QoptError:
            raise
        except (SolverAuthenticationError, ResourceAuthenticationError):
            raise TokenRefused(f"D-Wave refused the token; {HOW_TO}; nothing was sent") from None
        except SolverNotFoundError as error:
            raise QoptError(
                f"D-Wave: {what}: {hidden(str(error))}; `dwave solvers` lists those there are; "
                "nothing was sent"
            ) from None
        except RequestException as error:
            said = hidden(sorted_out(error).text)
            raise NotSent(f"{where} gives no answer: {said}; nothing was sent") from None
        except (ValueError, TypeError) as error:
            said = hidden(" ".join(str(error).split()))
            raise QoptError(f"Ocean's configuration: {said[:200]}; nothing was sent") from None

    return worded


def _here(endpoint: str) -> bool:
    """Whether the service is on this machine."""
    host = urlsplit(endpoint).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
