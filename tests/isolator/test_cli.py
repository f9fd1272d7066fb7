"""The program as its users meet it: words in; data, talk and an exit code out."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import NamedTuple

import pytest

import codemods
from codemods.registry import all_rules
from isolator import cli
from isolator.engine import engine
from isolator.engine.engine import Rewrite
from isolator.report.findings import text

PATCHED = """\
import os
from unittest.mock import patch


def test_a():
    with patch.dict(os.environ, {"A": "1"}):
        assert os.environ["A"] == "1"


def test_b():
    with patch.dict(os.environ, {"B": "1"}):
        assert os.environ["B"] == "1"
"""
FIXED = """\
import os


def test_a(monkeypatch):
    monkeypatch.setenv("A", "1")
    assert os.environ["A"] == "1"


def test_b(monkeypatch):
    monkeypatch.setenv("B", "1")
    assert os.environ["B"] == "1"
"""
REFUSED = """\
import os

os.environ["A"] = "1"
"""
CLEAN = """\
def test_a():
    assert True
"""


class Result(NamedTuple):
    """How one run of the program ended."""

    code: int
    out: str
    err: str


Isolator = Callable[..., Result]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A git repository with one test file that can be fixed; the current directory."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_a.py").write_text(PATCHED)
    subprocess.run(["git", "init", "-q"], check=True)
    return tmp_path


@pytest.fixture
def isolator(monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Isolator:
    """Runs the program in this process."""

    def run(*words: str, stdin: str = "") -> Result:
        monkeypatch.setattr(sys, "argv", ["isolator", *words])
        monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(stdin.encode())))
        with pytest.raises(SystemExit) as caught:
            cli.main()
        out, err = capfdbinary.readouterr()
        assert isinstance(caught.value.code, int)
        return Result(caught.value.code, out.decode("utf-8", "surrogateescape"), err.decode())

    return run


def python(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, **environment}
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=False, env=environ)


def test_check_names_each_finding(project: Path, isolator: Isolator) -> None:
    code, out, err = isolator("check", "tests")
    path = Path("tests/test_a.py")
    assert [line.split(" patch.dict")[0] for line in out.splitlines()] == [
        f"{path}:6:10: ISO101 [*]",
        f"{path}:11:10: ISO101 [*]",
    ]
    assert err == "Found 2 findings in 1 file of 1 (2 fixable with `isolator fix`).\n"
    assert code == 1
    assert (project / "tests" / "test_a.py").read_text() == PATCHED


def test_check_finds_nothing(project: Path, isolator: Isolator) -> None:
    (project / "tests" / "test_a.py").write_text(CLEAN)
    assert isolator("check") == Result(0, "", "No findings in 1 file.\n")
    assert isolator("check", "--quiet") == Result(0, "", "")
    assert isolator("check", "--output-format", "json", "-q") == Result(0, "[]\n", "")


def test_fix_prints_a_diff_and_changes_nothing(project: Path, isolator: Isolator) -> None:
    code, out, err = isolator("fix")
    assert code == 1
    assert err == "Would fix 2 findings in 1 file.\n"
    assert (project / "tests" / "test_a.py").read_text() == PATCHED
    subprocess.run(["git", "apply"], input=out.encode(), check=True)
    assert (project / "tests" / "test_a.py").read_text() == FIXED
    assert isolator("fix") == Result(0, "", "Nothing to fix in 1 file.\n")


def test_the_diff_applies_from_a_subdirectory(
    project: Path, isolator: Isolator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project / "tests")
    subprocess.run(["git", "apply"], input=isolator("fix", ".").out.encode(), check=True)
    assert Path("test_a.py").read_text() == FIXED


def test_fix_writes_and_a_second_time_changes_nothing(project: Path, isolator: Isolator) -> None:
    assert isolator("fix", "--write") == Result(0, "", "Fixed 2 findings in 1 file.\n")
    assert (project / "tests" / "test_a.py").read_text() == FIXED
    assert isolator("fix", "--write") == Result(0, "", "Nothing to fix in 1 file.\n")


def test_fix_writes_and_says_that_findings_are_left(project: Path, isolator: Isolator) -> None:
    (project / "tests" / "test_b.py").write_text(f"{PATCHED}\n\ndef test_c():\n    os.environ[unknown()] = 1\n")
    code, out, err = isolator("fix", "--write", "--select", "ISO101,ISO102")
    assert (code, out) == (1, "")
    assert err.startswith("Fixed 4 findings in 2 files; 1 left")


def test_a_node_id_leaves_the_other_tests_alone(project: Path, isolator: Isolator) -> None:
    assert isolator("fix", "--write", "tests/test_a.py::test_b[x-1]").code == 0
    text = (project / "tests" / "test_a.py").read_text()
    assert text.splitlines()[:8] == PATCHED.splitlines()[:8]
    assert text.splitlines()[8:] == [
        "",
        "def test_b(monkeypatch):",
        '    monkeypatch.setenv("B", "1")',
        '    assert os.environ["B"] == "1"',
    ]


@pytest.mark.usefixtures("project")
def test_a_node_id_of_no_test_and_a_path_of_no_file(isolator: Isolator) -> None:
    code, out, err = isolator("check", "tests/test_a.py::test_missing", "nowhere.py")
    assert (code, out) == (2, "")
    assert err.splitlines()[0] == f"{Path('tests/test_a.py')}: error: has no test 'test_missing'"
    assert err.splitlines()[1] == "nowhere.py: error: no such file or directory"


def test_stdin(project: Path, isolator: Isolator) -> None:
    check = isolator("check", "-", "--stdin-filename", "tests/test_x.py", stdin=PATCHED)
    assert check.code == 1
    assert check.out.startswith("tests/test_x.py:6:10: ISO101")
    diff = isolator("fix", "-", "--stdin-filename", "tests/test_a.py", stdin=PATCHED)
    subprocess.run(["git", "apply"], input=diff.out.encode(), check=True)
    assert (project / "tests" / "test_a.py").read_text() == FIXED
    assert isolator("fix", "--write", "-q", "-", stdin=PATCHED) == Result(0, FIXED, "")
    assert isolator("fix", "--write", "-q", "-", stdin=FIXED) == Result(0, FIXED, "")
    broken = isolator("fix", "--write", "-", stdin="def (patch.dict(os.environ)")
    assert (broken.code, broken.out) == (2, "")
    assert broken.err.startswith("<stdin>: error: line 1 does not parse")
    assert isolator("check", "-", "tests").code == 2


def test_json_lists_findings_and_failures(project: Path, isolator: Isolator) -> None:
    (project / "tests" / "test_broken.py").write_text("patch.dict(os.environ\ndef\n")
    code, out, _ = isolator("check", "--output-format", "json")
    entries = json.loads(out)
    path = str(Path("tests/test_a.py"))
    assert code == 2
    assert [entry["code"] for entry in entries] == ["ISO101", "ISO101", "ISO000"]
    assert entries[0] == {
        "code": "ISO101",
        "name": "patch-dict-environ",
        "path": path,
        "line": 6,
        "column": 10,
        "end_line": 6,
        "end_column": 44,
        "test": "tests/test_a.py::test_a",
        "message": entries[0]["message"],
        "fix": "available",
        "refusal": None,
    }
    assert entries[2]["name"] == "error"
    assert entries[2]["path"] == str(Path("tests/test_broken.py"))
    assert "does not parse" in entries[2]["message"]
    assert entries[2]["fix"] is None


def test_json_of_fix_says_what_became_of_the_finding(project: Path, isolator: Isolator) -> None:
    (project / "tests" / "conftest.py").write_text(REFUSED)
    before = json.loads(isolator("fix", "--output-format", "json").out)
    assert [entry["fix"] for entry in before] == [None, "available", "available"]
    assert before[0]["refusal"] is not None
    after = json.loads(isolator("fix", "--output-format", "json", "--write").out)
    assert [entry["fix"] for entry in after] == [None, "applied", "applied"]


def test_select_and_ignore(project: Path, isolator: Isolator) -> None:
    def codes(*words: str) -> set[str]:
        entries = json.loads(isolator("check", "--output-format", "json", *words).out)
        return {entry["code"] for entry in entries}

    (project / "tests" / "conftest.py").write_text(REFUSED)
    assert codes() == {"ISO101", "ISO102"}
    assert codes("--select", "ISO101") == {"ISO101"}
    assert codes("--select", "ISO101, ISO2", "--select", "ISO102") == {"ISO101", "ISO102"}
    assert codes("--ignore", "ISO101") == {"ISO102"}
    (project / "isolator.toml").write_text('select = ["ISO1"]\nignore = ["ISO102"]\n')
    assert codes() == {"ISO101"}
    assert codes("--ignore", "ISO101") == set()
    assert codes("--select", "ISO102") == {"ISO102"}


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize("words", [("--select", "ISO9"), ("--ignore", "X"), ("--select", "ISO101,iso102")])
def test_a_rule_that_does_not_exist(isolator: Isolator, words: tuple[str, ...]) -> None:
    code, out, err = isolator("check", *words)
    assert (code, out) == (2, "")
    assert err.startswith("Error: there is no rule '")
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("pahts = []", "pahts: is not a known key; did you mean 'paths'?"),
        ("select = ['ISO9']", "select: there is no rule 'ISO9'"),
        ("source = ['nowhere']", "source: there is no directory 'nowhere'"),
    ],
)
def test_settings_that_cannot_be_used(project: Path, isolator: Isolator, text: str, problem: str) -> None:
    (project / "isolator.toml").write_text(text)
    code, out, err = isolator("check", "-q")
    assert (code, out, err) == (2, "", f"isolator.toml: error: {problem}\n")
    (entry,) = json.loads(isolator("fix", "--output-format", "json").out)
    assert (entry["code"], entry["path"], entry["message"]) == ("ISO000", "isolator.toml", problem)


def test_bad_files_do_not_stop_the_others(project: Path, isolator: Isolator) -> None:
    tests = project / "tests"
    site = "patch.dict(os.environ, {})"
    (tests / "test_syntax.py").write_text(f"def {site}\n")
    (tests / "test_latin.py").write_bytes(f"'\xe9'; {site}\n".encode("latin-1"))
    (tests / "test_nul.py").write_text(f"{site}\0\n")
    (tests / "test_deep.py").write_text(f"{'(' * 5000}{site}{')' * 5000}\n")
    (tests / "test_deep2.py").write_text(f"{site}\nx = {'-' * 100_000}1\n")
    (tests / "test_empty.py").write_text("")
    (tests / "test_coding.py").write_text(f"# coding: klingon\n{site}\n")
    code, out, err = isolator("fix", "--write")
    assert (code, out) == (2, "")
    assert (tests / "test_a.py").read_text() == FIXED
    errors = [line for line in err.splitlines() if ": error: " in line]
    assert [Path(line.split(":")[0]).name for line in errors] == [
        "test_coding.py",
        "test_deep.py",
        "test_deep2.py",
        "test_latin.py",
        "test_nul.py",
        "test_syntax.py",
    ]
    assert err.splitlines()[-1] == "Fixed 2 findings in 1 file; 6 files failed."
    assert "bug" not in err


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_a_dangling_link_and_a_read_only_file(project: Path, isolator: Isolator) -> None:
    (project / "tests" / "test_link.py").symlink_to("gone.py")
    (project / "tests" / "test_a.py").chmod(0o444)
    code, _, err = isolator("fix", "--write")
    assert code == 2
    assert err.splitlines()[:2] == [
        "tests/test_a.py: error: not written: is read-only",
        "tests/test_link.py: error: is a link to 'gone.py', which does not exist",
    ]
    assert (project / "tests" / "test_a.py").read_text() == PATCHED


def test_a_file_of_ten_megabytes(project: Path, isolator: Isolator) -> None:
    filler = "".join(f"DATA_{n} = '{'x' * 100_000}'\n" for n in range(100))
    (project / "tests" / "test_a.py").write_text(filler + PATCHED)
    assert isolator("fix", "--write").code == 0
    assert (project / "tests" / "test_a.py").read_text().endswith(FIXED.partition("\n")[2])


def test_a_file_that_changes_while_it_is_worked_on(
    project: Path, isolator: Isolator, monkeypatch: pytest.MonkeyPatch
) -> None:
    def rewrite(_: bytes, path: str, **__: object) -> Rewrite:
        (project / path).write_text("# saved by an editor\n")
        return Rewrite(path, b"# by isolator\n")

    monkeypatch.setattr(engine, "rewrite", rewrite)
    code, _, err = isolator("fix", "--write")
    assert code == 2
    assert err.startswith(f"{Path('tests/test_a.py')}: error: changed since it was read; not written")
    assert (project / "tests" / "test_a.py").read_text() == "# saved by an editor\n"


def test_ctrl_c_leaves_whole_files_and_says_which(
    project: Path, isolator: Isolator, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("test_b.py", "test_c.py"):
        (project / "tests" / name).write_text(PATCHED)

    def rewrite(_: bytes, path: str, **__: object) -> Rewrite:
        if path.endswith("test_b.py"):
            raise KeyboardInterrupt
        return Rewrite(path, b"# fixed\n")

    monkeypatch.setattr(engine, "rewrite", rewrite)
    code, out, err = isolator("fix", "--write")
    assert (code, out) == (2, "")
    assert err == f"Error: interrupted: 1 file written ({Path('tests/test_a.py')}); all other files are unchanged\n"
    contents = {path.name: path.read_text() for path in (project / "tests").iterdir()}
    assert contents == {"test_a.py": "# fixed\n", "test_b.py": PATCHED, "test_c.py": PATCHED}
    assert isolator("fix").err == "Error: interrupted: no file was written\n"


def test_ctrl_c_before_the_work_begins(isolator: Isolator, monkeypatch: pytest.MonkeyPatch) -> None:
    def load_project(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("isolator.engine.scan.load_project", load_project)
    code, out, err = isolator("check")
    assert (code, out, err.strip()) == (2, "", "interrupted")


def test_a_conftest_is_made_where_the_settings_want_one(project: Path, isolator: Isolator) -> None:
    (project / "isolator.toml").write_text("critical-env = ['A']\n[fixture]\nconftest = 'tests/conftest.py'\n")
    conftest = project / "tests" / "conftest.py"
    diff = isolator("fix", "--select", "ISO301").out
    assert "new file mode 100644\n--- /dev/null\n+++ b/tests/conftest.py\n" in diff
    assert not conftest.exists()
    subprocess.run(["git", "apply"], input=diff.encode(), check=True)
    applied = conftest.read_text()
    conftest.unlink()
    assert isolator("fix", "--select", "ISO301", "--write", "tests/test_a.py").code == 0
    assert not conftest.exists()
    assert isolator("fix", "--select", "ISO301", "--write").code == 0
    assert conftest.read_text() == applied
    assert isolator("fix", "--select", "ISO301").code == 0


@pytest.mark.usefixtures("project")
def test_verbose_says_what_was_found(isolator: Isolator, project: Path) -> None:
    (project / "pytest.ini").write_text("")
    err = isolator("check", "-v").err
    assert err.splitlines()[:3] == [
        f"root: {project}",
        "settings: none",
        f"pytest's configuration: {project / 'pytest.ini'}",
    ]


def test_rules_and_their_pages(isolator: Isolator) -> None:
    code, out, err = isolator("rules")
    assert (code, err) == (0, "")
    assert out.startswith("ISO101  patch-dict-environ ")
    page = isolator("explain", "ISO101")
    assert page.out.startswith("ISO101 patch-dict-environ\n\n")
    assert isolator("explain", "iso101") == page
    assert isolator("explain", "ISO999") == Result(
        2,
        "",
        "Error: there is no rule or reason 'ISO999'; did you mean ISO409? "
        "`isolator rules` and `isolator explain` list them\n",
    )


def reasons(lines: list[str]) -> list[str]:
    """The codes of the refusals in a list of them."""
    return [line.strip().partition(":")[0] for line in lines if re.match(r"    [a-z-]+: ", line)]


def test_the_refusals_of_all_rules(isolator: Isolator) -> None:
    code, out, err = isolator("explain")
    assert (code, err) == (0, "")
    sections = {section.splitlines()[0]: section.splitlines()[1:] for section in out.split("\n\n")[1:]}
    assert list(sections) == [f"{rule.code} {rule.name}" for rule in all_rules()]
    for rule in all_rules():
        listed = [f"    {refusal.code}: {refusal.advice}" for refusal in rule.refusals]
        assert [line for line in sections[f"{rule.code} {rule.name}"] if "only reports" not in line] == listed
        page = isolator("explain", rule.code).out.splitlines()
        assert page[len(page) - len(listed) :] == listed


def test_every_refusal_is_listed_by_a_rule(isolator: Isolator) -> None:
    made = set()
    for path in Path(codemods.__path__[0]).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Refusal":
                made |= {ast.literal_eval(code) for code in node.args[:1] if isinstance(code, ast.Constant)}
    assert len(made) > 30
    assert set(reasons(isolator("explain").out.splitlines())) == made
    assert {reason for rule in all_rules() for reason in reasons(list(text.rule_page(rule)))} == made


def test_help_has_examples(isolator: Isolator) -> None:
    for words in [("--help",), ("check", "-h"), ("fix", "-h"), ("explain", "-h")]:
        code, out, _ = isolator(*words)
        assert code == 0
        assert "Examples:\n    isolator " in out
    assert isolator("check", "--nonsense").code == 2
    assert isolator("nonsense").code == 2
    assert isolator().code == 2


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="names there are Unicode")
def test_a_file_name_that_is_not_unicode(project: Path, isolator: Isolator) -> None:
    name = os.fsdecode(b"tests/test_\xff.py")
    (project / "tests" / "test_a.py").rename(project / name)
    assert isolator("check").out.startswith(f"{name}:6:10: ISO101")
    assert json.loads(isolator("check", "--output-format", "json").out)[0]["path"] == name
    assert b'+++ "b/tests/test_\\377.py"\n' in isolator("fix").out.encode("utf-8", "surrogateescape")
    assert isolator("fix", "--write", name).code == 0
    (project / name).write_text("patch.dict(os.environ")
    assert isolator("check").err.startswith("tests/test_")


LOADED = """
import sys
from isolator.cli import main
sys.argv = ["isolator", *sys.argv[1:]]
try:
    main()
except SystemExit:
    print(*sorted({name.partition(".")[0] for name in sys.modules} | {n for n in sys.modules if "isolator" in n}))
"""


@pytest.mark.usefixtures("project")
def test_a_command_imports_only_what_it_uses() -> None:
    version = python("-c", LOADED, "--version").stdout.splitlines()
    assert version[0].startswith("isolator, version ")
    assert not {"libcst", "codemods", "tomllib", "isolator.engine.scan"} & set(version[1].split())
    check = python("-c", LOADED, "check", "--no-cache", "tests").stdout.splitlines()[-1].split()
    assert "isolator.engine.scan" in check
    assert not {"libcst", "pathspec", "pytest", "concurrent", "multiprocessing", "json"} & set(check)


def test_a_project_with_packages_of_the_same_names(project: Path) -> None:
    for name in ("codemods", "click", "fixtures_templates"):
        (project / name).mkdir()
        (project / name / "__init__.py").write_text("raise AssertionError('the project was imported')\n")
    run = python("-m", "isolator", "check", "tests")
    assert (run.returncode, run.stdout.count("ISO101")) == (1, 2), run.stderr
    shutil.rmtree(project / "click")
    run = python("-m", "isolator", "fix", "tests", PYTHONPATH=str(project))
    assert (run.returncode, run.stdout.count("+    monkeypatch")) == (1, 2), run.stderr


@pytest.mark.usefixtures("project")
def test_a_reader_that_goes_away_is_not_an_error() -> None:
    command = [sys.executable, "-m", "isolator", "check", "-q"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as run:
        assert run.stdout is not None
        assert run.stderr is not None
        run.stdout.close()
        assert run.stderr.read() == b""
    assert run.returncode == 1


@pytest.mark.usefixtures("project")
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no full device")
def test_a_full_disk_under_stdout() -> None:
    with Path("/dev/full").open("wb") as full:
        command = [sys.executable, "-m", "isolator", "check", "-q"]
        run = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (run.returncode, run.stderr) == (2, "stdout: error: No space left on device\n")
