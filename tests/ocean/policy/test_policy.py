"""Where a policy lets models be sent, and where it does not."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from qopt.errors import QoptError
from qopt.ocean.policy import NotAllowed, Policy, policy_of, read_policy

EUROPE = "https://eu-central-1.cloud.dwavesys.com/sapi/v2/"
WEST = "https://na-west-1.cloud.dwavesys.com/sapi/v2/"
OWN = "https://annealers.example.com:8443/sapi/"


def _written(folder: Path, text: str) -> Policy:
    path = folder / "policy.yaml"
    path.write_text(text)
    return read_policy(path)


@pytest.fixture
def policy(tmp_path: Path) -> Policy:
    text = f"regions: [eu-central-1]\nendpoints: ['{OWN}']\nsolvers: [Advantage2*, hybrid_bqm]\n"
    return _written(tmp_path, text)


@pytest.mark.parametrize(
    ("endpoint", "region"),
    [
        (EUROPE, "eu-central-1"),
        (EUROPE, None),
        (EUROPE.rstrip("/"), "na-west-1"),  # Ocean's client has its default region there
        ("HTTPS://EU-Central-1.Cloud.DWaveSys.com:443/sapi/v2/", None),
        ("https://eu-central-1.cloud.dwavesys.com./sapi/v2/", None),
        (None, "eu-central-1"),
        (OWN, None),
        (OWN + "v2", "na-west-1"),
    ],
)
def test_what_is_allowed(policy: Policy, endpoint: str | None, region: str | None) -> None:
    policy.check(endpoint=endpoint, region=region, solver="Advantage2_system1.7")


@pytest.mark.parametrize(
    ("endpoint", "region", "told"),
    [
        (None, None, "(region na-west-1) is not among"),
        (None, "na-west-1", "https://cloud.dwavesys.com/sapi/ (region na-west-1) is not among"),
        (WEST, "eu-central-1", "(region na-west-1), which goes before region 'eu-central-1',"),
        ("https://evil.example.com/sapi/", "eu-central-1", "is not among those allowed"),
        ("https://cloud.dwavesys.com/sapi/", "eu-central-1", "is not among those allowed"),
        ("http://eu-central-1.cloud.dwavesys.com/sapi/v2/", "eu-central-1", "unencrypted"),
        ("https://eu-central-1.cloud.dwavesys.com:8443/sapi/v2/", None, "is not among"),
        ("https://eu-central-1.cloud.dwavesys.com.evil.com/", None, "is not among"),
        ("https://eu-central-1.cloud.dwavesys.com@evil.com/", None, "hides it: 'evil.com'"),
        ("https://evil.com\\@eu-central-1.cloud.dwavesys.com/", None, "no URL|hides it"),
        ("https://xeu-central-1.cloud.dwavesys.com/", None, "is not among"),
        ("https://annealers.example.com:8443/other/", None, "is not among"),
        ("https://annealers.example.com:8443/sapi/../other/", None, "is not plain"),
        ("https://annealers.example.com:8443/sapi/%2e%2e/other/", None, "is not plain"),
        ("https://annealers.example.com:8443/sapix/", None, "is not among"),
        ("https://annealers.example.com:8443/sapi/?to=elsewhere", None, "is not plain"),
        ("https://annealers.example.com:8443/sapi/#there", None, "is not plain"),
        ("https://eu-central-1.cloud.dwavesys.com\\evil.com/", None, "is not among"),
        ("https://annealers.example.com/sapi/", None, "is not among"),
        ("http://127.0.0.1:8000/", None, "is not among"),
        ("http://127.0.0.1.evil.com/", None, "unencrypted"),
        ("ftp://annealers.example.com/", None, "no URL of a service"),
        ("https://[::1", None, "no URL of a service"),
        ("https://example.com:99999/", None, "no URL of a service"),
        ("https://exa mple.com/", None, "no URL of a service"),
        ("nonsense", None, "no URL of a service"),
    ],
)
def test_what_is_not_allowed(
    policy: Policy, endpoint: str | None, region: str | None, told: str
) -> None:
    with pytest.raises(NotAllowed) as raised:
        policy.check(endpoint=endpoint, region=region, solver="Advantage2_system1.7")
    said = str(raised.value)
    assert any(part in said for part in told.split("|"))
    assert said.startswith(str(policy.path))
    assert said.endswith("nothing was sent")
    assert "\n" not in said


@pytest.mark.parametrize("solver", ["Advantage_system6.4", "hybrid_bqm_2", "advantage2_x", ""])
def test_other_solvers_are_refused(policy: Policy, solver: str) -> None:
    policy.check(endpoint=EUROPE)  # it is not known yet
    with pytest.raises(NotAllowed, match=r"is not among those allowed: Advantage2\*, hybrid_bqm"):
        policy.check(endpoint=EUROPE, solver=solver)


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("http://127.0.0.1:39123/", True),
        ("http://localhost:1/", True),
        ("http://[::1]:80/x", True),
        ("https://127.3.4.5/", True),
        ("http://localhost.example.com/", False),
        ("http://10.0.0.1/", False),
        ("http://0.0.0.0/", False),
        (EUROPE, False),
    ],
)
def test_this_machine_is_to_be_named(tmp_path: Path, url: str, allowed: bool) -> None:
    policy = _written(tmp_path, "endpoints: [loopback]\n")
    if allowed:
        policy.check(endpoint=url)
    else:
        with pytest.raises(NotAllowed):
            policy.check(endpoint=url)


def test_a_policy_on_solvers_alone_leaves_places_free_but_not_unencrypted(tmp_path: Path) -> None:
    policy = _written(tmp_path, "solvers: ['*']\n")
    policy.check(endpoint=OWN, solver="anything")
    policy.check(endpoint="http://127.0.0.1:8000/")
    with pytest.raises(NotAllowed, match="unencrypted"):
        policy.check(endpoint="http://annealers.example.com/")


def test_without_a_policy_all_is_allowed_and_the_result_says_so() -> None:
    policy = policy_of()
    policy.check(endpoint="http://anywhere.example.com/", region="x", solver="y")
    assert policy.check_configuration({"endpoint": "http://anywhere.example.com/"}) is None
    assert policy.facts()["says"].startswith("no policy: every endpoint, region and solver")


CONFIGURATIONS: list[tuple[dict[str, Any], str]] = [
    ({"region": "eu-central-1"}, EUROPE),
    ({"endpoint": EUROPE, "region": "na-west-1"}, EUROPE),
    ({"endpoint": None, "region": "eu-central-1", "permissive_ssl": "false"}, EUROPE),
    ({"leap_api_endpoint": "https://eu-central-1.cloud.dwavesys.com/leap/api/"}, "sapi/"),
]


@pytest.mark.parametrize(("configuration", "endpoint"), CONFIGURATIONS)
def test_what_oceans_configuration_leads_to(
    policy: Policy, configuration: dict[str, Any], endpoint: str
) -> None:
    found = policy.check_configuration(configuration)
    assert found is not None
    assert found.endpoint.endswith(endpoint)


@pytest.mark.parametrize(
    ("configuration", "told"),
    [
        ({}, "(region na-west-1) is not among"),
        ({"region": "na-west-1"}, "is not among"),
        ({"endpoint": WEST, "region": "eu-central-1"}, "goes before region 'eu-central-1'"),
        ({"leap_api_endpoint": "https://evil.com/leap/", "region": "eu-central-1"}, "evil.com"),
        (
            {"region": "eu-central-1", "metadata_api_endpoint": "https://evil.com/"},
            "cannot be checked before it is asked",
        ),
        ({"region": "eu-central-1", "permissive_ssl": "on"}, "lets any server answer"),
        ({"region": "eu-central-1", "permissive_ssl": True}, "lets any server answer"),
    ],
)
def test_what_oceans_configuration_must_not_lead_to(
    policy: Policy, configuration: dict[str, Any], told: str
) -> None:
    with pytest.raises(QoptError) as raised:
        policy.check_configuration(configuration)
    assert told in str(raised.value)
    assert str(raised.value).endswith("nothing was sent")


def test_regions_are_those_of_oceans_client(policy: Policy) -> None:
    """The default endpoint that is known here is the one that the client would use."""
    from dwave.cloud.config import constants

    from qopt.ocean.policy import places

    assert constants.DEFAULT_REGION == places.DEFAULT_REGION
    assert constants.DEFAULT_METADATA_API_ENDPOINT == places.METADATA
    assert places.endpoint_of(None) == constants.DEFAULT_SOLVER_API_ENDPOINT
    assert {places.Url.of(places.endpoint_of(r)).region for r in places.REGIONS} == set(
        places.REGIONS
    )


def test_the_environment_names_a_policy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("one", "other"):
        (tmp_path / f"{name}.yaml").write_text(f"who: {name}\n")
    monkeypatch.setenv("QOPT_POLICY", str(tmp_path / "one.yaml"))
    assert policy_of().who == "one"
    assert policy_of(os.path.relpath(tmp_path / "one.yaml")).who == "one"
    with pytest.raises(QoptError, match=r"other.yaml', but QOPT_POLICY names '.*one.yaml'; give"):
        policy_of(tmp_path / "other.yaml")
    monkeypatch.setenv("QOPT_POLICY", "")
    assert policy_of(str(tmp_path / "other.yaml")).who == "other"
    monkeypatch.setenv("QOPT_POLICY", str(tmp_path / "gone.yaml"))
    with pytest.raises(QoptError, match=r"gone\.yaml: No such file"):
        policy_of()
    assert policy_of(Policy(who="given")).who == "given"
