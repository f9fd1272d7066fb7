"""What becomes of the bytes of a pyproject.toml: exactly the same, and a section after them."""

from __future__ import annotations

import os
import stat
import string
import sys
from pathlib import Path

import pytest
import tomlkit
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from isolator.init.adding import proved, with_section
from isolator.project.settings import find_settings
from isolator.project.toml import SettingsError
from tests.isolator.init.projects import PROJECT, contents, isolator, write

SECTION = '[tool.isolator]\n# why\ncritical-env = ["A"]\n'
IN_CRLF = SECTION.replace("\n", "\r\n")
ODD = """\
# first

[project]   # odd   spacing
name="x"
  authors = [ {name = "A"}, { name="B" } ]

[tool.ruff]
line-length   =  100
[build-system]
requires = []

[tool.black]   # out of order
x.y = 1
"""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", SECTION),
        ("\n", f"\n{SECTION}"),
        ("# only a comment", f"# only a comment\n\n{SECTION}"),
        ("a = 1\n", f"a = 1\n\n{SECTION}"),
        ("a = 1\n\n", f"a = 1\n\n{SECTION}"),
        ("a = 1\n\n\n", f"a = 1\n\n\n{SECTION}"),
        ("a = 1  ", f"a = 1  \n\n{SECTION}"),
        ("a = 1\r\n", f"a = 1\r\n\r\n{IN_CRLF}"),
        ("a = 1\r\n\r\n", f"a = 1\r\n\r\n{IN_CRLF}"),
        ("a = 1\r\nb = 2", f"a = 1\r\nb = 2\r\n\r\n{IN_CRLF}"),
        ("a = 1\nb = 2\nc = 3\r\n", f"a = 1\nb = 2\nc = 3\r\n\n{SECTION}"),
        (ODD, f"{ODD}\n{SECTION}"),
        ("tool.x.y = 1\n", f"tool.x.y = 1\n\n{SECTION}"),
        ("[tool]\nx = { y = 1 }", f"[tool]\nx = {{ y = 1 }}\n\n{SECTION}"),
        ("[[tool.x]]\n[[tool.x]]\ny = '''\n[tool.isolator]\n'''", None),
    ],
)
def test_exactly_these_bytes(before: str, after: str | None, tmp_path: Path) -> None:
    file = tmp_path / "pyproject.toml"
    expected = f"{before}\n\n{SECTION}" if after is None else after

    written = with_section(before.encode(), SECTION)

    assert written == expected.encode()
    assert proved(file, before.encode(), written).critical_env == ("A",)


@pytest.mark.parametrize(
    ("before", "problem"),
    [
        (b"tool = { x = { y = 1 } }\n", "not valid TOML"),
        (b"[[tool]]\nx = 1\n", "would change what stands above"),
        (b"a = \n", "not valid TOML"),
        (b"a = 'caf\xe9'\n", "not valid TOML"),
        (b"\xef\xbb\xbfa = 1\n", "byte order mark"),
    ],
)
def test_what_cannot_be_proved_is_refused_and_stays(before: bytes, problem: str, tmp_path: Path) -> None:
    write(tmp_path, PROJECT)
    file = tmp_path / "pyproject.toml"
    file.write_bytes(before)
    with pytest.raises(SettingsError, match=problem):
        proved(file, before, with_section(before, SECTION))

    result = isolator(tmp_path, "init")

    assert (result.code, result.out) == (2, b"")
    last = result.err.splitlines()[-1]
    assert last.startswith("Error: pyproject.toml: ")
    assert last.endswith("; nothing was written")
    assert file.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["app", "pyproject.toml", "tests"]


KEYS = st.text(string.ascii_letters + "é\"'. #", min_size=1, max_size=6)
VALUES = st.recursive(
    st.text(string.printable + "é\u2028𝄞", max_size=8)
    | st.integers(-(2**62), 2**62)
    | st.booleans()
    | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)
SPACE = st.sampled_from(["", "\n", "\n\n", "# a comment", "# a comment\n", "   ", "\t# [tool.isolator]\n"])


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.dictionaries(KEYS, VALUES, max_size=4), st.dictionaries(KEYS, VALUES, max_size=2), SPACE, SPACE, st.booleans()
)
def test_any_file_keeps_its_bytes(
    document: dict[str, object], tools: dict[str, object], above: str, below: str, crlf: bool
) -> None:
    tools.pop("isolator", None)
    document = {key: value for key, value in document.items() if key != "tool"}
    text = f"{above}\n{tomlkit.dumps({**document, 'tool': {**tools, 'x': {}}})}{below}"
    before = text.replace("\n", "\r\n").encode() if crlf else text.encode()

    after = with_section(before, SECTION)

    assert after.startswith(before)
    assert after.endswith((SECTION.encode(), IN_CRLF.encode()))
    assert proved(Path("pyproject.toml"), before, after).critical_env == ("A",)


@pytest.mark.skipif(sys.platform == "win32", reason="modes of POSIX")
def test_the_mode_stays_and_so_does_a_link(tmp_path: Path) -> None:
    write(tmp_path, {**PROJECT, "shared.toml": "a = 1\n"})
    (tmp_path / "shared.toml").chmod(0o640)
    (tmp_path / "pyproject.toml").symlink_to("shared.toml")

    assert isolator(tmp_path, "init").code == 0

    assert (tmp_path / "pyproject.toml").is_symlink()
    assert stat.S_IMODE((tmp_path / "shared.toml").stat().st_mode) == 0o640
    assert find_settings(tmp_path) is not None


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="nothing is read-only to the superuser")
def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    write(tmp_path, {**PROJECT, "pyproject.toml": "a = 1\n"})
    tmp_path.chmod(0o555)
    try:
        result = isolator(tmp_path, "init")
    finally:
        tmp_path.chmod(0o755)

    assert result.code == 2
    assert "pyproject.toml: not written: " in result.err


@pytest.mark.skipif(sys.platform == "win32", reason="modes of POSIX")
def test_a_read_only_file_stays(tmp_path: Path) -> None:
    write(tmp_path, {**PROJECT, "pyproject.toml": "a = 1\n"})
    (tmp_path / "pyproject.toml").chmod(0o444)

    result = isolator(tmp_path, "init")

    assert result.code == 2
    assert result.err.endswith("Error: pyproject.toml: not written: is read-only\n")
    assert contents(tmp_path)["pyproject.toml"] == b"a = 1\n"
