"""The page in a browser: it runs, asks nobody for anything, and everybody can use it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from qopt.report.evidence import Drawn, Evidence
from qopt.report.rendering import render
from tests.report.browser import DARK, asked, axe, chromium, seen
from tests.report.planted import evidence, record, records
from tests.report.test_page import EVIL

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(chromium() is None, reason="no Chromium is installed to look with"),
]

LIST = """
document.querySelectorAll("details").forEach((one) => { one.open = true; });
document.querySelector("#trial-list button").click();
while (!document.querySelector("#trial-list tbody tr")) await new Promise((r) => setTimeout(r, 50));
"""


@pytest.fixture(scope="module")
def usual() -> Evidence:
    rows = records({"old": 4.0, "new": 1.0}, instances=20, seeds=8)
    rows.append(record(None, instance="i000", solver="old", seed=90, violations=("load[1] by 2",)))
    picture = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><path d="M0 0H9"/></svg>'
    )
    return evidence(rows, plans=(Drawn(rows[0].label, "i000 by old", "in words", picture),))


@pytest.fixture(scope="module")
def page(usual: Evidence) -> str:
    return render(usual)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> str:
    found = axe(tmp_path_factory.mktemp("axe"))
    if found is None:
        pytest.skip("axe-core cannot be had from the npm registry here")
    return found


def test_its_own_script_runs_under_its_own_policy_without_a_complaint(
    page: str, tmp_path: Path
) -> None:
    path = tmp_path / "page.html"
    path.write_text(page, encoding="utf-8")
    found = seen(path, tmp_path / "profile")
    assert found.console == ()
    assert found.document.count('class="enlarge"') == 6
    assert "List all trials" in found.document.partition("<script")[0]


def test_without_scripts_the_verdict_and_the_figures_are_there(page: str, tmp_path: Path) -> None:
    """A browser in which they are switched off cannot be asked for its document, so it is one to
    which the page's policy allows none.
    """
    path = tmp_path / "page.html"
    path.write_text(re.sub("script-src '[^']+'", "script-src 'none'", page), encoding="utf-8")
    document = seen(path, tmp_path / "profile").document
    assert 'class="enlarge"' not in document
    assert "new is better than old" in document
    assert document.count('role="img"') == 6


def test_nothing_is_loaded_and_trials_are_listed_sorted_and_opened(
    page: str, tmp_path: Path
) -> None:
    found: dict[str, Any] = asked(
        page,
        tmp_path,
        LIST
        + """
const text = (chosen) => [...document.querySelectorAll(chosen)].map((one) => one.textContent);
const click = (chosen, k) => document.querySelectorAll(chosen)[k].click();
const found = {first: text("#trial-list tbody tr").length};
found.said = text("#trial-list [role=status]")[0];
click("#trial-list thead button", 4); click("#trial-list thead button", 4);
found.sorted = text("#trial-list tbody td:nth-child(5)").slice(0, 3);
found.order = document.querySelectorAll("#trial-list th")[4].getAttribute("aria-sort");
const later = [...document.querySelectorAll("#trial-list button")].at(-1);
for (let k = 0; k < 3; k++) later.click();
found.last = text("#trial-list tbody tr").length;
const ended = document.querySelectorAll("#trial-list select")[1];
ended.value = "none-found"; ended.dispatchEvent(new Event("change"));
found.ended = text("#trial-list [role=status]")[0];
click("#trial-list tbody button", 0);
found.opened = document.querySelector("dialog").open;
found.head = text("#shown-head")[0];
found.facts = text("#shown-body dd");
document.getElementById("shown-close").click();
found.closed = !document.querySelector("dialog").open;
click(".enlarge", 1);
found.larger = document.querySelectorAll("#shown-body svg.drawing").length;
found.asked = performance.getEntriesByType("resource").map((one) => one.name)
  .filter((name) => !name.startsWith("data:"));
return found;""",
    )
    assert found["asked"] == []
    assert found["first"] == 100
    assert found["said"] == "1 to 100 of 321 trials"
    heights = [float(word.replace(",", "")) for word in found["sorted"]]
    assert heights == sorted(heights, reverse=True)
    assert found["order"] == "descending"
    assert found["last"] == 21
    assert found["ended"] == "1 to 1 of 1 trials"
    assert found["opened"]
    assert found["closed"]
    assert found["head"] == "i000--old--seed-90"
    assert "load[1] by 2" in found["facts"]
    assert found["larger"] == 1


def test_the_pointer_is_told_the_values_of_the_lines(page: str, tmp_path: Path) -> None:
    told = asked(
        page,
        tmp_path,
        """
const svg = document.querySelector("#figure-reached svg.drawing");
const area = svg.getBoundingClientRect();
svg.dispatchEvent(new PointerEvent("pointermove", {bubbles: true,
  clientX: area.left + area.width * 419.9 / svg.viewBox.baseVal.width, clientY: area.top + 50}));
return document.getElementById("tip").textContent;""",
    )
    first, *lines = told.split("\n")
    assert first.startswith("seconds  ")
    assert float(first.split()[1]) == pytest.approx(10.0, rel=0.01)
    assert [line.split()[0] for line in lines] == ["old", "new"]


@pytest.mark.parametrize("theme", [(), DARK], ids=["light", "dark"])
def test_axe_finds_nothing_serious(
    theme: tuple[str, ...], page: str, library: str, tmp_path: Path
) -> None:
    found = asked(
        page,
        tmp_path,
        LIST + "return (await axe.run(document)).violations.map((one) => "
        "[one.impact, one.id, one.nodes[0].html.slice(0, 200)]);",
        *theme,
        library=library,
    )
    assert [each for each in found if each[0] in ("serious", "critical")] == []


def test_it_is_as_wide_as_a_phone(page: str, tmp_path: Path) -> None:
    """Nothing sticks out at 380 points: tables roll inside their own frames."""
    found = asked(
        page,
        tmp_path,
        LIST
        + """
const frame = document.createElement("iframe");
frame.style.cssText = "width:380px;height:900px;border:0";
const copy = document.documentElement.cloneNode(true);
copy.querySelectorAll("script").forEach((one) => one.remove());
document.body.append(frame);
frame.contentDocument.documentElement.replaceWith(copy);
await new Promise((r) => setTimeout(r, 300));
const whole = frame.contentDocument.documentElement;
return [frame.contentWindow.innerWidth, whole.scrollWidth - whole.clientWidth];""",
    )
    assert found == [380, 0]


def test_markup_in_names_stays_harmless_when_trials_are_listed_and_opened(tmp_path: Path) -> None:
    """By itself: on a page without the policy that would forbid it to run."""
    rows = [
        record(100.0, instance=text, solver=text, seed=k, notes=(text,), host=text, label=text)
        for k, text in enumerate(EVIL)
    ]
    question = {"baseline": EVIL[0], "margin": 1.0}
    found = asked(
        render(evidence(rows, name=EVIL[0], question=question)),
        tmp_path,
        LIST
        + """
for (const button of document.querySelectorAll("#trial-list tbody button")) {
  button.click();
  document.querySelector("dialog").close();
}
await new Promise((r) => setTimeout(r, 300));
const made = document.querySelectorAll("#trial-list img, dialog img, dialog b").length;
return [typeof window.hacked, made,
  [...document.querySelectorAll("#trial-list tbody button")].map((one) => one.textContent)];""",
        guarded=False,
    )
    assert found == ["undefined", 0, EVIL]
