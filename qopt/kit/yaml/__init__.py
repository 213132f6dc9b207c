"""YAML files whose mistakes are told all at once, each with its line, column and remedy."""

from __future__ import annotations

from .complaints import told as told
from .document import Complaint as Complaint
from .document import Document as Document
from .document import Mistakes as Mistakes
from .document import Place as Place
from .document import Way as Way
from .environment import filled as filled
