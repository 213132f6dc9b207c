"""Arguments checked at the door: every complaint names the value, its place and what to give."""

from __future__ import annotations

from ...errors import Place as Place
from .quantities import axis as axis
from .quantities import floats as floats
from .quantities import labels as labels
from .quantities import listed as listed
from .quantities import names as names
from .quantities import quantities as quantities
from .quantities import require as require
from .quantities import require_count as require_count
from .quantities import require_different as require_different
from .quantities import require_name as require_name
from .quantities import require_positive as require_positive
from .quantities import shown as shown
