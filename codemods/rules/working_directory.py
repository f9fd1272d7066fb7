"""A test changes the working directory, and nothing but its own code changes it back, if anything does.

## What it does

Finds `os.chdir(path)` in tests, fixtures and helpers, with and without a restoration by hand (`os.chdir(saved)`, in a
`finally`, after a `yield`, in a tear-down or by `addCleanup`), and rewrites it to `monkeypatch.chdir(path)`; the
restoration goes. In a `unittest.TestCase` the MonkeyPatch is made on the spot and undone by `addCleanup`.

`os.chdir` to where the process is already (`os.chdir(os.getcwd())`, `os.chdir(".")`) changes nothing, and is no
finding. `contextlib.chdir` restores what it changes: it is left alone.

## Why it makes tests flaky

The working directory belongs to the process. A test that leaves it elsewhere makes every later test look for relative
paths there; if it was a temporary directory that is gone by then, even `os.getcwd()` fails. A restoration by hand that
does not stand in a `finally` is skipped when an assertion fails, so that one failure becomes many.

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

The working directory is the same at every statement, up to the point where it used to be restored. After the test it is
what it was before the first change, so a *brittle* test that passed only because an earlier test had left the process
somewhere else will now fail, as it always did on its own.

What monkeypatch needs is the directory that it comes back to: where that has been deleted, `monkeypatch.chdir` fails,
and `os.chdir` did not.

## When it refuses

All changes in a function are rewritten or none, because they must be undone in the reverse order of doing.

- `value-used`: the change is part of an expression. Write it as a statement of its own.
- `path-unclear`: it is made through a file descriptor, or not with one argument. Call `os.chdir` with a path.
- `helper`: the change persists after the helper returns, and something other than tests and fixtures of the file calls
  or mentions it. Use monkeypatch in the tests, pass it in, or make it a fixture.
- `fixture-returns`: the change must last for the test, but the fixture returns, not once and as its last statement,
  or below a decorator that may need it to. Let it yield inside `with pytest.MonkeyPatch.context() as monkeypatch:`.
- `nested-function`: the change is made when a nested function runs, or perhaps when the function around it has ended.
  Move it into the test.
- `setup-teardown`: set up in one function, and not undone in the other, or not in a way that `undo()` in a tear-down
  could take the place of. Write an autouse fixture that uses monkeypatch.
- `module-level`: it runs while the file is imported. Move it into a fixture.
- `restoration-order`: it is put back amid code that may fail or look. Change it right before the `try`.
- `restoration-unclear`: a clean-up changes the directory, but it cannot be told to what it was. Use monkeypatch in its
  place.
- `local-import`: the new lines need `pytest` above the line on which the function imports it. Import it at the top of
  the file.
- `name-taken`: `monkeypatch` is a variable of its own in the function. Rename it.
- `undo-called`: `monkeypatch.undo()` may run before the change ends. Use `monkeypatch.context()` for what it undoes.
- `comment-objects`: a comment in the function, or right above it, says that monkeypatch is not to be used. If it is out
  of date, take it out; else add `# isolator: ignore`.
- `undo-order`: something else in the function is left as it is, for the reason given there; or what stands around it
  may restore the directory itself before this is undone, and remove the one that it would come back to: a block or a
  decorator whose name says so, or the tear-down of a TestCase whose base is in another file. Change that first.
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
