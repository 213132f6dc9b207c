"""Ocean's client kept from following a server to another address."""

from __future__ import annotations

from typing import Any


def staying(client_class: Any) -> Any:
    """A class of Ocean's clients, such as `dwave.cloud.client.Client`, whose sessions follow no
    redirection: they raise `requests.exceptions.TooManyRedirects` before anything is sent there.

    Ocean's client would send the token along, and with 307 and 308 the model, too.

    >>> client = staying(Client)(endpoint=where.endpoint, token=token)  # doctest: +SKIP
    """

    class Staying(client_class):  # type: ignore[misc]  # the class is known only here
        def create_session(self) -> Any:
            return stay(super().create_session())

        @property
        def solvers_session(self) -> Any:
            found = super().solvers_session
            stay(found.session)
            return found

    Staying.__name__ = Staying.__qualname__ = client_class.__name__
    return Staying


def stay(session: Any) -> Any:
    """A session of `requests` that follows no redirection; given back."""
    session.max_redirects = 0
    return session
