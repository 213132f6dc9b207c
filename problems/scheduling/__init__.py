"""Scheduling."""

from __future__ import annotations

from .colouring import Colouring as Colouring
from .flexible_job_shop import FlexibleJobShop as FlexibleJobShop
from .graph_colouring import GraphColouring as GraphColouring
from .job_shop import JobShop as JobShop
from .parallel_machines import ParallelMachines as ParallelMachines
from .project_plan import Activity as Activity
from .project_plan import Execution as Execution
from .project_plan import ProjectPlan as ProjectPlan
from .project_scheduling import ProjectScheduling as ProjectScheduling
from .queues import Queues as Queues
from .queues import Turn as Turn
from .roster import Line as Line
from .roster import Roster as Roster
from .rostering import Rostering as Rostering
from .schedule import Operation as Operation
from .schedule import Schedule as Schedule
from .staffing import Cover as Cover
from .staffing import Employee as Employee
from .staffing import Request as Request
from .staffing import Shift as Shift
from .timetable import Event as Event
from .timetable import Lecture as Lecture
from .timetable import Room as Room
from .timetable import Timetable as Timetable
from .timetabling import Timetabling as Timetabling
