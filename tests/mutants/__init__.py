"""Small faults planted one at a time: does a test of the same room notice each?"""
