"""Faults as the command line has them, and that a mistake in one is told in a line."""

from __future__ import annotations

import pytest

from qopt.emulator import Fault, parse_fault
from qopt.emulator.faults import PLACES, Faults
from qopt.errors import QoptError


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("submit=503:2", Fault("submit", "status", 503, times=2)),
        ("submit=429,retry=1.5", Fault("submit", "status", 429, retry_after=1.5)),
        ("poll=drop:always", Fault("poll", "drop", times=None)),
        ("poll=slow,seconds=2.5:3", Fault("poll", "slow", seconds=2.5, times=3)),
        ("job=failed,message=too: hot", Fault("job", "failed", message="too: hot")),
        ("job=lost,label=part-*", Fault("job", "lost", label="part-*")),
        ("job=failed,label=a:b", Fault("job", "failed", label="a:b")),
        ("graph=change,after=3", Fault("graph", "change", after=3)),
        ("token=expired,after=2:always", Fault("token", "expired", times=None, after=2)),
    ],
)
def test_a_fault_is_read(text: str, fault: Fault) -> None:
    assert parse_fault(text) == fault


@pytest.mark.parametrize("where", PLACES)
def test_every_fault_that_is_listed_can_be_asked_for(where: str) -> None:
    for what in PLACES[where]:
        text = "503" if what == "status" else what
        assert parse_fault(f"{where}={text}") == Fault(where, what)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "give WHERE=WHAT"),
        ("submit", "give WHERE=WHAT"),
        ("submit=", "give WHERE=WHAT"),
        ("submits=503", "no place of a fault named 'submits'; did you mean submit"),
        ("submit=dropped", "no fault of 'submit' named 'dropped'; did you mean drop"),
        ("submit=without-id", "no fault of 'submit' named 'without-id'"),
        ("submit=200", "status=200: give a whole number from 400 to 599"),
        ("submit=503,again=1", "no option named 'again'"),
        ("submit=503,retry", "option retry: give retry=VALUE"),
        ("submit=503,retry=soon", "'soon' is no number"),
        ("submit=503,after=0.5", "'0.5' is no number"),
        ("submit=slow,seconds=-1", "seconds=-1.0"),
        ("submit=slow,seconds=inf", "seconds=inf"),
        ("submit=503,after=-1", "after=-1"),
        ("submit=503:0", "times=0"),
    ],
)
def test_a_mistake_is_told_in_a_line(text: str, told: str) -> None:
    with pytest.raises(QoptError) as error:
        parse_fault(text)
    assert told in str(error.value)
    assert str(error.value).startswith(f"fault {text!r}: ")
    assert "\n" not in str(error.value)


def test_faults_strike_as_often_as_they_were_asked_to() -> None:
    faults = Faults([parse_fault("poll=503,after=1:2"), parse_fault("poll=drop,label=a*")])
    struck = [faults.strike("poll", ["b"]) for _ in range(4)]
    assert [fault and fault.what for fault in struck] == [None, "status", "status", None]
    assert faults.strike("submit", ["a1"]) is None
    assert faults.strike("poll", [None, "b", "a1"]) == Fault("poll", "drop", label="a*")
    assert faults.strike("poll", ["a1"]) is None
    faults.add(parse_fault("poll=html:always"))
    assert all(faults.strike("poll") for _ in range(50))
    faults.clear()
    assert faults.strike("poll") is None
