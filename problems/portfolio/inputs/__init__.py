"""What portfolios are chosen by: prices, returns, means and covariances, from files, frames and
arrays.
"""

from __future__ import annotations

from .assets import Assets as Assets
from .conventions import Conventions as Conventions
from .conventions import Reading as Reading
from .files import form_of as form_of
from .files import read_index_track as read_index_track
from .files import read_port as read_port
from .files import read_steps as read_steps
from .files import refuse_conventions as refuse_conventions
from .files import steps_in as steps_in
from .matrices import named_returns as named_returns
from .matrices import named_scenarios as named_scenarios
from .matrices import tabled as tabled
from .portfolio_file import read_portfolio as read_portfolio
from .steps import Steps as Steps
