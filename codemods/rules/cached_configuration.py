"""No fixture resets a cached configuration that the settings name, or that evidence shows.

## What it does

Puts fixtures into the conftest (the one under `[tool.isolator.fixture]`, else `tests/conftest.py`), after the last
fixture. A function below `functools.lru_cache`, and what else the source of the project shows, gets a short fixture of
its own, in plain code as ISO303 has it:

- a cache is emptied by `cache_clear()` before and after each test;
- an object that code of the project assigns again (`_config = None`) gets its old value back after the test; a dict,
  list, set or `deque` gets its old contents back.

Where there is another cache, it is the fixture `reset_cached_configuration` of a template for all of them, with the
dotted paths as the list `_CACHED_CONFIGURATION`. It finds out what is there when the test begins: it empties what has a
`cache_clear`, takes what a `cached_property` keeps out of its object, and puts any other object, and what a dict holds,
back after the test.

The modules are imported when a fixture is first set up, not with the conftest.

A cache that `isolator observe` saw filled from the environment is taken in if more than one test used it, or if
a variable that it was filled from leaks.

Nothing is done for a cache on which an autouse fixture of the conftest calls `cache_clear`, or which one deals with
after its `yield`. Where the conftest has the list already, it is completed.

## Why it makes tests flaky

A configuration that is read from the environment once and kept carries the environment of the first test that
asked for it over to all others. That test may be any, depending on the order; `monkeypatch` restores the variable,
and the cache goes on giving what was computed from it.

```python
# core/config.py
@lru_cache
def get_config():
    return Config.from_environment()
```

## Before

```python
import pytest
```

## After

```python
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def reset_get_config_cache() -> Iterator[None]:
    \"\"\"Empty the cache of core.config.get_config before and after each test.\"\"\"
    from core import config

    config.get_config.cache_clear()
    yield
    config.get_config.cache_clear()
```

## When it refuses

- `name-taken`: the conftest uses a name of the fixture for something else. Rename it, or put the fixture in by hand.
- `object-missing`: the source tree does not define the object, so that the fixture would fail for every test. Correct
  it in the settings; the finding says which name is the nearest.
"""

from __future__ import annotations

from collections.abc import Sequence

from codemods.conftest.leaked.choosing import Chosen, as_kept, choose
from codemods.conftest.leaked.covered import without_cleared, without_covered
from codemods.conftest.leaked.inserting import short_match, template_matches, with_fixtures
from codemods.conftest.rendering import list_of
from codemods.conftest.template import conftest_path, template_texts
from codemods.conftest.wanted import NAME_TAKEN, Wanted
from codemods.context import Context
from codemods.initializers.imported import imported_names
from codemods.initializers.source_tree.target import Missing, SourceTree
from codemods.python.source import Source, Span, fact
from codemods.rule import Additions, Codemod, Match, Refusal, Rule

OBJECT_MISSING = Refusal("object-missing", "the source tree does not define it; correct the object in the settings")

RULE = Rule(
    "ISO302",
    "cached-configuration",
    __doc__ or "",
    (NAME_TAKEN, OBJECT_MISSING),
    answers="cache",
)
_GENERAL = "reset_cached_configuration"
_LIST = "_CACHED_CONFIGURATION"


def may_apply(_data: bytes, path: str, context: Context) -> bool:
    """Whether this is the conftest that should hold the fixture."""
    return bool(context.caches) and path == conftest_path(context)


def find(source: Source, context: Context) -> list[Match]:
    """One match for each fixture that is missing, or of which the list lacks a cache."""
    if not may_apply(b"", source.path, context):
        return []
    found = []
    for cache, what in _missing(source, context).items():
        message = f"cache {cache} does not exist: {what.sentence}"
        found.append(Match(RULE.finding(Span(1, 1, 1, 1), message, refusal=OBJECT_MISSING)))
    chosen = _chosen(source, context)
    for short in chosen.short:
        cells = _caches(source, context, short.paths)
        found.append(short_match(RULE, source, context, short, _message(short.paths), cells))
    if chosen.rest:
        wanted, cells = _wanted(chosen.rest), _caches(source, context, chosen.rest)
        found += template_matches(RULE, source, context, wanted, _message(chosen.rest), cells)
    return found


def apply(source: Source, context: Context, accepted: Sequence[Match]) -> str:
    """The conftest with the fixtures, or with the list completed."""
    return with_fixtures(source, context, accepted, _GENERAL)


def adds(source: Source, context: Context) -> Additions:
    """The definitions of the template, and the short fixtures."""
    short = (each.template.text for each in _chosen(source, context).short)
    return Additions(templates=(*short, *template_texts(_wanted(()).template, context)))


@fact
def _chosen(source: Source, context: Context) -> Chosen:
    """The fixtures in plain code, and what else is to be reset; all of it where the general one is there already."""
    missing = _missing(source, context)
    caches = as_kept(source, context, tuple(cache for cache in context.caches if cache not in missing))
    left = without_cleared(source, context, without_covered(source, context, caches))
    if any(list_of(statement, _LIST) is not None for statement in source.tree.body):
        return Chosen((), left)
    return choose(source, context, left, resets=True)


def _caches(source: Source, context: Context, paths: Sequence[str]) -> tuple[str, ...]:
    """The caches that have these paths when tests run, as the settings or the evidence name them."""
    return tuple(cache for cache in context.caches if as_kept(source, context, (cache,))[0] in paths)


def _message(caches: Sequence[str]) -> str:
    return f"no autouse fixture resets {', '.join(caches)}"


def _missing(source: Source, context: Context) -> dict[str, Missing]:
    """The caches that the source tree surely does not define: the fixture would fail for every test."""
    tree, imported = SourceTree.for_file(source, context), imported_names(source, context)
    looked_up = {cache: tree.surely_missing(cache, imported) for cache in context.caches}
    return {cache: what for cache, what in looked_up.items() if what is not None}


def _wanted(caches: tuple[str, ...]) -> Wanted:
    return Wanted(
        template=_GENERAL,
        name=_GENERAL,
        constant=_LIST,
        values=caches,
        after=None,
        same=lambda _: False,
    )


CODEMOD = Codemod(rules=(RULE,), may_apply=may_apply, find=find, apply=apply, adds=adds)
