"""Routing."""

from __future__ import annotations

from .bin_packing import BinPacking as BinPacking
from .facility_location import FacilityLocation as FacilityLocation
from .fleet import VehicleType as VehicleType
from .generalized_assignment import GeneralizedAssignment as GeneralizedAssignment
from .layout import Layout as Layout
from .loads import Load as Load
from .loads import Loads as Loads
from .multi_knapsack import MultiKnapsack as MultiKnapsack
from .quadratic_assignment import QuadraticAssignment as QuadraticAssignment
from .routes import Route as Route
from .routes import Routes as Routes
from .selection import Selection as Selection
from .tour import Tour as Tour
from .travelling_salesman import TravellingSalesman as TravellingSalesman
from .vehicle_routing import VehicleRouting as VehicleRouting
