"""Colours that can be read and told apart, in light and in dark."""

from __future__ import annotations

import re
from itertools import combinations

import pytest

from qopt.figures import style

THEMES = re.findall(r"\.colours\{(--[^}]+)\}", style())


def _colours(theme: str) -> dict[str, str]:
    found = dict(re.findall(r"--([\w]+):(#[0-9a-f]+)", theme))
    return {
        name: "#" + "".join(2 * c for c in v[1:]) if len(v) == 4 else v for name, v in found.items()
    }


def _light(colour: str) -> float:
    """Relative luminance, as WCAG 2 defines it."""
    shares = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    low, high = sorted((_light(one), _light(other)))
    return (high + 0.05) / (low + 0.05)


def test_there_is_a_light_and_a_dark_theme() -> None:
    light, dark = map(_colours, THEMES)
    assert light.keys() == dark.keys()
    assert _light(light["ground"]) > 0.9
    assert _light(dark["ground"]) < 0.05


@pytest.mark.parametrize("theme", THEMES, ids=["light", "dark"])
def test_words_are_read_on_the_ground_and_on_the_band(theme: str) -> None:
    """4.5 to 1, which WCAG asks of text."""
    colours = _colours(theme)
    for name in ("ink", "soft", "good", "bad", "warn", "link"):
        assert _contrast(colours[name], colours["ground"]) >= 4.5, name
    assert _contrast(colours["ink"], colours["band"]) >= 4.5
    assert _contrast(colours["ground"], colours["good"]) >= 4.5  # inside a bar
    assert _contrast(colours["ink"], colours["none"]) >= 4.5


@pytest.mark.parametrize("theme", THEMES, ids=["light", "dark"])
def test_lines_are_seen_on_the_ground(theme: str) -> None:
    """3 to 1, which WCAG asks of what is drawn."""
    colours = _colours(theme)
    for k in range(8):
        assert _contrast(colours[f"c{k}"], colours["ground"]) >= 3, k
    assert _contrast(colours["edge"], colours["ground"]) >= 3


def test_every_line_has_dashes_of_its_own() -> None:
    """Whoever sees no colours tells them apart by these."""
    rules = re.findall(
        r"^\.s(\d+)\{stroke:var\(--c\d\)(?:;stroke-dasharray:([^}]+))?\}", style(), re.M
    )
    dashes = dict(rules)
    assert len(dashes) == 15
    assert all(one != other for one, other in combinations(dashes.values(), 2))
