"""What Ocean's own clients send of anonymous models, as the network sees it."""

from __future__ import annotations

import dimod
import pytest

from qopt.ocean.policy import anonymous, neutral_label

emulator = pytest.importorskip("qopt.emulator.service", reason="the emulator is not here")
pytest.importorskip("starlette", reason="the extra 'emulator' is not installed")
SECRET = "Zanzibar"


def _cqm() -> dimod.ConstrainedQuadraticModel:
    cqm = dimod.ConstrainedQuadraticModel()
    x = [dimod.Binary(f"{SECRET}{k}") for k in range(4)]
    cqm.set_objective(x[0] - 2 * x[1] + 3 * x[2] * x[3] - x[3] + 41)
    cqm.add_constraint(sum(x) + 5 <= 7, label=f"{SECRET} at most")
    return cqm


@pytest.mark.parametrize("kept", [False, True])
def test_no_name_leaves_this_machine(heard: list[bytes], kept: bool) -> None:
    """And where names are kept, the test would see them."""
    from dwave.system import LeapHybridCQMSampler, LeapHybridSampler

    cqm = _cqm()
    bqm = dimod.BinaryQuadraticModel(
        {f"{SECRET}a": 1}, {(f"{SECRET}a", f"{SECRET}b"): -2}, 7, "SPIN"
    )
    label = f"{SECRET} plan" if kept else neutral_label(f"{SECRET} plan")
    with emulator.serve(device="advantage2-small", seed=4, hybrid_minimum=0.1) as service:
        given = {"endpoint": service.url, "token": service.token, "cache": {"enabled": False}}
        quadratic, constrained = LeapHybridSampler(**given), LeapHybridCQMSampler(**given)
        hidden = [anonymous(model, shuffle=3) for model in (bqm, cqm)]
        sent = [bqm, cqm] if kept else [each.model for each in hidden]
        found = [
            quadratic.sample(sent[0], time_limit=0.2, label=label),
            constrained.sample_cqm(sent[1], time_limit=0.2, label=label),
        ]
        if not kept:
            found = [each.back(samples) for each, samples in zip(hidden, found, strict=True)]
        assert found[0].first.energy == bqm.energy(found[0].first.sample) == 4
        best = found[1].filter(lambda row: row.is_feasible).first
        assert best.energy == dimod.SampleSet.from_samples_cqm(best.sample, cqm).first.energy
        assert found[1].info["constraint_labels"] == list(cqm.constraints)
        for each in (quadratic, constrained):
            each.client.close(wait=False)
    assert any(SECRET.encode() in body for body in heard) == kept
    assert any(b"varinfo" in body for body in heard)  # they were looked into
