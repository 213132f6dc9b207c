"""Elements of SVG as text; whatever is shown is escaped."""

from __future__ import annotations

from html import escape


def tag(name: str, *inside: str, **attributes: object) -> str:
    """An element. `inside` is markup; of the names of attributes `_` is `-`, and `class_` class."""
    given = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(_said(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{given}>{''.join(inside)}</{name}>" if inside else f"<{name}{given}/>"


def text(words: str, x: float, y: float, **attributes: object) -> str:
    """Words at a place."""
    return tag("text", escape(words), x=x, y=y, **attributes)


def shortened(name: str, most: int = 44) -> str:
    """A name with its middle left out where a picture has no room for it; tables have it whole."""
    if len(name) <= most:
        return name
    return f"{name[: most - 16]}\N{HORIZONTAL ELLIPSIS}{name[-15:]}"


def drawing(width: float, height: float, label: str, *inside: str, **attributes: object) -> str:
    """A picture that a reader of screens tells by its label; it is as wide as there is room."""
    return tag(
        "svg",
        *inside,
        viewBox=f"0 0 {width:g} {height:g}",
        role="img",
        aria_label=label,
        xmlns="http://www.w3.org/2000/svg",
        class_="drawing",
        **attributes,
    )


def _said(value: object) -> str:
    """Places to a hundredth of a unit: nobody sees more, and pages stay small."""
    if not isinstance(value, float):
        return str(value)
    shown = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if shown == "-0" else shown
