"""A test changes the environment and nothing restores it: every later test sees the change.

## What it does

Finds `os.environ[key] = value`, `del`, `pop`, `update`, `|=`, `setdefault`, `clear` and `putenv` in tests, fixtures
and helpers that neither a `patch.dict` block nor a restoration by hand undoes, and rewrites them to
`monkeypatch.setenv` and `monkeypatch.delenv`. In a `unittest.TestCase` the MonkeyPatch is made on the spot and undone
by `addCleanup`, in `setUpClass` by `addClassCleanup`.

If `isolator observe` saw tests fail because of a change, and the file is still what it was, the message names them.

## Why it makes tests flaky

The test is a polluter. Tests that run after it in the same process see its variable; those that need it unset, or set
to something else, fail, and only in some orders. It is the commonest cause of order-dependent tests that are due to the
environment.

## Before

```python
def test_reads_the_key():
    os.environ["SECRET_KEY"] = "known"
    assert SecurityConfig().secret_key == "known"
```

## After

```python
def test_reads_the_key(monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "known")
    assert SecurityConfig().secret_key == "known"
```

## Fix safety

The environment is the same at every statement of the test. After it, it is what it was before, so a *brittle* test that
passed only because an earlier test had set the variable will now fail, as it always did on its own.

A helper whose change persists after it returns takes `monkeypatch` from its callers, which pass it on, if these are
tests and fixtures of the same file and nothing else mentions the helper. That is unsafe (`--unsafe-fixes`): another
file may import it.

What something around it undoes is no finding: a variable that the test's own `monkeypatch.setenv` has recorded before;
a write in a block of a context manager of the file, or below a function-scoped fixture, that does nothing but to take a
copy of the environment and put it back; a class whose `__exit__` restores what its `__enter__` changed.

A variable that a test or fixture changes only while it cleans up (at its end, in a `finally`, after a `yield`) is no
finding: that clears up after the code under test, and monkeypatch would bring the variable back. Neither is a deletion
of what the function itself did not set, after code that may have set it (`serve()`, then `del os.environ["TOKEN"]`).

## When it refuses

All changes in a function are rewritten or none, because they must be undone in the reverse order of doing.

- `value-not-string`: a key or value is certainly no `str`. Make it a string first.
- `value-used`: the change is part of an expression. Write it as a statement of its own.
- `binding-target`: the variable is assigned by a `for`, a `with` or unpacking (`for os.environ["K"] in …`). Assign to a
  plain name there, and set the variable in a statement of its own.
- `bytes-environ`: `os.environb` is written. Write `os.environ`, or use `monkeypatch.setitem(os.environb, key, value)`.
- `evaluation-order`: as a call, the parts of the change would be computed in another order, or not as often:
  `os.environ[key()] = value()` computes the value first. Give them names first.
- `rebinds-environ`: `os.environ = {}`, `os.putenv` and `os.unsetenv` part `os.environ` from what child processes see.
  Change the variables instead.
- `helper`: the change persists after the helper returns, and something other than tests and fixtures of the file calls
  or mentions it, or calls it inside another patch. Use monkeypatch in the tests, pass it in, or make it a fixture.
- `fixture-returns`: the change must last for the test, but the fixture returns, not once and as its last statement,
  or below a decorator that may need it to. Let it yield inside `with pytest.MonkeyPatch.context() as monkeypatch:`.
- `nested-function`: the change is made when a nested function runs, inside a patch, or perhaps when the function around
  it has ended. Move it into the test.
- `setup-teardown`: set up in one function, and not undone in the other, or not in a way that `undo()` in a tear-down
  could take the place of (see ISO103). Write an autouse fixture that uses monkeypatch. So is
  `setUpModule` refused: pytest does not run what `unittest.addModuleCleanup` registers.
- `module-level`: it runs while the file is imported. Move it into a fixture.
- `restoration-unclear`: a clean-up puts variables back, but it cannot be told which, or does so by a method that is
  handed to `addCleanup` or called in the tear-down. Use monkeypatch in its place.
- `name-rebound`: a name that stands for `os.environ` (`as env`, `env = os.environ`) is reassigned in the
  same function. Write `os.environ` there.
- `local-import`: the new lines need `os` or `pytest` above the line on which the function imports it. Import it at the
  top of the file.
- `name-taken`: `monkeypatch` is a variable of its own in the function. Rename it.
- `undo-called`: `monkeypatch.undo()` may run before the change ends (the function, a test of the fixture or what is
  handed the monkeypatch calls it), and the monkeypatch sets the same variable. Use `monkeypatch.context()` for what it
  undoes.
- `comment-objects`: a comment in the function, or right above it, says that monkeypatch is not to be used. If it is out
  of date, take it out; else add `# isolator: ignore`.
- `undo-order`: something else in the function is left as it is, for the reason given there, or a fixture or tear-down
  undoes the same variable in a way that expects it to be set. Fix that first.
- `brittle`: evidence shows a test that passes only because this leaves the variable behind. The message names both.
  Let that test set it itself first.
"""

from __future__ import annotations

from codemods.rule import Rule
from codemods.state.model import refusals as r

RULE = Rule(
    "ISO102",
    "environ-write",
    __doc__ or "",
    (
        *(
            r.VALUE_NOT_STRING,
            r.VALUE_USED,
            r.EVALUATION_ORDER,
            r.BINDING_TARGET,
            r.BYTES_ENVIRON,
            r.REBINDS_ENVIRON,
        ),
        *(
            r.HELPER,
            r.FIXTURE_RETURNS,
            r.NESTED_FUNCTION,
            r.SETUP_TEARDOWN,
            r.MODULE_LEVEL,
            r.RESTORATION_UNCLEAR,
        ),
        *(
            r.NAME_REBOUND,
            r.LOCAL_IMPORT,
            r.NAME_TAKEN,
            r.UNDO_CALLED,
            r.COMMENT_OBJECTS,
            r.UNDO_ORDER,
            r.BRITTLE,
        ),
    ),
    answers="write",
    undoes="function",
)
