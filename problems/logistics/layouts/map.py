"""Layouts as pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from qopt.kit.models import Bits, Floats


def draw_map(
    placed: Bits, flow: Floats, coordinates: Floats, facilities: Sequence[str], axes: Any
) -> None:
    """Facilities in their places with their flows, wide where much flows."""
    f, at = np.nonzero(placed)
    flow = flow[np.ix_(f, f)]
    both = flow + flow.T
    x, y = coordinates[at].T
    for a, b in np.argwhere(np.triu(both, 1) > 0):
        width = 4 * both[a, b] / both.max()
        axes.plot(x[[a, b]], y[[a, b]], color="tab:blue", alpha=0.4, linewidth=width)
    axes.plot(*coordinates.T, "s", color="lightgrey", markersize=18)
    for a, k in enumerate(f.tolist()):
        axes.annotate(facilities[k], (x[a], y[a]), ha="center", va="center")
    axes.set_aspect("equal")
    axes.margins(0.1)


def draw_table(
    placed: Bits, flow: Floats, distance: Floats, names: Sequence[str], axes: Any
) -> None:
    """What each two facilities cost, dark where it is much; `names` are those of what is placed."""
    f, at = np.nonzero(placed)
    axes.imshow(flow[np.ix_(f, f)] * distance[np.ix_(at, at)], cmap="Blues")
    axes.set_yticks(range(len(f)), names, fontsize="small")
    axes.set_xticks([])
    axes.set_xlabel("flow times distance (dark: much)")
