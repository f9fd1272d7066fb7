"""A test changes the environment through `patch.dict`, which empties and refills all of it.

## What it does

Finds `patch.dict` on `os.environ` in every spelling (`patch.dict`, `mock.patch.dict`, `mocker.patch.dict`;
`os.environ`, `"os.environ"`, an alias; as a `with` item, a decorator or a statement) and rewrites it to
`monkeypatch.setenv` and `monkeypatch.delenv`. A block at the end of a test becomes plain calls, since nothing after it
can tell when they are undone; any other becomes `with monkeypatch.context() as m:`, so that the change ends where it
ended before. Fixtures, helpers and Hypothesis tests get `with pytest.MonkeyPatch.context() as monkeypatch:`; so does a
test if a fixture, of the file or of a conftest above, would restore the same variable before monkeypatch. A fixture
never gains the parameter `monkeypatch`, since the tear-downs of other fixtures would then see what its tests patch.
`--verbose` says why a test takes a block where plain calls could be expected: `monkeypatch.undo()` may run before its
end, a fixture that looks at the environment is torn down before monkeypatch undoes, code after the block looks.
`stack.enter_context(patch.dict(...))` becomes `m = stack.enter_context(monkeypatch.context())`, so that the order in
which the stack undoes stays. A function in a function is rewritten by itself. A patcher that a function has a name of
its own for is rewritten where it starts, as a block or by `start()` and `stop()`. One that a test file has a name for,
which holds constants and is used by nothing but `with`, is written out in each block, and its assignment goes. Any
other that the module has a name for stays, and what is patched inside its blocks and functions ends there. A test that
writes in a block of a context manager of the same file, which changes the same variable, gets a MonkeyPatch for that
block.

A patcher that pytest's `setup_method` (`setup_class`) makes, keeps in an attribute and starts, and that
`teardown_method` (`teardown_class`) stops, becomes a MonkeyPatch in an attribute, with `undo()` where it was stopped.

In a `unittest.TestCase`, `patch.dict` is left alone, without a finding: it is scoped there, and fixtures are not
available. What is written directly inside it is left as well. With the setting `unittest = "convert"` a `with` becomes
`with pytest.MonkeyPatch.context() as monkeypatch:`; a decorator, `enterContext` and a patcher that is started in the
set-up and stopped by `addCleanup` or in the tear-down become a MonkeyPatch with `addCleanup(monkeypatch.undo)`, or the
decorator a `with`, where a tear-down or a clean-up could tell the difference.

A decorator's values are computed once, while the file is imported. Constants, and names that are assigned once at the
top level of the file, move into the function. Anything else stays where it was computed, as `_environment_of_test_key =
{...}` right above the function, which then reads it in a loop; in a class the name begins with two underscores, so that
it is the class's own.

## Why it makes tests flaky

When a `patch.dict` block ends, it clears the environment and fills it again. A thread that reads `PATH` at that moment
finds nothing, and code in the block that sets the variable through another route is overruled. monkeypatch touches only
the variables that the test named, in the reverse order of setting them.

## Before

```python
def test_key_is_generated():
    with patch.dict(os.environ, {"ENVIRONMENT": "development"}):
        assert SecurityConfig().secret_key
```

## After

```python
def test_key_is_generated(monkeypatch):
    monkeypatch.setenv("ENVIRONMENT", "development")
    assert SecurityConfig().secret_key
```

## Fix safety

The environment is the same at every statement of the test, and restored at the end. One thing differs: a variable that
was not named but that the code under test itself sets inside the block was rolled back by `patch.dict` and is not by
monkeypatch. So the calls of the block are followed through the source tree (the setting `source`), and where they may
reach such a write the block stays (`code-writes`), unless an autouse fixture above restores that variable and no code
after the block may look. Where an assertion shows which variable it is, and the block clears the environment, the
rewrite sees to it. Not followed are what installed packages write, and what a module writes while it is imported for
the first time.

A decorator that never did what it says has an unsafe fix, which does: on a fixture or a context manager that yields,
`patch.dict` ends before the body runs (pytest does not even see that it yields), and above `@pytest.fixture` it is
never applied. The fix sets the variables where the body begins, for as long as the fixture or the context lasts; what
the tests then see is what was meant, and may be news to them. The other changes in the function are rewritten with it.

A decorator on a class has an unsafe fix too: an autouse fixture `environment` in the class. It is wider than the
decorator, which covers the methods whose names begin with `test` only: set-up methods and the other fixtures of the
tests run inside it, and so do the tests of subclasses.

## When it refuses

All changes in a function are rewritten or none, because they must be undone in the reverse order of doing.

- `value-not-string`: a key or value is certainly no `str`, or may be none in a test about TypeError, which `patch.dict`
  raises there and monkeypatch does not. Make it a string first.
- `clear-unknown`: `clear` is neither True nor False. Write which.
- `clear-names`: `clear="NAME"`, or a list of names: that is true, so everything is unset, not only what is named. That
  is probably the bug. Write `clear=True` if all is meant, else `monkeypatch.delenv("NAME")`.
- `import-time-value`: the values of a decorator are computed while the file is imported, and cannot be computed above
  the function instead: another decorator runs code before them, they assign a name, the function stands in an `if` or
  has no `self`. Use constants, or patch inside the test.
- `class-decorator`: a fixture cannot take the place of a class's decorator where a test in it, or a fixture that it
  uses, changes the environment itself, which the decorator rolled back or overruled; where the class has bases from
  other files, classes inside it or no tests of pytest; or where the patcher has a name. Write the fixture by hand.
- `class-clears`: the decorator of a class clears the environment. pytest sets `PYTEST_CURRENT_TEST` after a fixture in
  its place has cleared, and the tests would see that. Clear in the tests themselves.
- `generator`: a decorator on a generator ends before the body runs: it never did what it says, and what it is meant
  for is not known where the generator is no fixture and no context manager. Patch in the body.
- `decorator-order`: a decorator below it, of a kind that is not known here, may run code around the body that looks at
  the environment. Patch in the body. Or, if it passes arguments through and runs nothing of that kind, name it in the
  settings, under `transparent-decorators`.
- `patcher-object`: the patcher is passed on, made where its values may be others than where it starts, or entered on a
  stack elsewhere than right in the `with` that makes the stack. Use monkeypatch where it is started.
- `setup-teardown`: beside it, a set-up changes what only its tear-down undoes (see ISO103). In a TestCase, a
  patcher is stopped ahead of clean-ups that may look at the environment, or a set-up that is decorated has a tear-down
  that restores. Stop it by `addCleanup`; patch in the body.
- `restoration-unclear`: in a TestCase, a clean-up is registered between the changes. Change the environment first.
- `snapshot`: it names no variable, it undoes whatever the code inside sets; so does a fixture that clears everything
  around its `yield`. monkeypatch cannot do that; leave it.
- `code-sets`: the test asserts on a variable that it does not set, so the code under test does. `patch.dict` takes that
  back, monkeypatch does not unless it is told: `monkeypatch.setenv(key, "")` and `monkeypatch.delenv(key)` do.
- `code-writes`: what the block calls may write a variable of its own: a function of the source tree that it reaches by
  calls, or one of the test file that stays as it is. `patch.dict` takes that back, monkeypatch does not. The message
  says where the write is. Let an autouse fixture of a conftest restore the variable (ISO301), or run
  `fix --write --confirm`, which keeps the rewrite if it does not make tests worse. A fixture comes too late where code
  after the block may look: end the test with the block.
- `helper`: a `mocker.patch.dict` in a helper lasts until the test ends. Let the tests do it, or make it a fixture. The
  fix that lets the tests pass on their monkeypatch is unsafe (see ISO102).
- `fixture-returns`: what `mocker.patch.dict` sets lasts for the test, but the fixture returns, not once and as its last
  statement, or below a decorator that may need it to. Let it yield.
- `rebinds-environ`: `patch("os.environ", {...})` puts a dict in its place, which child processes never see. Patch the
  variables instead.
- `value-used`: what the block assigns by `as` is not a plain name. Use `os.environ`.
- `restoration-unclear`: a clean-up puts variables back, but it cannot be told which. Use monkeypatch in its place.
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
- `undo-order`: something else in the function, or in a fixture of the file that it uses, is left as it is, for the
  reason given there, or the block uses `monkeypatch.setenv` itself, which would outlive it. Fix that first. Or it is a
  fixture that returns, and another fixture would restore the same variable before monkeypatch does. Let it yield.
- `brittle`: evidence shows a test that passes only because this function leaves a variable behind. The message
  names both. Let that test set it itself first.
"""

from __future__ import annotations

from codemods.rule import Rule
from codemods.state.model import refusals as r

RULE = Rule(
    "ISO101",
    "patch-dict-environ",
    __doc__ or "",
    (
        *(
            r.VALUE_NOT_STRING,
            r.CLEAR_UNKNOWN,
            r.CLEAR_NAMES,
            r.IMPORT_TIME_VALUE,
            r.CLASS_DECORATOR,
        ),
        *(r.CLASS_CLEARS, r.GENERATOR, r.DECORATOR_ORDER),
        *(r.PATCHER_OBJECT, r.SNAPSHOT, r.CODE_SETS, r.REBINDS_ENVIRON, r.HELPER, r.SETUP_TEARDOWN),
        *(
            r.FIXTURE_RETURNS,
            r.RESTORATION_UNCLEAR,
            r.VALUE_USED,
            r.NAME_REBOUND,
            r.LOCAL_IMPORT,
            r.NAME_TAKEN,
        ),
        *(r.UNDO_CALLED, r.COMMENT_OBJECTS, r.UNDO_ORDER, r.BRITTLE, r.CODE_WRITES),
    ),
)
