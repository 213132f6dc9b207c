"""The reference problem through Ocean's own client, on the emulated device."""

from __future__ import annotations

from dataclasses import replace

import pytest

from qopt.ocean.drift import Reference, Success, judge
from qopt.ocean.drift.detection import BASELINE
from qopt.ocean.snapshot import Snapshot

emulator = pytest.importorskip("qopt.emulator.service", reason="the emulator is not here")
pytest.importorskip("starlette", reason="the extra 'emulator' is not installed")


def test_a_drop_is_noticed_and_a_calibration_begins_anew() -> None:
    from dwave.system import DWaveSampler

    with emulator.serve(device="advantage2-small", noise="typical", seed=4) as service:
        given = {"endpoint": service.url, "token": service.token, "cache": {"enabled": False}}
        sampler = DWaveSampler(**given)
        properties = sampler.properties
        reference = Reference.of(sampler.to_networkx_graph(), properties, 1, temperature=0.119)
        before = Snapshot.of(sampler.solver, sampler.client)
        assert "emulated" in before.tags
        assert before.host == "127.0.0.1"

        def runs(count: int) -> list[Success]:
            answers = [
                sampler.sample_ising(
                    reference.h, reference.j, num_reads=100, **reference.parameters
                )
                for _ in range(count)
            ]
            return [replace(reference.score(each), snapshot=before.key) for each in answers]

        history = runs(BASELINE + 3)
        found = judge(history)
        assert not found.dropped, found.told
        assert 0.4 < found.before < 0.95
        service.degrade(0.2)
        history += runs(6)
        found = judge(history)
        assert found.dropped, found.told
        assert found.since / found.before == pytest.approx(0.8, abs=0.1)
        service.degrade(0.0)
        service.change_graph()
        again = DWaveSampler(**given)
        after = Snapshot.of(again.solver, again.client)
        told = before.differences(after)
        assert after.key != before.key
        assert any(said.startswith("The graph_id changed from") for said in told)
        assert any(said.startswith("The number of qubits changed from") for said in told)
        for each in (sampler, again):
            each.client.close(wait=False)
