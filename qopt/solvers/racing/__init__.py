"""Solver `race` from within: who takes part, each in a process of its own, and who found what."""
