"""All rows of a QUBO, and what is left of it without them."""

from __future__ import annotations

from ..compiler.qubos.qubo import Qubo
from .couplings import Couplings, Row
from .groups import rows_of_groups
from .owners import rows_of_owners
from .singles import rows_of_singles
from .twins import rows_of_twins

WAYS = rows_of_singles, rows_of_twins, rows_of_groups, rows_of_owners  # the surest first


def rows_of(qubo: Qubo) -> tuple[list[Row], Couplings]:
    """Rows whose squares add up to the QUBO, with what is left.

    Each way finds what the ones before it have laid bare: a bit of two rows is another's own when
    the first of them is gone. Rows are taken while they leave fewer couplings, so it comes to an
    end.
    """
    rows, left = list[Row](), Couplings.of(qubo)
    while new := next(filter(None, (way(left) for way in WAYS)), None):
        rest = left.less(new)
        if rest.matrix.nnz >= left.matrix.nnz:
            break
        rows, left = rows + new, rest
    return rows, left
