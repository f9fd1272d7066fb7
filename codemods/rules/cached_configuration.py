"""No fixture resets a cached configuration that the settings name, or that evidence shows.

## What it does

Puts the fixture `reset_cached_configuration` from its template into the conftest (the one under
`[tool.isolator.fixture]`, else `tests/conftest.py`), after the last fixture, with the dotted paths of the caches
as the list `_CACHED_CONFIGURATION`. Before and after each test the fixture clears each of them that has a
`cache_clear`, such as a function below `functools.lru_cache`, and takes what a `cached_property` keeps out of its
object; of any other it saves the object (and what a dict holds) before and puts it back after the test. The modules
are imported when the fixture is first set up.

A cache that `isolator observe` saw filled from the environment is taken in if more than one test used it, or if
a variable that it was filled from leaks.

Nothing is done if the conftest has a fixture of that name, or an autouse fixture that calls `cache_clear` on each
of the caches. If only the list lacks a cache, it is added to the list.

## Why it makes tests flaky

A configuration that is read from the environment once and kept carries the environment of the first test that
asked for it over to all others. That test may be any, depending on the order; `monkeypatch` restores the variable,
and the cache goes on giving what was computed from it.

## Before

```python
import pytest
```

## After

```python
import pkgutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

# Dotted paths of what reads the environment once and keeps the result.
_CACHED_CONFIGURATION = ["core.config.get_config"]


def _reset_of(path: str) -> Callable[[], object]:
    \"\"\"What empties the cache at a dotted path; anything else, and what a dict holds, is put back as it is now.\"\"\"
    owner_path, _, name = path.rpartition(".")
    owner = pkgutil.resolve_name(owner_path)
    described = getattr(type(owner), name, None)
    if hasattr(described, "__get__") and not hasattr(described, "cache_clear"):
        return lambda: vars(owner).pop(name, None)  # a cached_property: reading it would fill it
    absent = isinstance(owner, type) and not hasattr(owner, name)  # a singleton that is not made yet
    cached = None if absent else getattr(owner, name)
    held = dict(cached) if isinstance(cached, dict) else {}

    def put_back() -> None:
        if not absent:
            setattr(owner, name, cached)
        elif hasattr(owner, name):
            delattr(owner, name)
        if isinstance(cached, dict):
            cached.clear()
            cached.update(held)

    return getattr(cached, "cache_clear", put_back)


@pytest.fixture(autouse=True)
def reset_cached_configuration() -> Iterator[None]:
    \"\"\"Let each test read the configuration anew.\"\"\"
    with ExitStack() as resets:
        for path in _CACHED_CONFIGURATION:
            reset = _reset_of(path)
            reset()
            resets.callback(reset)
        yield
```

## When it refuses

- `name-taken`: the conftest uses a name of the template for something else. Rename it, or put the fixture in by hand.
- `object-missing`: the source tree does not define the object, so that the fixture would fail for every test. Correct
  it in the settings; the finding says which name is the nearest.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from codemods.conftest.isolating import clears
from codemods.conftest.template import conftest_path, template_texts
from codemods.conftest.wanted import NAME_TAKEN, Wanted, findings, with_fixture
from codemods.context import Context
from codemods.initializers.imported import imported_names
from codemods.initializers.source_tree.target import Missing, SourceTree
from codemods.python.source import Source, Span
from codemods.rule import Additions, Codemod, Match, Refusal, Rule

OBJECT_MISSING = Refusal("object-missing", "the source tree does not define it; correct the object in the settings")

RULE = Rule(
    "ISO302",
    "cached-configuration",
    __doc__ or "",
    (NAME_TAKEN, OBJECT_MISSING),
    answers="cache",
)


def may_apply(_data: bytes, path: str, context: Context) -> bool:
    """Whether this is the conftest that shall hold the fixture."""
    return bool(context.caches) and path == conftest_path(context)


def find(source: Source, context: Context) -> list[Match]:
    """One match if the fixture is missing, or its list lacks a cache."""
    if not may_apply(b"", source.path, context):
        return []
    missing = _missing(source, context)
    found = []
    for cache, what in missing.items():
        message = f"cache {cache} does not exist: {what.sentence}"
        found.append(Match(RULE.finding(Span(1, 1, 1, 1), message, refusal=OBJECT_MISSING)))
    there = _without(context, missing)
    if there.caches:
        message = f"no autouse fixture resets {', '.join(there.caches)}"
        found += [Match(finding, there) for finding in findings(RULE, source, there, _wanted(there), message)]
    return found


def apply(source: Source, context: Context, accepted: Sequence[Match]) -> str:
    """The conftest with the fixture, or with its list completed."""
    del context
    there = next((match.change for match in accepted if isinstance(match.change, Context)), None)
    return source.text if there is None else with_fixture(source, there, _wanted(there))


def adds(_source: Source, context: Context) -> Additions:
    """The definitions of the template."""
    return Additions(templates=template_texts(_wanted(context).template, context))


def _missing(source: Source, context: Context) -> dict[str, Missing]:
    """The caches that the source tree surely does not define: the fixture would fail for every test."""
    tree, imported = SourceTree.for_file(source, context), imported_names(source, context)
    looked_up = {cache: tree.surely_missing(cache, imported) for cache in context.caches}
    return {cache: what for cache, what in looked_up.items() if what is not None}


def _without(context: Context, missing: Collection[str]) -> Context:
    return replace(context, caches=tuple(cache for cache in context.caches if cache not in missing))


def _wanted(context: Context) -> Wanted:
    return Wanted(
        template="reset_cached_configuration",
        name="reset_cached_configuration",
        constant="_CACHED_CONFIGURATION",
        values=context.caches,
        after=None,
        same=lambda host: clears(host, context.caches),
    )


CODEMOD = Codemod(rules=(RULE,), may_apply=may_apply, find=find, apply=apply, adds=adds)
