"""A patch target that the source tree does not define.

## What it does

This rule looks up the target of each `patch("…")`, `mocker.patch("…")` and `monkeypatch.setattr("…", …)` whose first
name is a module of the source roots, and that of each `[[tool.isolator.initializer]]` that selects a test of the file.
It follows the path as Python would (packages, modules, re-exports, `import … as`, star imports, classes and their
bases) and reports the part that does not exist, and the nearest name that does. Nothing is imported.

It reports nothing if it cannot know: a module that computes its names, a class with bases or decorators from
elsewhere, `create=True`, `raising=False`, a test file that itself adds modules to `sys.modules`, a module that a
build generates (its settings or a `.gitignore` name it, as `_version.py`, or it is a protocol buffers module).

## Why it makes tests flaky

`patch` raises AttributeError or ModuleNotFoundError for such a target, but only when the test runs. A test that is
rerun, skipped or marked as an expected failure hides it, and the real object was never replaced: the target
was renamed, or never existed.

## When it refuses

This rule never rewrites: you need to decide which name was intended. Correct the target, in the test or in the
settings.
"""

from __future__ import annotations

from collections.abc import Iterator

from codemods.context import Context
from codemods.initializers.imported import imported_names
from codemods.initializers.patches import PatchReader, may_patch
from codemods.initializers.selected import first_selected, may_mean, name_span
from codemods.initializers.source_tree.target import Missing, SourceTree
from codemods.python.source import Source
from codemods.rule import Codemod, Match, Rule

RULE = Rule("ISO202", "patch-target-missing", __doc__ or "")


def may_apply(data: bytes, path: str, context: Context) -> bool:
    """Whether the file may patch something in the source tree, or an initializer of the settings may mean it."""
    return may_patch(data, context) or any(may_mean(i, data, path) for i in context.initializers)


def find(source: Source, context: Context) -> list[Match]:
    """One match for each call, and one at the first test selected for each initializer of the settings."""
    return [*_configured(source, context), *_written(source, context)]


def _configured(source: Source, context: Context) -> Iterator[Match]:
    tree = SourceTree.for_file(source, context)
    for initializer, host in first_selected(source, context):
        missing = tree.surely_missing(initializer.target, imported_names(source, context))
        if missing:
            yield Match(RULE.finding(name_span(host), _message(initializer.target, missing), test=host.node_id))


def _written(source: Source, context: Context) -> Iterator[Match]:
    if "sys.modules" in source.text:
        return
    tree = SourceTree.for_file(source, context)
    for patch in PatchReader(source, context).written():
        if not patch.lenient and source.wants(patch.test):
            missing = tree.surely_missing(patch.target, imported_names(source, context))
            if missing:
                yield Match(RULE.finding(source.span(patch.node), _message(patch.target, missing), test=patch.test))


def _message(target: str, missing: Missing) -> str:
    return f"patch target {target} does not exist: {missing.sentence}"


CODEMOD = Codemod((RULE,), may_apply, find)
