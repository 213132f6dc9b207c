"""Routing."""

from __future__ import annotations

from .routes import Route as Route
from .routes import Routes as Routes
from .vehicle_routing import VehicleRouting as VehicleRouting
