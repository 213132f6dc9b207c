"""Text files as people have them, and the place in them of whatever is wrong.

A reader is three steps:

    text = Text.read(path)      # any encoding, compressed or not; or what the file is instead
    fields = Fields(text, {"demand": [...]}, {("demand", 5): 17})  # arguments, the line of each
    return fields.make(VehicleRouting, vehicles=vehicles)   # what it refuses is told by its line

No value is checked twice: a reader checks that the text has the form of its format, the class
checks what the numbers mean. What a reader had to guess or left out goes into `fields.notes`, and
from there to the result.
"""

from __future__ import annotations

from ...errors import Place as Place
from .decoding import opened_text as opened_text
from .fields import Fields as Fields
from .fields import noted as noted
from .fields import told_of as told_of
from .numbers import LARGEST as LARGEST
from .numbers import number as number
from .numbers import whole as whole
from .opening import PACKED as PACKED
from .opening import opened as opened
from .opening import stem as stem
from .text import At as At
from .text import Line as Line
from .text import Text as Text
from .text import Word as Word
from .text import Words as Words
