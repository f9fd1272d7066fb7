"""Every rule, in the order in which their rewrites are carried out: a line each.

Beside the module stands when it is needed: a rule that works on settings which are not there is not even imported. The
rules of others come behind these.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING

from codemods.context import Context
from codemods.rule import Codemod, Rule

if TYPE_CHECKING:
    from codemods.extending import Extension

MODULES: tuple[tuple[str, Callable[[Context], object]], ...] = (
    ("codemods.rules.environ", lambda _: True),
    ("codemods.rules.environ_precondition", lambda context: context.preconditions or context.setters),
    ("codemods.initializers.external_initializer", lambda context: context.initializers),
    ("codemods.initializers.patch_target_missing", lambda _: True),
    ("codemods.initializers.patch_target_bypassed", lambda _: True),
    ("codemods.conftest.isolation_fixture", lambda context: context.fixture or context.critical_env),
    ("codemods.conftest.cached_configuration", lambda context: context.caches),
    ("codemods.rules.working_directory", lambda _: True),
)


@lru_cache(maxsize=4)
def codemods_for(context: Context) -> tuple[Codemod, ...]:
    """The codemods that may have something to do in a project.

    Raises ExtensionError if one of the context's extensions cannot be used here.
    """
    own = (import_module(module).CODEMOD for module, needed in MODULES if needed(context))
    if not context.extensions:
        return tuple(own)
    from codemods.extending import load

    return (*own, *load(context.extensions).all())


def all_rules(extensions: tuple[Extension, ...] = ()) -> list[Rule]:
    """Every rule there is, in that order; of the extensions those that can be used."""
    rules = [rule for module, _ in MODULES for rule in import_module(module).CODEMOD.rules]
    if extensions:
        from codemods.extending import load

        rules += [rule for codemod in load(extensions).codemods for rule in codemod.rules]
    return rules
