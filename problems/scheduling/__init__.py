"""Scheduling."""

from __future__ import annotations

from .job_shop import JobShop as JobShop
from .schedule import Operation as Operation
from .schedule import Schedule as Schedule
