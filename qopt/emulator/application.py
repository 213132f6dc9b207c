"""The service's addresses: which request is answered by what, and where faults strike."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from .account import Account
from .asking import Asked, Cut, Dropped, Unfit, complaint, plain, read, told, told_text
from .catalogue import Catalogue
from .faults import Fault, Faults
from .problems import Problems
from .uploads import Uploads, WrongUpload

Answering = Callable[[Asked], Awaitable[Response]]
OF_JOBS = ("submit", "poll", "answer", "data", "cancel")
PAGE = "<html><head><title>Bad gateway</title></head><body>Bad gateway</body></html>"


@dataclass(frozen=True)
class Reception:
    """What every request passes before it is answered: the token, and the faults on demand."""

    account: Account
    faults: Faults
    problems: Problems
    closing: asyncio.Event
    recalibrate: Callable[[], object]

    def route(self, path: str, method: str, where: str, answering: Answering) -> Route:
        """An address whose requests are of the kind `where`, as `faults.PLACES` names them."""

        async def answered(request: Request) -> Response:
            response = await self._reply(request, where, answering)
            if self.closing.is_set():
                response.headers["Connection"] = "close"
            return response

        return Route(path, answered, methods=[method])

    async def _reply(self, request: Request, where: str, answering: Answering) -> Response:
        try:
            asked = await read(request)
        except Unfit as error:
            return complaint(error.status, str(error))
        expired = self.faults.strike("token")
        if expired is not None or not self.account.knows(asked.headers.get("x-auth-token")):
            return complaint(401, "the token is not known, or has expired")
        labels = self.problems.labels(asked) if where in OF_JOBS else []
        if where == "submit" and self.faults.strike("graph", labels):
            self.recalibrate()
        return await self._struck(self.faults.strike(where, labels), asked, answering)

    async def _struck(self, fault: Fault | None, asked: Asked, answering: Answering) -> Response:
        if fault is None:
            return await _answered(asked, answering)
        if fault.what == "drop":
            return Dropped()
        if fault.what == "status":
            return complaint(fault.status, "as it was asked to", fault.retry_after)
        if fault.what == "html":
            return HTMLResponse(PAGE)
        if fault.what == "late":
            await self._pause(fault.seconds)
        response = await _answered(asked, answering)
        if fault.what == "drop-after":
            return Dropped()
        if fault.what == "cut":
            return Cut(response)
        if fault.what == "slow":
            await self._pause(fault.seconds)
        if fault.what == "corrupt":
            return _with_body(response, bytes(response.body)[: len(response.body) // 2])
        if fault.what == "without-id":
            jobs = json.loads(bytes(response.body))
            kept = [job for job in jobs if not fault.concerns([job.get("label")])]
            return told("problems", kept)
        return response

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self.closing.wait(), seconds)
        except TimeoutError:
            return


async def _answered(asked: Asked, answering: Answering) -> Response:
    try:
        return await answering(asked)
    except (Unfit, WrongUpload) as error:
        return complaint(error.status, str(error))


def _with_body(response: Response, body: bytes) -> Response:
    kept = {key: value for key, value in response.headers.items() if key != "content-length"}
    return Response(body, response.status_code, kept)


def application(reception: Reception, catalogue: Catalogue, uploads: Uploads) -> Starlette:
    """The whole service, as an application for any server that speaks ASGI."""

    async def solvers(asked: Asked) -> Response:
        listed = catalogue.definitions(asked.query.get("filter"))
        return told_text("solver-definition-list", listed)

    async def solver(asked: Asked) -> Response:
        found = catalogue.definition(asked.path["name"], asked.query.get("filter"))
        if found is None:
            raise Unfit(404, f"no solver is named {asked.path['name']!r}")
        return told_text("solver-definition", found)

    async def begin(asked: Asked) -> Response:
        given = asked.json()
        return plain({"id": uploads.begin(given.get("size") if isinstance(given, dict) else None)})

    async def part(asked: Asked) -> Response:
        number = int(asked.path["number"])
        uploads.take(asked.path["upload"], number, asked.body, asked.headers.get("content-md5"))
        return plain({})

    async def status(asked: Asked) -> Response:
        return plain(uploads.status(asked.path["upload"]))

    async def combine(asked: Asked) -> Response:
        given = asked.json()
        checksum = given.get("checksum") if isinstance(given, dict) else None
        uploads.combine(asked.path["upload"], checksum)
        return plain({})

    jobs = reception.problems
    addresses: Sequence[tuple[str, str, str, Answering]] = [
        ("/solvers/remote", "GET", "solvers", solvers),
        ("/solvers/remote/{name}", "GET", "solvers", solver),
        ("/problems", "POST", "submit", jobs.submit),
        ("/problems", "GET", "poll", jobs.listed),
        ("/problems", "DELETE", "cancel", jobs.cancel),
        ("/problems/{id}", "GET", "answer", jobs.one),
        ("/problems/{id}", "DELETE", "cancel", jobs.cancel_one),
        ("/problems/{id}/answer", "GET", "answer", jobs.answer),
        ("/problems/{id}/answer/data", "GET", "data", jobs.data),
        ("/problems/{id}/info", "GET", "answer", jobs.info),
        ("/problems/{id}/messages", "GET", "answer", jobs.messages),
        ("/bqm/multipart", "POST", "upload", begin),
        ("/bqm/multipart/{upload}/part/{number:int}", "PUT", "part", part),
        ("/bqm/multipart/{upload}/status", "GET", "upload-status", status),
        ("/bqm/multipart/{upload}/combine", "POST", "combine", combine),
    ]
    # with and without a stroke at the end, as the client writes some of them
    routes = [
        reception.route(f"{path}{end}", method, where, answering)
        for path, method, where, answering in addresses
        for end in ("", "/")
    ]
    return Starlette(routes=routes)
