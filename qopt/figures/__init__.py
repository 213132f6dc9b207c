"""Pictures of a comparison as SVG, each with a sentence and its numbers: for pages and notebooks.

Nothing is needed to see them but a browser: no library, no script.
"""

from __future__ import annotations

from .bars import Bars as Bars
from .bars import Segment as Segment
from .chart import Chart as Chart
from .chart import Figure as Figure
from .chart import Series as Series
from .curves import curves as curves
from .forest import Forest as Forest
from .forest import forest as forest
from .fragment import fragment as fragment
from .fragment import style as style
from .scales import Axis as Axis
from .tables import difference_table as difference_table
from .tables import solver_table as solver_table
