"""What is publicly known of annealers: their graphs, ranges and clocks. No client, no sampling.

from qopt import devices

device = devices.described("advantage2")
device.access_time(num_qubits=1150, num_reads=1000)  # seconds that the job would be charged
"""

from __future__ import annotations

from .description import Description as Description
from .known import described as described
from .known import names as names
