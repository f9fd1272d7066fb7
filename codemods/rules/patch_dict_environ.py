"""A test changes the environment with `patch.dict`, which empties and refills all of it.

## What it does

Finds `patch.dict` on `os.environ` in every spelling (`patch.dict`, `mock.patch.dict`, `mocker.patch.dict`;
`os.environ`, `"os.environ"`, an alias; as a `with` item, a decorator or a statement) and rewrites it to
`monkeypatch.setenv` and `monkeypatch.delenv`. A block at the end of a test becomes plain calls, because no code after
it can notice when they are undone. Any other block becomes `with monkeypatch.context() as m:`, so that the change
still ends at the same place. Fixtures, helpers and Hypothesis tests get `with pytest.MonkeyPatch.context() as
monkeypatch:`. So does a test if a fixture, in the file or in a conftest above, would restore the same variable before
monkeypatch does. A fixture never gets the parameter `monkeypatch`, because the tear-downs of other fixtures would then
see what its tests patch. `--verbose` says why a test gets a block where you may expect plain calls:
`monkeypatch.undo()` may run before the end of the test, a fixture that reads the environment is torn down before
monkeypatch undoes, or code after the block reads it.

- `stack.enter_context(patch.dict(...))` becomes `m = stack.enter_context(monkeypatch.context())`, so that the stack
  still undoes in the same order.
- A nested function is rewritten on its own.
- A patcher that is assigned to a local name is rewritten where it starts, as a block or with `start()` and `stop()`.
- A module-level patcher that holds constants and is only used in `with` statements is written out in each block, and
  its assignment is removed. Any other module-level patcher stays, and changes made inside its blocks and functions end
  there.
- A test that changes a variable inside a block of a context manager of the same file, which changes the same variable,
  gets a MonkeyPatch for that block.

A patcher that pytest's `setup_method` (`setup_class`) creates, stores in an attribute and starts, and that
`teardown_method` (`teardown_class`) stops, becomes a MonkeyPatch in an attribute, with `undo()` where it was stopped.

In a `unittest.TestCase`, `patch.dict` is left unchanged, without a finding: it is scoped there, and fixtures are not
available. Code directly inside it is left unchanged as well. With the setting `unittest = "convert"`, a `with` becomes
`with pytest.MonkeyPatch.context() as monkeypatch:`. A decorator, `enterContext`, and a patcher that is started in the
set-up and stopped by `addCleanup` or in the tear-down become a MonkeyPatch with `addCleanup(monkeypatch.undo)`; a
decorator becomes a `with` if a tear-down or a clean-up could notice the difference.

The values of a decorator are computed once, while the file is imported. Constants, and names that are assigned once at
the top level of the file, move into the function. Any other value is still computed at the same place, as
`_environment_of_test_key = {...}` right above the function, which then reads it in a loop. In a class, this name begins
with two underscores, so that it is private to the class.

## Why it makes tests flaky

When a `patch.dict` block ends, it clears the environment and fills it again. A thread that reads `PATH` at that moment
finds nothing, and a variable that code in the block sets in another way is overwritten. monkeypatch changes only
the variables that the test named, and undoes the changes in reverse order.

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

The environment is the same at every statement of the test, and restored at the end. There is one difference:
`patch.dict` also rolls back variables that the code under test sets inside the block; monkeypatch does not. So
isolator follows the calls of the block through the source tree (the setting `source`). If they may reach such a write,
the block stays (`code-writes`), unless an autouse fixture above restores that variable and no code after the block may
read it. If an assertion shows which variable it is, and the block clears the environment, the rewrite handles it.
Writes by installed packages, and by a module while it is imported for the first time, are not followed.

A decorator that has no effect has an unsafe fix that gives it one. On a fixture or a context manager that yields,
`patch.dict` ends before the body runs (and pytest does not notice that the function yields), and above
`@pytest.fixture` it is never applied. The fix sets the variables at the start of the body, for as long as the fixture
or the context lasts. This is what the author intended, but the tests have not run with it before. The other changes in
the function are rewritten with it.

A decorator on a class has an unsafe fix too: an autouse fixture `environment` in the class. It covers more than the
decorator, which applies only to methods whose names begin with `test`: set-up methods and the other fixtures of the
tests run inside it, and so do the tests of subclasses.

## When it refuses

All changes in a function are rewritten or none, because they must be undone in reverse order.

- `value-not-string`: a key or value is certainly not a `str`, or may not be one in a test about TypeError, which
  `patch.dict` raises and monkeypatch does not. Make it a string first.
- `clear-unknown`: `clear` is neither True nor False. Write one of them.
- `clear-names`: `clear="NAME"`, or a list of names, is true, so everything is cleared, not only the named variables.
  This is probably a bug. Write `clear=True` to clear everything, otherwise `monkeypatch.delenv("NAME")`.
- `import-time-value`: the values of a decorator are computed while the file is imported, and cannot be computed above
  the function instead: another decorator runs code before them, they assign a name, or the function is in an `if` or
  has no `self`. Use constants, or patch inside the test.
- `class-decorator`: a fixture cannot replace the decorator of a class if a test in it, or a fixture that it uses,
  changes the environment itself, which the decorator rolled back or overrode; if the class has bases from other files,
  nested classes or no pytest tests; or if the patcher has a name. Write the fixture by hand.
- `class-clears`: the decorator of a class clears the environment. A fixture would clear it before pytest sets
  `PYTEST_CURRENT_TEST`, and the tests would see that variable. Clear it in the tests themselves.
- `generator`: a decorator on a generator ends before the body runs, so it has no effect. If the generator is neither a
  fixture nor a context manager, its purpose is unknown. Patch in the body.
- `decorator-order`: a decorator below it, of an unknown kind, may run code around the body that reads the environment.
  Patch in the body. Or, if the decorator passes arguments through and runs no such code, add it to the setting
  `transparent-decorators`.
- `patcher-object`: the patcher is passed to other code, is created where its values may differ from those where it
  starts, or is entered on a stack other than directly in the `with` that creates the stack. Use monkeypatch where the
  patcher is started.
- `setup-teardown`: a set-up also makes a change that only its tear-down undoes (see ISO103). In a TestCase, a
  patcher is stopped before clean-ups that may read the environment, or a decorated set-up has a tear-down that restores
  variables. Stop it with `addCleanup`, or patch in the body.
- `restoration-unclear`: in a TestCase, a clean-up is registered between the changes. Change the environment first.
- `snapshot`: it names no variable, and undoes whatever the code inside sets; so does a fixture that clears everything
  around its `yield`. monkeypatch cannot do that; leave it.
- `code-sets`: the test asserts on a variable that it does not set, so the code under test sets it. `patch.dict` rolls
  that back; monkeypatch does so only after `monkeypatch.setenv(key, "")` and `monkeypatch.delenv(key)`.
- `code-writes`: code that the block calls may set another variable: a function of the source tree, or one of the test
  file that is not rewritten. `patch.dict` rolls that back, monkeypatch does not. The message says where the write is.
  Let an autouse fixture of a conftest restore the variable (ISO301), or run `fix --write --confirm`, which keeps the
  rewrite if it does not make tests worse. A fixture is too late if code after the block may read the variable: then end
  the test with the block.
- `helper`: a `mocker.patch.dict` in a helper lasts until the test ends. Patch in the tests, or make the helper a
  fixture. The fix that passes the monkeypatch of the tests to the helper is unsafe (see ISO102).
- `hook`: a hook of pytest that runs for each test changes it, and it lasts for the tests that follow. Change it in an
  autouse fixture with monkeypatch, or restore it after the `yield` of a hook wrapper. A hook that runs once
  (`pytest_configure`) is not reported: it sets up all tests.
- `fixture-returns`: the change of `mocker.patch.dict` lasts for the test, but the fixture returns, and its `return`
  cannot become a `yield`: it is not the only one and the last statement, or a decorator may need it. Let it yield.
- `rebinds-environ`: `patch("os.environ", {...})` replaces it by a dict, which child processes never see. Patch the
  variables instead.
- `value-used`: the target of `as` is not a plain name. Use `os.environ`.
- `restoration-unclear`: a clean-up restores variables, but it is not clear which. Use monkeypatch instead.
- `name-rebound`: a name for `os.environ` (`as env`, `env = os.environ`) is reassigned in the same function. Write
  `os.environ` there.
- `local-import`: the new lines need `os` or `pytest` before the function imports it. Import it at the top of the file.
- `name-taken`: the function has its own variable called `monkeypatch`. Rename it.
- `undo-called`: `monkeypatch.undo()` may run before the change ends (the function calls it, or a test of the fixture,
  or code that gets the monkeypatch), and the monkeypatch sets the same variable. Use `monkeypatch.context()` for the
  changes that it undoes.
- `comment-objects`: a comment in the function, or right above it, says not to use monkeypatch. If it is out of date,
  delete it; otherwise add `# isolator: ignore`.
- `undo-order`: another change in the function, or in a fixture of the file that it uses, is not rewritten, for the
  reason given there, or the block itself uses `monkeypatch.setenv`, whose change would last longer than the block.
  Rewrite that first. Or it is a fixture that returns, and another fixture would restore the same variable before
  monkeypatch does. Let it yield.
- `brittle`: evidence shows a test that passes only because this function leaks a variable. The message names the test
  and the variable. Let that test set the variable itself first.
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
        *(r.PATCHER_OBJECT, r.SNAPSHOT, r.CODE_SETS, r.REBINDS_ENVIRON, r.HELPER, r.HOOK, r.SETUP_TEARDOWN),
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
