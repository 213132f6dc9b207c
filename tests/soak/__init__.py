"""Checks that find something new each time: random models, plans, files and kills, for as long as
asked.
"""
