"""What is given: records of runs, and the question that they shall answer."""

from __future__ import annotations

from .documents import Document as Document
from .gaps import Reference as Reference
from .gaps import gap as gap
from .gaps import references as references
from .question import Metric as Metric
from .question import Question as Question
from .runs import Run as Run
from .runs import by_instance as by_instance
from .runs import by_solver as by_solver
