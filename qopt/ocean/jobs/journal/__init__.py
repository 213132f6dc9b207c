"""The journal: what was asked, sent, answered and charged, and the budgets that it is paid from."""

from __future__ import annotations

from .entry import Entry as Entry
from .journal import Begun as Begun
from .journal import Journal as Journal
from .journal import journal_path as journal_path
