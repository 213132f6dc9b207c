"""Whether Ocean is configured, and its complaints as one line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ..errors import NotReady, QoptError

HOW_TO = (
    "run `dwave setup`, or set DWAVE_API_TOKEN to the token of your Leap account; without one, "
    "`qopt emulator` is a place to rehearse"
)


class TokenRefused(NotReady):
    """A token that the service does not take: a mistake, and no reason for a fallback."""


def missing_token(profile: str | None) -> str | None:
    """None where Ocean's own configuration (file, environment or `profile`) has a token, else what
    to set.
    """
    from dwave.cloud.config import load_config
    from dwave.cloud.config.exceptions import ConfigFileError

    try:
        token = load_config(profile=profile).get("token")
    except (ConfigFileError, ValueError) as error:
        return f"Ocean's configuration: {error}; `dwave config ls` shows its files"
    return None if token else f"no D-Wave token; {HOW_TO}"


@contextmanager
def one_line() -> Iterator[None]:
    """Turn what Ocean's client raises into a NotReady or QoptError of one line."""
    from dwave.cloud import exceptions as ocean
    from dwave.cloud.api.exceptions import RequestError
    from requests.exceptions import RequestException

    try:
        yield
    except ocean.SolverAuthenticationError:
        raise TokenRefused(f"D-Wave refused the token; {HOW_TO}") from None
    except (
        RequestError,  # SAPI's own complaints, SolverError and its kin among them
        RequestException,
        ocean.CanceledFutureError,
        ocean.ConfigFileError,
        ocean.InvalidProblemError,
        ocean.PollingTimeout,
        ocean.ProblemUploadError,
        ocean.UseAfterCloseError,
    ) as error:
        raise QoptError(f"D-Wave: {type(error).__name__}: {_first_line(error)}") from None


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or ["no further word"])[0]
