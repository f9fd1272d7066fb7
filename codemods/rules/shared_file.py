"""A file outside of a temporary directory, or in one that tests share, is changed, and makes others fail.

## What it does

Which files these are, `isolator deflake` finds out by experiment: a test that fails after another one passes if the
file is put back between the two. The tests that leave it changed each get a file of their own:

- A test that writes to a relative path, or has code under test write to one, and uses no file of the project by a
  relative path, runs in a folder of its own: `monkeypatch.chdir(tmp_path)` at its head. In a `unittest.TestCase` the
  folder and the MonkeyPatch are made on the spot, and go by `addCleanup`. A database is a file as well:
  `sqlite3.connect("app.db")`.
- Where it does use files of the project, or the path is absolute, what it writes itself is named in `tmp_path`:
  `open("data/out.csv", "w")` becomes `open(tmp_path / "out.csv", "w")`, in the whole function; where other code is told
  the path, it is `str(tmp_path / "out.csv")`. So it is done in a fixture, too.
- A file of the project that the test changes is copied there first: `shutil.copy("data/in.csv", tmp_path)`.
- A fixture of a wider scope that makes the temporary folder which the tests share (`tempfile.mkdtemp()`,
  `tmp_path_factory.mktemp("x")`) loses its `scope`, so that each test has a new one.

A path is followed through names that are assigned once, `os.path.join`, `pathlib.Path`, `os.getcwd()` and `__file__`.

## Why it makes tests flaky

A file in the working directory is there for all tests, and for the next run as well. What one test writes another one
finds: a folder that cannot be made again, a table that exists, lines of an earlier test in a log.

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

The fix is safe where the test runs no code but its own and that of the standard library, and where the tests are run
after it and prove it (`isolator deflake`, `fix --confirm`). Else it is unsafe, and in a fixture always: code under test
may open files of the project by relative paths, or the same file by a path of its own; and a test may go on with what
another one has put into the folder of a fixture, which it then no longer finds.

## When it refuses

- `sequence`: a test needs what another one has made: it reads or removes the file first of all. Let a fixture make it,
  and have both ask for that.
- `reads-project`: the test uses files of the project by relative paths as well, and what it writes cannot be told apart
  from these. Give it a path in `tmp_path` for what it writes.
- `path-shared`: a fixture, a set-up, a helper or a constant of the file names the path, too. Let one fixture give all
  of them a path in `tmp_path`.
- `path-unclear`: the path is used as text (`assert name == "out.csv"`), or begins where the file stands. Build it from
  `tmp_path`.
- `path-in-code`: code under test chooses the path, in the home directory, or in a folder of the project. Let it take
  the folder from its caller, or from a variable, and give it `tmp_path`.
- `own-directory`: the test changes the working directory itself. Let it do so first of all, to `tmp_path`.
- `given`: Hypothesis runs the test many times. Make a temporary directory in its body each time.
- `signature`: the test cannot be given `tmp_path`: it is called elsewhere, or a decorator calls it. Let a fixture give
  the path.
- `name-taken`: `tmp_path`, `monkeypatch`, `folder` or the name of a module is another thing there. Rename that.
- `undo-called`: `monkeypatch.undo()` would take the test back too soon. Use `monkeypatch.context()` for what it undoes.
- `wider-user`: another fixture of a wider scope asks for the one that makes the folder. Let that be made for each test
  first.
- `fixture-unclear`: several fixtures of a wider scope make temporary files. Narrow the one that is meant.
- `kept-state`: the fixture speaks of the module or the session, sets a global name, is asynchronous, or its scope is
  worked out. Let it make a folder for each test beside it.
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
