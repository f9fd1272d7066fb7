"""A test reaches an external initializer named in the settings, and does not patch it.

## What it does

For each `[[tool.isolator.initializer]]` of the settings, this rule checks the tests that the entry selects: those that
`tests` names (files, globs, node ids), and every test of a file that imports one of the modules in `imports`. A test
that does not patch the target yet gets a `@patch` decorator above the existing ones, a parameter for the mock,
and the lines of `configure`. With `fix --accept-initializers`, initializers through which `isolator observe` saw tests
connect to the outside are patched too.

A test patches the target already if it is patched (by `patch`, `patch.object`, `mocker` or `monkeypatch.setattr`,
under any name by which the target is imported) in the test, its class, a fixture of the same file that it uses, a
set-up method, or a function of the file that one of these refers to. Conftests are not read.

The fix is safe if the source tree defines the target, and unsafe if that is not known, as for a target in an
installed package.

## Why it makes tests flaky

An initializer that opens network clients, reads a cached configuration or fills a singleton makes a test
depend on the circumstances of the run: a service that answers or does not, or the test that ran before.

## Before

```python
class TestAgent:
    def test_student_is_blocked(self, database):
        agent = GenericAgent("student", database)
        assert agent.run("delete") == "blocked"
```

## After

```python
from unittest.mock import patch


class TestAgent:
    @patch("core.llm.byok_handler.BYOKHandler.__init__", return_value=None)
    @patch("core.governance_cache.GovernanceCache.get_instance")
    def test_student_is_blocked(self, mock_governance_cache, mock_byok_handler_init, database):
        mock_governance_cache.return_value.check_governance.return_value = {"allowed": False}
        agent = GenericAgent("student", database)
        assert agent.run("delete") == "blocked"
```

## When it refuses

- `target-missing`: the source tree does not define the target, so the patch would raise AttributeError. Correct
  the target in the settings; ISO202 names the nearest one.
- `looked-up-elsewhere`: several modules imported the target by name, so patching it has no
  effect in them. Add an entry to the settings for each of the targets that ISO203 names. If it is only one module, the
  target is patched there.
- `init-returns`: a patched `__init__` must return None. Add `returns = "None"` to the settings.
- `unbound-name`: an expression of the settings uses a name that the file does not define where the test is defined.
  Import it there.
- `name-taken`: the name of the parameter, or `patch`, means something else in the test. Set `argument` in the
  settings, or rename the other.
- `decorator`: a decorator of the test or of its class may change the parameters. Patch by hand.
- `signature`: the test takes `*args` or positional-only parameters, or has no place for the mock before a default.
- `called`: the file itself calls the test, and would not pass the mock. Move the shared code to a helper.
- `redefined`: the test is defined twice, or under a condition.
- `generated`: the test yields.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Literal

from codemods.context import Context, Initializer
from codemods.initializers.imported import imported_at_once, imported_names
from codemods.initializers.mocks import REFUSALS, Mock, argument_name, mock_for
from codemods.initializers.patched import PatchedTargets
from codemods.initializers.selected import may_mean, name_span, selected_tests
from codemods.initializers.signature import shape_refusal
from codemods.initializers.source_tree.references import References
from codemods.initializers.source_tree.target import SourceTree, defined
from codemods.initializers.spelling import Speller
from codemods.python.source import Source
from codemods.rule import Additions, Codemod, Match, Refusal, Rule

LOOKED_UP_ELSEWHERE = Refusal(
    "looked-up-elsewhere",
    "modules imported it by name; add an entry to the settings for each target that ISO203 lists",
)
TARGET_MISSING = Refusal("target-missing", "the source tree does not define it; correct the target in the settings")

RULE = Rule(
    "ISO201",
    "external-initializer",
    __doc__ or "",
    refusals=(TARGET_MISSING, LOOKED_UP_ELSEWHERE, *REFUSALS),
    answers="initializer",
)


def may_apply(data: bytes, path: str, context: Context) -> bool:
    """Whether an initializer may mean a test of this file."""
    return any(may_mean(initializer, data, path) for initializer in context.initializers)


def find(source: Source, context: Context) -> list[Match]:
    """One match for each test and each initializer that means it and is not patched there."""
    return list(_matches(source, context))


def apply(source: Source, context: Context, accepted: Sequence[Match]) -> str:
    """The text with a mock for each of the matches. Raises NotLosslessError as ``rewrite_statements`` does."""
    from codemods.initializers.decorating import add_mocks

    return add_mocks(source, context, [m.change for m in accepted if isinstance(m.change, Mock)])


def _matches(source: Source, context: Context) -> Iterator[Match]:
    """In the order of the file and of the settings, each with the mock that fixes it, if one can."""
    selected = selected_tests(source, context)
    if not selected:
        return
    tree, imported = SourceTree.for_file(source, context), imported_names(source, context)
    patched, speller = PatchedTargets(source, context), Speller(source)
    references = References(tree, imported_at_once(source, context))
    for host, initializers in selected:
        around = {tree.canonical(target) for target in patched.of(host)}
        shape = shape_refusal(host)
        taken: set[str] = set()
        for initializer in initializers:
            target = initializer.target
            if _is_patched(tree.canonical(target), around):
                continue
            missing = tree.surely_missing(target, imported)
            bypassing = [] if missing else references.bypassing(target)
            mock: Mock | Refusal
            if missing:
                mock = TARGET_MISSING
            elif len(bypassing) > 1:
                mock = LOOKED_UP_ELSEWHERE
            else:
                mock = shape or mock_for(host, _looked_up(initializer, bypassing), taken, speller)
            message = f"external initializer {target} is not patched for this test"
            if isinstance(mock, Refusal):
                yield Match(RULE.finding(name_span(host), message, test=host.node_id, refusal=mock))
                continue
            taken.add(mock.argument)
            fix: Literal["safe", "unsafe"] = "safe" if _defines(tree, target) else "unsafe"
            caution = f"no source of the project defines {target}" if fix == "unsafe" else ""
            finding = RULE.finding(name_span(host), message, test=host.node_id, fix=fix, caution=caution)
            yield Match(finding, mock)


def adds(source: Source, context: Context) -> Additions:
    """The patches of the targets: those of the settings, and where modules have them by name."""
    references = References(SourceTree.for_file(source, context), imported_at_once(source, context))
    targets = [initializer.target for initializer in context.initializers]
    return Additions(patched=(*targets, *(name for target in targets for name in references.bypassing(target))))


def _looked_up(initializer: Initializer, bypassing: Sequence[str]) -> Initializer:
    """The initializer where the code under test looks it up: ``core.api.get_client``, not ``core.agent.get_client``."""
    if not bypassing:
        return initializer
    return replace(initializer, target=bypassing[0], argument=argument_name(initializer))


def _is_patched(target: str, around: set[str]) -> bool:
    """Whether the target, or the class or module that holds it, is among the targets patched."""
    return any(target == patched or target.startswith(f"{patched}.") for patched in around)


def _defines(tree: SourceTree, target: str) -> bool:
    found = tree.resolve(target)
    return isinstance(found, list) and any(defined(thing) for thing in found)


CODEMOD = Codemod((RULE,), may_apply, find, apply, adds=adds)
