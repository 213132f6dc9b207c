"""An append-only file with a line for each submission, in which a later change can be seen."""

from __future__ import annotations

from .chain import Entry as Entry
from .chain import Receipt as Receipt
from .trail import Trail as Trail
from .verifying import Verified as Verified
from .verifying import verify as verify
