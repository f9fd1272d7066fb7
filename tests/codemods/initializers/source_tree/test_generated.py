"""Modules that a build writes are not called missing; what nobody names still is."""

from __future__ import annotations

from pathlib import Path

import pytest

from codemods.context import Context
from codemods.python.source import Source
from codemods.rules import patch_target_missing

SETUP = "from setuptools import Extension, setup\n\nsetup(ext_modules=[Extension('core._speed', ['core/_speed.c'])])\n"


def missing(root: Path, target: str) -> list[str]:
    """What ISO202 says of a patch of the target."""
    for name in ("src/core/__init__.py", "src/core/agent.py"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("")
    text = f"from unittest.mock import patch\n\n\n@patch('{target}')\ndef test_it(mock):\n    pass\n"
    context = Context(root=root, source_roots=(root / "src",))
    return [match.finding.message for match in patch_target_missing.find(Source(text, "test_it.py"), context)]


@pytest.mark.parametrize(
    ("file", "text", "target"),
    [
        ("pyproject.toml", "[tool.setuptools_scm]\nwrite_to = 'src/core/_version.py'\n", "core._version.version"),
        ("pyproject.toml", "[tool.setuptools_scm]\nversion_file = 'src/core/_version.py'\n", "core._version.version"),
        ("pyproject.toml", "[tool.hatch.build.hooks.vcs]\nversion-file = 'src/core/about.py'\n", "core.about.version"),
        ("pyproject.toml", "[tool.pdm.version]\nwrite_to = 'core/_version.py'\n", "core._version.version"),
        ("pyproject.toml", "[tool.maturin]\nmodule-name = 'core._speed'\n", "core._speed.add"),
        ("setup.cfg", "[versioneer]\nversionfile_source = src/core/_version.py\n", "core._version.get_versions"),
        ("setup.py", SETUP, "core._speed.add"),
        ("meson.build", "py.extension_module('_speed', 'speed.c', subdir: 'core')\n", "core._speed.add"),
        (".gitignore", "*.pyc\n_version.py\n", "core._version.version"),
        (".gitignore", "/src/core/_version.py\n", "core._version.version"),
        (".gitignore", "src/**/_gen*\n", "core._generated.name"),
        ("src/.gitignore", "core/parser/\n", "core.parser.parse"),
        (".gitignore", "*.so\n", "core._speed.add"),
        ("README.md", "", "core.messages_pb2.Message"),
        ("README.md", "", "core.messages_pb2_grpc.Stub"),
    ],
)
def test_what_a_build_writes(file: str, text: str, target: str, tmp_path: Path) -> None:
    assert missing(tmp_path, target) != [] or target.rpartition(".")[0].endswith(("_pb2", "_pb2_grpc"))
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).write_text(text)
    assert missing(tmp_path, target) == []


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("pyproject.toml", "[project]\nname = 'core'\ndescription = 'agnt'\n"),
        ("pyproject.toml", "[tool.setuptools_scm]\nwrite_to = 'src/other/agnt.py'\n"),
        (".gitignore", "# agnt.py\n!agnt.py\nagnt.txt\nother/agnt.py\n"),
    ],
)
def test_what_nobody_names(file: str, text: str, tmp_path: Path) -> None:
    (tmp_path / file).write_text(text)
    (said,) = missing(tmp_path, "core.agnt.run")
    assert said == "patch target core.agnt.run does not exist: core has no agnt; did you mean core.agent?"


def test_a_repository_above_says_nothing(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("agnt.py\n")
    root = tmp_path / "inner"
    (root / ".git").mkdir(parents=True)
    assert len(missing(root, "core.agnt.run")) == 1
