"""Scheduling."""

from __future__ import annotations

from .machines.plan import Queues as Queues
from .machines.plan import Turn as Turn
from .machines.problem import ParallelMachines as ParallelMachines
from .projects.plan import Activity as Activity
from .projects.plan import Execution as Execution
from .projects.plan import ProjectPlan as ProjectPlan
from .projects.problem import ProjectScheduling as ProjectScheduling
from .rosters.plan import Line as Line
from .rosters.plan import Roster as Roster
from .rosters.problem import Rostering as Rostering
from .rosters.staffing import Cover as Cover
from .rosters.staffing import Employee as Employee
from .rosters.staffing import Request as Request
from .rosters.staffing import Shift as Shift
from .shops.flexible_job_shop import FlexibleJobShop as FlexibleJobShop
from .shops.job_shop import JobShop as JobShop
from .shops.plan import Operation as Operation
from .shops.plan import Schedule as Schedule
from .timetables.plan import Event as Event
from .timetables.plan import Lecture as Lecture
from .timetables.plan import Room as Room
from .timetables.plan import Timetable as Timetable
from .timetables.problem import Timetabling as Timetabling
