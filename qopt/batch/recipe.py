"""How a problem is made, where the problem itself cannot be sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import QoptError
from ..plugins import check_options, make_problem
from ..problem import Problem
from ..provenance import fingerprint

MODEL = "model"  # the kind of a model's file


@dataclass(frozen=True)
class Recipe:
    """A kind, and the arguments of `qopt.plugins.make_problem`; of kind "model" the `file` of a
    model as it stands, and its `options`.
    """

    kind: str
    source: Mapping[str, Any]

    def make(self) -> Problem[Any]:
        """Raises QoptError."""
        if self.kind != MODEL:
            return make_problem(self.kind, **self.source)
        from ..assignment import Model
        from ..compiler.sources.sources import Source

        if self.source.get("file") is None:
            raise QoptError("a model is read from a `file`, or from `files`")
        options = dict(self.source.get("options") or {})
        check_options("a model", Source.of, options)
        return Model.of(Path(self.source["file"]), **options)

    def make_again(self, content: str) -> Problem[Any]:
        """Raises QoptError where it is not what it was, by the hash of its content."""
        made = self.make()
        if fingerprint(made) != content:
            what = self.source.get("file") or self.kind
            raise QoptError(f"{what}: it was changed while the study was run; run it again")
        return made
