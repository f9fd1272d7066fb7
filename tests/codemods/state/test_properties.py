"""Whatever is composed of the forms: rewritten, it does the same, and it leaves nothing behind."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, event, given, note, settings

from codemods.context import Context
from isolator.engine.engine import Rewrite, Selection, rewrite
from tests.codemods.state.generated import HEAD, File, decorated_files, files
from tests.codemods.state.in_process import AMBIGUOUS, SHARED, Record, run

_SETTINGS = settings(
    deadline=None,
    database=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)


@settings(_SETTINGS, max_examples=50, derandomize=True)  # the same in every run; the longer one hunts
@given(files())
def test_rewritten_files_do_the_same(file: File) -> None:
    check(file)


@settings(_SETTINGS, max_examples=50, derandomize=True)
@given(decorated_files())
def test_decorated_tests_do_the_same(file: File) -> None:
    check(file)


@pytest.mark.slow
@settings(_SETTINGS, max_examples=2500)
@given(files())
def test_rewritten_files_do_the_same_many(file: File) -> None:
    check(file)


def check(file: File) -> None:
    """Rewrite a file and compare: what the text holds, and what it does when it runs."""
    before = file.text()
    result = rewrite(before.encode(), "test_generated.py", Context(), Selection())
    after = result.source.decode()
    note(f"{file.body()}\n{after[after.find('def reading') :]}")
    note(f"{[finding.refusal for finding in result.left]} {result.error}")
    assert result.error is None
    refused = {file.name_at(finding.span.line) for finding in result.left}
    for finding in result.left:
        event(f"refused: {finding.refusal}")
    event(f"rewritten: {bool(result.fixed)}")
    check_text(file, result, after)
    fixed = {chunk.name for chunk in file.chunks} - refused
    if not refused & {"helper", "manager", "first", "second"}:  # else what these leave behind is part of what tests see
        records = run(after)
        # Where others look after a restoration that was wrong, it stays as it was up to the end of its function.
        tests = fixed - {"helper", "manager", "first", "second"}
        ideals = [run(file.text(fixed), fixed), run(file.text(tests), tests)]
        check_runs(run(before), ideals, records, refused)
        if not refused and ".start()" not in after:  # a patcher of a TestCase stays, and is not stopped if that fails
            check_left(after, records)


def check_text(file: File, result: Rewrite, after: str) -> None:
    """It compiles, asserts the same, keeps its comments and what had no finding, and is not rewritten twice."""
    before = file.text()
    assert asserts(after) == asserts(before)
    assert comments(after) == comments(before)
    changed = {file.name_at(finding.span.line) for finding in result.fixed}
    for chunk in file.chunks:
        assert chunk.name in changed or chunk.text(ideal=False).strip() in after
    assert HEAD.partition("used =")[2] in after
    again = rewrite(after.encode(), "test_generated.py", Context(), Selection())
    assert again.source.decode() == after
    assert (again.fixed, again.error) == ((), None)


def check_runs(
    before: dict[str, Record], ideals: list[dict[str, Record]], after: dict[str, Record], refused: set[str]
) -> None:
    """Every test sees, look by look, what it saw before, or what a restoration that was wrong should have given."""
    assert before.keys() == after.keys()
    for name, record in after.items():
        if re.split(r"[.\[]", name)[0] in refused:
            continue
        was, best, partly = before[name], ideals[0][name], ideals[1][name]
        if AMBIGUOUS in best.seen:
            end = best.seen.index(AMBIGUOUS)
            del record.seen[end:], was.seen[end:], best.seen[end:]
        elif was.ended == "KeyError" and record.ended == "passed":  # of a `del` that should restore, and is gone
            del record.seen[len(was.seen) :], best.seen[len(was.seen) :]
        else:
            assert record.ended in (was.ended, best.ended), f"{name}: {was.ended} {best.ended} {record.ended}"
        assert len(record.seen) in (len(was.seen), len(best.seen))
        for index, environment in enumerate(record.seen):
            allowed = [r.seen[index] for r in (was, best, partly) if index < len(r.seen)]
            told = f"{name}, look {index}: {environment} {allowed}"
            assert environment == SHARED or is_made_of(environment, allowed), told


def is_made_of(environment: dict[str, str], allowed: list[dict[str, str]]) -> bool:
    """Whether each variable is as in one of these: of two wrong restorations, one may have been fixed."""
    names = set(environment).union(*allowed)
    return all(environment.get(name) in [each.get(name) for each in allowed] for name in names)


def check_left(after: str, records: dict[str, Record]) -> None:
    """Nothing is left behind; but a last unset of what the test never set clears up after other code, and stays."""
    stays = re.search(r"(environ|alias)\.pop\(|del (system\.|os\.)?(environ|alias)", after)
    for record in records.values():
        assert not {key for key, value in record.left.items() if value != "unset" or not stays}


def asserts(text: str) -> list[str]:
    """The assertions of a file, in order."""
    return [ast.dump(node) for node in _nodes(ast.parse(text)) if isinstance(node, ast.Assert)]


def _nodes(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    for child in ast.iter_child_nodes(node):
        yield from _nodes(child)


def comments(text: str) -> Counter[str]:
    """The comments that no restoration takes along."""
    return Counter(re.findall(r"# keep \d+", text))
