"""Functions that are read together: a set-up with its tear-down, a method with what it
registers.
"""
