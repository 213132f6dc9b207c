"""Every place of a file where an operator applies, and which changes would change anything."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path
from typing import Any

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.operators.operator import Operator
from cosmic_ray.plugins import get_operator

from .exceptions import ExceptionReplacer
from .rooms import ROOT

MENDED = {"ExceptionReplacer": ExceptionReplacer}  # in place of cosmic-ray's own


@dataclass(frozen=True)
class Mutant:
    """One change of one file, in a `line` counted from 1, which says `text`, in a `column` of it.

    `occurrence` counts the places of the file where the operator applies, from 0.
    """

    room: str
    path: str
    operator: str
    occurrence: int
    line: int
    column: int
    text: str

    def planted(self) -> str:
        """The text of the file with the change in it."""
        operator = _operator(self.operator)
        text = mutate_code((ROOT / self.path).read_text(), operator, self.occurrence)
        assert text is not None, self
        return text

    def shown(self) -> tuple[str, str]:
        """The changed lines before and after, without what is around them."""
        before, after = (ROOT / self.path).read_text().split("\n"), self.planted().split("\n")
        compared = list(unified_diff(before, after, n=0, lineterm=""))[3:]
        was, now = (
            " ".join(" ".join(line[1:].split()) for line in compared if line.startswith(sign))
            for sign in "-+"
        )
        return was, now


def mutants_of(room: str, path: str, operators: tuple[str, ...]) -> Iterator[Mutant]:
    """All changes of a file by these operators, those included that change nothing that runs."""
    content = (ROOT / path).read_text()
    nodes, lines = list(ast_nodes(get_ast(content))), content.split("\n")
    for name in operators:
        operator = _operator(name)
        places = [(node, start) for node in nodes for start, _ in operator.mutation_positions(node)]
        for occurrence, (node, (line, column)) in enumerate(places):
            text = lines[line - 1]
            if not _skipped(name, node) and text.strip() != "if TYPE_CHECKING:":
                at = column - (len(text) - len(text.lstrip()))
                yield Mutant(room, path, name, occurrence, line, at, text.strip())


def changes_what_runs(mutant: Mutant) -> bool:
    """False for changes of what only people and type checkers read, and for what is no Python."""
    try:
        after = _running(mutant.planted())
    except SyntaxError:
        return False
    return after != _running((ROOT / mutant.path).read_text())


def statement_lines(path: Path, line: int) -> range:
    """The lines of the smallest statement around this line; of a compound statement, its head."""
    best = range(line, line + 1)
    size = float("inf")
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.stmt):
            continue
        body = getattr(node, "body", None)
        last = body[0].lineno - 1 if body else (node.end_lineno or node.lineno)
        if node.lineno <= line <= last and last - node.lineno < size:
            best, size = range(node.lineno, last + 1), last - node.lineno
    return best


def _operator(name: str) -> Operator:
    made: Operator = MENDED.get(name, get_operator(f"core/{name}"))()
    return made


def _skipped(operator: str, node: Any) -> bool:
    """What no test should have to notice.

    A limit of 32 or more is as good with one more, and a lone `*` among parameters is no product.
    `zip(..., strict=True)` asserts something of the code itself, which no input makes untrue; that
    dataclasses are frozen is asserted of all of them at once, in `tests/test_frozen.py`. Pictures,
    which functions `draw` make, are looked at by people.
    """
    if any(one.type == "funcdef" and one.name.value == "draw" for one in _around(node)):
        return True
    if operator == "NumberReplacer":
        return bool(abs(ast.literal_eval(node.value)) >= 32)
    around = node.parent
    if around is not None and around.type == "argument" and around.children[0].type == "name":
        return around.children[0].value in ("strict", "frozen", "eq")
    return bool(around is not None and around.type == "parameters")


def _around(node: Any) -> Iterator[Any]:
    while node.parent is not None:
        node = node.parent
        yield node


def _running(text: str) -> str:
    return ast.dump(_Running().visit(ast.parse(text)))


class _Running(ast.NodeTransformer):
    """Leaves what runs: no annotations, docstrings, overloads, nothing under `if TYPE_CHECKING`."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST | None:
        if any(isinstance(one, ast.Name) and one.id == "overload" for one in node.decorator_list):
            return None
        node.returns = None
        return self.generic_visit(node)

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.annotation = None
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        node.annotation = ast.Constant(None)
        return self.generic_visit(node)

    def visit_Expr(self, node: ast.Expr) -> ast.AST | None:
        return None if isinstance(node.value, ast.Constant) else self.generic_visit(node)

    def visit_If(self, node: ast.If) -> ast.AST | None:
        if isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            return None
        return self.generic_visit(node)
