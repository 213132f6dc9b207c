"""Models without the names and constants of whoever made them, and answers with them again."""

from __future__ import annotations

from .anonymity import anonymous as anonymous
from .anonymity import neutral_label as neutral_label
from .models import Anonymous as Anonymous
