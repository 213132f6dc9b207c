"""A QUBO that was read back, as moves like it: fewer bits, and looser rows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ..decompiler.slack import any_slack_of

if TYPE_CHECKING:
    from ..decompiler import Decompiled

# of what breaking the heaviest row costs: rows that cost less are a part of the objective, where it
# is not proved that they hold
LIGHT = 0.01


def annealable(found: Decompiled) -> Decompiled:
    """Without rows that may be costs, and with all the slack that the others have.

    States that keep the rows have the QUBO's energies in the model of this. Others need not, so it
    is no decompiled QUBO: it has no proof.
    """
    found = _without_light(found.cautious)
    return replace(found, slack=any_slack_of(found.rows, found.left))


def _without_light(found: Decompiled) -> Decompiled:
    """An objective's squares may look like rows: a number's change, or its distance from a target.

    They weigh what the objective weighs, and those who make constraints of rows let them weigh
    much more.
    """
    if not found.rows:
        return found
    cost = np.array([row.violated for row in found.rows])
    kept = found.heavy | (cost >= LIGHT * cost.max())
    return found.without(~kept)
