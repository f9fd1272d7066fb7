"""What a person sees: colours, lines as wide as the terminal, findings of one cause once."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from isolator.system.visible import Painted, wrapped
from tests.isolator.inside import inside

COLOUR = re.compile(r"\x1b\[[0-9;]*m")
MANY = "import os\n" + "".join(f"\n\ndef helper_{n}():\n    os.environ['K'] = '{n}'\n" for n in range(5))
ONE = "import os\n\n\ndef test_a():\n    os.environ['A'] = '1'\n"


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two test files, the current directory; colours are not asked for."""
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    Path("pytest.ini").write_text("[pytest]\n")
    Path("test_a.py").write_text(ONE)
    Path("test_b.py").write_text(MANY)
    return tmp_path


def on_a_terminal(*words: str, columns: int = 80, **environment: str) -> str:
    """What the program shows on a terminal; it has stdout and stderr there."""
    pty = pytest.importorskip("pty", reason="there are no terminals of this kind here")
    import fcntl
    import struct
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    environ = {**os.environ, "TERM": "xterm-256color", **environment}
    command = [sys.executable, "-m", "isolator", *words]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs, env=environ) as process:
        os.close(theirs)
        shown = b""
        while True:
            try:
                part = os.read(ours, 4096)
            except OSError:  # Linux says so at the end
                break
            if not part:
                break
            shown += part
        process.wait()
    os.close(ours)
    return shown.decode().replace("\r\n", "\n")


def test_many_findings_of_one_cause_are_one() -> None:
    first, heading, places = inside("check").stdout.splitlines()
    assert first.startswith("test_a.py:5:5: ISO102 [*] A is changed and never restored")
    assert heading.startswith("ISO102 in 5 places: K is changed and never restored; ")
    assert places == "    test_b.py:5:5, 9:5, 13:5, 17:5, 21:5"


def test_each_finding_has_a_line_if_that_is_asked_for_or_there_are_few() -> None:
    assert len(inside("check", "--no-group").stdout.splitlines()) == 6
    Path("test_b.py").write_text(MANY.replace("environ['K'] = '0'", "environ['L'] = '0'").replace("= '1'", "= x"))
    Path("test_c.py").write_text(MANY.partition("\n\ndef helper_3")[0])
    lines = inside("check", "test_c.py").stdout.splitlines()
    assert [line.split(": ")[0] for line in lines] == ["test_c.py:5:5", "test_c.py:9:5", "test_c.py:13:5"]


def test_what_is_left_after_fixing_is_grouped_as_well() -> None:
    heading, _ = inside("check", "--fix").stdout.splitlines()
    assert heading.startswith("ISO102 in 5 places: ")


def test_a_terminal_has_colours_and_whole_words() -> None:
    shown = on_a_terminal("check")
    lines = shown.splitlines()
    assert lines[0].startswith(
        "\x1b[1mtest_a.py:5:5:\x1b[0m \x1b[31m\x1b[1mISO102\x1b[0m [\x1b[36m*\x1b[0m] A is changed"
    )
    assert max(len(COLOUR.sub("", line)) for line in lines) <= 80
    plain = " ".join(COLOUR.sub("", shown).split())
    assert plain.startswith(" ".join(inside("check").stdout.split()))


def test_a_terminal_without_colours_is_as_wide() -> None:
    shown = on_a_terminal("check", "--color", "never", columns=60)
    assert "\x1b" not in shown
    assert max(map(len, shown.splitlines())) <= 60
    assert "\n    " in shown


@pytest.mark.parametrize(
    ("words", "environment", "coloured"),
    [
        ((), {}, False),
        ((), {"FORCE_COLOR": "1"}, True),
        ((), {"FORCE_COLOR": "0"}, False),
        ((), {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        (("--color", "always"), {"NO_COLOR": "1"}, True),
        (("--color", "never"), {"FORCE_COLOR": "1"}, False),
        (("--color", "auto"), {"FORCE_COLOR": "1"}, True),
    ],
)
def test_who_decides_about_colours(
    monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], environment: dict[str, str], coloured: bool
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    shown = inside("check", *words).stdout
    assert ("\x1b[" in shown) is coloured
    assert COLOUR.sub("", shown) == inside("check", "--color", "never").stdout


def test_a_diff_has_colours_only_where_nobody_pipes_it_or_they_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = inside("check", "--diff").stdout
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert inside("check", "--diff").stdout == plain, "git apply reads it"
    coloured = inside("check", "--diff", "--color", "always").stdout
    assert "\x1b[32m+" in coloured
    assert COLOUR.sub("", coloured) == plain


def test_formats_for_programs_never_have_colours() -> None:
    for output_format in ("concise", "json", "github", "sarif", "junit"):
        words = ("check", "--output-format", output_format)
        assert inside(*words, "--color", "always").stdout == inside(*words).stdout


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("short", ["short"]),
        ("a line that is longer than it may be", ["a line that is longer", "    than it may be"]),
        ("  indented lines stay indented", ["  indented lines stay", "      indented"]),
        ("tests/a/very/long/path/of/a/test.py is", ["tests/a/very/long/path/of/a/test.py", "    is"]),
        (Painted("\x1b[1mbold words\x1b[0m do not count"), ["\x1b[1mbold words\x1b[0m do not", "    count"]),
        ("words \x1b[31m are shown as they are", ["words \\x1b[31m are", "    shown as they are"]),
    ],
)
def test_lines_are_cut_at_blanks(line: str, expected: list[str]) -> None:
    assert list(wrapped([line], 22)) == expected
    assert len(list(wrapped([line], None))) == 1
