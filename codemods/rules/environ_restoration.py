"""A variable is saved and restored by hand, which monkeypatch makes obsolete.

## What it does

Finds a value that is saved (`os.environ.get`, `getenv`, `in`, `pop`, `copy()`, `dict(os.environ)`, several of them in
a dict or by a loop) and put back in a `finally`, after a `yield` or at the end of a test, inside a `patch.dict` block
or alone. The writes become monkeypatch calls and the restoration goes, with the name it was saved in (unless something
else reads it), the object that stood for an unset variable, and the comment that spoke of it. A `finally` keeps what
else it does; an empty one goes, and its body is dedented.

A test or a fixture that registers the restoration by `request.addfinalizer` (a lambda, a function in it that does
nothing else, `patcher.stop`) makes a MonkeyPatch of its own where its changes begin, and registers `monkeypatch.undo`.

In a `unittest.TestCase` the value may be saved in `setUp` (`asyncSetUp`, `setUpClass`) and put back in `tearDown` (its
opposite), or by `self.addCleanup(os.environ.pop, key, None)` and its like, or of a lambda or a function in the method.
The set-up makes a MonkeyPatch and undoes it by `addCleanup` (`addClassCleanup`); the restoration goes, with a tear-down
that did nothing else and an attribute that nothing else reads. A tear-down that puts back a copy of everything is no
finding, and neither are changes in the set-up and the tests of that class: it restores what the code under test writes
too, which is right.

pytest's own set-up may keep a MonkeyPatch for its tear-down: `setup_method` (`setup_class`) begins its changes with
`self.monkeypatch = pytest.MonkeyPatch()`, and `teardown_method` (`teardown_class`) says `self.monkeypatch.undo()` where
it began to restore. What else the two do stays. The attribute has another name where the file uses that one already,
and two underscores in front where the class has bases in other files. Should a fixture ask for monkeypatch before the
set-up, tests that change the same variables do so in `with pytest.MonkeyPatch.context() as monkeypatch:`.

## Why it makes tests flaky

Restoration by hand is easily wrong. `if saved: os.environ[key] = saved` leaves the variable behind when it was not set
before; without `finally` it is left behind whenever the test fails.

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

The environment is the same at every statement up to the restoration. Where code after the restoration could see it,
the change goes into `with monkeypatch.context() as m:` and ends where it ended before; where that would change what
runs if something fails, the restoration stays and becomes calls of monkeypatch itself. A restoration that was wrong
(only of what was set before, or to the value of another variable) is fixed, and the finding says so.

## When it refuses

All changes in a function are rewritten or none, because they must be undone in the reverse order of doing.

- `snapshot`: a copy of everything is put back, and code that runs in between (any call that is not known not to, a
  `yield`) may write the environment, which that undoes as well. Keep it, say it with `with patch.dict(os.environ):`, or
  let ISO301 add the fixture `snapshot_environment`, which does so around every test.
- `restoration-order`: a patcher is stopped in a `finally` that goes on, and code that may fail stands between its start
  and the `try`; or a copy of everything is put back that cannot be told apart from other changes. Start it right before
  the `try`.
- `setup-teardown`: set up in one function and undone in another, which is no pair of methods that pytest alone calls,
  and both of: a subclass or a base in the file overrides one, the file calls one, one is decorated or returns, the
  class is not collected. Or code runs between restorations, or these depend on something else, or restore less than
  was changed, or there was nothing to restore. Write an autouse fixture that uses monkeypatch. In a
  `unittest.TestCase` it is refused where something that may look at the environment runs after the restoration, in the
  tear-down or as a clean-up, or where it depends on something else. Restore last, and without a condition.
- `restoration-unclear`: a clean-up puts variables back, but it cannot be told which; or it is registered where it may
  run before the undoing or after it, or is a method of its own. Use monkeypatch, or `addCleanup(monkeypatch.undo)`, in
  its place.
- `code-writes`: a copy of everything is put back, and what the function calls may write a variable of its own, which
  only that takes back (see ISO101). Let an autouse fixture of a conftest restore the variable (ISO301).
- `helper`: some of the changes are restored and others persist after the helper returns. Restore them all.
- `fixture-returns`: some of the changes must last for the test. Let it yield in a `pytest.MonkeyPatch.context()`.
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
- `undo-order`: something else in the function is left as it is, for the reason given there, or the tear-down alone
  puts back what something else in the class changes. Fix that first.
- `brittle`: evidence shows a test that passes only because this leaves the variable behind. The message names both.
  Let that test set it itself first.
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
