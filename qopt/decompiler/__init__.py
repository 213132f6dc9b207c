"""QUBOs read back: the squared rows that somebody made of constraints, from the numbers alone.

    from qopt.decompiler import rows_of

    rows, left = rows_of(qubo)

The QUBO equals what is `left` plus the sum of the rows' squares, coupling by coupling, whatever the
rows are; that they were meant as constraints is not proved by that.
"""

from .rows import rows_of as rows_of
