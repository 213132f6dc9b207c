"""An operator of cosmic-ray's mended: of an `except`, each exception is replaced in turn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from cosmic_ray.exceptions import CosmicRayTestingException
from cosmic_ray.operators.operator import Example, Operator


class ExceptionReplacer(Operator):
    """Catches what nothing raises instead of one exception that an `except` names.

    cosmic-ray 8.7 raises AttributeError for `except (OSError, zlib.error):`, and of
    `except zlib.error:` it replaces the point: it takes every exception for a single word.
    """

    def mutation_positions(self, node: Any) -> Iterator[tuple[Any, Any]]:
        """The start and the end, each as line and column, of every exception of an `except`."""
        for one in _exceptions(node):
            yield one.start_pos, one.end_pos

    def mutate(self, node: Any, index: int) -> Any:
        """The `except`, with the name of the exception `index` replaced, its module's and all."""
        replaced = _exceptions(node)[index]
        first = replaced.get_first_leaf()
        first.value = CosmicRayTestingException.__name__
        if replaced is not first:
            replaced.children = [first]
        return node

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        """What cosmic-ray's own does not do."""
        other = CosmicRayTestingException.__name__
        return (
            Example("try: pass\nexcept zlib.error: pass", f"try: pass\nexcept {other}: pass"),
            Example(
                "try: pass\nexcept (OSError, zlib.error): pass",
                f"try: pass\nexcept (OSError, {other}): pass",
                occurrence=1,
            ),
        )


def _exceptions(node: Any) -> Sequence[Any]:
    """The expressions that an `except` names; of any other node none."""
    if node.type != "except_clause":
        return []
    named = node.children[1]
    if named.type != "atom":
        return [named]
    inside = named.children[1]
    if inside.type == "testlist_comp":
        return [one for one in inside.children if one.type != "operator"]
    return [inside]
