"""What jobs cost, before and after: prices, budgets, quotes."""

from __future__ import annotations

from .budget import Budget as Budget
from .budget import Cost as Cost
from .budget import OverBudget as OverBudget
from .prices import FREE as FREE
from .prices import Price as Price
from .prices import Prices as Prices
from .prices import Tariff as Tariff
from .prices import prices_of as prices_of
