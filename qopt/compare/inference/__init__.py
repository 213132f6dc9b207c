"""Intervals, tests and verdicts: from numbers alone, whatever they are of."""

from __future__ import annotations

from .intervals import LEAST as LEAST
from .intervals import Interval as Interval
from .intervals import Method as Method
from .intervals import mean_intervals as mean_intervals
from .intervals import welch_intervals as welch_intervals
from .permutations import fewer_successes as fewer_successes
from .permutations import permutation_test as permutation_test
from .signed_ranks import hodges_lehmann as hodges_lehmann
from .signed_ranks import holm as holm
from .signed_ranks import wilcoxon as wilcoxon
from .verdicts import Needed as Needed
from .verdicts import Spread as Spread
from .verdicts import Verdict as Verdict
from .verdicts import by_margin as by_margin
from .verdicts import needed as needed
from .verdicts import needed_on_one as needed_on_one
