"""A constrained quadratic model as a nonlinear model of `dwave.optimization`, and its states back.

Whole arrays become one symbol each: all variables are one array, from which an index array takes
the factors of every term, and the rows of constraints are tables, one for the rows of about one
length. A symbol for each term would be thousands of nodes for a model of ordinary size. Variables
of which just one is 1 are not bits: which one it is, is a whole number, and a permutation is a
list, so that the constraints that say so hold by themselves.
"""

from __future__ import annotations

from .model import Nonlinear as Nonlinear
