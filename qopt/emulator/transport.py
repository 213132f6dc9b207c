"""The server under the service: a thread with a loop, and connections that can be dropped."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable
from typing import Any, cast

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn import Config, Server
from uvicorn.protocols.http.h11_impl import H11Protocol

from ..errors import QoptError
from .asking import DROP

# longer than any client keeps a connection that it does not use
KEPT_OPEN = 600
# seconds for requests that are being answered when the service ends
LONGEST_END = 5
# the ids of 1,000 jobs, in one address
LONGEST_ADDRESS = 2**18


class Droppable(H11Protocol):
    """HTTP, with a way for the application to close the connection without a reply."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as its base has it
        super().connection_made(transport)
        application = cast(ASGIApp, self.app)

        async def with_drop(scope: Scope, receive: Receive, send: Send) -> None:
            scope.setdefault("extensions", {})[DROP] = transport.abort
            await application(scope, receive, send)

        self.app = cast(Any, with_drop)


def bound(host: str, port: int) -> socket.socket:
    """A socket that listens there, on a free port where `port` is 0. Raises QoptError if taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(128)
    except OSError as error:
        listening.close()
        if isinstance(error, socket.gaierror):
            told = f"host={host!r}: {error.strerror}; give an address of this machine"
        else:
            told = f"port {port} of {host}: {error.strerror}; give another, or 0 for a free one"
        raise QoptError(told) from None
    return listening


class Served:
    """An application that is served in a thread of its own, from now until `close`.

    `begin` runs in the loop before the first request and makes the application; `end` runs there
    after the last one.
    """

    def __init__(
        self,
        listening: socket.socket,
        begin: Callable[[], ASGIApp],
        *,
        before_end: Callable[[], None],
        end: Callable[[], Awaitable[None]],
    ) -> None:
        self._listening, self._begin = listening, begin
        self._before_end, self._end = before_end, end
        self._ready = threading.Event()
        self._failure: BaseException | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._server: Server | None = None
        self._thread = threading.Thread(target=self._run, name="qopt emulator", daemon=True)
        self._thread.start()
        self._ready.wait()
        if self._failure is not None:
            self._thread.join()
            raise self._failure

    def call(self, function: Callable[[], Any]) -> Any:
        """What `function` returns, called in the loop."""

        async def called() -> Any:
            return function()

        if self._loop is None or not self._thread.is_alive():
            raise QoptError("the service is closed")
        return asyncio.run_coroutine_threadsafe(called(), self._loop).result()

    def close(self) -> None:
        """End it, and wait for that. A second time does nothing."""
        if self._thread.is_alive() and self._loop is not None:
            self._loop.call_soon_threadsafe(self._stop)
        self._thread.join()

    def _stop(self) -> None:
        self._before_end()
        if self._server is not None:
            self._server.should_exit = True

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:  # told to the thread that waits in __init__
            self._failure = error
        finally:
            self._listening.close()
            self._ready.set()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        config = Config(
            self._begin(),
            http=Droppable,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_keep_alive=KEPT_OPEN,
            timeout_graceful_shutdown=LONGEST_END,
            h11_max_incomplete_event_size=LONGEST_ADDRESS,
        )
        self._server = Server(config)
        self._ready.set()
        await self._server.serve(sockets=[self._listening])
        await self._end()
