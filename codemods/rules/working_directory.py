"""A test changes the working directory, and does not restore it or restores it by hand.

## What it does

Finds `os.chdir(path)` in tests, fixtures and helpers, with or without a manual restore (`os.chdir(saved)`, in a
`finally`, after a `yield`, in a tear-down or with `addCleanup`), and rewrites it to `monkeypatch.chdir(path)`. The
restore is removed. In a `unittest.TestCase` a MonkeyPatch is created in the method and undone by `addCleanup`.

`os.chdir` to the current directory (`os.chdir(os.getcwd())`, `os.chdir(".")`) changes nothing, and is not
reported. `contextlib.chdir` restores the directory itself, and is not reported either.

## Why it makes tests flaky

The working directory belongs to the process. If a test leaves it changed, every later test looks for relative
paths in the wrong place. If it was a temporary directory that is deleted by then, even `os.getcwd()` fails. A manual
restore outside of a `finally` is skipped when an assertion fails, so that one failure becomes many.

## Before

```python
def test_reads_the_settings(tmp_path):
    (tmp_path / "settings.toml").write_text("debug = true")
    before = os.getcwd()
    os.chdir(tmp_path)
    assert load_settings().debug
    os.chdir(before)
```

## After

```python
def test_reads_the_settings(tmp_path, monkeypatch):
    (tmp_path / "settings.toml").write_text("debug = true")
    monkeypatch.chdir(tmp_path)
    assert load_settings().debug
```

## Fix safety

The working directory is the same at every statement, up to the old point of restoration. After the test it is as it was
before the first change, so a *brittle* test that passed only because an earlier test had changed the directory will now
fail, as it always did alone.

monkeypatch needs the directory that it returns to: if that has been deleted, `monkeypatch.chdir` fails,
and `os.chdir` did not.

## When it refuses

All changes in a function are rewritten or none, because they must be undone in reverse order.

- `value-used`: the change is part of an expression. Make it a separate statement.
- `path-unclear`: the call uses a file descriptor, or does not have exactly one argument. Call `os.chdir` with a path.
- `helper`: the change persists after the helper returns, and code other than the tests and fixtures of the file calls
  or mentions the helper. Use monkeypatch in the tests, pass it to the helper, or make the helper a fixture.
- `hook`: a hook of pytest that runs for each test changes it, and it lasts for the tests that follow. Change it in an
  autouse fixture with monkeypatch, or restore it after the `yield` of a hook wrapper. A hook that runs once
  (`pytest_configure`) is not reported: it sets up all tests.
- `fixture-returns`: the change must last for the test, but the fixture returns, and its `return` cannot become a
  `yield`: it is not the only one and the last statement, or a decorator may need it. Let the fixture yield inside
  `with pytest.MonkeyPatch.context() as monkeypatch:`.
- `nested-function`: the change is made when a nested function runs, perhaps after the enclosing function has ended.
  Move it into the test.
- `setup-teardown`: the set-up makes the change, and the tear-down does not undo it, or not in a way that `undo()` could
  replace. Write an autouse fixture that uses monkeypatch.
- `module-level`: the code runs while the file is imported. Move it into a fixture.
- `restoration-order`: code next to the restoration may fail, or may read the state. Make the change right before the
  `try`.
- `restoration-unclear`: a clean-up changes the directory, but it is not clear that it restores the old one. Use
  monkeypatch instead.
- `local-import`: the new lines need `pytest` before the function imports it. Import it at the top of the file.
- `name-taken`: the function has its own variable called `monkeypatch`. Rename it.
- `undo-called`: `monkeypatch.undo()` may run before the change ends. Use `monkeypatch.context()` for the changes that
  it undoes.
- `comment-objects`: a comment in the function, or right above it, says not to use monkeypatch. If it is out of date,
  delete it; otherwise add `# isolator: ignore`.
- `undo-order`: another change in the function is not rewritten, for the reason given there; or code around it may
  restore the directory before this change is undone, and delete the directory to return to: a block or a decorator
  with a name that suggests this, or the tear-down of a TestCase whose base is in another file. Rewrite that first.
"""

from __future__ import annotations

from codemods.rule import Rule
from codemods.state.codemod import codemod_of
from codemods.state.kinds import working_directory
from codemods.state.model import refusals as r

RULE = Rule(
    "ISO401",
    "working-directory",
    __doc__ or "",
    (
        *(
            r.VALUE_USED,
            r.PATH_UNCLEAR,
            r.HELPER,
            r.HOOK,
            r.FIXTURE_RETURNS,
            r.NESTED_FUNCTION,
            r.SETUP_TEARDOWN,
        ),
        *(
            r.MODULE_LEVEL,
            r.RESTORATION_ORDER,
            r.RESTORATION_UNCLEAR,
            r.LOCAL_IMPORT,
            r.NAME_TAKEN,
            r.UNDO_CALLED,
        ),
        *(r.COMMENT_OBJECTS, r.UNDO_ORDER),
    ),
    undoes="function",
)
CODEMOD = codemod_of(working_directory.KIND, {"patch-dict": RULE, "write": RULE, "restoration": RULE})
