"""Embeddings: where on a device the variables of a problem stand, and the way there and back."""

from .chains import Programmed as Programmed
from .chains import program as program
from .cliques import largest_clique as largest_clique
from .embed import embed as embed
from .embedded import Embedded as Embedded
from .fits import Fit as Fit
from .fits import fits as fits
from .graphs import Source as Source
from .graphs import Target as Target
from .reads import unembed as unembed
from .store import Store as Store
from .strengths import scaled as scaled
from .strengths import uniform_torque_compensation as uniform_torque_compensation
