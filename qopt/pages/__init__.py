"""What is printed for people: pages of headings, sentences and tables, as text and as HTML."""

from __future__ import annotations

from .content import Cell as Cell
from .content import Column as Column
from .content import Section as Section
from .content import Toned as Toned
from .page import Page as Page
from .page import Printed as Printed
