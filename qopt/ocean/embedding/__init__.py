"""Embeddings: where on a device the variables of a problem stand, and the way there and back."""

from .cliques import largest_clique as largest_clique
from .embed import embed as embed
from .embedded import Embedded as Embedded
from .graphs import Source as Source
from .graphs import Target as Target
from .store import Store as Store
