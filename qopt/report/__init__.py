"""Results for people."""

from __future__ import annotations

from .table import trial_table as trial_table
