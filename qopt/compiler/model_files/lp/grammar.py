"""The words of LP files, as regular expressions. `rows` and `sums` say what they mean."""

from __future__ import annotations

import re
from dataclasses import dataclass

NUMBER = r"(?>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
LETTER = r"\w.!\"#$%&?@'`{}~|,;()"
INFINITY = rf"(?>[iI][nN][fF](?:[iI][nN][iI][tT][yY])?(?![{LETTER}\[]))"
NAME = (
    rf"(?>(?!{INFINITY})(?![\d.,;()])[{LETTER}]"
    rf"[{LETTER}]*+(?:\[[^\[\]\s]*\][{LETTER}]*+|/(?![\s\d.])[{LETTER}]*+)*+)"
)
ON_THE_OTHER_SIDE = {"<": ">", ">": "<", "=": "="}  # what a sense becomes
SENSES = r"(<=|=<|>=|=>|==|<|>|=)"
VALUE = rf"[+-]?[ \t]*(?:{NUMBER}|{INFINITY})"

HEADINGS = {
    "minimise": r"min(?:imi[sz]e|imum)?",
    "maximise": r"max(?:imi[sz]e|imum)?",
    "rows": r"subject[ \t]+to|such[ \t]+that|s\.?t\.?",
    "lazy": r"lazy[ \t]+constraints?",
    "cuts": r"user[ \t]+cuts?",
    "bounds": r"bounds?",
    "other": r"general[ \t]+constraints?|gen(?:eral)?constrs?|gencons|pwlobj|scenarios?",
    "whole": r"generals?|gens?|integers?|ints?",
    "binary": r"binar(?:y|ies)|bins?",
    "semi": r"semi(?:[ \t]*-[ \t]*(?:continuous|integers?)|s)?",
    "sets": r"sos[12]?",
    "end": r"end",
}
RESERVED = re.compile("|".join(HEADINGS.values()), re.IGNORECASE)
_ANY = "|".join(f"(?P<{name}>{words})" for name, words in HEADINGS.items())
HEADING = re.compile(
    rf"^[ \t]*(?:{_ANY})(?![^\s:])(?P<colon>[ \t]*:)?", re.IGNORECASE | re.MULTILINE
)
COMMENT = re.compile(r"\\[^\n]*")
LP_SOLVE = re.compile(r"\s*(?:/\*|//|(?:max|min)(?:imi[sz]e)?\s*:[^;:]*;)", re.IGNORECASE)

LABEL = re.compile(rf"\s*(?:(?<=\n)[ \t]*([^\s:<>=]+)|({NAME}))[ \t]*:(?!:)")
WORD = re.compile(NAME)
ANY_WORD = re.compile(r"\s*(\S[^\s<>=+*:\[\]-]*)")
SENSE = re.compile(rf"\s*{SENSES}")
ARROW = re.compile(r"[ \t]*->\s*")
END_OF_LINE = re.compile(r"[ \t]*(?:\n|\Z)")
SPACE = re.compile(r"\s*")
BOUND = re.compile(
    rf"\s*(?:({VALUE})\s*{SENSES}\s*)?({NAME})"
    rf"(?:\s*{SENSES}\s*({VALUE})|[ \t]+((?i:free))(?![{LETTER}\[]))?"
)
SET = re.compile(rf"\s*(?:({NAME})[ \t]*:(?!:)(?=\s*{NAME}[ \t]*:))?(?:\s*[sS]([12])[ \t]*::)?")
MEMBER = re.compile(rf"[\s,+]*({NAME})[ \t]*:[ \t]*({NUMBER})")
AMBIGUOUS = re.compile(rf"(?<![{LETTER}\]])(?:\d+\.?\d*|\.\d+)([eE]\d[{LETTER}]*)")

# for runs that were matched already, where less has to be looked at
_NUMBER = r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
_NAME = rf"[{LETTER}/]+(?:\[[^\]]*\][{LETTER}/]*)*"
TERMS = re.compile(rf"([+\-\s]*)((?>{_NUMBER})?)[\s*]*({_NAME})")
PRODUCTS = re.compile(rf"([+\-\s]*)((?>{_NUMBER})?)[\s*]*({_NAME})\s*(?:\^\s*2|\*\s*({_NAME}))")
OPEN = re.compile(r"\s*((?:[+-]\s*)*)\[")
CLOSE = re.compile(r"\s*\](\s*/\s*2(?![\d.]))?")


@dataclass(frozen=True)
class Runs:
    """What a sum is made of: runs of plain terms, runs of products, and constants."""

    terms: re.Pattern[str]
    products: re.Pattern[str]
    constant: re.Pattern[str]

    @classmethod
    def over(cls, space: str) -> Runs:
        """With this white space between the words."""
        signs = rf"(?:[+-]{space}*)*+"
        number = rf"(?:{NUMBER}{space}*(?:\*{space}*)?)?"
        term = rf"{number}{NAME}(?!{space}*[:^*])"
        product = rf"{number}{NAME}{space}*(?:\^{space}*2(?![\d.])|\*{space}*{NAME})"
        plain, quadratic = (
            rf"{space}*{signs}{one}(?:{space}*(?=[+-]){signs}{one})*+" for one in (term, product)
        )
        constant = rf"{space}*((?:[+-]{space}*)*)({NUMBER}|{INFINITY})(?!{space}*[*^])"
        return cls(re.compile(plain), re.compile(quadratic), re.compile(constant))


ANYWHERE = Runs.over(r"\s")
ON_ONE_LINE = Runs.over(r"[ \t]")
PLAIN_ROW = re.compile(  # what nearly all rows are, as one match
    rf"\s*({NAME})[ \t]*:(?!:)({ANYWHERE.terms.pattern})\s*{SENSES}"
    rf"[ \t]*([+-]?)[ \t]*({NUMBER})[ \t]*(?:\n|\Z)"
)
