"""What other programs are told, by servers of our own that note each word."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from qopt.batch import Study, StudyError, Watch, run
from qopt.batch.exporting.tables import flat_frame
from qopt.batch.records.record import DEVICE_METRICS

from .kinds import Journalled

Read = Callable[..., Study]


@dataclass
class Server:
    """Answers POSTs by a function of path and document; notes them all."""

    answer: Callable[[str, Any], tuple[int, Any]] = lambda path, document: (200, {})
    heard: list[tuple[str, Any]] = field(default_factory=list)
    address: str = ""


@pytest.fixture
def server() -> Iterator[Server]:
    ours = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # the name that http.server calls
            size = int(self.headers["Content-Length"])
            document = json.loads(self.rfile.read(size))
            ours.heard.append((self.path, document))
            code, answer = ours.answer(self.path, document)
            body = json.dumps(answer).encode()
            self.send_response(code)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *words: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        ours.address = f"http://127.0.0.1:{listening.server_address[1]}"
        thread = threading.Thread(target=listening.serve_forever, daemon=True)
        thread.start()
        yield ours
        listening.shutdown()
        thread.join()


def test_nobody_is_told_unasked(study: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    from urllib import request

    monkeypatch.setattr(request, "urlopen", lambda *_: pytest.fail("something left the machine"))
    run(study())


def test_prometheus_reads_counters_by_solver_and_outcome(study: Read, tmp_path: Path) -> None:
    path = tmp_path / "qopt.prom"
    done = run(study(more=f"track: {{prometheus: {path}}}\n"))
    lines = path.read_text().splitlines()
    values = {
        line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1]) for line in lines if line[0] != "#"
    }
    for solver in ("annealer", "greedy"):
        labels = f'{{study="tiny",solver="{solver}",outcome="feasible"}}'
        assert values[f"qopt_trials_total{labels}"] == 4
        seconds = sum(record.seconds for record in done.records if record.solver == solver)
        assert values[f"qopt_trial_seconds_total{labels}"] == pytest.approx(seconds)
    assert sum(line.startswith("# TYPE") and line.endswith(" counter") for line in lines) == 5
    assert not any(record.label in path.read_text() for record in done.records)


def test_labels_of_prometheus_are_escaped(study: Read, tmp_path: Path) -> None:
    path = tmp_path / "qopt.prom"
    odd = ("{name: greedy}", "{name: greedy, label: 'a\"b'}")
    run(study(odd, more=f"track: {{prometheus: {path}}}\n"))
    assert 'solver="a\\"b"' in path.read_text()


def _mlflow(path: str, document: Any, numbers: Iterator[int]) -> tuple[int, Any]:
    """As much of the server's side as a study needs."""
    what = path.removeprefix("/api/2.0/mlflow/")
    if what == "experiments/create":
        return 200, {"experiment_id": "7"}
    if what == "runs/create":
        return 200, {"run": {"info": {"run_id": f"run-{next(numbers)}"}}}
    return 200, {}


def test_mlflow_gets_a_run_a_trial_below_one_for_the_study(study: Read, server: Server) -> None:
    numbers = iter(range(100))
    server.answer = lambda path, document: _mlflow(path, document, numbers)
    done = run(study(more=f"track: {{mlflow: {{address: '{server.address}'}}}}\n"))
    created = [d for path, d in server.heard if path.endswith("runs/create")]
    assert len(created) == 1 + len(done.records)
    assert all(document["experiment_id"] == "7" for document in created)
    parents = {
        tag["value"]
        for document in created[1:]
        for tag in document["tags"]
        if tag["key"] == "mlflow.parentRunId"
    }
    assert parents == {"run-0"}
    logged = [d for path, d in server.heard if path.endswith("runs/log-batch")]
    objectives = {
        metric["value"]
        for document in logged
        for metric in document["metrics"]
        if metric["key"] == "objective"
    }
    assert objectives == {record.objective for record in done.records}
    ended = [d for path, d in server.heard if path.endswith("runs/update")]
    assert {document["run_id"] for document in ended} == {f"run-{k}" for k in range(9)}
    assert {document["status"] for document in ended} == {"FINISHED"}


def test_an_experiment_that_is_there_is_used(study: Read, server: Server) -> None:
    numbers = iter(range(100))

    def answer(path: str, document: Any) -> tuple[int, Any]:
        if path.endswith("experiments/create"):
            return 400, {"error_code": "RESOURCE_ALREADY_EXISTS"}
        if path.endswith("experiments/search"):
            assert document["filter"] == "name = 'tiny'"
            return 200, {"experiments": [{"experiment_id": "3"}]}
        return _mlflow(path, document, numbers)

    server.answer = answer
    run(study(more=f"track: {{mlflow: {{address: '{server.address}'}}}}\n"))
    created = [d for path, d in server.heard if path.endswith("runs/create")]
    assert {document["experiment_id"] for document in created} == {"3"}


def test_opentelemetry_gets_a_span_a_trial_in_one_trace(study: Read, server: Server) -> None:
    done = run(study(more=f"track: {{opentelemetry: '{server.address}'}}\n"))
    assert {path for path, _ in server.heard} == {"/v1/traces"}
    spans = [d["resourceSpans"][0]["scopeSpans"][0]["spans"][0] for _, d in server.heard]
    assert len(spans) == len(done.records) + 1
    assert len({span["traceId"] for span in spans}) == 1
    root = spans[-1]
    assert "parentSpanId" not in root
    assert all(span["parentSpanId"] == root["spanId"] for span in spans[:-1])
    assert {span["name"] for span in spans[:-1]} == {record.label for record in done.records}
    for span in spans[:-1]:
        assert len(span["spanId"]) == 16
        record = done.record(span["name"])
        length = (int(span["endTimeUnixNano"]) - int(span["startTimeUnixNano"])) / 1e9
        assert length == pytest.approx(record.seconds, abs=1e-6)
        told = {entry["key"]: entry["value"] for entry in span["attributes"]}
        assert told["qopt.variables"] == {"intValue": str(record.size["variables"])}
        assert told["qopt.objective"] == {"doubleValue": record.objective}


@pytest.mark.usefixtures("odd_solvers")
def test_every_tracker_is_told_what_a_device_did(
    study: Read, server: Server, tmp_path: Path
) -> None:
    numbers, calls = iter(range(100)), tmp_path / "calls"
    server.answer = lambda path, document: _mlflow(path, document, numbers)
    address = f"'{server.address}'"
    track = (
        f"{{prometheus: {calls}.prom, mlflow: {{address: {address}}}, opentelemetry: {address}}}"
    )
    solver = f"{{name: journalled, parameters: {{calls: {calls}}}}}"
    done = run(study(("{name: greedy}", solver), more=f"track: {track}\n"))
    told = Journalled.FACTS
    mine = [record for record in done.records if record.solver == "journalled"]
    assert [record.device for record in mine] == [{"name": "far-away", **told}] * 4
    labels = '{study="tiny",solver="journalled",outcome="feasible"}'
    assert f"qopt_queue_seconds_total{labels} 6.0" in calls.with_suffix(".prom").read_text()
    logged = [d for path, d in server.heard if path.endswith("runs/log-batch")]
    spans = [
        d["resourceSpans"][0]["scopeSpans"][0]["spans"][0]
        for path, d in server.heard
        if path == "/v1/traces"
    ]
    for name in DEVICE_METRICS:
        values = [m["value"] for d in logged for m in d["metrics"] if m["key"] == name]
        assert values == [float(told[name])] * 4
        found = [e for span in spans for e in span["attributes"] if e["key"] == f"qopt.{name}"]
        assert len(found) == 4
    assert flat_frame(done)["device_qubits"].drop_nulls().to_list() == [40] * 4


def test_a_server_that_fails_is_said_once_and_ends_nothing(study: Read, server: Server) -> None:
    server.answer = lambda path, document: (500, {"message": "broken"})
    said: list[str] = []
    asked = study(more=f"track: {{opentelemetry: '{server.address}'}}\n")
    done = run(asked, watch=Watch(said=said.append))
    assert len(done.records) == 8
    assert not done.failed
    (told,) = said
    assert "OpenTelemetry is told of nothing more" in told
    assert "answers 500" in told
    assert len(server.heard) == 3


def test_a_server_that_is_not_there_ends_nothing(study: Read) -> None:
    said: list[str] = []
    asked = study(more="track: {mlflow: {address: 'http://127.0.0.1:9'}}\n")
    assert not run(asked, watch=Watch(said=said.append)).missing
    assert len(said) == 1


@pytest.mark.parametrize(
    "track",
    [
        "{mlflow: {address: 'sqlite:///x.db'}}",
        "{mlflow: {address: mlruns}}",
        "{opentelemetry: 'file:///tmp/x'}",
        "{opentelemetry: 'http://'}",
    ],
)
def test_an_address_that_is_none_is_told_by_line(track: str, study: Read) -> None:
    with pytest.raises(StudyError, match=r"study\.yaml:10:\d+: track\..*no address of a server"):
        study(more=f"track: {track}\n")
