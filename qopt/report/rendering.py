"""The page as one HTML text: a function of the evidence, and the same each time."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import quote

from ..batch.comparing import DISTURBED
from ..compare import Verdict
from ..compare.sentences import amount
from ..figures import difference_table, solver_table, style
from ..pages.content import lines_of
from .evidence import Evidence, packed
from .findings import Findings
from .sections.causes import cause_table
from .sections.costs import cost_table
from .sections.instances import instance_table
from .sections.provenance import facts, size_table

TONES = {
    Verdict.BETTER: "good",
    Verdict.WORSE: "bad",
    Verdict.EQUIVALENT: "same",
    Verdict.UNDECIDED: "open",
    Verdict.WITHHELD: "open",
}


def render(evidence: Evidence) -> str:
    """The whole page."""
    found = Findings(evidence)
    css, script = style() + _part("page.css"), _part("page.js")
    shown: str = (
        _environment()
        .get_template("page.html.jinja")
        .render(
            evidence=evidence,
            found=found,
            css=css,
            script=script,
            css_hash=_hash(css),
            script_hash=_hash(script),
            records=packed(evidence.to_document()),
            findings=packed(found.to_document()),
            solvers=None
            if found.comparison is None
            else solver_table(found.comparison, verdicts=found.asked),
            differences=(
                difference_table(found.comparison)
                if found.comparison is not None and found.asked
                else None
            ),
            instances=instance_table(
                evidence.records, () if found.comparison is None else found.comparison.references
            ),
            causes=cause_table(found.causes),
            costs=cost_table(found.costs, _currency(found)),
            sizes=size_table(evidence),
            facts=facts(evidence),
            tones=TONES,
            disturbed=DISTURBED,
        )
    )
    return shown


@cache
def _environment() -> Any:
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    made = Environment(
        loader=FunctionLoader(_part),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["amount"] = amount
    made.filters["picture"] = _address
    made.filters["lines"] = lines_of
    made.filters["anchor"] = lambda label: quote(label, safe="")
    return made


def _part(name: str) -> str:
    return files(__package__).joinpath("templates", name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """By which the page allows its own style and script, and nobody else's."""
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _address(picture: str) -> str:
    """A picture as an address that needs no request; as such, no script in it would run."""
    return f"data:image/svg+xml;base64,{base64.b64encode(picture.encode()).decode()}"


def _currency(found: Findings) -> str:
    return str(found.evidence.question.get("currency", "units of money"))
