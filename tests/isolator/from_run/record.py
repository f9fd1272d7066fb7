"""Makes the outputs that the tests beside it read: pytest is really run, with the plugins that change what it prints.

    python -m tests.isolator.from_run.record FOLDER

makes a virtual environment in FOLDER, installs the plugins there, and writes ``outputs/NAME.txt`` or ``.xml``, with
what really ran in ``NAME.order``: a line for each test that began, and for each that failed, with its process.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.isolator.confirm.suites import write

OUTPUTS = Path(__file__).parent / "outputs"
_PLUGINS = ("pytest", "pytest-randomly", "pytest-random-order", "pytest-xdist", "pytest-rerunfailures")
_CONFTEST = """
    import os
    import pathlib

    WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")


    def note(what, nodeid):
        if WORKER or "SPREAD" not in os.environ:
            with pathlib.Path(os.environ["ORDER"]).open("a", encoding="utf-8") as file:
                file.write(f"{what}\\t{WORKER}\\t{nodeid}\\n")


    def pytest_runtest_logstart(nodeid):
        note("began", nodeid)


    def pytest_runtest_logreport(report):
        if report.failed and not type(report).__name__.startswith("Sub"):
            note("failed", report.nodeid)
"""
PROJECT = {
    "conftest.py": _CONFTEST,
    "tests/__init__.py": "",
    "tests/sub/__init__.py": "",
    "tests/sub/test_state.py": """
        def test_nothing():
            pass


        def test_more():
            pass
    """,
    "tests/test_names.py": """
        import logging
        import sys
        import unittest

        import pytest

        TEXTS = ["a b", "a::b", "[x]", "a - b", "PASSED now", "x] - y", "t.py::b PASSED", "$HOME/\\u00e9"]


        @pytest.mark.parametrize("text", TEXTS)
        def test_text(text):
            logging.getLogger().info("PASSED with %s", text)


        @pytest.mark.skip(reason="a reason that no line of a terminal has room for, with PASSED in it (twice)")
        def test_skipped():
            pass


        @pytest.mark.xfail(reason="known - since long")
        def test_known():
            assert 0


        @pytest.mark.xfail
        def test_better():
            pass


        def test_prints():
            print("one line")
            print("tests/test_names.py is a file", end="")


        def test_subtests(subtests):
            for number in range(2):
                with subtests.test("part", number=number):
                    pass


        def test_pollutes():
            sys.polluted = True
    """,
    "tests/test_state.py": """
        import sys
        import unittest

        import pytest


        class TestState(unittest.TestCase):
            def test_clean(self):
                self.assertFalse(hasattr(sys, "polluted"), "state - with a dash")

            def test_nothing(self):
                pass

            @unittest.skip("not here")
            def test_elsewhere(self):
                pass


        class TestPlain:
            class TestInner:
                def test_inner(self):
                    pass

            @pytest.fixture
            def set_up(self):
                assert not hasattr(sys, "polluted"), "set-up - with a dash"

            @pytest.fixture
            def tear_down(self):
                yield
                assert not hasattr(sys, "polluted"), "tear-down"

            def test_set_up(self, set_up):
                pass

            def test_tear_down(self, tear_down):
                pass
    """,
}
_GIVEN = ("-p", "no:randomly", "-p", "no:random_order")
_RANDOMLY = ("-p", "no:random_order", "--randomly-seed=11")
_RANDOM_ORDER = ("-p", "no:randomly", "--random-order-bucket=global", "--random-order-seed=13")


@dataclass(frozen=True)
class Output:
    """One output: pytest's arguments, the folder it runs in, and what CI does to each line."""

    arguments: tuple[str, ...]
    folder: str = "."
    columns: int = 80
    github: bool = False


RECORDED = {
    "verbose": Output(("-v", *_GIVEN)),
    "narrow": Output(("-v", *_GIVEN), columns=50),
    "count": Output(("-vv", "-o", "console_output_style=count", *_RANDOMLY)),
    "times": Output(("-v", "-o", "console_output_style=times", *_RANDOMLY)),
    "classic": Output(("-v", "-o", "console_output_style=classic", *_RANDOMLY)),
    "randomly": Output(("-v", *_RANDOMLY)),
    "random_order": Output(("-v", *_RANDOM_ORDER)),
    "workers": Output(("-v", "-n", "2", *_RANDOMLY)),
    "github_workers": Output(("-v", "-n", "2", "--color=yes", *_RANDOMLY), github=True),
    "github_colours": Output(("-v", "-rA", "--color=yes", *_RANDOMLY), github=True),
    "live_log": Output(("-v", "-o", "log_cli=true", "-o", "log_cli_level=INFO", *_RANDOMLY)),
    "printed": Output(("-v", "-s", *_RANDOMLY)),
    "reruns": Output(("-v", "--reruns", "1", *_RANDOMLY)),
    "subfolder": Output(("-v", *_RANDOMLY), folder="tests"),
    "reported": Output(("-rA", *_RANDOMLY)),
    "reported_workers": Output(("-rA", "-n", "2", *_RANDOMLY)),
    "quiet_reported": Output(("-q", "-rA", *_RANDOMLY)),
    "dots": Output(_RANDOMLY),
    "quiet": Output(("-q", *_GIVEN)),
    "dots_workers": Output(("-n", "2", *_RANDOMLY)),
    "passed": Output(("-v", "tests/sub", *_GIVEN)),
    "junit.xml": Output(("-q", *_RANDOMLY)),
    "junit_prefix.xml": Output(("-q", "--junitprefix=unit.linux", *_RANDOMLY), folder="tests"),
    "junit_workers.xml": Output(("-q", "-n", "2", *_RANDOMLY)),
}


def record(folder: Path) -> None:
    """Make them all."""
    python = folder / "venv" / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(python.parents[1])], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "-q", *_PLUGINS], check=True)
    project = write(folder / "project", PROJECT)
    OUTPUTS.mkdir(exist_ok=True)
    for name, output in RECORDED.items():
        order = OUTPUTS / f"{name.partition('.')[0]}.order"
        order.unlink(missing_ok=True)
        environment = {"PATH": os.environ["PATH"], "COLUMNS": str(output.columns), "ORDER": str(order)}
        if "-n" in output.arguments:
            environment["SPREAD"] = "1"
        xml = ["-o", "junit_family=xunit2", f"--junitxml={OUTPUTS / name}"] if name.endswith(".xml") else []
        command = [str(python), "-m", "pytest", "-p", "no:cacheprovider", "--tb=no", *xml, *output.arguments]
        run = subprocess.run(
            command, cwd=project / output.folder, env=environment, stdout=-1, stderr=-2, encoding="utf-8", check=False
        )
        if not xml:
            text = _as_on_github(run.stdout) if output.github else run.stdout
            (OUTPUTS / f"{name}.txt").write_text(text, encoding="utf-8", newline="")


def _as_on_github(text: str) -> str:
    """The text as a log that is downloaded from GitHub: each line after the moment at which it was printed."""
    lines = [f"2026-11-27T08:14:47.{number:07}Z {line}\n" for number, line in enumerate(text.splitlines())]
    return "\ufeff" + "".join(lines)


if __name__ == "__main__":
    record(Path(sys.argv[1]))
