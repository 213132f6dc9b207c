"""LP files."""

from __future__ import annotations

from .reader import read as read
