"""Expectations beyond the verdicts: contents of files, output of tests, duration of a run.

Each of them becomes one ``Expectation``. Where it is not met is named by file and line, or by run and test, and never
by the text at that place, which may hold a secret.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from codemods.python.regular import read_python
from isolator.project.tables.confirm import ExpectedFile
from isolator.pytest_runs.model import Expectation, Run


def check_files(expect: Sequence[ExpectedFile], root: Path) -> list[Expectation]:
    """The expectations of each file: for each regular expression, each name, the number of lines.

    ``^`` and ``$`` match at every line. A file that cannot be read meets nothing, not even what must be absent; one
    with only a path must be readable.
    """
    return [expectation for each in expect for expectation in _file(each, root / each.path)]


def check_runs(forbid_output: Sequence[str], max_seconds: float | None, runs: Sequence[Run]) -> list[Expectation]:
    """An expectation for each pattern that no output may match, and one for the time that a run may take.

    The attempts name the patterns by their places in ``forbid_output``.
    """
    expectations = []
    numbered = list(enumerate(runs, 1))
    for number, pattern in enumerate(forbid_output):
        tests = [(n, run, test) for n, run in numbered for test in _printing(number, run)]
        where = [f"{run.named(n)}: {test}" for n, run, test in tests]
        expectations.append(_judged(f"no test prints '{pattern}'", where))
    if max_seconds is not None:
        slow = [(n, run) for n, run in numbered if run.seconds > max_seconds]
        where = [f"{run.named(n)}: {run.seconds:.2f} s" for n, run in slow]
        expectations.append(_judged(f"each run takes at most {max_seconds:g} s", where))
    return expectations


def _file(expected: ExpectedFile, path: Path) -> Iterator[Expectation]:
    name = expected.path
    text, problem = _read(path)
    unread = [f"{name}: {problem}"] if problem else []
    for pattern in expected.matches:
        missing = [] if re.search(pattern, text, re.MULTILINE) else [f"{name}: no match"]
        yield _judged(f"{name} matches '{pattern}'", unread or missing)
    for pattern in expected.absent:
        found = [f"{name}:{line}" for line in _lines_of(pattern, text)]
        yield _judged(f"{name} does not match '{pattern}'", unread or found)
    if expected.defines:
        names, place = _defined(text)
        invalid = unread or ([f"{name}{place}"] if place else [])
        for each in expected.defines:
            undefined = [] if each in names else [f"{name}: no such name at module level"]
            yield _judged(f"{name} defines {each}", invalid or undefined)
    if expected.min_lines is not None:
        lines = text.count("\n") + (not text.endswith("\n") and text != "")
        short = [f"{name}: {lines}"] if lines < expected.min_lines else []
        yield _judged(f"{name} has at least {expected.min_lines} lines", unread or short)
    if expected == ExpectedFile(name):
        yield _judged(f"{name} is there", unread)


def _read(path: Path) -> tuple[str, str]:
    """The text of a file, and why it cannot be read or ""; Python's declarations of encodings count."""
    try:
        return read_python(path), ""
    except OSError as error:
        return "", f"cannot be read: {error.strerror}"
    except (SyntaxError, UnicodeDecodeError, LookupError):
        return "", "cannot be read: is not in UTF-8, nor in an encoding that it declares"


def _lines_of(pattern: str, text: str) -> Iterator[int]:
    """The lines at which matches begin, each once."""
    line, last, counted = 1, 0, 0
    for match in re.finditer(pattern, text, re.MULTILINE):
        line += text.count("\n", counted, match.start())
        counted = match.start()
        if line != last:
            yield line
        last = line


def _defined(text: str) -> tuple[set[str], str]:
    """The names that a module defines, and where and why it cannot be parsed or ""."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # not our code
            module = ast.parse(text)
    except SyntaxError as error:
        return set(), f":{error.lineno or 1}: {error.msg}"
    except (ValueError, RecursionError, MemoryError):
        return set(), ": cannot be parsed"
    return set(_bound(module)), ""


def _bound(module: ast.Module) -> Iterator[str]:
    left: list[ast.AST] = [module]
    while left:
        node = left.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.alias):
            yield node.asname or node.name.partition(".")[0]
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif not isinstance(node, _SCOPES) and not (isinstance(node, ast.AnnAssign) and node.value is None):
            left.extend(ast.iter_child_nodes(node))


def _printing(number: int, run: Run) -> Iterator[str]:
    """The tests whose output matches a pattern, or may: what pytest captured of one that never ended is lost."""
    for name, attempt in run.attempts.items():
        if number in attempt.forbidden:
            yield name
        elif attempt.result in ("hung", "crashed"):
            yield f"{name} {attempt.result}, so that what it printed is not known"
    if number in run.forbidden:
        yield "outside of the tests, or with `-s`, where no test can be named"


def _judged(what: str, where: Iterable[str]) -> Expectation:
    places = tuple(where)
    return Expectation(what, not places, places)


# Names assigned in these are local to them, not the module's.
_SCOPES = (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
