"""Initializers that were seen: offered for the settings, and taken where that is asked for."""

from __future__ import annotations

from pathlib import Path

from codemods.context import Context
from isolator.evidence.model import Evidence, Initializer
from isolator.evidence.suggestions import suggestions
from isolator.project.settings import find_settings
from tests.isolator.evidence.watched import RUNS, contents, ends, fixed, isolator, keep, write

CORE = """\
class Client:
    def __init__(self):
        raise OSError


class Agent:
    def __init__(self):
        self.client = Client()
"""
TEST = """\
from core import Agent


def test_agent():
    assert Agent().client
"""
FIXED = """\
from unittest.mock import patch

from core import Agent


@patch("core.Client.__init__", return_value=None)
def test_agent(mock_client_init):
    assert Agent().client
"""
A = "tests/test_a.py::test_agent"
SEEN = Evidence(
    RUNS,
    {A: ("failed", "failed"), "tests/test_a.py::test_x[1]": ("passed", "passed")},
    initializers=(
        Initializer("core.Client.__init__", "socket.connect", "core.py", 3, (A, f"{A}[b]", f"{A}[c]"), 1.0),
        Initializer("core.run", "subprocess.Popen", "core.py", 9, (A,), 1.0),
        Initializer("tests.conftest.start", "os.system", "tests/conftest.py", 9, (A,), 1.0),
        Initializer("core.make.<locals>.inner", "os.system", "core.py", 12, (A,), 1.0),
    ),
)
SUGGESTED = f"""\
[[tool.isolator.initializer]]
target = "core.Client.__init__"
returns = "None"
tests = ["{A}"]

[[tool.isolator.initializer]]
target = "core.run"
tests = ["{A}"]
"""


def test_suggestions_are_settings(tmp_path: Path) -> None:
    assert suggestions(SEEN, Context(root=tmp_path)) == SUGGESTED
    write(tmp_path, {"pyproject.toml": SUGGESTED})
    settings = find_settings(tmp_path)
    assert settings is not None
    assert [(each.target, each.returns, each.tests) for each in settings.initializers] == [
        ("core.Client.__init__", "None", (A,)),
        ("core.run", None, (A,)),
    ]
    assert suggestions(Evidence(), Context()) == ""


def test_suggestions_of_odd_node_ids(tmp_path: Path) -> None:
    odd = 'tests/a "b"\\c/tëst.py::test[\n]::x'
    seen = Evidence(initializers=(Initializer("core.run", "os.system", "core.py", 1, (odd, A)),))
    write(tmp_path, {"pyproject.toml": suggestions(seen, Context(root=tmp_path))})
    settings = find_settings(tmp_path)
    assert settings is not None
    assert [(each.target, each.tests) for each in settings.initializers] == [("core.run", tuple(sorted((odd, A))))]


def test_they_are_taken_when_asked_for(tmp_path: Path) -> None:
    write(tmp_path, {"core.py": CORE, "tests/test_a.py": TEST, "setup.cfg": ""})
    keep(tmp_path, SEEN)
    assert isolator(tmp_path, "fix").stdout == ""
    assert isolator(tmp_path, "fix", "--accept-initializers", "--no-evidence").stdout == ""

    fixed(tmp_path, "--accept-initializers")

    assert contents(tmp_path) == {"core.py": CORE, "tests/test_a.py": FIXED}
    write(tmp_path, {"pytest.ini": "[pytest]\npythonpath = .\n"})
    assert ends(tmp_path) == {A: ("passed", "passed")}


def test_the_settings_come_first(tmp_path: Path) -> None:
    settings = '[[tool.isolator.initializer]]\ntarget = "core.Client.__init__"\nreturns = "None"\nargument = "mine"\n'
    write(tmp_path, {"core.py": CORE, "tests/test_a.py": TEST, "pyproject.toml": f'{settings}tests = ["tests/*"]\n'})
    keep(tmp_path, SEEN)

    fixed(tmp_path, "--accept-initializers")

    assert contents(tmp_path)["tests/test_a.py"] == FIXED.replace("mock_client_init", "mine")


NETWORK = "def connect():\n    raise OSError\n"
AGENT = "from network import connect\n\n\nclass Agent:\n    def __init__(self):\n        self.client = connect()\n"


def test_the_target_is_where_it_is_looked_up(tmp_path: Path) -> None:
    by_name = AGENT.replace("from network import connect", "import network").replace("= connect", "= network.connect")
    test = TEST.replace("core", "agent")
    write(
        tmp_path,
        {
            "network.py": NETWORK,
            "agent.py": AGENT,
            "other.py": by_name,
            "tests/test_a.py": test,
            "tests/test_b.py": test.replace("agent import", "other import"),
            "pytest.ini": "[pytest]\npythonpath = .\n",
        },
    )
    b = A.replace("test_a.py", "test_b.py")
    reached = Initializer("network.connect", "socket.connect", "network.py", 1, (A, b), 1.0)
    keep(tmp_path, Evidence(RUNS, {A: ("failed", "failed"), b: ("failed", "failed")}, initializers=(reached,)))

    fixed(tmp_path, "--accept-initializers")

    after = contents(tmp_path)
    assert '@patch("agent.connect")\n' in after["tests/test_a.py"]
    assert '@patch("network.connect")\n' in after["tests/test_b.py"]
    assert ends(tmp_path) == {A: ("passed", "passed"), b: ("passed", "passed")}
    assert isolator(tmp_path, "check", "-q").stdout == ""
