"""A root that is a package itself: its modules are found by every name that tests have for them."""

from __future__ import annotations

from pathlib import Path

import pytest

from isolator.init.looking import look
from isolator.project.project import load_project
from tests.isolator.init.projects import CONFIG, write

INITS = {"__init__.py": "", "app/__init__.py": "", "tests/__init__.py": ""}


@pytest.mark.parametrize(
    ("statement", "cache", "source"),
    [
        ("from app.config import get_config", "app.config.get_config", None),
        ("from ..app.config import get_config", "app.config.get_config", None),
        ("from orders.app.config import get_config", "orders.app.config.get_config", ("..",)),
    ],
)
def test_a_root_with_an_init(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, statement: str, cache: str, source: tuple[str, ...] | None
) -> None:
    root = tmp_path / "orders"
    test = f"import os\n{statement}\n\n\ndef test_key():\n    os.environ['APP_KEY'] = 'known'\n    get_config()\n"
    write(root, {"pyproject.toml": "", **INITS, "app/config.py": CONFIG, "tests/test_config.py": test})
    monkeypatch.chdir(root)

    found = look(load_project([]))

    assert [each.value for each in found.caches] == [cache]
    assert [(each.value, each.certain) for each in found.critical_env] == [("APP_KEY", True)]
    assert (found.source and found.source.value) == source


def test_a_directory_of_the_pythonpath_that_is_a_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    test = "import os\nfrom app.config import get_config\n\n\ndef test_key():\n    os.environ['APP_KEY'] = '1'\n"
    modules = {"lib/__init__.py": "", "lib/app/__init__.py": "", "lib/app/config.py": CONFIG}
    write(tmp_path, {"pytest.ini": "[pytest]\npythonpath = lib\n", **modules, "tests/test_config.py": test})
    monkeypatch.chdir(tmp_path)

    found = look(load_project([]))

    assert [each.value for each in found.caches] == ["app.config.get_config"]
    assert found.source is None
