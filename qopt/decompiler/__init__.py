"""QUBOs read back: the rows that somebody made of constraints, from the numbers alone.

The QUBO equals what is left plus the sum of the rows' squares, coupling by coupling, whatever the
rows are. That a row was meant as a constraint is not proved by that; that no ground state breaks it
is proved where its weight is large enough.
"""

from .decompiled import Decompiled as Decompiled
from .reading import decompile as decompile
from .reading import read_rows as read_rows
from .rows import rows_of as rows_of
