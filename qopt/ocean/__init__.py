"""Real annealers through D-Wave's Ocean.

The only room that imports Ocean's cloud packages, and only when it solves.
"""
