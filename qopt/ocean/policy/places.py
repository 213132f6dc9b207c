"""Where Ocean's client would send to, found without asking anyone."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from ...errors import QoptError

# the regions that Ocean's documentation lists, and the form of their addresses
# (dwave.cloud.regions.get_regions)
REGIONS = ("eu-central-1", "na-east-1", "na-west-1")
REGIONAL = re.compile(r"(?P<region>[a-z]+-[a-z]+-\d+)\.cloud\.dwavesys\.com")
CENTRAL = "cloud.dwavesys.com"  # Ocean's default endpoint, which is of its default region
DEFAULT_REGION = "na-west-1"
METADATA = "https://cloud.dwavesys.com/metadata/v1/"
PORTS = {"http": 80, "https": 443}
LOOPBACK = "loopback"  # in a policy: any port of this machine


@dataclass(frozen=True)
class Url:
    """The parts of an endpoint that decide who is reached; `path` ends with a slash."""

    scheme: str
    host: str
    port: int
    path: str

    @classmethod
    def of(cls, text: str) -> Url:
        """Raises QoptError for what is no URL of a service, and for one that hides its host."""
        try:
            parts = urlsplit(text)
            host, port = parts.hostname, parts.port
        except ValueError as error:
            raise QoptError(f"no URL of a service: {error}") from None
        scheme = parts.scheme.lower()
        if scheme not in PORTS or not host or not text.isprintable() or " " in text:
            raise QoptError("no URL of a service; give https://HOST/PATH")
        if "@" in parts.netloc:
            raise QoptError(f"a name before the host hides it: {host!r} would be reached; leave it")
        path = parts.path.rstrip("/") + "/"
        if ".." in path or "%" in path or parts.query or parts.fragment:
            raise QoptError("its path is not plain; give one without '..', '%', '?' and '#'")
        return cls(scheme, host.lower().rstrip("."), port or PORTS[scheme], path)

    @property
    def loopback(self) -> bool:
        """Whether it is this machine itself."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def region(self) -> str | None:
        """The region that D-Wave serves there; None for a service of somebody else's."""
        if self.scheme != "https" or self.port != PORTS["https"]:
            return None
        found = REGIONAL.fullmatch(self.host)
        return found["region"] if found else DEFAULT_REGION if self.host == CENTRAL else None

    def within(self, allowed: Url) -> bool:
        """Whether it is on the allowed host and port, at the allowed path or below it."""
        same = (self.scheme, self.host, self.port) == (allowed.scheme, allowed.host, allowed.port)
        return same and self.path.startswith(allowed.path)


def endpoint_of(region: str | None) -> str:
    """The endpoint of a region; without one that of Ocean's default region."""
    if region in (None, DEFAULT_REGION):
        return f"https://{CENTRAL}/sapi/"
    return f"https://{region}.cloud.dwavesys.com/sapi/v2/"


@dataclass(frozen=True)
class Where:
    """What a connection is made to: `endpoint`, to be given to Ocean's client as it stands, and
    the region that was asked for, if any.
    """

    endpoint: str
    region: str | None


def where(configuration: Mapping[str, Any]) -> Where:
    """What Ocean's configuration leads to, as `dwave.cloud.config.load_config` gives it.

    An endpoint goes before Leap's address, and both before a region, as Ocean has it. Ocean's own
    client asks a service for the endpoint of a region, and takes the default region's where that
    service does not answer; so give the endpoint found here to it, with which it asks nobody.

    Raises QoptError where the service that it would ask is not D-Wave's.
    """
    region = configuration.get("region") or None
    if endpoint := configuration.get("endpoint"):
        return Where(str(endpoint), region)
    if leap := configuration.get("leap_api_endpoint"):
        parts = urlsplit(str(leap))
        return Where(f"{parts.scheme}://{parts.netloc}/sapi/", region)
    asked = configuration.get("metadata_api_endpoint") or METADATA
    if str(asked).rstrip("/") != METADATA.rstrip("/"):
        raise QoptError(
            f"Ocean's configuration has regions looked up at {asked}, which cannot be checked "
            "before it is asked: set `endpoint` (DWAVE_API_ENDPOINT) itself; nothing was sent"
        )
    return Where(endpoint_of(region), region or DEFAULT_REGION)
