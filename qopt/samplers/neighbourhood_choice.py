"""Which kind of neighbourhood to try next, and how large: what succeeded before is tried more often."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

SHARES = (0.25, 0.5, 1.0)  # of the size limit
WARM = (True, False)  # from the part as it is, which can only get better; or from nowhere, which leads elsewhere
MEMORY = 0.95  # what is left of an arm's past at each of its trials
CURIOSITY = 0.02  # successes a trial that an arm is believed to have where it had none


@dataclass
class Arm:
    """One kind at one size, from the present part or from nowhere: trials, successes, and their rate, which forgets."""

    kind: str
    size: int
    warm: bool = True
    tried: int = 0
    improved: int = 0
    rate: float = 0.5  # every arm is worth a few trials

    def learn(self, success: bool) -> None:
        self.tried += 1
        self.improved += success
        self.rate = MEMORY * self.rate + (1 - MEMORY) * success


@dataclass
class Choice:
    """Arms drawn in proportion to their successes a unit of work, which grows as the size does.

    A simplified adaptive choice after Ropke and Pisinger (2006), section 3.4.1, with work taken into account.
    """

    kinds: Sequence[str]
    limit: int
    arms: list[Arm] = field(init=False)

    def __post_init__(self) -> None:
        sizes = sorted({max(1, round(share * self.limit)) for share in SHARES})
        self.arms = [Arm(kind, size, warm) for kind in self.kinds for size in sizes for warm in WARM]

    def draw(self, random: np.random.Generator) -> Arm:
        weight = np.array([(arm.rate + CURIOSITY) / arm.size**0.5 for arm in self.arms])
        return self.arms[int(random.choice(len(self.arms), p=weight / weight.sum()))]
