"""The few calls to a service that submission needs, each one request, through the REST layer of
Ocean's client: not its threads, which retry, batch and wait by rules of their own.
"""

from __future__ import annotations

import base64
import hashlib
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from ...policy.redirects import stay
from .sorting import CallFailed, Sorted, sorted_out, sorted_reply

PART = 5 * 2**20  # bytes of a part of an upload


@dataclass(frozen=True)
class Standing:
    """What a service says of a job: PENDING, IN_PROGRESS, COMPLETED, FAILED or CANCELLED."""

    id: str
    status: str
    label: str | None = None
    message: str = ""


class Wire(Protocol):
    """What `submit` needs of a service. Each call may raise CallFailed. Threads may call at once.

    `endpoint` names the service in the journal; `settling` is the seconds after which a job that
    was sent, and cannot be found by its label, was surely not received.
    """

    endpoint: str
    settling: float

    def upload(self, data: bytes) -> str:
        """Data of a hybrid's job; gives its id. Nothing is charged for it."""
        ...

    def submit(self, job: Mapping[str, Any]) -> Standing:
        """One job: solver, type, params, label, data."""
        ...

    def labelled(self, label: str) -> list[Standing]:
        """The jobs of a label."""
        ...

    def standings(self, ids: Sequence[str]) -> list[Standing]:
        """Of several jobs; some may be left out by the service."""
        ...

    def standing(self, id: str) -> Standing:
        """Of one job. Raises CallFailed, sorted as "gone", where the service has none of it."""
        ...

    def answer(self, id: str) -> tuple[dict[str, Any], bytes | None]:
        """Of a completed job: its answer, and the file it refers to, where there is one."""
        ...

    def cancel(self, id: str) -> None:
        """Ask that it be cancelled, if it can be."""
        ...


class SapiWire:
    """A Wire to SAPI, or to whatever speaks its protocol.

    `config` is the configuration of Ocean's client, its endpoint known; `secrets` are taken out of
    all texts.
    """

    def __init__(self, config: Any, *, timeout: float, settling: float) -> None:
        self.endpoint: str = str(config.endpoint)
        self.settling = settling
        self._config, self._timeout = config, timeout
        self._secrets = tuple(filter(None, (config.token,)))
        self._idle: list[Any] = []
        self._guard = threading.Lock()

    def __repr__(self) -> str:
        return f"SapiWire({self.endpoint!r})"

    def close(self) -> None:
        with self._guard:
            idle, self._idle = self._idle, []
        for problems in idle:
            problems.close()

    def upload(self, data: bytes) -> str:
        with self._problems() as problems:
            made = self._json(problems, "post", "bqm/multipart", json={"size": len(data)})
            id, digests = str(made["id"]), []
            for k, start in enumerate(range(0, max(1, len(data)), PART), 1):
                part = data[start : start + PART]
                digests.append(hashlib.md5(part).digest())  # which the protocol asks for
                headers = {
                    "Content-MD5": base64.b64encode(digests[-1]).decode(),
                    "Content-Type": "application/octet-stream",
                }
                path = f"bqm/multipart/{id}/part/{k}"
                self._json(problems, "put", path, data=part, headers=headers)
            checksum = hashlib.md5(b"".join(digests)).hexdigest()
            path = f"bqm/multipart/{id}/combine"
            self._json(problems, "post", path, json={"checksum": checksum})
        return id

    def submit(self, job: Mapping[str, Any]) -> Standing:
        from dwave.cloud.api.models import ProblemJob

        # over a connection of its own: one that was kept may be closed at the other end, and it
        # could not be told whether before or after the job arrived
        with self._problems(fresh=True) as problems:
            (reply,) = problems.submit_problems([ProblemJob(**job)])
            if getattr(reply, "error_code", None) is not None:
                what = sorted_reply(reply.error_code, reply.error_msg, self._secrets)
                raise CallFailed(what)
            return _standing(reply)

    def labelled(self, label: str) -> list[Standing]:
        with self._problems() as problems:
            found = [_standing(each) for each in problems.list_problems(label=label)]
        return [each for each in found if each.label == label]

    def standings(self, ids: Sequence[str]) -> list[Standing]:
        with self._problems() as problems:
            return [_standing(each) for each in problems.get_problem_statuses(list(ids))]

    def standing(self, id: str) -> Standing:
        with self._problems() as problems:
            return _standing(problems.get_problem(id))

    def answer(self, id: str) -> tuple[dict[str, Any], bytes | None]:
        with self._problems() as problems:
            reply = problems.get_problem(id)
            if reply.answer is None:
                raise CallFailed(Sorted("ambiguous", "the reply has no answer in it"))
            answer: dict[str, Any] = reply.answer.model_dump(mode="json")
            if answer.get("format") != "binary-ref":
                return answer, None
            return answer, problems.get_answer_data(reply.answer.root).read()

    def cancel(self, id: str) -> None:
        with self._problems() as problems:
            (reply,) = problems.cancel_problems([id])
            if getattr(reply, "error_code", None) is not None:
                what = sorted_reply(reply.error_code, reply.error_msg, self._secrets)
                raise CallFailed(what)

    def _json(self, problems: Any, method: str, path: str, **options: Any) -> Any:
        """A request beside `problems/`, without that resource's content types."""
        session = problems.client.session
        base = session.base_url
        try:
            session.base_url = session.base_url.removesuffix("problems/")
            return getattr(session, method)(path, **options).json()
        finally:
            session.base_url = base

    @contextmanager
    def _problems(self, *, fresh: bool = False) -> Iterator[Any]:
        """A session, which one thread has at a time; whatever it raises is sorted."""
        import requests

        with self._guard:
            problems = self._idle.pop() if self._idle and not fresh else None
        if problems is None:
            problems = self._opened()
        kept = False
        try:
            yield problems
            kept = not fresh
        except CallFailed:
            kept = not fresh
            raise
        except requests.exceptions.RequestException as error:
            raise CallFailed(sorted_out(error, self._secrets)) from None
        except Exception:  # whatever a reply that is not as it should be breaks in the client
            # it may have done what was asked nevertheless
            raise CallFailed(Sorted("ambiguous", "the reply cannot be understood")) from None
        finally:
            if kept:
                with self._guard:
                    self._idle.append(problems)
            else:
                problems.close()

    def _opened(self) -> Any:
        from dwave.cloud.api import Problems

        never = {"total": 0}
        problems = Problems.from_config(
            self._config,
            retry=never,
            timeout=(min(10.0, self._timeout), self._timeout),
            cache={"enabled": False},
        )
        stay(problems.client.session)
        return problems


def _standing(reply: Any) -> Standing:
    status = getattr(reply.status, "value", reply.status)
    said = getattr(reply, "error_message", None) or getattr(reply, "error_msg", None) or ""
    return Standing(str(reply.id), str(status), reply.label, " ".join(str(said).split()))
