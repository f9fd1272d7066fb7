"""No fixture resets a cached configuration that the settings name, or that evidence shows.

## What it does

Puts the fixture `reset_cached_configuration` from its template into the conftest (the one under
`[tool.isolator.fixture]`, else `tests/conftest.py`), behind the last fixture, with the dotted paths of the caches
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
"""

from __future__ import annotations

from collections.abc import Sequence

from codemods.conftest.isolating import clears
from codemods.conftest.template import conftest_path
from codemods.conftest.wanted import NAME_TAKEN, Wanted, findings, with_fixture
from codemods.context import Context
from codemods.rule import Codemod, Finding, Rule
from codemods.source import Source

RULE = Rule("ISO302", "cached-configuration", __doc__ or "", (NAME_TAKEN,))


def may_apply(_data: bytes, path: str, context: Context) -> bool:
    """Whether this is the conftest that shall hold the fixture."""
    return bool(context.caches) and path == conftest_path(context)


def find(source: Source, context: Context) -> list[Finding]:
    """One finding if the fixture is missing, or its list lacks a cache."""
    if not may_apply(b"", source.path, context):
        return []
    message = f"no autouse fixture resets {', '.join(context.caches)}"
    return findings(RULE, source, context, _wanted(context), message)


def apply(source: Source, context: Context, _findings: Sequence[Finding]) -> str:
    """The conftest with the fixture, or with its list completed."""
    return with_fixture(source, context, _wanted(context))


def _wanted(context: Context) -> Wanted:
    return Wanted(
        template="reset_cached_configuration",
        name="reset_cached_configuration",
        constant="_CACHED_CONFIGURATION",
        values=context.caches,
        after=None,
        same=lambda host: clears(host, context.caches),
    )


CODEMOD = Codemod(rules=(RULE,), may_apply=may_apply, find=find, apply=apply)
