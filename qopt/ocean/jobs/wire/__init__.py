"""The way to a service: a connection by Ocean's configuration, and the few calls that are made."""

from __future__ import annotations

from .calls import SapiWire as SapiWire
from .calls import Standing as Standing
from .calls import Wire as Wire
from .connection import Configuration as Configuration
from .connection import Connection as Connection
from .sorting import CallFailed as CallFailed
from .sorting import Sorted as Sorted
