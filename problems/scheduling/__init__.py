"""Scheduling."""

from __future__ import annotations

from .colouring import Colouring as Colouring
from .graph_colouring import GraphColouring as GraphColouring
from .job_shop import JobShop as JobShop
from .parallel_machines import ParallelMachines as ParallelMachines
from .queues import Queues as Queues
from .queues import Turn as Turn
from .schedule import Operation as Operation
from .schedule import Schedule as Schedule
from .timetable import Event as Event
from .timetable import Lecture as Lecture
from .timetable import Room as Room
from .timetable import Timetable as Timetable
from .timetabling import Timetabling as Timetabling
