"""A test changes a file outside of a temporary directory, or in a shared one, and other tests fail because of it.

## What it does

`isolator deflake` finds these files by experiment: a test that fails after another one passes if the
file is restored between the two. Each test that leaves the file changed gets its own file:

- A test that writes to a relative path, or lets code under test write to one, and uses no file of the project by a
  relative path, runs in its own folder: `monkeypatch.chdir(tmp_path)` at its start. In a `unittest.TestCase` the
  folder and the MonkeyPatch are created in the method, and removed by `addCleanup`. A database is a file as well:
  `sqlite3.connect("app.db")`.
- If the test does use files of the project, or the path is absolute, the file that it writes moves to `tmp_path`:
  `open("data/out.csv", "w")` becomes `open(tmp_path / "out.csv", "w")`, in the whole function. If the path is passed to
  other code, it becomes `str(tmp_path / "out.csv")`. The same is done in a fixture.
- A file of the project that the test changes is copied there first: `shutil.copy("data/in.csv", tmp_path)`.
- A fixture of a wider scope that creates a temporary folder which tests share (`tempfile.mkdtemp()`,
  `tmp_path_factory.mktemp("x")`) loses its `scope`, so that each test gets a new one.

A path is followed through names that are assigned once, `os.path.join`, `pathlib.Path`, `os.getcwd()` and `__file__`.

## Why it makes tests flaky

All tests see a file in the working directory, and so does the next run. The output of one test affects another
one: a folder that cannot be created again, a table that exists already, lines of an earlier test in a log.

## Before

```python
def test_export():
    export_all("out.csv")
    assert len(open("out.csv").readlines()) == 2
```

## After

```python
def test_export(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    export_all("out.csv")
    assert len(open("out.csv").readlines()) == 2
```

## Fix safety

The fix is safe if the test runs only its own code and that of the standard library, and the tests are run afterwards
to confirm it (`isolator deflake`, `fix --confirm`). Otherwise it is unsafe, and in a fixture always: code under test
may open files of the project by relative paths, or the same file by a different path; and a test may depend on
files that another one has put into the folder of a fixture, which it then no longer finds.

## When it refuses

- `sequence`: a test needs a file that another one has created: it first reads or removes the file. Create it in a
  fixture that both tests request.
- `reads-project`: the test also uses files of the project by relative paths, and the files that it writes cannot be
  told apart from these. Write to a path in `tmp_path`.
- `path-shared`: a fixture, a set-up, a helper or a constant of the file names the path, too. Let one fixture provide a
  path in `tmp_path` to all of them.
- `path-unclear`: the path is used as text (`assert name == "out.csv"`), or starts at the location of the test file.
  Build it from `tmp_path`.
- `path-in-code`: code under test chooses the path, in the home directory, or in a folder of the project. Let it take
  the folder as an argument, or from a variable, and pass `tmp_path`.
- `own-directory`: the test changes the working directory itself. Let it change to `tmp_path` first.
- `given`: Hypothesis runs the test many times. Create a temporary directory in its body each time.
- `signature`: the test cannot get the parameter `tmp_path`: other code calls it, or a decorator does. Let a fixture
  provide the path.
- `name-taken`: `tmp_path`, `monkeypatch`, `folder` or the name of a module is used for something else there. Rename
  that.
- `undo-called`: `monkeypatch.undo()` would restore the directory too early. Use `monkeypatch.context()` for the changes
  that it undoes.
- `wider-user`: another fixture of a wider scope requests the one that creates the folder. Narrow the scope of that
  fixture first.
- `fixture-unclear`: several fixtures of a wider scope create temporary files. Narrow the scope of the right one.
- `kept-state`: the fixture refers to the module or the session, sets a global name, is asynchronous, or its scope is
  computed. Create a separate folder for each test.
"""

from __future__ import annotations

from collections.abc import Sequence
from posixpath import basename

from codemods.context import Context
from codemods.python.source import Source
from codemods.rule import Additions, Codemod, Match, Refusal, Rule
from codemods.shared_files import refusals as r
from codemods.shared_files.finding import Found, shared_files, wide_fixtures, writers
from codemods.shared_files.narrowing import Narrowed
from codemods.shared_files.own import Own
from codemods.state.model.refusals import NAME_TAKEN, UNDO_CALLED

RULE = Rule(
    "ISO409",
    "shared-file",
    __doc__ or "",
    (
        *(r.SEQUENCE, r.READS_PROJECT, r.PATH_SHARED, r.PATH_UNCLEAR, r.PATH_IN_CODE, r.OWN_DIRECTORY),
        *(r.GIVEN, r.SIGNATURE, NAME_TAKEN, UNDO_CALLED, r.WIDER_USER, r.FIXTURE_UNCLEAR, r.KEPT_STATE),
    ),
)


def may_apply(data: bytes, path: str, context: Context) -> bool:
    """Whether a file may have tests, or fixtures, that leave one of the paths changed."""
    shared = shared_files(context)
    if path.endswith("conftest.py"):
        return bool(shared)
    seen = (test.startswith(f"{path}::") for each in shared for test in each.tests)
    return any(seen) or any(basename(each.path).encode() in data for each in shared)


def find(source: Source, context: Context) -> list[Match]:
    """The tests and fixtures that leave shared files changed."""
    if not may_apply(source.text.encode(), source.path, context):
        return []
    found = [*writers(source, context), *wide_fixtures(source, context)]
    return sorted(map(_match, found), key=lambda match: match.finding.span)


def apply(source: Source, context: Context, accepted: Sequence[Match]) -> str:
    """The text in which each test has files of its own. Raises NotLosslessError."""
    from codemods.shared_files.writing import written

    return written(source, context, [m.change for m in accepted if isinstance(m.change, (Own, Narrowed))])


def adds(_source: Source, _context: Context) -> Additions:
    """Folders for single tests."""
    return Additions(own_files=True)


def _match(found: Found) -> Match:
    host, change = found.host, found.change
    span, test = host.source.name_of(host.function), host.node_id
    if isinstance(change, Refusal):
        return Match(RULE.finding(span, found.message, test=test, refusal=change))
    caution = found.caution if found.fix == "unsafe" else ""
    return Match(RULE.finding(span, found.message, test=test, fix=found.fix, caution=caution), change)


CODEMOD = Codemod(rules=(RULE,), may_apply=may_apply, find=find, apply=apply, adds=adds)
