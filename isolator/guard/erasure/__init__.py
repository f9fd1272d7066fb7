"""Erasure: what is left of a test file without all that deals with the environment and with monkeypatch.

It stands by itself: it shares no code with the transforms that it judges, and knows no more of them than that their
results are Python.
"""
