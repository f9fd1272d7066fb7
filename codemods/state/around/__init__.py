"""What stands around a function: its class, its fixtures, what is torn down before it and after
it.
"""
