"""Environments of their own for a test: isolator is there, and packages beside it that are made up or built."""

from __future__ import annotations

import os
import site
import subprocess
import sys
import sysconfig
import venv
from dataclasses import dataclass
from pathlib import Path

import pytest

from codemods.extending import load
from codemods.registry import codemods_for
from tests.isolator.inside import inside

ROOT = Path(__file__).parents[3]


@dataclass(frozen=True)
class Environment:
    """A virtual environment: the folder that holds it, its interpreter and its site-packages."""

    folder: Path
    python: Path
    packages: Path

    def run(self, *words: str, cwd: Path, stdin: str = "", **environ: str) -> subprocess.CompletedProcess[str]:
        """Runs its interpreter."""
        return subprocess.run(
            [str(self.python), *words],
            cwd=cwd,
            input=stdin,
            env={**os.environ, **environ},
            capture_output=True,
            text=True,
            check=False,
        )

    def isolator(self, *words: str, cwd: Path, stdin: str = "", **environ: str) -> subprocess.CompletedProcess[str]:
        """Runs isolator in it."""
        return self.run("-m", "isolator", *words, cwd=cwd, stdin=stdin, **environ)

    def put(self, name: str, entry_points: str, code: str | None, group: str = "isolator.rules") -> Path:
        """Puts in what pip leaves of a package; the folder with its metadata. Without code there is no module."""
        return put(self.packages, name, entry_points, code, group)


class Here(Environment):
    """This process, and beside its packages a folder of others, which it finds while isolator runs in it."""

    def isolator(self, *words: str, cwd: Path, stdin: str = "", **environ: str) -> subprocess.CompletedProcess[str]:
        """Runs isolator in this process; what it has imported is forgotten again."""
        before = set(sys.modules)
        with pytest.MonkeyPatch.context() as patched:
            for name, value in environ.items():
                patched.setenv(name, value)
            patched.setattr(site, "getsitepackages", lambda: [str(self.packages)])
            patched.setattr(site, "ENABLE_USER_SITE", False)
            patched.syspath_prepend(self.packages)
            try:
                return inside(*words, folder=cwd, stdin=stdin)
            finally:
                load.cache_clear()
                codemods_for.cache_clear()
                for name in set(sys.modules) - before:
                    if (self.packages / f"{name}.py").exists():
                        del sys.modules[name]


def here(folder: Path) -> Here:
    """An empty folder of packages for this process."""
    folder.mkdir()
    return Here(folder, Path(sys.executable), folder)


def put(folder: Path, name: str, entry_points: str, code: str | None, group: str = "isolator.rules") -> Path:
    """Puts a module and the metadata of its package into a folder."""
    if code is not None:
        (folder / f"{name}.py").write_text(code)
    metadata = folder / f"{name}-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(f"[{group}]\n{entry_points}\n")
    return metadata


def environment(folder: Path, system_site_packages: bool = False) -> Environment:
    """A new environment, in which this interpreter's packages and isolator can be imported."""
    venv.create(folder, system_site_packages=system_site_packages, symlinks=os.name != "nt")
    names = {"base": str(folder), "platbase": str(folder)}
    scheme = "venv" if "venv" in sysconfig.get_scheme_names() else sysconfig.get_default_scheme()
    packages = Path(sysconfig.get_path("purelib", scheme, names))
    (packages / "beside.pth").write_text(f"{ROOT}\n{sysconfig.get_path('purelib')}\n")
    python = Path(sysconfig.get_path("scripts", scheme, names)) / Path(sys.executable).name
    return Environment(folder, python, packages)


def rules(*codes: str, more: str = "") -> str:
    """A module with a codemod that finds each line of a file which holds the word of one of the codes."""
    return f"""\
from codemods.rule import Codemod, Match, Rule
from codemods.python.source import Span

RULES = [Rule(code, code.lower(), f"Finds {{code}}.\\n\\nA page.") for code in {codes!r}]


def may_apply(data, path, context):
    return any(rule.code.encode() in data for rule in RULES)


def find(source, context):
    found = []
    for number, line in enumerate(source.lines, 1):
        for rule in RULES:
            if rule.code in line:
                found.append(Match(rule.finding(Span(number, 1, number, 2), "is here")))
    return found

{more}
CODEMOD = Codemod(tuple(RULES), may_apply, find)
"""
