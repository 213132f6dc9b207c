"""Reading multidimensional knapsacks: the OR-Library's files, and single problems of that kind.

    items resources optimum                 mknap1, mknapcb, below the number of problems, or single
    profits, needs resource by resource, capacities

    resources items                         mknap2, below a line "problem NAME", or single
    profits, capacities, needs resource by resource, optimum

Which it is, the first line of numbers tells: one number, three, or two. Each block ends where a
line ends.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from qopt.kit.files import Fields, Text, Words
from qopt.kit.numbered import COMMENTS, Part, chosen, numbered, require_no_choice

NAMED = re.compile(r"problem\s+(\S+)", re.IGNORECASE)
RULE = re.compile(r"[-+=*]+")  # between problems


def read_knapsack(path: str | Path, problem: int | str | None) -> Fields:
    """The fields of a `MultiKnapsack`. Raises FileError with the line."""
    text = Text.read(path)
    sections = list(_sections(text))
    if sections:
        return _read_turned(chosen(text, sections, problem))
    words = text.words(comments=COMMENTS)
    wide = words.words_on_first_line()
    if wide == 1:
        return _read(chosen(text, numbered(words, _head), problem))
    require_no_choice(text, problem)
    if wide == 2:
        return _read_turned(Part(Fields(text, {"name": text.stem}), words))
    return _read(_head(words, 0))


def _head(words: Words, number: int) -> Part:
    """Items, resources and the optimum.

    `number` is 0 for the problem of a file of one, which is all of it.
    """
    items = words.whole("the number of items")
    resources = words.whole("the number of resources")
    stem = words.source.stem
    fields = Fields(words.source, {"name": f"{stem}-{number}" if number else stem})
    _take_optimum(fields, words)
    words.close_line("'items resources optimum'")
    count = items + (items + 1) * resources
    body = words.part(count, f"problem {number}") if number else words
    return Part(fields, body, (resources, items))


def _read(part: Part) -> Fields:
    fields, body, (resources, items) = part
    fields.take(body, "profit", "the profits", items, by_line=True)
    fields.take(body, "need", "the needs of a resource", resources, items, by_line=True)
    fields.take(body, "capacity", "the capacities", resources)
    body.end("the last capacity")
    return _doubted(fields)


def _sections(text: Text) -> Iterator[Part]:
    """Of a file with lines "problem NAME": the words below each.

    What is above the first explains the file.
    """
    heads = [(line, NAMED.fullmatch(line.text)) for line in text.lines()]
    starts = [(line, named.group(1)) for line, named in heads if named]
    ends = [line.number for line, _ in starts[1:]] + [text.content.count("\n") + 2]
    for (start, name), end in zip(starts, ends, strict=False):
        inside = [line for line in text.lines() if start.number < line.number < end]
        words = Words.of(text, (x for x in inside if not RULE.fullmatch(x.text)), COMMENTS)
        if not words.left():
            raise start.error(f"problem {name[:40]} has no numbers")
        yield Part(Fields(text, {"name": name}), words)


def _read_turned(part: Part) -> Fields:
    fields, body, _ = part
    resources = body.whole("the number of resources")
    items = body.whole("the number of items")
    body.close_line("'resources items'")
    due = items + (items + 1) * resources + 1
    if body.left() == due - 1:
        raise body.error(
            "no optimum is left for the end of the file; "
            "give a first line 'items resources optimum', "
            "with 0 for an optimum that is unknown, where the needs precede the capacities"
        )
    fields.take(body, "profit", "the profits", items, by_line=True)
    fields.take(body, "capacity", "the capacities", resources, by_line=True)
    fields.take(body, "need", "the needs of a resource", resources, items, by_line=True)
    _take_optimum(fields, body)
    body.end("the optimum")
    return _doubted(fields)


def _doubted(fields: Fields) -> Fields:
    """The fields, with a warning where no item fits, as of a file of another order."""
    need, capacity = fields.values["need"], fields.values["capacity"]
    room = [
        all(n <= c for n, c in zip(item, capacity, strict=True)) for item in zip(*need, strict=True)
    ]
    if not any(room):
        fields.warnings.append(
            "no item fits all capacities, so nothing can be taken; "
            "does the file have another order?"
        )
    return fields


def _take_optimum(fields: Fields, words: Words) -> None:
    """0 is for one that is not stated, and so is what is below."""
    optimum = words.number("the optimum")
    fields.values["best_known"] = optimum if optimum > 0 else None
    if optimum < 0:
        fields.notes.append(f"the optimum {optimum:g} of the file is taken for one not stated")
