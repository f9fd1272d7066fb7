"""``--html`` and ``--open`` as a user calls them."""

from __future__ import annotations

import re
import subprocess
import sys
import webbrowser
from pathlib import Path

import pytest

from isolator.pytest_runs.document import from_json, to_json
from isolator.pytest_runs.model import Run, Test
from isolator.repair import history as changes
from isolator.report.html.writing import write as write_page
from isolator.system.errors import Failure
from tests.isolator.confirm.suites import write
from tests.isolator.deflake.test_causes import committed, suite
from tests.isolator.deflake.test_restoring import TEXT
from tests.isolator.html.samples import SHARED, VICTIM, WAY, before, material, rows
from tests.isolator.inside import inside

POLLUTED = {
    "test_it.py": """
        import os


        def test_leaves():
            os.environ["TOKEN"] = "a-secret" + "-value"


        def test_victim():
            assert "TOKEN" not in os.environ
    """
}


def isolator(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return inside(*words, folder=folder)


def test_before_and_after_a_fix(tmp_path: Path) -> None:
    write(tmp_path, POLLUTED)
    first = isolator(tmp_path, "confirm", "--runs", "2", "--seed", "1", "--html", "first.html", "--", "-q")
    assert (first.returncode, first.stderr.splitlines()[-1].partition(":")[0]) == (1, "Not confirmed")
    page = (tmp_path / "first.html").read_text(encoding="utf-8")
    assert rows(page) == {"test_it.py::test_victim": ["F."], "test_it.py::test_leaves": [".."]}
    assert "No run was watched" in page
    assert 'id="rewrites"' not in page

    (tmp_path / "before.json").write_bytes((tmp_path / ".isolator" / "confirm.json").read_bytes())
    isolator(tmp_path, "observe", "--seed", "1")
    isolator(tmp_path, "fix", "--write")
    words = ("--runs", "2", "--seed", "1", "--compare", "before.json", "--html", "second.html")
    assert isolator(tmp_path, "confirm", *words).returncode == 0
    page = (tmp_path / "second.html").read_text(encoding="utf-8")
    assert "Confirmed: 2 of 2 tests are stable in 2 runs; before, 1 of 2 were." in page
    assert rows(page) == {"test_it.py::test_victim": ["F.", ".."], "test_it.py::test_leaves": ["..", ".."]}
    assert "No run was watched" not in page
    assert "leaves TOKEN set" in page
    assert 'id="rewrite-1"' in page
    assert "a-secret-value" not in page
    assert "edited since" not in page

    with (tmp_path / "test_it.py").open("a", encoding="utf-8") as file:
        file.write("\n# more\n")
    isolator(tmp_path, "confirm", *words)
    assert "edited since" in (tmp_path / "second.html").read_text(encoding="utf-8")


@pytest.mark.slow
def test_what_experiments_found_after_the_first_rewrites_is_shown(tmp_path: Path) -> None:
    """The first rewrites take back app.other, which nothing was tried for; then who leaves app.REGISTRY is found."""
    text = TEXT.format("app.register('x')", "assert app.REGISTRY == {}")
    committed(suite(tmp_path, f"{text}\n\ndef test_other():\n    assert not hasattr(app, 'other')\n"))

    isolator(tmp_path, "deflake", "--yes", "--all", "--html", "page.html")

    data = (tmp_path / "page.html").read_text(encoding="utf-8")
    wrong = data.partition("who makes it fail")[2].partition("</table>")[0]
    told = [re.sub(r"<[^>]+>", "", row) for row in wrong.split("</tr>")]
    leaves = [row for row in told if "test_polluter" in row]
    assert len(leaves) == 2
    assert all("app.REGISTRY" in row and "app.py:" in row for row in leaves)
    assert sum("which ones was not tried" in row for row in told) == 1
    assert "it is not known which ones" not in wrong


@pytest.mark.parametrize("command", ["confirm", "deflake"])
def test_open_without_a_page(tmp_path: Path, command: str) -> None:
    done = isolator(write(tmp_path, POLLUTED), command, "--open")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "Error: --open needs --html\n"
    assert not (tmp_path / ".isolator").exists()


def test_a_page_that_cannot_be_written(tmp_path: Path) -> None:
    done = isolator(write(tmp_path, POLLUTED), "confirm", "--runs", "1", "--html", "no/where.html")
    assert done.returncode == 2
    last = done.stderr.splitlines()[-1]
    assert last.startswith("Error: ")
    assert "where.html: not written: No such file or directory" in last
    assert "Traceback" not in done.stderr


def test_it_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []
    monkeypatch.setattr(webbrowser, "open", shown.append)
    write_page(material(tmp_path), tmp_path / "a b.html")
    assert shown == []
    write_page(material(tmp_path), tmp_path / "a b.html", show=True)
    assert shown == [(tmp_path / "a b.html").as_uri()]
    with pytest.raises(Failure, match="not written"):
        write_page(material(tmp_path), tmp_path / "no" / "where.html", show=True)
    assert len(shown) == 1


@pytest.mark.parametrize(
    "module", ["isolator.commands.confirm", "isolator.commands.deflake", "isolator.commands.findings"]
)
def test_without_it_nothing_of_it_is_imported(module: str) -> None:
    ours = "('jinja2', 'isolator.report.html')"  # pytest itself imports Pygments
    code = f"import sys, {module}; print([m for m in sys.modules if m.startswith({ours})])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
    code = "import sys, isolator.cli, isolator.commands.findings; print('pygments' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_what_a_fix_changed_is_kept_to_the_byte(tmp_path: Path) -> None:
    names = {"a": (None, b"new\n"), "b": (b"\xff\r\n\x00old", b"\xfe'\n"), "c\udcff": (b"", b"x")}
    made = changes.Changes(
        {name: changes.Changed(name, name, *each) for name, each in names.items()},
        2,
        (changes.TakenBack("a", 1, "ISO101", "why", {"t\udcff": "is gone"}),),
    )
    path = tmp_path / "changes.json"
    path.write_text(changes.to_json(made), encoding="ascii")
    assert changes.read(path) == made


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"version": 2}', '{"version": 1, "files": [1]}'])
def test_changes_that_are_not_ours(tmp_path: Path, text: str) -> None:
    path = tmp_path / "changes.json"
    path.write_text(text, encoding="utf-8")
    assert changes.read(path) == changes.Changes()
    assert changes.read(tmp_path / "nothing") == changes.Changes()


def test_a_fix_that_takes_back_says_so_in_the_page(tmp_path: Path) -> None:
    text = """
        import os


        def test_sets():
            os.environ["TOKEN"] = "1"


        def test_needs():
            assert os.environ["TOKEN"] == "1"
    """
    write(tmp_path, {"test_it.py": text, "test_other.py": "import os\n\ndef test_x():\n    os.environ['X'] = '1'\n"})
    write(tmp_path, {"isolator.toml": "[confirm]\nruns = 2\norders = ['given', 'reversed']\n"})
    (tmp_path / ".isolator").mkdir()
    done = isolator(tmp_path, "fix", "--write", "--confirm", "--no-evidence")
    assert "taken back: test_it.py::test_sets" in done.stderr
    kept = changes.read(tmp_path / ".isolator" / "changes.json")
    assert list(kept.files) == ["test_other.py"]
    isolator(tmp_path, "confirm", "--runs", "1", "--html", "r.html")
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert 'id="taken-back"' in page
    assert 'id="refused"' not in page


def test_the_attempts_come_back_from_json() -> None:
    found = from_json(to_json(before()))
    assert found.runs[0].attempts[VICTIM].way == WAY
    assert found.runs[1].attempts[VICTIM].seconds == 0.02
    assert found.runs[0].attempts[SHARED].result == "failed"
    assert from_json(to_json(found)) == found


def test_a_test_that_one_run_lacks_comes_back_from_json() -> None:
    given = before()
    del given.runs[0].attempts[SHARED]
    given.tests[SHARED] = Test("missing", (None, "passed"))
    found = from_json(to_json(given))
    assert SHARED not in found.runs[0].attempts
    assert found.runs[1].attempts[SHARED].result == "passed"


def test_a_document_of_an_earlier_isolator_has_no_attempts() -> None:
    given = before()
    bare = [Run(r.order, r.seed, r.seconds, r.exit) for r in given.runs]
    found = from_json(to_json(type(given)(tuple(bare), given.tests)))
    assert [run.attempts for run in found.runs] == [{}, {}]
