"""LP files: the format of IBM's reference, in the dialects that SCIP, HiGHS, Gurobi, JuMP, Zimpl,
PuLP and people write.

A file is cut at its headings, each of which begins a line. What is below them is read by regular
expressions that take as much as they can at a time: a run of plain terms is one match. What none of
them matches is refused with its line and column, so nothing is passed over. Where dialects differ:

* A row ends with the line that its right-hand side is on.
* White space ends a name. Brackets are part of a name that they follow directly, `x[1,2]`;
  elsewhere they hold products.
* Products stand in brackets: `[ x^2 + 2 x * y ]`, followed by `/ 2` in an objective.
"""

from __future__ import annotations

from .reader import read as read
