"""No fixture resets a cached configuration that the settings name.

## What it does

Puts the fixture `reset_cached_configuration` from its template into the conftest (the one under
`[tool.isolator.fixture]`, else `tests/conftest.py`), behind the last fixture, with the dotted paths of the caches
as the list `_CACHED_CONFIGURATION`. Before and after each test the fixture clears each of them that has a
`cache_clear`, such as a function below `functools.lru_cache`; of any other it saves the object before and puts it
back after the test. The modules are imported when the fixture is first set up.

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
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

# Dotted paths of what reads the environment once and keeps the result.
_CACHED_CONFIGURATION = ["core.config.get_config"]


@contextmanager
def _cached_afresh(path: str) -> Iterator[None]:
    \"\"\"Clear the cache before and after; put an object without cache_clear back where it was.\"\"\"
    owner_path, _, name = path.rpartition(".")
    owner = pkgutil.resolve_name(owner_path)
    cached = getattr(owner, name)
    clear = getattr(cached, "cache_clear", lambda: setattr(owner, name, cached))
    clear()
    try:
        yield
    finally:
        clear()


@pytest.fixture(autouse=True)
def reset_cached_configuration() -> Iterator[None]:
    \"\"\"Let each test read the configuration anew.\"\"\"
    with ExitStack() as caches:
        for path in _CACHED_CONFIGURATION:
            caches.enter_context(_cached_afresh(path))
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
