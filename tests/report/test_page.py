"""The page: what it says, to whom, and that nothing in it comes from or goes to elsewhere."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from typing import Any

import pytest

from qopt.batch import Record
from qopt.batch.records.store import Registered
from qopt.compare import Rates
from qopt.figures import Bars, Chart
from qopt.pages import Toned
from qopt.report.evidence import Device, Drawn, Evidence, Size
from qopt.report.findings import Findings
from qopt.report.lookups.plans import _picture, chosen
from qopt.report.rendering import render
from qopt.report.sections.causes import cause_table, causes
from qopt.report.sections.provenance import size_table
from tests.report.planted import BEGUN, MADE, QUESTION, evidence, record, records

VOID = {"meta", "br", "img", "input", "link", "hr"}
# of SVG: these may be closed at once
ALONE = {"line", "rect", "circle", "path"}
EVIL = [
    "</script><script>window.hacked=1</script>",
    '"><img src=x onerror="window.hacked=1">',
    "'-window.hacked=1-'",
    "<b>bold</b>{{ 7 * 7 }}{% raw %}",
    "</svg><style>*{display:none}</style>",
    "javascript:window.hacked=1",
    "\u2028]]><!-- -->&lt;",
]


class Page(HTMLParser):
    """Tags with their attributes, words under each second heading; complains of what is open."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.words: dict[str, str] = {}
        self._under = ""
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in ("script", "style"):
            return
        words = " ".join(data.split())
        if self.open and self.open[-1] == "h2":
            self._under = words
        if words:
            self.words[self._under] = f"{self.words.get(self._under, '')} {words}".strip()

    def all(self, tag: str) -> list[dict[str, str]]:
        return [given for name, given in self.tags if name == tag]


def _evil(text: str) -> Evidence:
    """A study in which everything that a person can name has that name."""
    rows = [
        record(
            None if seed else 100.0 + k,
            instance=f"{text}{k}",
            solver=solver,
            seed=seed,
            kind=text,
            error=text if seed == 1 else None,
            violations=(text,),
            notes=(text,),
            warnings=(text,),
            host=text,
            stopped_by=text,
            ran_by=text,
            versions={text: text},
            label=f"{text}{k}{solver}{seed}",
            file=text,
        )
        for k in range(6)
        for solver in (text, f"{text}other")
        for seed in range(3)
    ]
    question = {**QUESTION, "baseline": text, "currency": text}
    return evidence(
        rows,
        name=text,
        missing=(text,),
        question=question,
        registered=(Registered(MADE, question, {text: text}),),
        rates=Rates(200, 50, 10_000),
        sizes=(Size(text, words=text), Size(text, 1, 2, 3, 4, 5, text, fits=False)),
        devices=(Device(text, text, {text: text}),),
        plans=(Drawn(rows[0].label, text, text, f"<svg>{text}</svg>"),),
    )


@pytest.fixture(scope="module")
def usual() -> Evidence:
    rows = records({"old": 4.0, "new": 1.0, "same": 4.0}, instances=10, seeds=4)
    return evidence(rows, plans=(Drawn(rows[0].label, "i000 by old", "in words", "<svg></svg>"),))


@pytest.mark.parametrize("text", EVIL)
def test_markup_in_a_name_is_shown_and_not_obeyed(text: str) -> None:
    page = Page(render(_evil(text)))
    plain = Page(render(_evil("plain")))
    for tag in ("script", "style", "img", "b", "meta", "svg", "input", "a"):
        assert len(page.all(tag)) == len(plain.all(tag)), tag
    attributes = {name for _, given in page.tags for name in given}
    assert not {name for name in attributes if name.startswith("on")}
    assert attributes == {name for _, given in plain.tags for name in given}
    assert {given["href"][0] for given in page.all("a")} == {"#"}
    assert " ".join(text.split()) in " ".join(page.words.values())


def test_nothing_is_asked_of_anybody_else(usual: Evidence) -> None:
    page = Page(render(usual))
    for tag, given in page.tags:
        for name in ("src", "href", "action", "data", "poster", "srcset"):
            if name in given:
                assert given[name].startswith(("#", "data:")), (tag, given)
    assert not page.all("link")
    assert not page.all("iframe")
    assert "@import" not in render(usual)
    assert "url(" not in render(usual)


def test_only_its_own_style_and_script_are_allowed(usual: Evidence) -> None:
    """By their hashes: whatever else came into the page would not run."""
    html = render(usual)
    (policy,) = [m["content"] for m in Page(html).all("meta") if "http-equiv" in m]
    assert policy.startswith("default-src 'none'; img-src data:;")
    for tag, body in (
        ("style", re.findall(r"<style>(.*?)</style>", html, re.S)),
        ("script", re.findall(r"<script>(.*?)</script>", html, re.S)),
    ):
        assert len(body) == 1
        digest = base64.b64encode(hashlib.sha256(body[0].encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert not [given for _, given in Page(html).tags if "style" in given]


def test_the_verdict_comes_first_and_needs_no_script(usual: Evidence) -> None:
    page = Page(render(usual))
    heads = [name for name in page.words if name]
    assert heads[0] == "Verdict"
    comparison = Findings(usual).comparison
    assert comparison is not None
    for each in comparison.differences:
        assert each.sentence() in page.words["Verdict"]
    assert "Use new: it is better than old beyond the margin." in page.words["Verdict"]
    assert "before the first trial" in page.words["Verdict"]
    for each in comparison.solvers:
        assert each.solver in page.words["Solvers"]
        assert f"{each.gap:.2f} %" in page.words["Solvers"]


def test_every_figure_has_a_sentence_a_picture_and_its_numbers(usual: Evidence) -> None:
    html = render(usual)
    figures = re.findall(r"<figure.*?</figure>", html, re.S)
    assert len(figures) == len(Findings(usual).figures) == 6
    for figure in figures:
        page = Page(figure)
        assert [given["role"] for given in page.all("svg") if "role" in given] == ["img"]
        assert len(page.all("details")) == len(page.all("table")) == 1
        assert re.search(r"<p>[A-Z0-9].*\.</p>", figure)


def test_every_table_has_a_caption_and_heads(usual: Evidence) -> None:
    html = render(usual)
    tables = re.findall(r"<table>.*?</table>", html, re.S)
    assert len(tables) >= 8
    for table in tables:
        page = Page(table)
        assert len(page.all("caption")) == 1
        assert {given.get("scope") for given in page.all("th")} <= {"col", "row"}
        widths = {
            len(re.findall(r"<t[hd]", row)) for row in re.findall(r"<tr.*?</tr>", table, re.S)
        }
        assert len(widths) == 1


def test_all_names_of_places_are_there_once(usual: Evidence) -> None:
    page = Page(render(usual))
    names = [given["id"] for _, given in page.tags if "id" in given]
    assert len(names) == len(set(names))
    assert {given["href"][1:] for given in page.all("a")} <= set(names)
    for _, given in page.tags:
        if "aria-labelledby" in given:
            assert given["aria-labelledby"] in names


def test_the_same_evidence_gives_the_same_page(usual: Evidence) -> None:
    assert render(usual) == render(usual)


def test_a_study_without_a_question_has_no_verdict() -> None:
    rows = records({"old": 4.0, "new": 1.0})
    page = Page(render(evidence(rows, question={}, registered=(Registered(MADE, {}, {}),))))
    assert "There is no verdict, because the study names no baseline" in page.words["Verdict"]
    assert "baseline" not in page.words["Solvers"]
    assert "new is" not in " ".join(page.words.values())
    assert "Nothing is recommended" in page.words["Decision"]
    assert "Gap over time" in page.words["Figures"]


def test_trials_that_cannot_be_compared_are_told_and_listed() -> None:
    twice = [record(seed=1), record(seed=1, label="again")]
    page = Page(render(evidence(twice)))
    assert "the trials cannot be compared" in page.words["Verdict"]
    assert "give each run a seed of its own" in page.words["Verdict"]
    assert "one" in page.words["Instances"]


def test_trials_that_were_all_interrupted_make_a_page() -> None:
    page = Page(render(evidence([record(None, outcome="interrupted")])))
    assert "no trial came to an end" in page.words["Verdict"]


def test_causes_are_counted_by_solver() -> None:
    rows = [
        record(None, solver="new", seed=1, violations=("served[1] by 1", "served[2] by 1")),
        record(None, solver="new", seed=2, violations=("served[7] by 1", "load[3] by 2")),
        record(None, solver="new", seed=3, outcome="failed", error="out of memory"),
        record(None, solver="old", seed=4, outcome="infeasible"),
        record(100.0, solver="old", seed=5),
    ]
    found = {(c.solver, c.outcome, c.reason): c.trials for c in Findings(evidence(rows)).causes}
    assert found == {
        ("new", "none-found", "breaks served"): 2,
        ("new", "none-found", "breaks load"): 1,
        ("new", "failed", "out of memory"): 1,
        ("old", "infeasible", "no plan at all came back"): 1,
    }


def test_rarer_causes_are_counted_where_they_are_left_out() -> None:
    found = causes([record(None, seed=k, error=f"error {k}", outcome="failed") for k in range(3)])
    assert cause_table(found, most=1).lines == ["2 rarer causes are left out."]
    assert cause_table(found, most=2).lines == ["1 rarer cause is left out."]
    assert not cause_table(found, most=3).lines


def test_a_solver_without_any_plan_counts_none() -> None:
    rows = [*records({"old": 1.0}, instances=2, seeds=3), record(None, instance="i000", solver="x")]
    found = Findings(evidence(rows))
    (ended,) = (figure for figure in found.figures if isinstance(figure, Bars))
    assert ended.sentence == "6 of 7 runs ended with a feasible plan."
    assert dict(ended.bars)["x"][0].count == 1


def test_the_gaps_that_are_verified_are_those_that_are_drawn(usual: Evidence) -> None:
    found = Findings(usual)
    (drawn,) = (f for f in found.figures if isinstance(f, Chart) and f.key == "gaps")
    assert found.to_document()["gaps"] == {line.name: list(line.ys) for line in drawn.series}


def test_only_what_is_known_of_a_size_has_a_colour() -> None:
    sizes = [Size("a", precision="p", fits=fits) for fits in (True, False, None)]
    cells = [row[-1] for row in size_table(evidence([], sizes=tuple(sizes))).rows]
    assert cells == [Toned("p", "good"), Toned("p", "bad"), "p"]


def test_plans_that_were_not_saved_are_not_chosen() -> None:
    saved = record(5.0, seed=1, file="results/1.json")
    assert chosen([record(3.0, seed=2), saved, record(None, seed=3, file="x")]) == [saved]


def test_dollars_in_a_name_are_no_formula() -> None:
    pytest.importorskip("matplotlib", reason="plans are drawn by matplotlib, an extra")

    class Priced:
        def draw(self, plan: str, axes: Any) -> None:
            axes.set_title(plan)

    assert ">5$ to 10$<" in _picture(Priced(), "5$ to 10$")


def test_costs_are_added_up_and_what_nobody_tells_is_not_zero() -> None:
    rows = [
        record(
            solver="dear",
            seed=1,
            money=1.5,
            device_seconds=0.25,
            device={"name": "far-away", "estimated_seconds": 0.3},
        ),
        record(solver="dear", seed=2, money=2.5, device_seconds=0.5),
        record(solver="old", seed=1, machine={"joules": 7.0}),
    ]
    dear, old = Findings(evidence(rows)).costs
    assert (dear.money, dear.device_seconds, dear.joules, dear.money_a_run) == (4.0, 0.75, None, 2)
    assert (dear.estimated_seconds, old.estimated_seconds) == (0.3, None)
    assert (old.money, old.joules, old.seconds, old.compile) == (None, 7.0, 10.0, 0.25)
    words = Page(render(evidence(rows))).words
    assert "not told" in words["Cost and device"]
    assert "dear: 0.38 seconds of the device a trial, 2.0" in words["Decision"]


def test_disturbed_trials_are_marked() -> None:
    rows = [record(seed=k, machine={"others": 0.5 * k, "steal": 0.0}) for k in range(2)]
    words = Page(render(evidence(rows))).words
    assert "1 of 2 trials were disturbed" in words["Decision"]


def test_a_verdict_on_times_is_withheld_where_trials_were_disturbed() -> None:
    rows: list[Record] = [
        record(
            100.0,
            instance=f"i{k}",
            solver=solver,
            seed=seed,
            trace=((at, 100.0),),
            machine={"others": 0.9},
        )
        for k in range(8)
        for solver, at in (("old", 8.0), ("new", 1.0 + 0.01 * k))
        for seed in range(2)
    ]
    page = Page(render(evidence(rows, question={**QUESTION, "metric": "time"})))
    assert "disturbed by other work on the machine" in page.words["Verdict"]
    assert "Use new" not in page.words["Verdict"]


def test_rates_are_answered_by_a_break_even(usual: Evidence) -> None:
    rates = Rates(runs_a_year=250, worth_of_percent=100, device_a_year=1000)
    more: dict[str, Any] = {**vars(usual), "rates": rates}
    found = Findings(Evidence(**more))
    page = Page(render(Evidence(**more)))
    assert [each.solver for each in found.break_evens] == ["new", "same"]
    for each in found.break_evens:
        assert each.sentence() in page.words["Decision"]


def test_rates_that_answer_nothing_are_told_with_the_remedy(usual: Evidence) -> None:
    more: dict[str, Any] = {**vars(usual), "rates": Rates(250, 100, 1000)}
    more["question"] = {**QUESTION, "metric": "anytime"}
    assert "--metric objective" in Page(render(Evidence(**more))).words["Decision"]
    more["rates"] = None
    assert "--runs-a-year" in Page(render(Evidence(**more))).words["Decision"]


def test_a_picture_is_an_address_and_its_plan_is_there_in_words(usual: Evidence) -> None:
    (image,) = Page(render(usual)).all("img")
    assert base64.b64decode(image["src"].partition("base64,")[2]) == b"<svg></svg>"
    assert "i000 by old" in image["alt"]
    assert "in words" in Page(render(usual)).words["Plans"]


def test_a_thousand_trials_are_less_than_three_megabytes() -> None:
    """With traces of 60 points of 17 digits, which no compression makes small."""
    rows = records({"old": 4.0, "new": 1.0}, instances=50, seeds=10, points=60)
    assert len(rows) == 1000
    assert len(render(evidence(rows)).encode()) < 3_000_000


def test_the_page_shows_the_question_and_when_it_was_asked(usual: Evidence) -> None:
    words = Page(render(usual)).words["Provenance"]
    assert "registered on 2026-11-30 at 10:00:00 UTC" in words
    assert "name: study" in words
    assert BEGUN in words
