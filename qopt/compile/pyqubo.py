"""PyQUBO models, which stop at this door: they do not pickle, and dimod's BQM says the same."""

from __future__ import annotations

from typing import Any

import dimod

from ..errors import QoptError


def to_bqm(model: Any) -> dimod.BinaryQuadraticModel:
    """The BQM of a PyQUBO expression or compiled model. Raises QoptError where placeholders still lack values."""
    compiled = model.compile() if hasattr(model, "compile") else model
    try:
        return compiled.to_bqm()
    except (KeyError, RuntimeError, ValueError) as error:
        raise QoptError(
            f"the PyQUBO model has placeholders without values ({error}); call .to_bqm(feed_dict=...) yourself"
        ) from None
