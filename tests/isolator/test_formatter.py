"""How wide lines may be, as the project's formatter has it, and what fix makes of it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from isolator.project.others.formatter import line_length

TEST = """\
import os


def test_address(client):
    os.environ["ADDRESS"] = "https://example.com/a/service/somewhere"
"""


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, 88),
        ({"pyproject.toml": "[tool.black]\nline-length = 100\n"}, 100),
        ({"pyproject.toml": "[tool.ruff]\nline-length = 120\n[tool.black]\nline-length = 100\n"}, 120),
        ({"ruff.toml": "line-length = 79\n", "pyproject.toml": "[tool.black]\nline-length = 100\n"}, 79),
        ({".ruff.toml": "line-length = 60\n", "ruff.toml": "line-length = 79\n"}, 60),
        ({"pyproject.toml": "[tool.ruff]\nline-length = true\n"}, 88),
        ({"pyproject.toml": '[tool.ruff]\nline-length = "wide"\n'}, 88),
        ({"pyproject.toml": "tool = 1  # line-length\n"}, 88),
        ({"pyproject.toml": "line-length = [\n"}, 88),
    ],
)
def test_the_nearest_setting_counts(tmp_path: Path, files: dict[str, str], expected: int) -> None:
    below = tmp_path / "package"
    below.mkdir()
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    assert line_length(below) == expected


def test_fix_lays_out_for_it(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.black]\nline-length = 58\n")
    test = tmp_path / "test_address.py"
    test.write_text(TEST)
    command = [sys.executable, "-m", "isolator", "fix", "--write", "test_address.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert test.read_text() == (
        "def test_address(client, monkeypatch):\n"
        "    monkeypatch.setenv(\n"
        '        "ADDRESS",\n'
        '        "https://example.com/a/service/somewhere",\n'
        "    )\n"
    )


def test_pytest_stands_above_the_projects_own_modules(tmp_path: Path) -> None:
    (tmp_path / "src" / "shop").mkdir(parents=True)
    (tmp_path / "src" / "shop" / "__init__.py").touch()
    (tmp_path / "helpers.py").touch()
    test = tmp_path / "test_shop.py"
    test.write_text(
        "import os\n\nimport helpers\nfrom shop import cart\n\n\n"
        "def test_cart(size: int = 0):\n    os.environ['A'] = '1'\n    cart(helpers, os, size)\n"
    )
    command = [sys.executable, "-m", "isolator", "fix", "--write", "test_shop.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert test.read_text().startswith("import os\n\nimport pytest\n\nimport helpers\nfrom shop import cart\n")
