"""The order in which trials are run."""

from __future__ import annotations

import random
from collections.abc import Sequence

from ..trial import Trial


def in_blocks(trials: Sequence[Trial]) -> list[Trial]:
    """Instance by instance, these shuffled, and the trials of each shuffled.

    What slows the machine down for some minutes then hits all solvers of an instance alike. The
    shuffle depends on what the trials mean and on nothing else.
    """
    blocks: dict[tuple[str, str], list[Trial]] = {}
    for trial in trials:
        blocks.setdefault((trial.instance.kind, trial.instance.name), []).append(trial)
    names = sorted(blocks, key=lambda name: min(trial.key for trial in blocks[name]))
    ordered = []
    for name in names:
        block = sorted(blocks[name], key=lambda trial: trial.key)
        random.Random(block[0].key).shuffle(block)
        ordered += block
    return ordered
