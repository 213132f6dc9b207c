"""A page that was changed anywhere is found out; one that was not is left in peace."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from qopt import FileError
from qopt.report import verify
from qopt.report.evidence import Drawn, Evidence, packed, unpacked
from qopt.report.findings import Findings
from qopt.report.rendering import render
from qopt.report.verification import _leaves, _numbers
from tests.report.planted import evidence, records

SCRIPT = r'(<script type="application/octet-stream" id="{}">)(.*?)(</script>)'


@pytest.fixture(scope="module")
def usual() -> Evidence:
    rows = records({"old": 4.0, "new": 1.0}, instances=8, seeds=3)
    picture = '<svg xmlns="http://www.w3.org/2000/svg"></svg>'
    return evidence(rows, plans=(Drawn(rows[0].label, "i000 by old", "in words", picture),))


@pytest.fixture(scope="module")
def page(usual: Evidence) -> str:
    return render(usual)


@pytest.fixture
def told(tmp_path: Path) -> Callable[[str], tuple[str, ...]]:
    def differences(html: str) -> tuple[str, ...]:
        path = tmp_path / "page.html"
        path.write_text(html, encoding="utf-8")
        return verify(path).differences

    return differences


Told = Callable[[str], tuple[str, ...]]


def _repacked(html: str, name: str, change: Callable[[Any], None]) -> str:
    """A page whose script of that name was unpacked, changed and packed again."""
    found = re.search(SCRIPT.format(name), html, re.S)
    assert found is not None
    document = unpacked(found[2])
    change(document)
    return html[: found.start(2)] + packed(document) + html[found.end(2) :]


def test_an_untouched_page_is_equal(page: str, told: Told) -> None:
    assert told(page) == ()


def _numbers_in(document: Any) -> int:
    if isinstance(document, dict):
        return sum(map(_numbers_in, document.values()))
    if isinstance(document, list):
        return sum(map(_numbers_in, document))
    return isinstance(document, int | float) and not isinstance(document, bool)


def test_every_number_is_counted(usual: Evidence, page: str, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text(page)
    found = verify(path)
    document = json.loads(json.dumps(Findings(usual).to_document()))
    assert found.numbers == _numbers_in(document) > 200
    assert f"all {found.numbers:,} numbers follow from its records" in str(found.page())


@pytest.mark.parametrize("off", [1e-9, -0.5, 1e6])
def test_a_changed_number_is_named(page: str, told: Told, off: float) -> None:
    def change(found: Any) -> None:
        found["comparison"]["differences"][0]["estimate"] += off

    differences = told(_repacked(page, "findings", change))
    assert len(differences) == 1
    assert differences[0].startswith("comparison.differences[0].estimate: the page says ")


def test_no_number_can_be_changed_unseen(usual: Evidence) -> None:
    """Each of them, one after the other, by a billionth."""
    found = dict(_leaves(Findings(usual).to_document()))
    numbers = {way: v for way, v in found.items() if isinstance(v, float)}
    assert len(numbers) > 150
    for way, value in numbers.items():
        changed = {**found, way: value * (1 + 1e-9) + 1e-9}
        (told,) = _numbers(changed, found)
        assert told.startswith(f"{way}: the page says ")


JUNK = [None, -1, 1e308, "junk", "<b>", [], {}, [[1]], True, "2026-13-45", "inf"]


@pytest.mark.parametrize("seed", range(60))
def test_damaged_records_are_told_and_never_a_traceback(
    seed: int, page: str, tmp_path: Path
) -> None:
    """Anything in place of anything: a line about the damage, differences, or no effect at all."""
    random = np.random.default_rng(seed)

    def damage(value: Any) -> None:
        while True:
            keys = list(value) if isinstance(value, dict) else list(range(len(value)))
            inner = [k for k in keys if isinstance(value[k], dict | list) and value[k]]
            if inner and random.random() < 0.8:
                value = value[inner[int(random.integers(len(inner)))]]
            elif keys:
                value[keys[int(random.integers(len(keys)))]] = JUNK[int(random.integers(len(JUNK)))]
                return
            else:
                return

    path = tmp_path / "page.html"
    path.write_text(_repacked(page, "records", damage), encoding="utf-8")
    complaint = ""
    try:
        verify(path)
    except FileError as error:
        complaint = str(error)
    assert "\n" not in complaint


def test_roundoff_is_no_difference(page: str, told: Told) -> None:
    def change(found: Any) -> None:
        found["comparison"]["differences"][0]["estimate"] *= 1 + 1e-14

    assert told(_repacked(page, "findings", change)) == ()


def test_a_changed_record_is_found_in_what_follows_from_it(page: str, told: Told) -> None:
    def change(document: Any) -> None:
        document["records"]["each"]["objective"][0] *= 1.5

    differences = told(_repacked(page, "records", change))
    assert any(line.startswith("comparison.solvers") for line in differences)
    assert any("under 'Verdict'" in line or "under 'Solvers'" in line for line in differences)


@pytest.mark.parametrize("name", ["seed", "label", "started"])
def test_a_changed_fact_of_a_record_is_found_where_it_is_shown(
    page: str, told: Told, name: str
) -> None:
    def change(document: Any) -> None:
        rows, each = document["records"]["count"], document["records"]["each"]
        each[name] = [f"2026-11-30T10:00:0{k % 9}+00:00" if name == "started" else (
            k if name == "seed" else f"x{k}") for k in range(rows)]  # fmt: skip

    if name == "label":  # the labels are seen in the list that the script makes of the records
        assert told(_repacked(page, "records", change)) == ()
    else:
        assert told(_repacked(page, "records", change))


@pytest.mark.parametrize(
    ("old", "new", "under"),
    [
        (r"better than old by [\d.]+", "better than old by 99", "Verdict"),
        (r"Use new", "Use old", "Verdict"),
        (r'class="number">8<', 'class="number">9<', "Solvers"),
        (r'<path d="M[\d.]+ ', '<path d="M50 ', "Gap over time"),
        (r"in words", "in other words", "Plans"),
        (r"before the first trial", "after the first trial", "Verdict"),
        (r'<h2 id="cost-head">', '<p>And more.</p><h2 id="cost-head">', "more parts"),
        (r"font-weight:650", "display:none", "the head"),
        (r"const AT_ONCE = 100", "const AT_ONCE = 1", "Provenance"),
        (r'data-ylow="0.0"', 'data-ylow="7.0"', "Gap over time"),
    ],
)
def test_whatever_is_seen_is_compared(
    page: str, told: Told, old: str, new: str, under: str
) -> None:
    changed, count = re.subn(old, new, page, count=1)
    assert count == 1
    assert any(under in line for line in told(changed))


def test_words_behind_a_tag_inside_a_sentence_are_compared(page: str, told: Told) -> None:
    (end,) = re.findall(r"</code> (with the name of this file[^<]*)", page)
    assert told(page.replace(end, "checks nothing."))


def test_a_picture_of_another_plan_is_found(page: str, told: Told) -> None:
    other = base64.b64encode(b"<svg>another</svg>").decode()
    changed = re.sub(r"svg\+xml;base64,[^\"]+", f"svg+xml;base64,{other}", page, count=1)
    assert told(changed) == (
        "the picture of the plan i000--old--seed-0 is not the one that was drawn",
    )


def test_a_page_of_another_version_has_its_numbers_checked(usual: Evidence, tmp_path: Path) -> None:
    html = render(replace(usual, qopt="0.0.1")).replace("Use new", "Use old")
    path = tmp_path / "page.html"
    path.write_text(html)
    found = verify(path)
    assert found.ok
    assert "made by qopt 0.0.1" in found.notes[0]


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda html: "<html></html>", "no report of qopt: it has no records"),
        (lambda html: re.sub(SCRIPT.format("findings"), "", html, flags=re.S), "no findings"),
        (lambda html: re.sub(SCRIPT.format("records"), r"\1AAAA\3", html, flags=re.S), "damaged"),
        (lambda html: re.sub(SCRIPT.format("records"), r"\1&\3", html, flags=re.S), "damaged"),
        (
            lambda html: _repacked(html, "records", lambda d: d["records"]["same"].pop("kind")),
            "damaged",
        ),
        (lambda html: _repacked(html, "records", lambda d: d.update(format=2)), "format 2"),
        (lambda html: _repacked(html, "records", lambda d: d.pop("made")), "damaged"),
    ],
)
def test_what_is_no_page_is_refused_in_one_line(
    change: Callable[[str], str], complaint: str, page: str, told: Told
) -> None:
    with pytest.raises(FileError, match=complaint) as raised:
        told(change(page))
    assert "\n" not in str(raised.value)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="No such file"):
        verify(tmp_path / "none.html")
    binary = tmp_path / "binary.html"
    binary.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(FileError, match="not a text file"):
        verify(binary)
