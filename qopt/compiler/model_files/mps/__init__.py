"""MPS files, free and fixed."""

from __future__ import annotations

from .reader import read as read
