"""A trace a study, a span a trial, sent as OTLP over HTTP in JSON.

The format is OpenTelemetry's (opentelemetry.io/docs/specs/otlp). The document is small enough to be
written here; the packages of its client would bring a dozen others.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ..posting import post, require_address
from ..records.record import DEVICE_METRICS, Record

INTERNAL, OK, ERROR = 1, 1, 2  # a span's kind, and its status


class OpenTelemetry:
    """The study's span is sent at the end, each trial's when it ended."""

    name = "OpenTelemetry"

    def __init__(self, endpoint: str) -> None:
        self.endpoint = require_address("opentelemetry", endpoint)
        self.trace, self.root = secrets.token_hex(16), secrets.token_hex(8)
        self.study, self.started = "", 0

    def begin(self, study: str) -> None:
        self.study, self.started = study, time.time_ns()

    def ended(self, record: Record) -> None:
        end = time.time_ns()
        start = end - int(record.seconds * 1e9)
        if record.started is not None:
            start = int(datetime.fromisoformat(record.started).timestamp() * 1e9)
            end = start + int(record.seconds * 1e9)
        size = record.size
        told = {
            "qopt.solver": record.solver,
            "qopt.instance": record.instance,
            "qopt.kind": record.kind,
            "qopt.seed": record.seed,
            "qopt.outcome": record.outcome,
            "qopt.objective": record.objective,
            "qopt.gap": record.gap,
            "qopt.variables": size.get("variables"),
            "qopt.couplings": size.get("couplings"),
            "qopt.money": record.money,
            "qopt.device_seconds": record.device_seconds,
            "qopt.queue_seconds": record.timing.get("queue"),
            "qopt.sample_seconds": record.timing.get("sample"),
            "qopt.device": record.device.get("name"),
            **{f"qopt.{name}": record.device.get(name) for name in DEVICE_METRICS},
        }
        span = self._span(secrets.token_hex(8), record.label, start, end, told)
        span["parentSpanId"] = self.root
        span["status"] = {"code": ERROR if record.failed else OK}
        self._send(span)

    def finish(self) -> None:
        self._send(self._span(self.root, self.study, self.started, time.time_ns(), {}))

    def _span(
        self, number: str, name: str, start: int, end: int, told: Mapping[str, Any]
    ) -> dict[str, Any]:
        return {
            "traceId": self.trace,
            "spanId": number,
            "name": name,
            "kind": INTERNAL,
            "startTimeUnixNano": str(start),
            "endTimeUnixNano": str(end),
            "attributes": _attributes(told),
        }

    def _send(self, span: Mapping[str, Any]) -> None:
        resource = {"attributes": _attributes({"service.name": "qopt", "qopt.study": self.study})}
        scoped = {"scope": {"name": "qopt"}, "spans": [span]}
        document = {"resourceSpans": [{"resource": resource, "scopeSpans": [scoped]}]}
        post(f"{self.endpoint}/v1/traces", document)


def _attributes(values: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {"key": key, "value": _value(value)} for key, value in values.items() if value is not None
    ]


def _value(value: Any) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    if isinstance(value, float):
        return {"doubleValue": value}
    return {"stringValue": str(value)}
