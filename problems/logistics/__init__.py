"""Routing."""

from __future__ import annotations

from .packing.bins.problem import BinPacking as BinPacking
from .packing.sites.problem import FacilityLocation as FacilityLocation
from .routing.fleet import VehicleType as VehicleType
from .packing.agents.problem import GeneralizedAssignment as GeneralizedAssignment
from .layouts.plan import Layout as Layout
from .packing.loads import Load as Load
from .packing.loads import Loads as Loads
from .packing.knapsacks.problem import MultiKnapsack as MultiKnapsack
from .layouts.problem import QuadraticAssignment as QuadraticAssignment
from .routing.plan import Route as Route
from .routing.plan import Routes as Routes
from .packing.knapsacks.plan import Selection as Selection
from .tours.plan import Tour as Tour
from .tours.problem import TravellingSalesman as TravellingSalesman
from .routing.problem import VehicleRouting as VehicleRouting
