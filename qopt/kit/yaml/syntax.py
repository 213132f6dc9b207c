"""What to do about the mistakes that YAML's own parser finds, and tells in its own words."""

from __future__ import annotations

from ruamel.yaml.error import MarkedYAMLError

REMEDIES = {
    "mapping values are not allowed here": "put a blank after every ':', on the line above, too, "
    "and quotes around a text with ': ' in it",
    "found character '\\t' that cannot start any token": "indent with blanks instead of tabs",
}


def told(error: MarkedYAMLError, text: str) -> str:
    """Where a text is no YAML, what is wrong there, and the remedy for what people often do."""
    mark = error.problem_mark
    where = f"{mark.line + 1}:{mark.column + 1}: " if mark else ""
    said = str(error.problem)
    remedy = REMEDIES.get(said, "")
    if mark and text.startswith("{", mark.index) and text[: mark.index].endswith("$"):
        remedy = "put ${NAME} in quotes between { and }"
    return f"{where}not YAML: {said}{remedy and f'; {remedy}'}"
