"""What the service does with jobs: takes them, tells of them, answers them, cancels them."""

from __future__ import annotations

import asyncio
import threading
import uuid
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from .account import Account
from .asking import Asked, Unfit, told
from .backends import Backend, Biases, Refused, Work
from .catalogue import Catalogue
from .coding import decode_problem
from .faults import Faults
from .jobs import Job, JobBook, Status, now
from .running import Line
from .uploads import Uploads, WrongUpload

# of the protocol: jobs in one submission, and jobs in one list
MOST_AT_ONCE, MOST_LISTED = 20, 1000
TYPES = {"ising": "qpu", "qubo": "qpu", "bqm": "bqm", "cqm": "cqm", "nl": "nl"}


class Problems:
    """The jobs' side of the service. All of it runs in the service's loop."""

    def __init__(
        self,
        *,
        account: Account,
        book: JobBook,
        catalogue: Catalogue,
        faults: Faults,
        lines: Mapping[str, Line],
        uploads: Uploads,
        closing: asyncio.Event,
    ) -> None:
        self._account, self._book, self._catalogue = account, book, catalogue
        self._faults, self._lines, self._uploads = faults, lines, uploads
        self._closing = closing

    async def submit(self, asked: Asked) -> Response:
        """``POST /problems/``: a list of jobs, or one alone."""
        given = asked.json()
        if not isinstance(given, list):
            return told("problems", await self._taken(given))
        if len(given) > MOST_AT_ONCE:
            raise Unfit(400, f"{len(given)} jobs at once are more than {MOST_AT_ONCE}")
        return told("problems", [await self._taken(raw) for raw in given])

    async def listed(self, asked: Asked) -> Response:
        """``GET /problems/?id=a,b&timeout=30``: waits until one of them has ended.

        Without ids: all jobs, the latest first, that agree with `label`, `status` and `solver`.
        """
        if "id" in asked.query:
            ids = [id for id in asked.query["id"].split(",") if id][:MOST_LISTED]
            await self._wait(ids, _seconds(asked.query.get("timeout")))
            jobs = [job for id in ids if (job := self._book.get(id)) is not None]
        else:
            jobs = self._book.known(lambda job: _agrees(job, asked.query))[::-1]
        most = int(_seconds(asked.query.get("max_results")) or MOST_LISTED)
        return told("problems", [job.summary() for job in jobs[: min(most, MOST_LISTED)]])

    async def one(self, asked: Asked) -> Response:
        """``GET /problems/<id>``: its state, with the answer if there is one."""
        job = self._job(asked)
        await self._wait([job.id], _seconds(asked.query.get("timeout")))
        job = self._job(asked)
        return told("problem", job.summary() | self._answer(job))

    async def answer(self, asked: Asked) -> Response:
        """``GET /problems/<id>/answer``."""
        answer = self._answer(self._job(asked))
        if not answer:
            raise Unfit(404, f"the job {asked.path['id']} has no answer")
        return told("problem-answer", answer)

    async def data(self, asked: Asked) -> Response:
        """``GET /problems/<id>/answer/data``: what an answer refers to."""
        reply = self._book.reply(self._job(asked).id)
        if reply is None or reply.file is None:
            raise Unfit(404, f"the job {asked.path['id']} has no answer to download")
        return Response(reply.file, media_type="application/octet-stream")

    async def info(self, asked: Asked) -> Response:
        """``GET /problems/<id>/info``: what was submitted, and the answer."""
        job = self._job(asked)
        raw = self._book.raw(job.id)
        metadata = job.summary() | {"submitted_by": "emulated", "messages": _messages(job)}
        content = {"id": job.id, "data": raw["data"], "params": raw.get("params") or {}}
        return told("problem-data", content | {"metadata": metadata} | self._answer(job))

    async def messages(self, asked: Asked) -> Response:
        """``GET /problems/<id>/messages``."""
        return told("problem-message", _messages(self._job(asked)))

    async def cancel(self, asked: Asked) -> Response:
        """``DELETE /problems/``: a list of ids."""
        given = asked.json()
        if not isinstance(given, list):
            raise Unfit(400, "give a list of ids")
        return told("problems", [self._cancelled(id) for id in given])

    async def cancel_one(self, asked: Asked) -> Response:
        """``DELETE /problems/<id>``."""
        return told("problem", self._cancelled(self._job(asked).id))

    def labels(self, asked: Asked) -> list[str]:
        """Of the jobs that a request is about, for faults that concern some jobs only."""
        ids = [asked.path["id"]] if "id" in asked.path else asked.query.get("id", "").split(",")
        try:
            given = asked.json() if asked.body else []
        except Unfit:  # the part of an upload, or a text that will be refused
            given = []
        named = given if isinstance(given, list) else [given]
        ids += [id for id in named if isinstance(id, str)]
        labels = [raw.get("label") for raw in named if isinstance(raw, Mapping)]
        labels += [job.label for id in ids if (job := self._book.get(id)) is not None]
        return [label for label in labels if isinstance(label, str)]

    async def _taken(self, raw: Any) -> dict[str, Any]:
        try:
            return (await self._accepted(raw)).summary()
        except Refused as error:
            return {"error_code": 400, "error_msg": str(error)}
        except (Unfit, WrongUpload) as error:
            return {"error_code": error.status, "error_msg": str(error)}

    async def _accepted(self, raw: Any) -> Job:
        """A new job in its solver's line. Raises Refused and Unfit for what is none."""
        if not isinstance(raw, Mapping) or not isinstance(raw.get("data"), Mapping):
            raise Unfit(400, "a job has a solver, a type, params and data")
        backend = self._backend(raw)
        self._account.require_quota()
        line, stop = self._lines[backend.name], threading.Event()
        work = self._work(raw, backend.name, line.number(), stop)
        await _checked(backend, work)
        job = Job(
            id=work.id,
            label=work.label,
            solver=backend.name,
            type=work.type,
            status=Status.PENDING,
            submitted=now(),
            params=work.params,
            graph_id=self._catalogue.graph_id(backend.name),
            data_id=raw["data"]["data"] if isinstance(work.data, bytes) else None,
        )
        self._book.add(job, raw, stop)
        line.join(work, self._faults.strike("job", [work.label]))
        return job

    def _backend(self, raw: Mapping[str, Any]) -> Backend:
        """The solver that a job names, which has to be of its type and have the graph it is for."""
        solver = raw.get("solver")
        name = solver.get("name") if isinstance(solver, Mapping) else solver
        backend = self._catalogue.backends.get(name) if isinstance(name, str) else None
        if backend is None:
            raise Unfit(404, f"no solver is named {name!r}")
        kind, graph_id = raw.get("type"), self._catalogue.graph_id(backend.name)
        if not isinstance(kind, str) or TYPES.get(kind) != backend.kind:
            raise Refused(f"the solver {name} does not take problems of type {kind!r}")
        if (asked_for := _graph_id(solver)) not in (None, graph_id):
            raise Refused(
                f"the job is for the graph {asked_for} of {name}, which was calibrated anew: its "
                f"graph is {graph_id} now; fetch the solver again"
            )
        return backend

    def _work(
        self, raw: Mapping[str, Any], solver: str, number: int, stop: threading.Event
    ) -> Work:
        params, label = raw.get("params") or {}, raw.get("label")
        if not isinstance(params, Mapping):
            raise Unfit(400, "params are names and values")
        if not isinstance(label, str | None):
            raise Unfit(400, "a label is a text")
        return Work(
            id=f"emulated-{uuid.uuid4()}",
            number=number,
            type=raw["type"],
            params=params,
            data=self._data(raw["data"], solver),
            label=label,
            interrupt=stop.is_set,
        )

    def _data(self, data: Mapping[str, Any], solver: str) -> Biases | bytes:
        graph = self._catalogue.graph(solver)
        if graph is not None:
            return decode_problem(data, *graph)
        if data.get("format") != "ref":
            raise Refused("the solver takes problems that were uploaded, in the format 'ref'")
        return self._uploads.get(data.get("data"))

    def _cancelled(self, id: Any) -> dict[str, Any]:
        job = self._book.get(id) if isinstance(id, str) else None
        if job is None:
            return {"error_code": 404, "error_msg": f"no job has the id {id!r}"}
        if job.status.ended:
            message = f"the job {id} is {job.status.value} and cannot be cancelled"
            return {"error_code": 409, "error_msg": message}
        self._lines[job.solver].cancel(job.id)
        return (self._book.get(job.id) or job).summary()

    def _job(self, asked: Asked) -> Job:
        job = self._book.get(asked.path["id"])
        if job is None:
            raise Unfit(404, f"no job has the id {asked.path['id']}")
        return job

    def _answer(self, job: Job) -> dict[str, Any]:
        reply = self._book.reply(job.id)
        if reply is None:
            return {}
        answer = dict(reply.answer)
        if reply.file is not None:
            where = f"/problems/{job.id}/answer/data"
            answer |= {"auth_method": "sapi-token", "url": where}
        return {"answer": answer}

    async def _wait(self, ids: list[str], seconds: float) -> None:
        """Until one of these has ended, or none of them is known, or the time is over."""
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        while (left := until - loop.time()) > 0 and not self._closing.is_set():
            bell = self._book.bell
            jobs = [job for id in ids if (job := self._book.get(id)) is not None]
            if not jobs or any(job.status.ended for job in jobs):
                return
            try:
                await asyncio.wait_for(bell.wait(), left)
            except TimeoutError:
                return


async def _checked(backend: Backend, work: Work) -> None:
    if isinstance(work.data, bytes):  # reading a large model takes its time
        await asyncio.to_thread(backend.check, work)
    else:
        backend.check(work)


def _graph_id(solver: Any) -> str | None:
    version = solver.get("version") if isinstance(solver, Mapping) else None
    return version.get("graph_id") if isinstance(version, Mapping) else None


def _agrees(job: Job, query: Mapping[str, str]) -> bool:
    wanted = {"label": job.label, "status": job.status.value, "solver": job.solver}
    return all(query[key] == value for key, value in wanted.items() if key in query)


def _messages(job: Job) -> list[dict[str, Any]]:
    if job.message is None:
        return []
    return [{"timestamp": job.solved, "severity": "ERROR", "message": job.message}]


def _seconds(text: str | None) -> float:
    try:
        return max(0.0, min(float(text or 0), 1e6))
    except ValueError:
        return 0.0
