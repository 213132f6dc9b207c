"""Annealing that keeps constraints: moves inside groups, prices on what moves cannot keep."""
