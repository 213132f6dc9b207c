"""Local search over the decisions of nonlinear models (`dwave.optimization`)."""

from __future__ import annotations
