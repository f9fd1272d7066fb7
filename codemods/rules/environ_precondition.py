"""A test needs a variable unset, according to the settings or evidence, and does not unset it.

## What it does

This rule applies to each test that `[[tool.isolator.precondition]]` names (by its node id, or by that of its class or
its file), each test that `isolator observe` saw fail after a test that left the variable set, and pass otherwise, and
each test that `isolator deflake` saw fail in every order and pass when pytest is started without the variable. In
these tests, `monkeypatch.delenv("NAME", raising=False)` becomes the first statement after the docstring. The parameter
`monkeypatch` is added if it is missing. A method of a `unittest.TestCase` creates a `pytest.MonkeyPatch()` and passes
its `undo` to `addCleanup`.

If the test itself writes the variable to `os.environ`, or writes variables with unknown names,
`monkeypatch.setenv("NAME", "")` comes before a plain `delenv`: if the variable is not set, `delenv` alone
records nothing, and the value that the test writes would stay. The code under test may write it, too; use the isolation
fixture (ISO301) for that.

A test that sets or unsets the variable itself before it does anything else is not changed, however it does so.

## Why it makes tests flaky

A test that asserts the behaviour *without* a variable passes as long as nothing sets it. It is the victim of every
other test that leaks the variable, and of the machine that it runs on: a developer's shell, the secrets of a CI job.

## Before

```python
def test_generates_a_key():
    config = SecurityConfig()
    assert config.key_is_generated
```

## After

```python
def test_generates_a_key(monkeypatch):
    monkeypatch.delenv("SECRET_KEY", raising=False)
    config = SecurityConfig()
    assert config.key_is_generated
```

## When it refuses

- `own-monkeypatch`: the test cannot take the parameter `monkeypatch`: it runs several times (Hypothesis), it has a
  decorator that is not known to pass arguments on, its class may not be a pytest class, or other code calls it.
  Write `with pytest.MonkeyPatch.context() as monkeypatch:` around its body and delete the variable there.
- `name-taken`: the test uses `monkeypatch` or `pytest` for something else. Rename it.
- `undo-called`: the test calls `monkeypatch.undo()`, which would bring the variable back. Use `monkeypatch.context()`
  for the changes that it undoes.
- `no-such-test`: nothing in the file has the declared node id. Correct the settings; declare an inherited test
  in the file where it is defined.
- `brittle`: evidence shows a test that passes only because this one leaks the variable. Let that test set the variable
  itself first.
- `needs-variable`: evidence shows that the test passes only because another one leaves a variable set: it is *brittle*.
  The value is not recorded. Set the variable at the start of the test with `monkeypatch.setenv`.
"""

from __future__ import annotations

from collections.abc import Sequence

from codemods.context import Context
from codemods.python.names import parameters
from codemods.python.source import Source, Span
from codemods.rule import Additions, Codemod, Match, Refusal, Rule
from codemods.state.around.victims import Victim, needy, unmatched, victims
from codemods.state.kinds import environ
from codemods.state.model.refusals import BRITTLE, NAME_TAKEN, UNDO_CALLED

OWN_MONKEYPATCH = Refusal(
    "own-monkeypatch",
    "put its body into `with pytest.MonkeyPatch.context() as monkeypatch:` and delete it there",
)
NO_SUCH_TEST = Refusal("no-such-test", "correct the node id in the settings")
NEEDS_VARIABLE = Refusal(
    "needs-variable",
    "let the test set the variable itself, as its first statement, with monkeypatch.setenv",
)
RULE = Rule(
    "ISO104",
    "environ-precondition",
    __doc__ or "",
    (OWN_MONKEYPATCH, NAME_TAKEN, UNDO_CALLED, NO_SUCH_TEST, BRITTLE, NEEDS_VARIABLE),
    answers="precondition",
    undoes="test",
)


def may_apply(_data: bytes, path: str, context: Context) -> bool:
    """Whether a precondition is declared for a test of this file, or one of its tests is brittle."""
    named = (test for p in context.preconditions for test in p.tests)
    return any(test.partition("::")[0] == path for test in (*named, *(s.brittle for s in context.setters)))


def find(source: Source, context: Context) -> list[Match]:
    """Tests that do not see to their preconditions, or live on another one's leak, and node ids that name no test."""
    if not may_apply(b"", source.path, context):
        return []
    source = source.focused(environ.KIND)
    found = []
    for victim in victims(source, context):
        message = f"the test needs {', '.join(victim.variables)} unset"
        refusal = _objection(victim)
        finding = RULE.finding(
            source.name_of(victim.host.function),
            message,
            test=victim.host.node_id,
            fix="safe",
            refusal=refusal,
            cells=victim.variables,
        )
        found.append(Match(finding, victim))
    for host, variable, setter in needy(source, context):
        message = f"the test passes only because {setter} leaves {variable} set"
        where = source.name_of(host.function)
        finding = RULE.finding(where, message, test=host.node_id, refusal=NEEDS_VARIABLE, cells=(variable,))
        found.append(Match(finding))
    for test in unmatched(source, context) if source.tests is None else ():
        message = f"a precondition names {test}, which is not a test"
        found.append(Match(RULE.finding(Span(1, 1, 1, 1), message, refusal=NO_SUCH_TEST)))
    return found


def apply(source: Source, context: Context, accepted: Sequence[Match]) -> str:
    """The text with the variables unset at the head of each test of the accepted matches."""
    from codemods.state.write.opening import opened

    return opened(source, context, [m.change for m in accepted if isinstance(m.change, Victim)])


def adds(_source: Source, context: Context) -> Additions:
    """The deletions at the head of a test."""
    return Additions(unset=frozenset(name for p in context.preconditions for name in p.unset))


def _objection(victim: Victim) -> Refusal | None:
    """Why the test cannot be changed, None if it can."""
    refusal = victim.objection()
    if refusal is not None:
        return refusal
    host, own = victim.host, parameters(victim.host.function)
    takes_it = bool(own) if victim.cleans_up else host.injectable or "monkeypatch" in own
    return None if takes_it else OWN_MONKEYPATCH


CODEMOD = Codemod(rules=(RULE,), may_apply=may_apply, find=find, apply=apply, adds=adds, reads_tree=False)
