"""What the fixtures of a conftest do decides how a test below it may be rewritten (rows E7, S11, S17, S20)."""

from __future__ import annotations

from pathlib import Path

import pytest

from codemods.context import Conftest, Context
from isolator.engine.engine import Rewrite, Selection, rewrite
from tests.codemods.state.cases_conftests import CASES, EARLY, ENV, TEST, WRAPPED, Below
from tests.codemods.state.kit import HEAD, Record, run_suites

every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


def conftests(case: Below) -> dict[str, str]:
    """The case's conftests by their paths."""
    return {"conftest.py": case.conftest} | ({"nearer/conftest.py": case.nearer} if case.nearer else {})


def context(case: Below) -> Context:
    found = [Conftest(f"/p/{path.removesuffix('conftest.py')}", text) for path, text in conftests(case).items()]
    return Context(root=Path("/p"), conftests=tuple(reversed(found)))


def fixed(text: str, path: str, around: Context) -> Rewrite:
    result = rewrite(text.encode(), path, around, Selection())
    assert result.error is None
    return result


def place(case: Below) -> str:
    return f"nearer/test_{case.name}.py" if case.nearer else f"test_{case.name}.py"


@every_case
def test_rewritten_to_the_byte(case: Below) -> None:
    result = fixed(case.before, place(case), context(case))
    assert result.source.decode() == case.after
    assert {finding.refusal for finding in result.left} == (set() if result.fixed else {"undo-order"})


@every_case
def test_second_pass_changes_nothing(case: Below) -> None:
    for around in (context(case), Context()):
        again = fixed(case.after, place(case), around)
        assert again.source.decode() == case.after or case.before == case.after


@every_case
def test_conftests_elsewhere_count_for_nothing(case: Below) -> None:
    alone = fixed(case.before, place(case), Context())
    found = context(case)
    assert fixed(case.before, f"/elsewhere/{place(case)}", found).source == alone.source
    assert alone.source.decode() != case.after or not case.leaks


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Record]:
    """What pytest records over all cases: as they were, as they become, and as they would without the conftests."""
    folder: Path = tmp_path_factory.mktemp("suites")
    suites: dict[str, dict[str, str]] = {"before": {}, "after": {}, "both": {}, "conftest": {}, "blind": {}}
    for case in CASES:
        whole = context(case)
        old = conftests(case)
        new = {path: fixed(text, path, whole).source.decode() for path, text in old.items()}
        blind = fixed(case.before, place(case), Context()).source.decode()
        for suite, around, test in (
            ("before", old, case.before),
            ("after", old, case.after),
            ("both", new, case.after),
            ("conftest", new, case.before),
            ("blind", old, blind),
        ):
            files = {**around, place(case): test}
            suites[suite] |= {f"{case.name}/{path}": text for path, text in files.items()}
    return {suite: run_suites(folder / suite, {}, files) for suite, files in suites.items()}


def of_case(case: Below, record: Record) -> Record:
    own = {test: seen for test, seen in record.items() if test.startswith(f"{case.name}/")}
    told = ("seen", "left", "outcomes")
    found = {test: {name: seen[name] for name in told} for test, seen in own.items()}
    assert found
    return found


@every_case
def test_same_environment_with_either_conftest(case: Below, records: dict[str, Record]) -> None:
    before = of_case(case, records["before"])
    assert all(outcome.endswith("passed") for seen in before.values() for outcome in map(str, seen["outcomes"]))
    for suite in ("after", "both", "conftest"):
        assert of_case(case, records[suite]) == before, suite


@every_case
def test_it_would_leak_if_nobody_looked_at_the_conftest(case: Below, records: dict[str, Record]) -> None:
    if case.leaks:
        assert of_case(case, records["blind"]) != of_case(case, records["before"])


def test_fixtures_of_the_file_stay_if_only_tests_are_asked_for() -> None:
    body = HEAD + (EARLY + ENV + TEST).lstrip("\n")
    whole = rewrite(body.encode(), "test_it.py", Context(), Selection()).source.decode()
    assert whole.endswith(WRAPPED)
    assert "with patch.dict" not in whole
    one = rewrite(body.encode(), "test_it.py", Context(), Selection(), tests=("test_it",)).source.decode()
    assert one == HEAD + (EARLY + ENV + WRAPPED).lstrip("\n")
