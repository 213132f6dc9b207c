"""The sections of an MPS file, and the program that they say."""

from __future__ import annotations

from collections.abc import Callable

from ....kit.files import Text
from ..program import Program
from .columns import Columns
from .entries import Entries, Spaced, in_columns
from .products import Products, Sets
from .rows import Rows

MAXIMISED = ("MAX", "MAXIMIZE", "MAXIMISE")
SENSES = ("MIN", "MINIMIZE", "MINIMISE", *MAXIMISED)
OF_A_ROW = ("QSECTION", "QCMATRIX")


def read(text: Text) -> Program:
    """The program that a file says.

    Raises FileError, with the line, for what is no MPS and for what cannot be expressed here.
    """
    try:
        return _Reader(text, str.split).program
    except Spaced as error:
        try:
            program = _Reader(text, in_columns).program
        except (Spaced, ValueError):
            raise text.error(error.message, error.line) from None
        program.notes.append("names have spaces in them: read by the columns of fixed MPS")
        return program


class _Reader:
    """The lines, one after another, and the program so far."""

    def __init__(self, text: Text, fields: Callable[[str], list[str]]) -> None:
        self.text, self.program = text, Program(text)
        self.entries = Entries(self.program)
        self.rows = Rows(self.entries)
        self.columns = Columns(self.entries, self.rows)
        self.products, self.sets = Products(self.entries, self.rows), Sets(self.entries)
        self._done: set[str] = set()
        section, ended = "", False
        for self.entries.line, line in enumerate(text.content.split("\n"), 1):
            if not line.strip() or line.startswith("*"):
                continue
            if ended:
                self.entries.refuse("nothing follows ENDATA")
            sense = section == "OBJSENSE" and line.strip().upper() in SENSES
            if line[0] not in " \t" and not sense:
                section = self._begin(line)
                ended = section == "ENDATA"
            else:
                free = section in ("OBJSENSE", "OBJNAME")  # a word in no column
                self._entry(section, _words(line, str.split if free else fields))
        self._finish(ended)

    def _begin(self, line: str) -> str:
        """The head of a section, with what stands beside it."""
        refuse = self.entries.refuse
        head, *rest = line.split()
        head = head.upper()
        if head in ("LAZYCONS", "USERCUTS"):
            self.program.notes.append(f"the rows of {head} were taken as rows")
            return "ROWS"
        match head:
            case "ENDATA" | "ROWS" | "COLUMNS" | "RANGES" | "BOUNDS":
                if rest:
                    refuse(f"{' '.join(rest)!r} follows {head}")
            case "RHS":
                if rest:
                    refuse("the entries of RHS begin on the next line, with a space")
            case "OBJSENSE" | "OBJNAME":
                if rest:
                    self._entry(head, rest)
            case "NAME" | "QUADOBJ" | "QMATRIX" | "INDICATORS" | "SOS" | "SOS1" | "SOS2":
                pass
            case "QSECTION" | "QCMATRIX":
                self.products.begin(head, rest)
            case _:
                refuse(f"section {head!r} is not read; write what it says as linear rows")
        if head in self._done and head not in OF_A_ROW:
            refuse(f"a second section {head}")
        self._done.add(head)
        return head

    def _entry(self, section: str, words: list[str]) -> None:
        match section:
            case "OBJSENSE":
                if words[0].upper() not in SENSES or len(words) > 1:
                    self.entries.refuse(f"OBJSENSE is MIN or MAX, not {' '.join(words)!r}")
                self.program.sense = "max" if words[0].upper() in MAXIMISED else "min"
            case "OBJNAME":
                self.rows.objective = words[0]
            case "ROWS":
                self.rows.add(words)
            case "COLUMNS":
                self.columns.add(words)
            case "RHS" | "RANGES":
                self.rows.add_numbers(section, words)
            case "BOUNDS":
                self.columns.add_bound(words)
            case "QUADOBJ" | "QMATRIX" | "QSECTION" | "QCMATRIX":
                self.products.add(section, words)
            case "INDICATORS":
                self.rows.add_indicator(words)
            case "SOS" | "SOS1" | "SOS2":
                self.sets.add(words)
            case _:
                where = "in no section; sections begin in the first column"
                self.entries.refuse(f"{words[0]!r} is {where}")

    def _finish(self, ended: bool) -> None:
        program, text = self.program, self.text
        if not self.rows:
            sections = "an MPS file has sections ROWS, COLUMNS, RHS and BOUNDS"
            raise text.error(f"no rows in it; {sections}")
        if not ended:
            program.notes.append("no ENDATA at the end; is the file cut short?")
        chosen = self.rows.objective_label()
        if not program.names:
            raise text.error("no columns in it; an MPS file has its variables below COLUMNS")
        if not chosen:
            raise text.error("no row of type N, which is the objective")
        self.rows.finish(chosen)
        self.columns.finish()
        program.require_labels()


def _words(line: str, fields: Callable[[str], list[str]]) -> list[str]:
    """The words of a line, without a comment behind them."""
    words = fields(line)
    comment = next((k for k, word in enumerate(words) if k and word.startswith("$")), None)
    return words[:comment]
