"""Portfolios whose worst losses are small: the conditional value at risk."""
