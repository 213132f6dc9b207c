"""Reading generalized assignment: the OR-Library's text of several problems, and single ones.

    agents jobs
    profits or costs, agent by agent
    loads, agent by agent
    capacities

The OR-Library's has such problems after their number, on a line of its own. Whether the first
figures are profits (gap1 to gap12) or costs (gapa to gape), no file says.
"""

from __future__ import annotations

from pathlib import Path

from qopt.kit.files import Fields, Text, Words
from qopt.kit.numbered import COMMENTS, Part, chosen, numbered, require_no_choice


def read_agents(path: str | Path, problem: int | str | None, *, costs: bool | None) -> Fields:
    """The fields of a `GeneralizedAssignment`. Raises FileError with the line."""
    text = Text.read(path)
    words = text.words(comments=COMMENTS)
    if words.words_on_first_line() == 1:
        part = chosen(text, numbered(words, _head), problem)
    else:
        require_no_choice(text, problem)
        part = _head(words, 0)
    fields, body, (agents, jobs) = part
    for name, what in (("profit", "an agent's profits"), ("load", "an agent's loads")):
        fields.take(body, name, what, agents, jobs, turned=True, by_line=True)
    fields.take(body, "capacity", "the capacities", agents)
    body.end("the last capacity")
    if costs:
        fields.values["profit"] = [[-cost for cost in row] for row in fields.values["profit"]]
        fields.notes.append("costs=True: the file's costs are profits below 0 here")
    elif costs is None:
        fields.notes.append(
            "the file does not say whether its figures are profits or costs: taken for profits, "
            "as in "
            "gap1 to gap12; give costs=True for costs, as in gapa to gape"
        )
    return fields


def _head(words: Words, number: int) -> Part:
    """Agents and jobs; `number` is 0 for the problem of a file of one, which is all of it."""
    agents, jobs = words.whole("the number of agents"), words.whole("the number of jobs")
    words.close_line("'agents jobs'")
    stem = words.source.stem
    fields = Fields(words.source, {"name": f"{stem}-{number}" if number else stem})
    body = words.part((2 * jobs + 1) * agents, f"problem {number}") if number else words
    return Part(fields, body, (agents, jobs))
