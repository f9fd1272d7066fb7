"""Where isolator looks for rules of others, and where it does not."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.isolator.extensions.environments import ROOT, Environment, environment, put, rules

FOUND = "test_a.py:1:1: GOOD1 is here\n"


@pytest.fixture
def project(project: Path) -> Path:
    (project / "test_a.py").write_text("# GOOD1\n")
    return project


def test_what_is_not_installed_brings_in_nothing(env: Environment, project: Path, tmp_path: Path) -> None:
    dirty = "open('ran', 'w').close()\n" + rules("GOOD1")
    put(project, "here", "a = here:CODEMOD", dirty)
    path = tmp_path / "path"
    path.mkdir()
    put(path, "on_path", "a = on_path:CODEMOD", dirty)
    added = tmp_path / "added"
    added.mkdir()
    put(added, "by_pth", "a = by_pth:CODEMOD", dirty)
    (env.packages / "added.pth").write_text(f"{added}\n{project}\n")
    env.put("other_group", "a = other_group:CODEMOD", dirty, group="isolator.rules.more")
    env.put("half_gone", "a = half_gone:CODEMOD", dirty).rename(env.packages / "~alf_gone-1.0.dist-info")

    for python_path in ("", str(path), f".{os.pathsep}{path}"):
        check = env.isolator("check", cwd=project, PYTHONPATH=python_path)
        assert "GOOD1" not in check.stdout
        assert check.returncode == 0
    assert not (project / "ran").exists()


def test_the_same_package_twice_counts_once(env: Environment, project: Path) -> None:
    metadata = env.put("good", "a = good:CODEMOD", rules("GOOD1"))
    metadata.rename(env.packages / "Good-0.9.dist-info")
    (env.packages / "good-1.0.egg-info").mkdir()
    (env.packages / "good-1.0.egg-info" / "entry_points.txt").write_text("[isolator.rules]\na = good:CODEMOD\n")
    check = env.isolator("check", "--select", "GOOD", cwd=project)
    assert (check.returncode, check.stdout) == (1, FOUND)


def test_the_folder_that_isolator_is_installed_in(env: Environment, project: Path, tmp_path: Path) -> None:
    target = tmp_path / "target"  # as `pip install --target` leaves it
    for name in ("isolator", "codemods", "fixtures_templates"):
        shutil.copytree(ROOT / name, target / name, ignore=shutil.ignore_patterns("__pycache__"))
    put(target, "good", "a = good:CODEMOD", rules("GOOD1"))
    check = env.isolator("check", cwd=project, PYTHONPATH=str(target))
    assert (check.returncode, check.stdout) == (1, FOUND)


def test_the_packages_of_the_user(project: Path, tmp_path: Path) -> None:
    env = environment(tmp_path / "env", system_site_packages=True)
    base = {"PYTHONUSERBASE": str(tmp_path / "user")}
    asked = env.run("-c", "import site; print(site.ENABLE_USER_SITE, site.getusersitepackages())", cwd=project, **base)
    enabled, folder = asked.stdout.strip().split(" ", 1)
    assert enabled == "True"
    Path(folder).mkdir(parents=True)
    put(Path(folder), "good", "a = good:CODEMOD", rules("GOOD1"))
    check = env.isolator("check", cwd=project, **base)
    assert (check.returncode, check.stdout) == (1, FOUND)
    without = env.run("-s", "-m", "isolator", "check", cwd=project, **base)
    assert (without.returncode, without.stdout) == (0, "")
