"""Routing."""

from __future__ import annotations

from .layouts.plan import Layout as Layout
from .layouts.problem import QuadraticAssignment as QuadraticAssignment
from .packing.agents.problem import GeneralizedAssignment as GeneralizedAssignment
from .packing.bins.problem import BinPacking as BinPacking
from .packing.knapsacks.plan import Selection as Selection
from .packing.knapsacks.problem import MultiKnapsack as MultiKnapsack
from .packing.loads import Load as Load
from .packing.loads import Loads as Loads
from .packing.sites.problem import FacilityLocation as FacilityLocation
from .routing.fleet import VehicleType as VehicleType
from .routing.plan import Route as Route
from .routing.plan import Routes as Routes
from .routing.problem import VehicleRouting as VehicleRouting
from .tours.plan import Tour as Tour
from .tours.problem import TravellingSalesman as TravellingSalesman
