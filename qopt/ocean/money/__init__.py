"""What jobs cost, before and after: prices, budgets, quotes."""

from __future__ import annotations

from .budget import Budget as Budget
from .budget import Cost as Cost
from .budget import OverBudget as OverBudget
from .prices import FREE as FREE
from .prices import Price as Price
from .prices import Prices as Prices
from .prices import Tariff as Tariff
from .quote import Quote as Quote
from .quote import quote as quote
from .quote import quote_hybrid as quote_hybrid
from .quote import quote_qpu as quote_qpu
from .quote import total as total
