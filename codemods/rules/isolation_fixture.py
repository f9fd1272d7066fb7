"""No autouse fixture isolates the environment variables that the settings or evidence name as critical.

## What it does

Adds a fixture from a template to the conftest that the settings name, which is created if it does not exist. The
fixture goes after the one that `after` names, or after the last one. The variables under `critical-env` become the
list `_CRITICAL_ENV_VARS`. `import os` and `import pytest` are added if they are missing. Existing fixtures are not
changed. The signature is annotated if those of the conftest are.

Nothing is done if the conftest has a fixture of that name, or an autouse fixture that saves and restores these
variables or the whole environment. If only the list lacks a variable, it is added to the list; a variable that
was added by hand stays.

`template` is `isolate_environment` (the named variables are saved before and restored after each test, and deleted if
they were not set), `isolate_scopes` (the same around each class and each module too, for suites that set variables
in `setUpClass`; its list is `_SCOPED_ENV_VARS`), `snapshot_environment` (the whole environment, at those scopes), or
the path of your own file. Everything in that file except its docstring and its imports goes into the conftest, and
its fixture is called `name`.

Variables that, according to `isolator observe`, leak from the code under test, from the set-up of a class or module, or
from an unknown place are added. If no fixture is configured, it goes into the conftest of the directory
that the tests have in common, from `isolate_scopes` if it is needed.

## Why it makes tests flaky

All tests share one environment. A test that sets a variable and does not restore it (a polluter) changes what
later tests read: the outcome then depends on which tests ran before, and in which order. Fixing each polluter
helps until the next one is written; the fixture holds for all of them.

## Before

```python
import pytest


@pytest.fixture(autouse=True)
def reset_agent_task_registry():
    registry.clear()
    yield
```

## After

```python
import os

import pytest


@pytest.fixture(autouse=True)
def reset_agent_task_registry():
    registry.clear()
    yield


# The environment variables that one test must not leave behind for the next.
_CRITICAL_ENV_VARS = ["SECRET_KEY", "ENVIRONMENT"]


@pytest.fixture(autouse=True)
def isolate_environment():
    \"\"\"Restore the critical environment variables after each test; those that were not set are deleted.\"\"\"
    saved = {name: os.environ.get(name) for name in _CRITICAL_ENV_VARS}
    yield
    for name, value in saved.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
```

## When it refuses

- `no-such-fixture`: `after` names a fixture that is not at the top level of the conftest. Name an existing one, or
  remove `after`.
- `bad-template`: the template does not exist, or the file is not Python, defines no fixture, or imports a name under
  another one. Fix it.
- `name-taken`: the conftest uses a name of the template for something else. Rename it, or add the fixture by hand.
- `nothing-named`: the template isolates named variables, and `critical-env` is empty.
- `brittle`: evidence shows a test that passes only because another test leaks one of the variables. The message
  names it. Let it set the variable itself first.
"""

from __future__ import annotations

from collections.abc import Sequence

from codemods.conftest.isolating import isolates
from codemods.conftest.template import conftest_path, template_texts
from codemods.conftest.wanted import REFUSALS, Wanted, findings, with_fixture
from codemods.context import Context, Fixture
from codemods.python.source import Source
from codemods.rule import Additions, Codemod, Match, Rule
from codemods.state.model.refusals import BRITTLE

RULE = Rule(
    "ISO301",
    "isolation-fixture",
    __doc__ or "",
    (*REFUSALS, BRITTLE),
    answers="variable",
    undoes="suite",
)


def may_apply(_data: bytes, path: str, context: Context) -> bool:
    """Whether this is the conftest that should hold the fixture."""
    return (context.fixture is not None or bool(context.critical_env)) and path == conftest_path(context)


def find(source: Source, context: Context) -> list[Match]:
    """One match if the fixture is missing, or its list lacks a variable."""
    if not may_apply(b"", source.path, context):
        return []
    wanted = _wanted(context)
    named = ", ".join(context.critical_env)
    missing = f"no autouse fixture isolates {named}" if named else f"no fixture {wanted.name} isolates the environment"
    return [Match(finding) for finding in findings(RULE, source, context, wanted, missing)]


def apply(source: Source, context: Context, _accepted: Sequence[Match]) -> str:
    """The conftest with the fixture, or with its list completed."""
    return with_fixture(source, context, _wanted(context))


def adds(_source: Source, context: Context) -> Additions:
    """The definitions of the template."""
    return Additions(templates=template_texts(_wanted(context).template, context))


def _wanted(context: Context) -> Wanted:
    fixture = context.fixture or Fixture(conftest_path(context))
    by_name = fixture.template == "isolate_environment"
    return Wanted(
        template=fixture.template,
        name=fixture.name,
        # One that works at other scopes may stand beside the other.
        constant="_SCOPED_ENV_VARS" if fixture.template == "isolate_scopes" else "_CRITICAL_ENV_VARS",
        values=context.critical_env,
        after=fixture.after,
        same=lambda host: by_name and isolates(host, context.critical_env),
    )


CODEMOD = Codemod(rules=(RULE,), may_apply=may_apply, find=find, apply=apply, adds=adds)
