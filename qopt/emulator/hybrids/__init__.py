"""Hybrid solvers of the local service: quadratic, constrained and nonlinear models."""

from __future__ import annotations
