"""What every problem, solver and sampler owes, as checks that an author runs in tests of their own.

    from qopt.kit.laws import check_problem

    def test_crew_pairing_keeps_the_laws() -> None:
        check_problem(CrewPairing.generate(pairings=6))

Give a small instance, of at most some hundred variables. Each check draws at random, the same for
the same seed, and raises `Broken`, an AssertionError, which says what was found and what is owed.
"""

from __future__ import annotations

from .drawing import drawn as drawn
from .drawing import model_size as model_size
from .owed import Broken as Broken
from .parts import moves_as_the_whole as moves_as_the_whole
from .parts import part_of as part_of
from .problems import check_problem as check_problem
from .problems import judged as judged
from .samplers import check_sampler as check_sampler
from .solvers import check_solver as check_solver
