"""What evidence makes of suites that no settings speak of: exactly what is written, and what pytest says of it then."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from codemods.context import Context
from isolator.evidence.context import informed
from isolator.evidence.model import Assumed, Cache, Edge, Evidence, Hang, Inherited, Initializer, Leak, to_json
from isolator.evidence.rebasing import rebased
from tests.isolator.evidence.watched import RUNS, contents, ends, fixed, isolator, keep, write

CORE = """\
import os


def key():
    return os.environ.get("ISO_KEY", "none")


def configure():
    os.environ["ISO_KEY"] = "configured"
"""
PASS = ("passed", "passed")
P, V = "tests/test_a.py::test_sets", "tests/test_b.py::test_needs_none"
EDGE = Edge(P, V, "ISO_KEY", "core.py", 5)
SEEN = Evidence(RUNS, {P: PASS, V: ("failed", "passed")}, edges=(EDGE,))
VICTIM = """\
from core import key


def test_needs_none():
    assert key() == "none"
"""
VICTIM_FIXED = """\
from core import key


def test_needs_none(monkeypatch):
    monkeypatch.delenv("ISO_KEY", raising=False)
    assert key() == "none"
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project without settings."""
    write(tmp_path, {"core.py": CORE, "pytest.ini": "[pytest]\npythonpath = .\ntestpaths = tests\n"})
    return tmp_path


def leak(test: str = P, line: int | None = 5, function: str = "test_sets", scope: str = "function") -> Leak:
    return Leak("ISO_KEY", test, test.partition("::")[0], line, function, "call", scope)


def test_polluter_and_victim(project: Path) -> None:
    polluter = 'import os\n\n\ndef test_sets():\n    os.environ["ISO_KEY"] = "left"\n'
    write(project, {"tests/test_a.py": polluter, "tests/test_b.py": VICTIM})
    keep(project, replace(SEEN, leaks=(leak(),)))
    assert ends(project) == SEEN.tests

    check = isolator(project, "check")
    assert check.stdout.splitlines() == [
        f"tests/test_a.py:5:5: ISO102 [*] ISO_KEY is changed and never restored, which makes {V} fail",
        "tests/test_b.py:4:5: ISO104 [*] the test needs ISO_KEY unset",
    ]
    assert "ISO104" not in isolator(project, "check", "--no-evidence").stdout
    fixed(project)

    assert contents(project) == {
        "core.py": CORE,
        "tests/test_a.py": 'def test_sets(monkeypatch):\n    monkeypatch.setenv("ISO_KEY", "left")\n',
        "tests/test_b.py": VICTIM_FIXED,
    }
    assert set(ends(project).values()) == {PASS}


def test_only_the_victim(project: Path) -> None:
    """A polluter that cannot be fixed; the victim is, with its parameters."""
    polluter = (
        'import os\n\n\ndef test_sets():\n    os.environ["ISO_KEY"] = object and "left"\n    os.putenv("A", "1")\n'
    )
    victim = (
        f"import pytest\n{VICTIM}".replace("def", '@pytest.mark.parametrize("x", ["a::b", "c[d]"])\ndef')
        .replace("()\n", "()\n")
        .replace("test_needs_none()", "test_needs_none(x)")
    )
    write(project, {"tests/test_a.py": polluter, "tests/test_b.py": victim})
    before = ends(project)
    first, second = f"{V}[a::b]", f"{V}[c[d]]"
    assert before == {P: PASS, first: ("failed", "passed"), second: ("failed", "passed")}
    edges = tuple(replace(EDGE, reader=each) for each in (first, second))
    keep(project, Evidence(RUNS, dict(before), leaks=(leak(),), edges=edges))

    fixed(project)

    after = contents(project)
    assert after["tests/test_a.py"] == polluter
    assert after["tests/test_b.py"] == victim.replace(
        "(x):\n", '(x, monkeypatch):\n    monkeypatch.delenv("ISO_KEY", raising=False)\n'
    )
    assert set(ends(project).values()) == {PASS}


@pytest.mark.parametrize(
    "evidence",
    [
        replace(SEEN, leaks=()),
        replace(SEEN, leaks=(leak(),), edges=()),
        replace(SEEN, leaks=(leak(),), tests={P: PASS, V: PASS}),
        replace(SEEN, leaks=(leak(),), assumed=(Assumed(V, "ISO_KEY", "set", "core.py", 5),)),
        replace(SEEN, leaks=(replace(leak(), state="unset"),)),
    ],
    ids=["no leak", "not read", "no harm", "never unset", "deleted"],
)
def test_no_victim_of_a_set_variable(project: Path, evidence: Evidence) -> None:
    write(project, {"tests/test_b.py": VICTIM})
    keep(project, evidence)
    assert isolator(project, "check").stdout == ""


def test_a_victim_of_the_shell(project: Path) -> None:
    seen = Evidence(RUNS, {f"{V}[1]": ("failed", "failed")}, inherited=(Inherited(f"{V}[1]", ("ISO_KEY",)),))
    write(project, {"tests/test_b.py": VICTIM})
    keep(project, seen)
    fixed(project, "tests")
    assert contents(project)["tests/test_b.py"] == VICTIM_FIXED


def test_what_the_shell_sets_and_another_test_needs_unset() -> None:
    """A test leaves the variable unset, on which another one lives: to put it back would break that."""
    tests: dict[str, tuple[str | None, ...]] = {P: ("failed", "failed"), V: ("passed", "failed")}
    leaves = Leak("ISO_KEY", P, "tests/test_a.py", 5, "test_sets", "call", state="unset")
    seen = Evidence(RUNS, tests, (leaves,), (EDGE,), inherited=(Inherited(P, ("ISO_KEY", "ISO_OTHER")),))
    assert [(p.tests, p.unset) for p in informed(Context(), seen).preconditions] == [
        ((P,), ("ISO_OTHER",)),
        ((V,), ("ISO_KEY",)),
    ]


def test_victims_that_are_many_and_lines_that_are_stale(project: Path) -> None:
    text = 'import os\n\n\ndef test_sets():\n    os.environ["ISO_KEY"] = "left"\n'
    write(project, {"tests/test_a.py": text})
    tests = {P: PASS, **{f"tests/test_b.py::test_{n}": ("failed", "passed") for n in range(5)}}
    edges = tuple(replace(EDGE, reader=test) for test in tests if test != P)
    keep(project, Evidence(RUNS, dict(tests), leaks=(leak(),), edges=edges))
    named = ", ".join(f"tests/test_b.py::test_{n}" for n in range(3))
    plain = "tests/test_a.py:5:5: ISO102 [*] ISO_KEY is changed and never restored"

    assert isolator(project, "check").stdout == f"{plain}, which makes {named} and 2 more fail\n"
    write(project, {"tests/test_a.py": text})
    assert isolator(project, "check").stdout == f"{plain}\n"


BRITTLE = 'from core import key\n\n\ndef test_needs_one():\n    assert key() == "left"\n'


def test_setter_of_a_brittle_test(project: Path) -> None:
    setter = (
        'import os\n\n\ndef test_other():\n    os.environ["ISO_B"] = "1"\n\n\n'
        'def test_sets():\n    os.environ["ISO_A"] = "1"\n    os.environ["ISO_KEY"] = "left"\n'
    )
    write(project, {"tests/test_a.py": setter, "tests/test_b.py": BRITTLE})
    needy = "tests/test_b.py::test_needs_one"
    tests = {"tests/test_a.py::test_other": PASS, P: PASS, needy: ("passed", "failed")}
    assert ends(project) == tests
    keep(project, Evidence(RUNS, dict(tests), leaks=(leak(line=10),), edges=(replace(EDGE, reader=needy),)))

    *refused, missing = isolator(project, "check").stdout.splitlines()[1:]
    assert refused == [
        f"tests/test_a.py:{line}:5: ISO102 {name} is changed and never restored; not fixed: the test {needy} depends "
        'on ISO_KEY as left by this; first let it call monkeypatch.setenv("ISO_KEY", …) itself [brittle]'
        for line, name in ((9, "ISO_A"), (10, "ISO_KEY"))
    ]
    assert missing == (
        f"tests/test_b.py:4:5: ISO104 the test passes only because {P} leaves ISO_KEY set; not fixed: let the "
        "test set the variable itself, as its first statement, with monkeypatch.setenv [needs-variable]"
    )
    fixed(project)

    after = contents(project)["tests/test_a.py"]
    assert after == setter.replace("test_other()", "test_other(monkeypatch)").replace(
        'os.environ["ISO_B"] = "1"', 'monkeypatch.setenv("ISO_B", "1")'
    )
    assert ends(project) == tests


def test_a_brittle_test_that_needs_none(project: Path) -> None:
    """It passes where another has unset what the shell sets, and then does so itself."""
    setter = 'import os\n\n\ndef test_sets():\n    os.environ.pop("ISO_KEY", None)\n'
    shell = 'import os\n\nos.environ["ISO_KEY"] = "shell"\n'
    write(project, {"tests/conftest.py": shell, "tests/test_a.py": setter, "tests/test_b.py": VICTIM})
    tests = {P: PASS, V: ("passed", "failed")}
    assert ends(project) == tests
    keep(project, Evidence(RUNS, dict(tests), leaks=(replace(leak(), state="unset"),), edges=(EDGE,)))

    fixed(project, "--ignore", "ISO301")

    assert contents(project)["tests/test_b.py"] == VICTIM_FIXED
    assert contents(project)["tests/test_a.py"] == setter
    assert set(ends(project).values()) == {PASS}


def test_nothing_seen() -> None:
    assert informed(Context(), Evidence()) == Context()


def test_leak_of_the_code_under_test(project: Path) -> None:
    polluter = "from core import configure\n\n\ndef test_sets():\n    configure()\n"
    write(project, {"tests/test_a.py": polluter, "tests/test_b.py": VICTIM, "tests/conftest.py": "import pytest\n"})
    tests = SEEN.tests
    assert ends(project) == tests
    keep(project, replace(SEEN, leaks=(replace(leak(line=9, function="configure"), file="core.py"),)))

    fixed(project, "--select", "ISO301")

    assert (
        contents(project)["tests/conftest.py"]
        == """\
import os
from collections.abc import Iterator

import pytest

# The environment variables that one test must not leave behind for the next.
_CRITICAL_ENV_VARS = ["ISO_KEY"]


@pytest.fixture(autouse=True)
def isolate_environment() -> Iterator[None]:
    \"\"\"Restore the critical environment variables after each test; those that were not set are deleted.\"\"\"
    saved = {name: os.environ.get(name) for name in _CRITICAL_ENV_VARS}
    yield
    for name, value in saved.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
"""
    )
    assert set(ends(project).values()) == {PASS}


def test_a_fixture_that_would_take_what_a_brittle_test_needs(project: Path) -> None:
    write(project, {"test/test_a.py": "", "test/test_b.py": BRITTLE})
    needy, setter = "test/test_b.py::test_needs_one", "test/test_a.py::test_sets"
    tests = {setter: PASS, needy: ("passed", "failed")}
    leaks = (replace(leak(test=setter, function="configure"), file="core.py"),)
    seen = Evidence(RUNS, dict(tests), leaks=leaks, edges=(Edge(setter, needy, "ISO_KEY", "core.py", 5),))
    keep(project, seen)
    missing, finding = isolator(project, "check", "test").stdout.splitlines()
    assert missing.endswith("[needs-variable]")
    assert finding.startswith("test/conftest.py:1:1: ISO301 no autouse fixture isolates ISO_KEY; not fixed: the test ")
    assert finding.endswith("[brittle]")

    keep(project, replace(seen, leaks=(*leaks, replace(leaks[0], variable="ISO_OTHER"))))
    assert isolator(project, "check", "--select", "ISO301", "test").stdout == (
        "test/conftest.py:1:1: ISO301 [*] no autouse fixture isolates ISO_OTHER\n"
    )


SET_UP_CLASS = """\
import unittest

from core import configure


class TestA(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        configure()

    def test_sets(self):
        pass

    def test_too(self):
        from core import key

        assert key() == "configured"
"""


NARROW = """\
import os

import pytest

_CRITICAL_ENV_VARS = ["ISO_KEY"]


@pytest.fixture(autouse=True)
def isolate_environment():
    saved = os.environ.get("ISO_KEY")
    yield
    if saved is not None:
        os.environ["ISO_KEY"] = saved
"""


def test_leak_of_a_wider_scope(project: Path) -> None:
    write(project, {"tests/test_a.py": SET_UP_CLASS, "tests/test_b.py": VICTIM, "tests/conftest.py": NARROW})
    polluter = "tests/test_a.py::TestA::test_sets"
    tests = {polluter: PASS, "tests/test_a.py::TestA::test_too": PASS, V: ("failed", "passed")}
    assert ends(project) == tests
    wide = replace(leak(test=polluter, function="configure", scope="class"), file="core.py")
    keep(project, Evidence(RUNS, dict(tests), leaks=(wide,), edges=(replace(EDGE, polluter=polluter),)))

    fixed(project, "--select", "ISO301")

    after = contents(project)["tests/conftest.py"]
    for scope, name in (('scope="module", ', "_of_module"), ('scope="class", ', "_of_class"), ("", "")):
        assert f"@pytest.fixture({scope}autouse=True)\ndef isolate_scopes{name}():\n" in after
    assert '_SCOPED_ENV_VARS = ["ISO_KEY"]\n' in after
    assert set(ends(project).values()) == {PASS}


@pytest.mark.parametrize("text", ["{", '{"version": 9}', "[]"])
def test_a_broken_file(project: Path, text: str) -> None:
    write(project, {"tests/test_b.py": VICTIM, ".isolator/evidence.json": text})
    run = isolator(project, "check", "-q")
    assert (run.returncode, run.stdout) == (0, "")
    (line,) = run.stderr.splitlines()
    assert line.startswith(".isolator/evidence.json: not used: ")
    assert line.endswith("; run `isolator observe` again")
    assert isolator(project, "check", "-q", "--no-evidence").stderr == ""


def test_pytest_has_another_root(tmp_path: Path) -> None:
    """The settings stand above the directory with pytest's own configuration."""
    polluter = 'import os\n\n\ndef test_sets():\n    os.environ["ISO_KEY"] = "left"\n'
    below = {"core.py": CORE, "tests/test_a.py": polluter, "tests/test_b.py": VICTIM, "pytest.ini": "[pytest]\n"}
    write(tmp_path, {"isolator.toml": "", **{f"sub/{name}": text for name, text in below.items()}})
    keep(tmp_path, replace(SEEN, leaks=(leak(),)))
    assert isolator(tmp_path, "check", "sub").stdout.splitlines() == [
        f"sub/tests/test_a.py:5:5: ISO102 [*] ISO_KEY is changed and never restored, which makes sub/{V} fail",
        "sub/tests/test_b.py:4:5: ISO104 [*] the test needs ISO_KEY unset",
    ]


def test_what_is_moved() -> None:
    """Every path and node id, and nothing else."""
    here = Path(__file__).parents[3]
    file = Path(__file__).relative_to(here).as_posix()
    test = f"{file}::test_a[b/c]"
    seen = Evidence(
        RUNS,
        {test: PASS},
        leaks=(Leak("ISO_KEY", test, None, None, None, "call"), Leak("ISO_KEY", test, file, 1, "f", "call")),
        edges=(Edge(test, test, "ISO_KEY", file, 1),),
        assumed=(Assumed(test, "ISO_KEY", "set", file, 1),),
        caches=(Cache("core.get", "global", file, 1, ("ISO_KEY",), (test,)),),
        initializers=(Initializer("core.run", "os.system", file, 1, (test,)),),
        hangs=(Hang(test, file),),
        inherited=(Inherited(test, ("ISO_KEY",)),),
        problems=(file,),
    )
    moved = to_json(rebased(seen, [here], here.parent))
    unmoved = to_json(seen).replace(file, f"{here.name}/{file}")
    unmoved = unmoved.replace(f'"stack": "{here.name}/', '"stack": "').replace(f'[\n  "{here.name}/{file}"\n ]', "@")
    assert moved.replace(f'[\n  "{file}"\n ]', "@") == unmoved
    assert rebased(seen, [here.parent, here], here) == seen
    assert rebased(seen, [here / "tests"], here) == seen
