"""MPS files, free and fixed, with the sections of CPLEX, Gurobi, SCIP, HiGHS and MOSEK.

Words stand between white space, in whatever column. Only where a name has a space in it are the
columns of the fixed format read, and a note says so. What dialects do not agree on:

* A column between integer markers that has no bounds is 0 or 1; with a lower bound alone it has no
  upper one.
* A negative upper bound without a lower one is refused, as some take the lower bound for 0 and some
  for -infinity.
* The right-hand side of the objective is the constant that is taken from it.
"""

from __future__ import annotations

from .reader import read as read
