"""Processes of this machine that run functions, each of which can be ended at any moment."""

from .line import Line as Line
from .worker import Ended as Ended
from .worker import Failed as Failed
from .worker import Worker as Worker
from .worker import shares as shares
