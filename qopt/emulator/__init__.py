"""A local annealer service that speaks the protocol of D-Wave's: a place to rehearse."""

from __future__ import annotations

from .faults import Fault as Fault
from .faults import parse_fault as parse_fault
from .jobs import Job as Job
from .jobs import Status as Status
from .service import Service as Service
from .service import serve as serve
