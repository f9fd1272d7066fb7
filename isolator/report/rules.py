"""Which rule a report names for what a watched run showed."""

from __future__ import annotations

from functools import cache

from codemods.registry import all_rules
from codemods.rule import Shown


@cache
def code_for(shown: Shown) -> str:
    """The code of the rule that is about it."""
    return next(rule.code for rule in all_rules() if rule.answers == shown)
