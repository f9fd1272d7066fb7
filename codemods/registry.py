"""Every rule: found by walking ``codemods/rules``, in the order of their codes, which is that of
their rewrites.

A rule that works on settings which are not there is not even imported. The rules of others come
after these.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterator
from functools import cache, lru_cache
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

from codemods import rules
from codemods.context import Context
from codemods.restorable import is_file
from codemods.rule import Codemod, Rule

if TYPE_CHECKING:
    from codemods.extending import Extension

# When a module among the rules is needed; one that is not named always is.
NEEDED: dict[str, Callable[[Context], object]] = {
    "environ_precondition": lambda context: context.preconditions or context.setters,
    "external_initializer": lambda context: context.initializers,
    "isolation_fixture": lambda context: context.fixture or context.critical_env,
    "cached_configuration": lambda context: context.caches,
    "leaked_state": lambda context: context.leaked,
    "shared_file": lambda context: any(map(is_file, context.leaked)),
    "missing_set_up": lambda context: context.set_ups,
}


@lru_cache(maxsize=4)
def codemods_for(context: Context) -> tuple[Codemod, ...]:
    """The codemods that may have something to do in a project.

    Raises ExtensionError if one of the context's extensions cannot be used here.
    """
    names = (name for name in _names() if name not in NEEDED or NEEDED[name](context))
    own = tuple(_in_order(names))
    if not context.extensions:
        return own
    from codemods.extending import load

    return (*own, *load(context.extensions).all())


def all_rules(extensions: tuple[Extension, ...] = ()) -> list[Rule]:
    """Every rule there is, in that order; of the extensions those that can be used."""
    found = list(dict.fromkeys(rule for codemod in own_codemods() for rule in codemod.rules))
    if extensions:
        from codemods.extending import load

        found += [rule for codemod in load(extensions).codemods for rule in codemod.rules]
    return found


def own_codemods() -> list[Codemod]:
    """Every codemod of isolator, in that order."""
    return _in_order(_names())


@cache
def _names() -> tuple[str, ...]:
    return tuple(module.name for module in pkgutil.iter_modules(rules.__path__))


def _in_order(names: Iterator[str] | tuple[str, ...]) -> list[Codemod]:
    modules = (import_module(f"{rules.__name__}.{name}") for name in names)
    # Rules that are carried out together have one codemod, in a file of its own; one rule may have
    # several.
    found = [codemod for module in modules for codemod in _codemods_of(module)]
    return sorted(found, key=lambda codemod: codemod.rules[0].code)


def _codemods_of(module: ModuleType) -> tuple[Codemod, ...]:
    own = getattr(module, "CODEMOD", None)
    return getattr(module, "CODEMODS", () if own is None else (own,))
