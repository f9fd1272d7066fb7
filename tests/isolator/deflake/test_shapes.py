"""The shapes in which tests of real projects depend on their order: fixed without any settings, in few runs."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from tests.isolator.confirm.suites import write
from tests.isolator.deflake.test_deflake import pytest_passes, report


class Shape(NamedTuple):
    """A suite with one polluter, and the rules that fix it. Its victim is ``test_victim``."""

    files: dict[str, str]
    fixes: set[str]


VICTIM = """
    import os


    def test_victim():
        assert "A" not in os.environ
"""
SHAPES = {
    "value_of_a_fixture": Shape(
        {
            "app.py": "class Router:\n    def __init__(self):\n        self.routes = set()\n\n"
            "    def register(self, name):\n        self.routes.add(name)\n",
            "pytest.ini": "[pytest]\npythonpath = .\n",
            "test_b.py": """
                import app
                import pytest


                @pytest.fixture(scope="module")
                def router():
                    return app.Router()


                def test_registers(router):
                    router.register("a")
                    assert router.routes == {"a"}


                def test_victim(router):
                    assert not router.routes
            """,
        },
        {"ISO408"},
    ),
    "set_up_of_a_class": Shape(
        {
            "test_a.py": """
                import os
                import unittest


                class TestA(unittest.TestCase):
                    @classmethod
                    def setUpClass(cls):
                        os.environ["A"] = "1"

                    def test_first(self):
                        self.assertEqual(os.environ["A"], "1")
            """,
            "test_b.py": VICTIM,
        },
        {"ISO102"},
    ),
    "helper": Shape(
        {
            "test_a.py": """
                import os


                def configure(value):
                    os.environ["A"] = value


                def test_sets():
                    configure("1")
                    assert os.environ["A"] == "1"
            """,
            "test_b.py": VICTIM,
        },
        {"ISO104"},
    ),
    "code_under_test": Shape(
        {
            "pytest.ini": "[pytest]\npythonpath = .\n",
            "app.py": """
                import os


                def load():
                    os.environ["A"] = "1"


                def mode():
                    return os.environ.get("A", "none")
            """,
            "test_a.py": """
                import app


                def test_loads():
                    app.load()
                    assert app.mode() == "1"
            """,
            "test_b.py": """
                import app


                def test_victim():
                    assert app.mode() == "none"
            """,
        },
        {"ISO104"},
    ),
    "read_at_import": Shape(
        {
            "pytest.ini": "[pytest]\npythonpath = .\n",
            "app.py": """
                import os

                MODE = {"mode": os.environ.get("A", "none")}
            """,
            "test_a.py": """
                import os


                def test_sets():
                    os.environ["A"] = "1"
            """,
            "test_b.py": """
                def test_victim():
                    import app

                    assert app.MODE["mode"] == "none"
            """,
        },
        {"ISO102"},
    ),
    "deleted": Shape(
        {
            "test_a.py": """
                import os


                def test_deletes():
                    del os.environ["HOME"]
            """,
            "test_b.py": """
                import os


                def test_victim():
                    assert os.environ["HOME"]
            """,
        },
        {"ISO102"},
    ),
}


# Those that are much like others are not part of .ci/run.
ALIKE = ("set_up_of_a_class", "helper", "deleted", "value_of_a_fixture")
EACH = [pytest.param(name, marks=[pytest.mark.slow] * (name in ALIKE)) for name in SHAPES]


@pytest.mark.parametrize("name", EACH)
def test_shape(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("A", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    files, fixes = SHAPES[name]
    write(tmp_path, files)
    assert not pytest_passes(tmp_path)
    code, found = report(tmp_path)
    assert code == 0, found
    assert found["tests"]["test_b.py::test_victim"] == {"before": "victim", "after": "stable"}
    assert {finding["code"] for finding in found["fixes"]} == fixes
    assert found["taken_back"] == []
    assert found["pytest_runs"] <= 10
    assert pytest_passes(tmp_path)


@pytest.mark.slow
def test_several_polluters(tmp_path: Path) -> None:
    """At most two runs more for each further one."""
    writing = "".join(f'\n\ndef test_set_{n}():\n    os.environ["V{n}"] = "1"\n' for n in range(4))
    reading = "".join(f'\n\ndef test_victim_{n}():\n    assert "V{n}" not in os.environ\n' for n in range(4))
    write(tmp_path, {"test_a.py": "import os\n" + writing, "test_b.py": "import os\n" + reading})
    code, found = report(tmp_path)
    assert code == 0
    assert [found["tests"][f"test_b.py::test_victim_{n}"]["after"] for n in range(4)] == ["stable"] * 4
    assert found["pytest_runs"] <= 10 + 3 * 2
