"""Of the places that a fixture restores ``isolator deflake`` keeps those that a test misses, and no others."""

from __future__ import annotations

import ast
from pathlib import Path
from textwrap import dedent

import pytest

from isolator.evidence.model import Cause, Evidence
from isolator.evidence.observe import save
from isolator.project.request import Request
from isolator.pytest_runs.model import Confirmation, Test
from isolator.pytest_runs.options import Options
from isolator.repair.attempts import Rounds
from isolator.repair.blame import Recipe
from isolator.repair.prove import Proof, prove
from isolator.repair.smallest.rewrites import Smallest
from tests.isolator.confirm.suites import write
from tests.isolator.deflake.test_causes import committed
from tests.isolator.deflake.test_deflake import pytest_passes, report

FOUR_AND_TWENTY = {
    "pytest.ini": "[pytest]\npythonpath = .\n",
    "app.py": "".join(f"PLACE_{number:02} = []\n" for number in range(24)),
    "tests/test_it.py": """
        import app


        def test_polluter():
            for number in range(24):
                getattr(app, f"PLACE_{number:02}").append(1)


        def test_victim():
            assert app.PLACE_03 == app.PLACE_17 == []
    """,
}
TWO_PLACES = '''
    from collections.abc import Iterator

    import pytest


    @pytest.fixture(autouse=True)
    def restore_place_03() -> Iterator[None]:
        """Restore app.PLACE_03 after each test."""
        import app

        saved = list(app.PLACE_03)
        yield
        app.PLACE_03[:] = saved


    @pytest.fixture(autouse=True)
    def restore_place_17() -> Iterator[None]:
        """Restore app.PLACE_17 after each test."""
        import app

        saved = list(app.PLACE_17)
        yield
        app.PLACE_17[:] = saved
'''
CACHES = [f"setting_{number:02}" for number in range(14)]
CACHE = """

@functools.lru_cache
def {0}():
    return os.environ.get("{0}")
"""
CACHED = {
    "pytest.ini": "[pytest]\npythonpath = .\n",
    "app.py": "import functools\nimport os\n"
    + "".join(map(CACHE.format, CACHES))
    + f"\n\nEVERY = [{', '.join(CACHES)}]\n",
    "tests/test_it.py": """
        import app


        def test_polluter(monkeypatch):
            for each in app.EVERY:
                monkeypatch.setenv(each.__name__, "1")
            assert [each() for each in app.EVERY]


        def test_reader():
            assert len([each() for each in app.EVERY]) == 14


        def test_victim():
            assert app.setting_03() is None


        def test_victim_too():
            assert app.setting_11() is None
    """,
}
TWO_CACHES = '''
    from collections.abc import Iterator

    import pytest


    @pytest.fixture(autouse=True)
    def reset_setting_03_cache() -> Iterator[None]:
        """Empty the cache of app.setting_03 before and after each test."""
        import app

        app.setting_03.cache_clear()
        yield
        app.setting_03.cache_clear()


    @pytest.fixture(autouse=True)
    def reset_setting_11_cache() -> Iterator[None]:
        """Empty the cache of app.setting_11 before and after each test."""
        import app

        app.setting_11.cache_clear()
        yield
        app.setting_11.cache_clear()
'''
POLLUTER = "tests/test_it.py::test_polluter"
LISTED = {
    "pytest.ini": "[pytest]\npythonpath = .\n",
    "app.py": "for name in 'ABCDEF':\n    globals()[f'PLACE_{name}'] = {}\n",
    "tests/test_it.py": "import app\n",
}


@pytest.mark.slow
def test_the_experiment_finds_two_places_of_many(tmp_path: Path) -> None:
    """What is told to the rules are these two: one in each half of what the polluter leaves."""
    committed(write(tmp_path, FOUR_AND_TWENTY))
    assert not pytest_passes(tmp_path)
    code, done = report(tmp_path)
    assert (code, {test["after"] for test in done["tests"].values()}) == (0, {"stable"})
    conftest = tmp_path / "tests" / "conftest.py"
    assert conftest.read_bytes() == dedent(TWO_PLACES).lstrip("\n").encode()
    assert pytest_passes(tmp_path)
    cells, victim = ["app.PLACE_03", "app.PLACE_17"], "tests/test_it.py::test_victim"
    assert done["polluters"] == {POLLUTER: {"cells": cells, "victims": [victim]}}
    fails = f"{victim} fails after {POLLUTER}"
    fixtures = ("restore_place_03", "restore_place_17")
    assert done["needed"] == {f"tests/conftest.py::{each}": fails for each in fixtures}
    assert done["pytest_runs"] <= 10.5


@pytest.mark.slow
def test_caches_that_no_test_misses_are_not_reset(tmp_path: Path) -> None:
    """All fourteen are one fixture, which two tests miss, for one cache each."""
    committed(write(tmp_path, CACHED))
    assert not pytest_passes(tmp_path)
    code, done = report(tmp_path)
    assert (code, {test["after"] for test in done["tests"].values()}) == (0, {"stable"})
    conftest = tmp_path / "tests" / "conftest.py"
    assert conftest.read_bytes() == dedent(TWO_CACHES).lstrip("\n").encode()
    assert pytest_passes(tmp_path)
    fixtures = {
        "reset_setting_03_cache": f"tests/test_it.py::test_victim fails after {POLLUTER}",
        "reset_setting_11_cache": f"tests/test_it.py::test_victim_too fails after {POLLUTER}",
    }
    assert done["needed"] == {f"tests/conftest.py::{name}": fails for name, fails in fixtures.items()}
    others = [f"app.{name}" for name in CACHES if name not in ("setting_03", "setting_11")]
    said = [(each["code"], each["message"]) for each in done["unneeded"]]
    assert said == [("ISO302", f"no autouse fixture resets {', '.join(others)}")]
    text = conftest.read_bytes()
    assert report(tmp_path)[1]["fixes"] == []
    assert conftest.read_bytes() == text


def test_all_places_stay_with_all(tmp_path: Path) -> None:
    committed(write(tmp_path, CACHED))
    code, done = report(tmp_path, "--all")
    assert (code, done["unneeded"]) == (0, [])
    text = (tmp_path / "tests" / "conftest.py").read_text()
    assert all(f"app.{name}.cache_clear()" in text for name in CACHES)


@pytest.mark.slow
@pytest.mark.usefixtures("folder")
def test_paths_and_loggers_in_a_list() -> None:
    """What is left are the list of two paths and that of one logger."""
    proof = narrowed([{"test_x": {"app.PLACE_B", "app.PLACE_E"}}, {"test_y": {"b"}}])
    assert restored() == {"_LEAKED_STATE": ["app.PLACE_B", "app.PLACE_E"], "_LEAKED_LOGGERS": ["b"]}
    assert {name: str(fails) for name, fails in proof.needed.items()} == {
        "tests/conftest.py::restore_state": f"tests/test_it.py::test_x fails after {POLLUTER}",
        "tests/conftest.py::restore_loggers": f"tests/test_it.py::test_y fails after {POLLUTER}",
    }
    others = ("app.PLACE_A, app.PLACE_C, app.PLACE_D, app.PLACE_F", "a, c")
    said = [f"tests fail because of {names}, which no fixture restores" for names in others]
    assert [finding.message for unit in proof.unneeded for finding in unit.findings] == said


@pytest.mark.slow
@pytest.mark.usefixtures("folder")
def test_all_places_are_restored_if_a_test_that_was_not_asked_misses_one() -> None:
    """Twelve are asked: the last is not stable without PLACE_F, which the runs of all tests show."""
    needs = {f"test_{number:02}": {"app.PLACE_B"} for number in range(13)}
    proof = narrowed([{**needs, "test_last": {"app.PLACE_F"}}])
    assert restored()["_LEAKED_STATE"] == [f"app.PLACE_{name}" for name in "ABCDEF"]
    assert proof.unneeded == ()
    assert proof.after is not None
    assert {test.verdict for test in proof.after.tests.values()} == {"stable"}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A project whose state no short fixture can restore, for nothing tells what it is."""
    monkeypatch.chdir(write(tmp_path, LISTED))


def narrowed(groups: list[dict[str, set[str]]]) -> Proof:
    """What is proved in this folder where each test passes if the conftest restores what it needs.

    The tests of a group are taken to be alike.
    """
    needed = {f"tests/test_it.py::{name}": names for needs in groups for name, names in needs.items()}
    places = [f"app.PLACE_{name}" for name in "ABCDEF"]
    cells = (*places, *(f'logging.getLogger("{name}").level' for name in "abc"))
    causes = tuple(Cause(name, cells) for name in needed)
    save(Evidence(tests=dict.fromkeys(needed, ()), causes=causes), Path())

    def passes(recipe: Recipe, *, tried: bool) -> bool:  # noqa: ARG001 - as it is called
        return needed[recipe.test] <= {name for names in restored().values() for name in names}

    def confirm(*_: object) -> Confirmation:
        ends = {name: passes(Recipe(name), tried=True) for name in needed}
        return Confirmation((), {n: Test("stable" if end else "order-dependent", ()) for n, end in ends.items()})

    def reduce(rounds: Rounds) -> None:
        recipes = [[Recipe(f"tests/test_it.py::{name}", (POLLUTER,)) for name in needs] for needs in groups]
        Smallest(rounds, recipes, passes, lambda: 0.0).work()

    before = Confirmation((), {name: Test("order-dependent", (), role="victim") for name in needed})
    request = Request(("tests",), select=("ISO303",), write=True, confirm=True)
    return prove(request, Options(), confirm, lambda _: None, before, reduce=reduce)


def restored() -> dict[str, list[str]]:
    """The lists in the conftest, as it is now."""
    conftest = Path("tests", "conftest.py")
    tree = ast.parse(conftest.read_text() if conftest.exists() else "")
    lists = (node for node in tree.body if isinstance(node, ast.Assign) and isinstance(node.value, ast.List))
    return {ast.unparse(node.targets[0]): ast.literal_eval(node.value) for node in lists}
