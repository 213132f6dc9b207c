"""Labels and the numbers that stand for them."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import Any

import numpy as np

from ....errors import QoptError

Labels = tuple[Hashable, ...]


def numbered(labels: Iterable[Hashable], shuffle: np.random.Generator | None) -> Labels:
    """The labels in the order of their numbers."""
    given = tuple(labels)
    if shuffle is None:
        return given
    return tuple(given[k] for k in shuffle.permutation(len(given)))


def generator(shuffle: int | None) -> np.random.Generator | None:
    return None if shuffle is None else np.random.default_rng(shuffle)


def named_again(found: Any, order: Labels, original: Labels, constant: float) -> Any:
    """A SampleSet over numbers as one over the labels, in the order that they had at first, and
    with the constant in its energies.

    Raises QoptError where it is not over all the numbers.
    """
    import dimod

    columns = {number: column for column, number in enumerate(found.variables)}
    if columns.keys() != set(range(len(order))):
        raise QoptError(
            f"an answer has {len(columns)} variables, which are not the {len(order)} of the model"
        )
    number_of = {label: number for number, label in enumerate(order)}
    chosen = [columns[number_of[label]] for label in original]
    record = found.record.copy()
    record.sample[:] = found.record.sample[:, chosen]
    record.energy[:] = found.record.energy + constant
    return dimod.SampleSet(record, list(original), _info(found.info, order), found.vartype)


def _info(info: Mapping[str, Any], order: Labels) -> dict[str, Any]:
    """With the labels in the embedding that Ocean's composites tell of."""
    context = info.get("embedding_context")
    if not isinstance(context, Mapping) or "embedding" not in context:
        return dict(info)
    chains = {order[number]: chain for number, chain in context["embedding"].items()}
    return {**info, "embedding_context": {**context, "embedding": chains}}
