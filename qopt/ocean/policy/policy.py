"""A policy: where models may be sent, by a file that is checked before anything is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path
from typing import Any

from ...errors import QoptError
from .audit import Entry, Receipt, Trail
from .places import LOOPBACK, Url, Where, endpoint_of, where


class NotAllowed(QoptError):
    """What the policy does not allow; nothing was sent."""


@dataclass(frozen=True)
class Policy:
    """What a policy's file says; without a file everything is allowed, and `facts` says so.

    Attributes
    ----------
    path, sha256
        The file, and the hash of its bytes, in hex digits; None where there is no file.
    regions, endpoints
        Of D-Wave's regions, by their codes, and of other services, by their URLs, those that may
        be used. Where both are None, all may; where one is, none of its kind.
    solvers
        Names of solvers that may be used, or patterns of them with `*`; None for all.
    anonymous
        Whether names are replaced by numbers, and constants left out, before anything is sent.
    audit
        The file that a line is added to for each submission; None for none.
    who
        Who submits, as the file says.
    budgets
        By name, the `seconds` and `money` that may be spent, None where not bounded.
    prices
        By name of solver, pattern or kind, money for a second of `access` and of `charge`, and for
        a `job`, None where not given; the first that fits counts. In the `currency`.
    """

    path: Path | None = None
    sha256: str | None = None
    regions: tuple[str, ...] | None = None
    endpoints: tuple[str, ...] | None = None
    solvers: tuple[str, ...] | None = None
    anonymous: bool = False
    audit: Path | None = None
    who: str | None = None
    budgets: Mapping[str, Mapping[str, float | None]] = field(default_factory=dict)
    prices: Mapping[str, Mapping[str, float | None]] = field(default_factory=dict)
    currency: str | None = None

    def facts(self) -> dict[str, Any]:
        """What a result says of it; JSON-ready."""
        if self.path is None:
            allowed = "no policy: every endpoint, region and solver is allowed, names are sent"
            return {"file": None, "says": allowed}
        return {
            "file": str(self.path),
            "sha256": self.sha256,
            "labels": "anonymous" if self.anonymous else "kept",
            "audit": None if self.audit is None else str(self.audit),
            "who": self.who,
        }

    def check(
        self, *, endpoint: str | None, region: str | None = None, solver: str | None = None
    ) -> None:
        """Whether a submission may go there; to be asked before a connection is made, and again
        with the name of the solver once it is known.

        `endpoint` is where bytes would go; without one it is that of the `region`, and without
        both that of Ocean's default region. An endpoint counts before a region, as Ocean has it.
        Raises NotAllowed, of one line.
        """
        if self.path is None:
            return
        self._check_place(endpoint or endpoint_of(region), region if endpoint else None)
        if solver is None or self.solvers is None:
            return
        if not any(fnmatchcase(solver, pattern) for pattern in self.solvers):
            self._refuse(f"solver {solver!r} is not among {_listed(self.solvers)}")

    def check_configuration(self, configuration: Mapping[str, Any]) -> Where | None:
        """Where Ocean's configuration (`dwave.cloud.config.load_config`) leads, if that is allowed;
        None without a policy, where Ocean's client may find that out.

        Give the endpoint of it to Ocean's client: with a region alone the client asks a service
        first. Raises NotAllowed, also where certificates of servers are not to be checked
        (`permissive_ssl`), and QoptError as `where` does.
        """
        if self.path is None:
            return None
        found = where(configuration)
        self.check(endpoint=found.endpoint, region=found.region)
        if _is_set(configuration.get("permissive_ssl")):
            self._refuse(
                "`permissive_ssl` of Ocean's configuration lets any server answer; leave it out"
            )
        return found

    def record(self, entry: Entry) -> Receipt | None:
        """Add a line to the audit, with `who` and the policy's hash, before what it tells of is
        sent; None where the policy names no audit.

        Raises FileError, of one line, where that cannot be done; then nothing must be sent.
        """
        if self.audit is None:
            return None
        return _trail(self.audit).append(replace(entry, who=self.who, policy=self.sha256))

    def _check_place(self, endpoint: str, region: str | None) -> None:
        try:
            url = Url.of(endpoint)
        except QoptError as error:
            self._refuse(f"endpoint {endpoint!r} is {error}")
        if url.scheme == "http" and not url.loopback:
            self._refuse(
                f"endpoint {endpoint} would be sent models and the token unencrypted; give its "
                "https:// address"
            )
        if self.regions is None and self.endpoints is None:
            return
        if url.region is not None and url.region in (self.regions or ()):
            return
        for allowed in self.endpoints or ():
            if url.loopback if allowed == LOOPBACK else url.within(Url.of(allowed)):
                return
        over = f", which goes before region {region!r}," if region not in (None, url.region) else ""
        of = f" (region {url.region})" if url.region else ""
        named = (*(self.regions or ()), *(self.endpoints or ()))
        self._refuse(f"endpoint {endpoint}{of}{over} is not among {_listed(named)}")

    def _refuse(self, what: str) -> None:
        raise NotAllowed(f"{self.path}: {what}; nothing was sent")


def _listed(names: tuple[str, ...]) -> str:
    return f"those allowed: {', '.join(names)}"


def _is_set(value: Any) -> bool:
    """As Ocean reads a switch of its configuration."""
    return str(value).strip().lower() not in ("", "none", "0", "false", "off")


@lru_cache(maxsize=16)
def _trail(path: Path) -> Trail:
    """One a file, which remembers how much of it this process has verified."""
    return Trail(path)
