"""A colouring as a chart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .neighbours import Ints
from .plan import Colouring

MOST_NAMES = 60  # that are written beside their nodes


def draw_colouring(nodes: Sequence[str], pairs: Ints, plan: Colouring, axes: Any) -> None:
    """The nodes on a circle, by colour, and the edges.

    An edge in conflict is thick, a node without colour white.
    """
    from matplotlib import colormaps

    shades = colormaps["tab20"]
    colours = [plan.colours.get(node, 0) for node in nodes]
    order = sorted(range(len(nodes)), key=lambda k: (colours[k], k))
    angle = np.empty(len(order))
    angle[order] = 2 * np.pi * np.arange(len(order)) / len(order)
    x, y = np.cos(angle), np.sin(angle)
    for i, j in pairs.tolist():
        conflict = colours[i] == colours[j] != 0
        colour, width = ("black", 2.5) if conflict else ("lightgrey", 0.6)
        axes.plot([x[i], x[j]], [y[i], y[j]], zorder=1, color=colour, linewidth=width)
    faces = [shades((c - 1) % 20) if c else "white" for c in colours]
    axes.scatter(x, y, s=60, c=faces, edgecolors="black", linewidths=0.5, zorder=2)
    if len(nodes) <= MOST_NAMES:
        for node, at_x, at_y in zip(nodes, x, y, strict=True):
            axes.text(1.12 * at_x, 1.12 * at_y, node, ha="center", va="center", fontsize=8)
    axes.set_aspect("equal")
    axes.set_axis_off()
