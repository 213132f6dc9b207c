"""Text files as people have them, and the place in them of whatever is wrong.

A reader is three steps:

    text = Text.read(path)             # any encoding, compressed or not; or what the file is instead
    fields = Fields(text, {"demand": [...]}, {("demand", 5): 17})   # arguments, and the line of each
    return fields.make(VehicleRouting, vehicles=vehicles)   # what the class refuses has its line

No value is checked twice: a reader checks that the text has the form of its format, the class
checks what the numbers mean. What a reader had to guess or left out goes into `fields.notes`, and
from there to the result.
"""

from __future__ import annotations

from ...errors import Place as Place
from .text import LARGEST as LARGEST
from .text import PACKED as PACKED
from .text import At as At
from .text import Fields as Fields
from .text import Line as Line
from .text import Text as Text
from .text import Word as Word
from .text import Words as Words
from .text import noted as noted
from .text import number as number
from .text import opened as opened
from .text import opened_text as opened_text
from .text import stem as stem
from .text import told_of as told_of
from .text import whole as whole
