"""A test changes the environment and nothing restores it: every later test sees the change.

## What it does

Finds `os.environ[key] = value`, `del`, `pop`, `update`, `|=`, `setdefault`, `clear` and `putenv` in tests, fixtures
and helpers, unless a `patch.dict` block or a manual restore undoes it, and rewrites it to `monkeypatch.setenv` and
`monkeypatch.delenv`. In a `unittest.TestCase` a MonkeyPatch is created in the method and undone
by `addCleanup`, in `setUpClass` by `addClassCleanup`.

If `isolator observe` saw tests fail because of a change, and the file has not changed since, the message names them.

## Why it makes tests flaky

The test is a polluter. Tests that run after it in the same process see its variable; those that need it unset, or set
to something else, fail, and only in some orders. This is the most common cause of order-dependent tests that involve
the environment.

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

The environment is the same at every statement of the test. After the test it is as before, so a *brittle* test that
passed only because an earlier test had set the variable will now fail, as it always did alone.

A helper whose change persists after it returns gets `monkeypatch` as an argument from its callers, if these are
tests and fixtures of the same file and nothing else mentions the helper. This is unsafe (`--unsafe-fixes`): another
file may import it.

A change that other code undoes is not reported: a variable that the test has changed with `monkeypatch.setenv` before;
a write in a block of a context manager of the file, or in a test that uses a function-scoped fixture, if that only
saves and restores a copy of the environment; a class whose `__exit__` restores what its `__enter__` changed.

A variable that a test or fixture changes only while it cleans up (at its end, in a `finally`, after a `yield`) is not
reported: this cleans up after the code under test, and monkeypatch would bring the variable back. Nor is a deletion
of a variable that the function itself did not set, after code that may have set it (`serve()`, then
`del os.environ["TOKEN"]`).

## When it refuses

All changes in a function are rewritten or none, because they must be undone in reverse order.

- `value-not-string`: a key or value is certainly not a `str`. Make it a string first.
- `value-used`: the change is part of an expression. Make it a separate statement.
- `binding-target`: the variable is assigned by a `for`, a `with` or unpacking (`for os.environ["K"] in …`). Assign to a
  plain name there, and set the variable in a separate statement.
- `bytes-environ`: `os.environb` is written. Write `os.environ`, or use `monkeypatch.setitem(os.environb, key, value)`.
- `evaluation-order`: in a call, the parts of the change would be computed in another order, or not as often:
  `os.environ[key()] = value()` computes the value first. Assign them to names first.
- `rebinds-environ`: after `os.environ = {}`, `os.putenv` or `os.unsetenv`, `os.environ` differs from what child
  processes see. Change the variables instead.
- `helper`: the change persists after the helper returns, and code other than the tests and fixtures of the file calls
  or mentions the helper, or it is called inside another patch. Use monkeypatch in the tests, pass it to the helper, or
  make the helper a fixture.
- `hook`: a hook of pytest that runs for each test changes it, and it lasts for the tests that follow. Change it in an
  autouse fixture with monkeypatch, or restore it after the `yield` of a hook wrapper. A hook that runs once
  (`pytest_configure`) is not reported: it sets up all tests.
- `fixture-returns`: the change must last for the test, but the fixture returns, and its `return` cannot become a
  `yield`: it is not the only one and the last statement, or a decorator may need it. Let the fixture yield inside
  `with pytest.MonkeyPatch.context() as monkeypatch:`.
- `nested-function`: the change is made when a nested function runs, inside a patch, or perhaps after the enclosing
  function has ended. Move it into the test.
- `setup-teardown`: the set-up makes the change, and the tear-down does not undo it, or not in a way that `undo()` could
  replace (see ISO103). Write an autouse fixture that uses monkeypatch. `setUpModule` is also refused: pytest does not
  run clean-ups registered with `unittest.addModuleCleanup`.
- `module-level`: the code runs while the file is imported. Move it into a fixture.
- `restoration-unclear`: a clean-up restores variables, but it is not clear which, or it uses a method that is
  passed to `addCleanup` or called in the tear-down. Use monkeypatch instead.
- `name-rebound`: a name for `os.environ` (`as env`, `env = os.environ`) is reassigned in the same function. Write
  `os.environ` there.
- `local-import`: the new lines need `os` or `pytest` before the function imports it. Import it at the top of the file.
- `name-taken`: the function has its own variable called `monkeypatch`. Rename it.
- `undo-called`: `monkeypatch.undo()` may run before the change ends (the function calls it, or a test of the fixture,
  or code that gets the monkeypatch), and the monkeypatch sets the same variable. Use `monkeypatch.context()` for the
  changes that it undoes.
- `comment-objects`: a comment in the function, or right above it, says not to use monkeypatch. If it is out of date,
  delete it; otherwise add `# isolator: ignore`.
- `undo-order`: another change in the function is not rewritten, for the reason given there, or a fixture or tear-down
  undoes the same variable in a way that expects it to be set. Rewrite that first.
- `brittle`: evidence shows a test that passes only because this change leaks. The message names the test and the
  variable. Let that test set the variable itself first.
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
            r.HOOK,
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
