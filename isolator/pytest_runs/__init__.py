"""Rerunning pytest in several orders, until what each test does is known well enough to be said."""
