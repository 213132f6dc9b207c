"""What may leave this machine: where to, under which names, and a record of it."""

from __future__ import annotations

from .anonymous import Anonymous as Anonymous
from .anonymous import anonymous as anonymous
from .anonymous import neutral_label as neutral_label
from .audit import Entry as Entry
from .audit import Receipt as Receipt
from .audit import Verified as Verified
from .audit import verify as verify
from .entries import schema as schema
from .places import Where as Where
from .policy import NotAllowed as NotAllowed
from .policy import Policy as Policy
from .reading import PolicyError as PolicyError
from .reading import policy_of as policy_of
from .reading import read_policy as read_policy
from .redirects import stay as stay
from .redirects import staying as staying
