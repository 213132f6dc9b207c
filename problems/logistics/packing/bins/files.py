"""Reading bin packing: the OR-Library's text, BPPLIB's, and its cutting stock.

There sizes come with how many items have them.
"""

from __future__ import annotations

from pathlib import Path

from qopt.kit.files import At, Fields, Place, Text, Words, number
from qopt.kit.numbered import COMMENTS, Part, chosen, numbered, require_no_choice

MOST_ITEMS = 1_000_000


def read_bins(path: str | Path, problem: int | str | None) -> Fields:
    """The fields of a `BinPacking`. Raises FileError with the line."""
    text = Text.read(path)
    words, ahead = (text.words(comments=COMMENTS) for _ in range(2))
    ahead.whole("the number of problems, or of items")
    if _is_name(ahead.peek()):
        part = chosen(text, numbered(words, _head), problem)
        part.fields.take(part.body, "size", "the items' sizes", *part.shape)
        return part.fields
    require_no_choice(text, problem)
    fields = Fields(text, {"name": text.stem})
    count = words.whole("the number of items")
    fields.take(words, "capacity", "the capacity")
    if words.left() == 2 * count and words.columns() == {2}:
        _take_counted(fields, words, count)
    else:
        fields.take(words, "size", "the items' sizes", count)
        words.end(f"the last of {count} items")
    return fields


def _is_name(word: str) -> bool:
    return number(word) is None and any(sign.isalpha() for sign in word)


def _head(words: Words, _: int) -> Part:
    """A problem's name, then capacity, items and the best known number of bins, 0 for unknown."""
    fields = Fields(words.source, {"name": words.word("the name of a problem")})
    fields.take(words, "capacity", "the capacity")
    items = words.whole("the number of items")
    fields.values["best_known"] = float(words.whole("the best known number of bins", 0)) or None
    return Part(fields, words.part(items, f"problem {fields.values['name'][:40]}"), (items,))


def _take_counted(fields: Fields, words: Words, kinds: int) -> None:
    """Lines of a size and how many items have it: item 3/2 is the second of the third size."""
    sizes: list[float] = []
    items: list[str] = []
    lines: dict[Place, At] = {}
    for kind in range(1, kinds + 1):
        size = words.number("a size")
        count = words.whole("how many items have the size")
        if len(sizes) + count > MOST_ITEMS:
            raise words.error(f"more than {MOST_ITEMS} items; are these lines of size and number?")
        for copy in range(1, count + 1):
            lines["size", len(sizes)] = words.line
            sizes.append(size)
            items.append(f"{kind}/{copy}" if count > 1 else str(kind))
    fields.values |= {"size": sizes, "items": items}
    fields.places = {**fields.places, **lines}
    fields.notes.append(
        "the lines are read as a size and how many items have it: "
        f"{len(sizes)} items of {kinds} sizes"
    )
