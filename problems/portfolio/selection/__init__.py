"""Weights in whole lots that sum to 1 and keep limits: what all portfolio problems share."""
