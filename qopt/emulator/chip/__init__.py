"""An annealer's chip: the problem that it is programmed with, its noise, its anneals, its clock.

from qopt import devices
from qopt.emulator.chip import Chip

chip = Chip(devices.described("advantage2"), noise="typical", seed=1)
answered = chip.answer("ising", linear, quadratic, {"num_reads": 100}, job=0)
"""

from __future__ import annotations

from ..backends import Refused as Refused
from .answers import Answered as Answered
from .chip import Chip as Chip
from .noise import NOISES as NOISES
from .noise import Noise as Noise
