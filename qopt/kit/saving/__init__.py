"""Files of a user's own: where they belong, and how they are written so that nothing is lost."""

from __future__ import annotations

from .json_lines import JsonLines as JsonLines
from .places import cache_folder as cache_folder
from .whole import replacing as replacing
from .whole import require_writable as require_writable
