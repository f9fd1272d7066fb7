"""A test saves and restores a variable by hand, which monkeypatch does more reliably.

## What it does

Finds a value that is saved (`os.environ.get`, `getenv`, `in`, `pop`, `copy()`, `dict(os.environ)`, several of them in
a dict or by a loop) and restored in a `finally`, after a `yield` or at the end of a test, inside a `patch.dict` block
or alone. The writes become monkeypatch calls. The restoration is removed, with the name that holds the saved value
(unless other code reads it), the object that stood for an unset variable, and the comment about it. Other statements
in a `finally` stay; an empty `finally` is removed, and its body is dedented.

A test or a fixture that registers the restoration with `request.addfinalizer` (a lambda, a nested function that does
nothing else, `patcher.stop`) creates its own MonkeyPatch where its changes begin, and registers `monkeypatch.undo`.

In a `unittest.TestCase` the value may be saved in `setUp` (`asyncSetUp`, `setUpClass`) and restored in `tearDown` (or
its counterpart), or with `self.addCleanup(os.environ.pop, key, None)` and similar calls, or by a lambda or a function
in the method. The set-up creates a MonkeyPatch and undoes it with `addCleanup` (`addClassCleanup`). The restoration is
removed, with a tear-down that did nothing else and an attribute that no other code reads. A tear-down that restores a
copy of the whole environment is not reported, nor are changes in the set-up and the tests of that class: it correctly
restores the changes of the code under test, too.

pytest's own set-up may keep a MonkeyPatch for its tear-down: `setup_method` (`setup_class`) starts its changes with
`self.monkeypatch = pytest.MonkeyPatch()`, and `teardown_method` (`teardown_class`) calls `self.monkeypatch.undo()`
where it started to restore. Other code in the two stays. The attribute gets another name if the file already uses that
one, and two leading underscores if the class has bases in other files. If a fixture requests monkeypatch before the
set-up, tests that change the same variables do so in `with pytest.MonkeyPatch.context() as monkeypatch:`.

## Why it makes tests flaky

A manual restore is easy to get wrong. `if saved: os.environ[key] = saved` leaves the variable set if it was not set
before; without `finally` it stays set whenever the test fails.

## Before

```python
def test_key_is_generated():
    saved = os.environ.get("SECRET_KEY")
    if "SECRET_KEY" in os.environ:
        del os.environ["SECRET_KEY"]
    try:
        assert SecurityConfig().secret_key
    finally:
        if saved:
            os.environ["SECRET_KEY"] = saved
```

## After

```python
def test_key_is_generated(monkeypatch):
    monkeypatch.delenv("SECRET_KEY", raising=False)
    assert SecurityConfig().secret_key
```

## Fix safety

The environment is the same at every statement up to the restoration. If code after the restoration could read it,
the change goes into `with monkeypatch.context() as m:` and ends at the same place as before. If that would change which
code runs after a failure, the restoration stays and becomes calls of monkeypatch itself. An incorrect restoration
(only of variables that were set before, or to the value of another variable) is fixed, and the finding says so.

## When it refuses

All changes in a function are rewritten or none, because they must be undone in reverse order.

- `snapshot`: a copy of the whole environment is restored, and code that runs in between (any call that is not known to
  be harmless, a `yield`) may change the environment, which the copy undoes as well. Keep it, write it as `with
  patch.dict(os.environ):`, or let ISO301 add the fixture `snapshot_environment`, which does this around every test.
- `restoration-order`: a patcher is stopped in a `finally` that continues, and code that may fail is between its start
  and the `try`; or a copy of the whole environment is restored that overlaps with other changes. Start the patcher
  right before the `try`.
- `setup-teardown`: the change is made in one function and undone in another, and the two are not a pair of methods that
  only pytest calls, and both of them: a subclass or a base in the file overrides one, the file calls one, one is
  decorated or returns a value, or the class is not collected. Or code runs between restorations, or they depend on
  something else, or restore less than was changed, or there was nothing to restore. Write an autouse fixture that uses
  monkeypatch. In a `unittest.TestCase` it is refused if code that may read the environment runs after the restoration,
  in the tear-down or as a clean-up, or if the restoration depends on a condition. Restore last, and unconditionally.
- `restoration-unclear`: a clean-up restores variables, but it is not clear which; or it is registered where it may
  run before or after the other changes are undone, or is a separate method. Use monkeypatch, or
  `addCleanup(monkeypatch.undo)`, instead.
- `code-writes`: a copy of the whole environment is restored, and code that the function calls may set another variable,
  which only the copy rolls back (see ISO101). Let an autouse fixture of a conftest restore the variable (ISO301).
- `helper`: some of the changes are restored and others persist after the helper returns. Restore all of them.
- `hook`: a hook of pytest that runs for each test changes it, and it lasts for the tests that follow. Change it in an
  autouse fixture with monkeypatch, or restore it after the `yield` of a hook wrapper. A hook that runs once
  (`pytest_configure`) is not reported: it sets up all tests.
- `fixture-returns`: some of the changes must last for the test. Let it yield in a `pytest.MonkeyPatch.context()`.
- `name-rebound`: a name for `os.environ` (`as env`, `env = os.environ`) is reassigned in the same function. Write
  `os.environ` there.
- `local-import`: the new lines need `os` or `pytest` before the function imports it. Import it at the top of the file.
- `name-taken`: the function has its own variable called `monkeypatch`. Rename it.
- `undo-called`: `monkeypatch.undo()` may run before the change ends (the function calls it, or a test of the fixture,
  or code that gets the monkeypatch), and the monkeypatch sets the same variable. Use `monkeypatch.context()` for the
  changes that it undoes.
- `comment-objects`: a comment in the function, or right above it, says not to use monkeypatch. If it is out of date,
  delete it; otherwise add `# isolator: ignore`.
- `undo-order`: another change in the function is not rewritten, for the reason given there, or the tear-down alone
  restores a variable that other code in the class changes. Rewrite that first.
- `brittle`: evidence shows a test that passes only because this change leaks. The message names the test and the
  variable. Let that test set the variable itself first.
"""

from __future__ import annotations

from codemods.rule import Rule
from codemods.state.model import refusals as r

RULE = Rule(
    "ISO103",
    "environ-restoration",
    __doc__ or "",
    (
        *(
            r.ROLLBACK,
            r.RESTORATION_ORDER,
            r.SETUP_TEARDOWN,
            r.RESTORATION_UNCLEAR,
            r.HELPER,
            r.HOOK,
            r.FIXTURE_RETURNS,
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
        r.CODE_WRITES,
    ),
    undoes="function",
)
