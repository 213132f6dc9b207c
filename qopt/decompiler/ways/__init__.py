"""The ways to find rows in what is left of a QUBO, a file for each sign that rows leave in it."""
