"""Errors of an annealer made smaller, or at least measured.

Each function takes `sample(h, j, num_reads)`, which submits an Ising problem on qubits and gives a
dimod SampleSet of spins: how it submits is the caller's own business. A sample set that is still
under way may be returned: where several submissions are needed all of them are sent first.
"""

from .chain_strength import Scan as Scan
from .chain_strength import scan as scan
from .extrapolation import Extrapolated as Extrapolated
from .extrapolation import extrapolate as extrapolate
from .flux import Offsets as Offsets
from .flux import offsets as offsets
from .spin_reversal import Gauge as Gauge
from .spin_reversal import reversed_spins as reversed_spins
from .temperature import Temperature as Temperature
from .temperature import temperature as temperature
