"""Arguments checked at the door: every complaint names the value, its place and what to give."""

from __future__ import annotations

from ...errors import Place as Place
from .arguments import listed as listed
from .arguments import names as names
from .arguments import require as require
from .arguments import require_count as require_count
from .arguments import require_different as require_different
from .arguments import require_name as require_name
from .arguments import require_positive as require_positive
from .arguments import shown as shown
from .labels import labels as labels
from .numbers import floats as floats
from .quantities import axis as axis
from .quantities import quantities as quantities
