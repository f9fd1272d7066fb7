"""A patch target that the code under test imported by name, so that patching it has no effect there.

## What it does

`patch("core.agent.get_client")` replaces the name `get_client` in `core.agent`. A module that did
`from core.agent import get_client` when it was imported has its own reference, which the patch does not change. The
finding names the modules in which this is so, if the test file imports them, directly or through a function that it
imports, and the target to patch instead. The targets of `[[tool.isolator.initializer]]` are checked as well.

It reports nothing if the patch is effective: on an attribute of a class, which all references share; on a module whose
own code uses the name and which the test, or the module in question, also uses for something else; or if the same test
also patches the other reference.

## Why it makes tests flaky

The real function runs, with the network, the clock or the state that it uses, and the test passes as long as that
works. The order of imports may matter, too: a module that is first imported while the patch is active keeps the mock
for every later test.

## Before

```python
@patch("core.agent.get_client")
def test_status(mock_get_client):
    assert core.api.status() == "up"
```

## After

```python
@patch("core.api.get_client")
def test_status(mock_get_client):
    assert core.api.status() == "up"
```

## When it refuses

This rule never rewrites: a test may mean the definition, the other reference, or both. Change the target by hand.
"""

from __future__ import annotations

from collections.abc import Iterator

from codemods.context import Context
from codemods.initializers.imported import imported_at_once
from codemods.initializers.patches import PatchReader
from codemods.initializers.selected import first_selected, name_span
from codemods.initializers.source_tree.references import References
from codemods.initializers.source_tree.target import SourceTree
from codemods.python.source import Source
from codemods.rule import Codemod, Match, Rule
from codemods.rules.patch_target_missing import may_apply

RULE = Rule("ISO203", "patch-target-bypassed", __doc__ or "")


def find(source: Source, context: Context) -> list[Match]:
    """One match for each call, and one at the first test selected for each initializer of the settings."""
    references = References(SourceTree.for_file(source, context), imported_at_once(source, context))
    return [*_configured(source, context, references), *_written(source, context, references)]


def _configured(source: Source, context: Context, references: References) -> Iterator[Match]:
    written = {(patch.test, patch.target) for patch in PatchReader(source, context).written()}
    for initializer, host in first_selected(source, context):
        bypassing = [r for r in references.bypassing(initializer.target) if (host.node_id, r) not in written]
        if bypassing:
            yield Match(RULE.finding(name_span(host), _message(initializer.target, bypassing), test=host.node_id))


def _written(source: Source, context: Context, references: References) -> Iterator[Match]:
    patches = PatchReader(source, context).written()
    beside: dict[str | None, set[str]] = {}
    for patch in patches:
        beside.setdefault(patch.test, set()).add(patch.target)
    for patch in patches:
        if source.wants(patch.test):
            bypassing = [r for r in references.bypassing(patch.target) if r not in beside[patch.test]]
            if bypassing:
                yield Match(RULE.finding(source.span(patch.node), _message(patch.target, bypassing), test=patch.test))


def _message(target: str, bypassing: list[str]) -> str:
    modules = ", ".join(reference.rpartition(".")[0] for reference in bypassing)
    instead = " and ".join(bypassing)
    return f"patching {target} has no effect in {modules}, which imported it by name; patch {instead} instead"


CODEMOD = Codemod((RULE,), may_apply, find)
