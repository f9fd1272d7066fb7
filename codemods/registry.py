"""Every rule, in the order in which their rewrites are carried out: a line each.

Beside the module stands when it is needed: a rule that works on settings which are not there is not even imported.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from importlib import import_module

from codemods.context import Context
from codemods.rule import Codemod, Rule

MODULES: tuple[tuple[str, Callable[[Context], object]], ...] = (
    ("codemods.environ.codemod", lambda _: True),
    ("codemods.environ.precondition", lambda context: context.preconditions or context.setters),
    ("codemods.initializers.external_initializer", lambda context: context.initializers),
    ("codemods.initializers.patch_target_missing", lambda _: True),
    ("codemods.initializers.patch_target_bypassed", lambda _: True),
    ("codemods.conftest.isolation_fixture", lambda context: context.fixture or context.critical_env),
    ("codemods.conftest.cached_configuration", lambda context: context.caches),
)


@lru_cache(maxsize=4)
def codemods_for(context: Context) -> tuple[Codemod, ...]:
    """The codemods that may have something to do in a project."""
    return tuple(import_module(module).CODEMOD for module, needed in MODULES if needed(context))


def all_rules() -> list[Rule]:
    """Every rule there is, in that order."""
    return [rule for module, _ in MODULES for rule in import_module(module).CODEMOD.rules]
