"""``isolator deflake`` on tests that fail in every order because of a variable that the shell has set."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.isolator.confirm.suites import write
from tests.isolator.deflake.test_deflake import deflake, pytest_passes, report
from tests.isolator.inside import inside

VALUE = "sh-o-rt"
APP = """
    import os


    def key():
        given = os.environ.get("ISO_SECRET")
        if given is not None and len(given) < 10:
            raise ValueError("the key is too short")
        return given or "a key that was generated"


    def mode():
        return os.environ.get("ISO_MODE", "none")
"""
SUITE = {
    "pytest.ini": "[pytest]\npythonpath = .\n",
    "app.py": APP,
    "tests/test_a.py": """
        import app


        def test_generated():
            \"\"\"Without a key one is made.\"\"\"
            assert app.key() == "a key that was generated"


        def test_calm():
            pass
    """,
}
FIXED = '''\
import app


def test_generated(monkeypatch):
    """Without a key one is made."""
    monkeypatch.delenv("ISO_SECRET", raising=False)
    assert app.key() == "a key that was generated"


def test_calm():
    pass
'''
TEST = "tests/test_a.py::test_generated"
BECAUSE = "because ISO_SECRET is set in the environment that pytest was started in"
SAID = f"{TEST} fails {BECAUSE}; it passes without it"
LEFT = f"left        {TEST}: failing {BECAUSE}; it passes without it"


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """The shell has a key that the code under test does not want."""
    monkeypatch.setenv("ISO_SECRET", VALUE)
    monkeypatch.delenv("ISO_MODE", raising=False)


def text_of(folder: Path) -> str:
    return (folder / "tests" / "test_a.py").read_bytes().decode()


@pytest.mark.usefixtures("short")
def test_it_is_fixed(tmp_path: Path) -> None:
    write(tmp_path, SUITE)
    code, found = report(tmp_path)
    assert code == 0
    assert text_of(tmp_path) == FIXED
    assert found["tests"] == {
        TEST: {"before": "failing", "after": "stable", "inherited": ["ISO_SECRET"]},
        "tests/test_a.py::test_calm": {"before": "stable", "after": "stable"},
    }
    assert [(f["test"], f["code"], f["fix"]) for f in found["fixes"]] == [(TEST, "ISO104", "applied")]
    # Two watched, one of two tests without and one with the variable, two of it alone without and with the rewrite, two
    # that prove it, two in other orders and one with state put back.
    assert 8 < found["pytest_runs"] < 9
    assert pytest_passes(tmp_path)
    assert inside("fix", "--write", folder=tmp_path).returncode == 0
    again = report(tmp_path)[1]
    assert again["tests"][TEST] == {"before": "stable", "after": "stable"}
    assert again["pytest_runs"] == 5
    assert text_of(tmp_path) == FIXED


def test_no_value_is_shown_or_kept(tmp_path: Path) -> None:
    write(tmp_path, SUITE)
    command = [sys.executable, "-m", "isolator", "deflake", "--yes", "--seed", "1", "--html", "r.html"]
    variables = {**os.environ, "ISO_SECRET": VALUE, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, cwd=tmp_path, env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines().count(SAID) == 1
    assert f"fixed       {TEST}: was failing {BECAUSE}, is stable" in done.stdout.splitlines()
    assert done.stderr.splitlines()[-1].startswith("1 test not stable before, 0 after (2 stable); 1 finding fixed; 8.")
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert f"fails {BECAUSE}" in page
    files = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) > 5
    assert not any(VALUE.encode() in data for data in (*files, done.stdout.encode(), done.stderr.encode()))


@pytest.mark.usefixtures("short")
def test_declined_it_is_left_and_a_later_fix_knows(tmp_path: Path) -> None:
    write(tmp_path, SUITE)
    before = text_of(tmp_path)
    done = deflake(tmp_path, answer="n\n")
    assert done.returncode == 1
    assert text_of(tmp_path) == before
    assert LEFT in done.stdout.splitlines()
    assert inside("fix", "--write", folder=tmp_path).returncode == 0
    assert text_of(tmp_path) == FIXED


@pytest.mark.parametrize("variable", ["ISO_SECRET", pytest.param("ISO_OTHER", marks=pytest.mark.slow)])
def test_a_bug_is_a_bug(tmp_path: Path, variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """That the code under test reads a variable of the shell does not make it the cause."""
    monkeypatch.delenv("ISO_SECRET", raising=False)
    monkeypatch.setenv(variable, "long enough to be taken")
    buggy = "import app\n\n\ndef test_generated():\n    assert app.key() == 'wrong'\n\n\ndef test_calm():\n    pass\n"
    write(tmp_path, {**SUITE, "tests/test_a.py": buggy})
    code, found = report(tmp_path)
    assert (code, found["fixes"], found["taken_back"], found["left"]) == (0, [], [], [])
    assert found["tests"][TEST] == {"before": "failing", "after": "failing"}
    assert text_of(tmp_path) == buggy
    # Another half a run where such a variable was read, and nothing where none was.
    assert found["pytest_runs"] == (5.5 if variable == "ISO_SECRET" else 5)


@pytest.mark.slow
@pytest.mark.usefixtures("short")
def test_what_fails_only_among_others_is_not_blamed_on_the_shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between two polluters a test fails in both orders, and passes alone, with the variable and without."""
    monkeypatch.setenv("ISO_MODE", VALUE)
    text = """
        import app

        SEEN = []


        def test_first():
            SEEN.append(1)


        def test_generated():
            app.mode()
            assert not SEEN


        def test_last():
            SEEN.append(1)
    """
    write(tmp_path, {**SUITE, "tests/test_a.py": text})
    done = deflake(tmp_path, "--yes", "--no-twice")
    assert "without ISO_MODE, which is set outside of pytest" in done.stderr.splitlines()
    assert "because ISO_MODE" not in done.stdout + done.stderr
    assert "delenv" not in text_of(tmp_path)


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize(
    ("condition", "variables", "told"),
    [
        ('key == "generated"', ["ISO_SECRET"], "ISO_SECRET is set in the environment that pytest was started in"),
        pytest.param(
            '(key, mode) == ("generated", "none")',
            ["ISO_SECRET", "ISO_MODE"],
            "ISO_SECRET and ISO_MODE are set",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            '"none" in (key, mode) or key == "generated"', ["ISO_SECRET"], "ISO_SECRET is set", marks=pytest.mark.slow
        ),
    ],
)
def test_only_the_variables_that_matter(
    tmp_path: Path, condition: str, variables: list[str], told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ISO_MODE", VALUE)
    app = """
        import os


        def values():
            return os.environ.get("ISO_SECRET", "generated"), os.environ.get("ISO_MODE", "none")
    """
    head = "import app\n\n\ndef test_generated({}):\n"
    body = f"    key, mode = app.values()\n    assert {condition}\n"
    write(tmp_path, {**SUITE, "app.py": app, "tests/test_a.py": head.format("") + body})
    done = deflake(tmp_path, "--yes")
    assert f"fixed       {TEST}: was failing because {told}" in done.stdout
    lines = [f'    monkeypatch.delenv("{name}", raising=False)\n' for name in variables]
    assert text_of(tmp_path) == head.format("monkeypatch") + "".join(lines) + body


@pytest.mark.slow
@pytest.mark.usefixtures("short")
def test_a_rewrite_that_does_not_help_is_left_out(tmp_path: Path) -> None:
    """A conftest sets the variable where nobody did: without it altogether the test fails, too."""
    conftest = 'import os\n\nos.environ.setdefault("ISO_SECRET", "quite long enough")\n'
    text = """
        import os

        import app


        def test_generated():
            assert app.key() == "quite long enough"


        def test_sets():
            os.environ["ISO_OTHER"] = "1"


        def test_needs_none():
            assert "ISO_OTHER" not in os.environ
    """
    write(tmp_path, {**SUITE, "conftest.py": conftest, "tests/test_a.py": text})
    before = text_of(tmp_path)
    done = deflake(tmp_path, "--yes")
    assert done.returncode == 1
    assert "not needed  tests/test_a.py:6: ISO104 the test needs ISO_SECRET unset" in done.stdout.splitlines()
    assert LEFT in done.stdout.splitlines()
    assert text_of(tmp_path) == before.replace(
        'test_sets():\n    os.environ["ISO_OTHER"] = "1"',
        'test_sets(monkeypatch):\n    monkeypatch.setenv("ISO_OTHER", "1")',
    )


@pytest.mark.slow
@pytest.mark.usefixtures("short")
def test_other_rewrites_are_not_to_blame(tmp_path: Path) -> None:
    text = """
        import os

        import app


        def test_generated():
            os.environ["ISO_OTHER"] = "1"
            assert app.key() == "a key that was generated"
    """
    write(tmp_path, {**SUITE, "tests/test_a.py": text})
    code, found = report(tmp_path, "--ignore", "ISO104")
    assert code == 1
    assert found["tests"][TEST] == {"before": "failing", "after": "failing", "inherited": ["ISO_SECRET"]}
    assert ([f["code"] for f in found["fixes"]], found["taken_back"]) == ([], [])
    assert [f["code"] for f in found["unneeded"]] == ["ISO102"]


@pytest.mark.slow
@pytest.mark.usefixtures("short")
def test_parameters_of_which_one_is_a_bug(tmp_path: Path) -> None:
    """What helps one of them is kept, though another one fails all the same."""
    text = """
        import pytest

        import app


        @pytest.mark.parametrize("key", ["a key that was generated", "wrong"])
        def test_generated(key):
            assert app.key() == key
    """
    write(tmp_path, {**SUITE, "tests/test_a.py": text})
    code, found = report(tmp_path)
    assert code == 0
    assert found["tests"] == {
        f"{TEST}[a key that was generated]": {"before": "failing", "after": "stable", "inherited": ["ISO_SECRET"]},
        f"{TEST}[wrong]": {"before": "failing", "after": "failing"},
    }
    assert '(key, monkeypatch):\n    monkeypatch.delenv("ISO_SECRET", raising=False)\n' in text_of(tmp_path)
