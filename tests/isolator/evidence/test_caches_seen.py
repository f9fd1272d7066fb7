"""The five kinds of caches, each in a package of its own: what is written for them, and that the tests then agree."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest

from isolator.evidence.model import Cache, CacheKind, Evidence, Leak
from tests.isolator.evidence.watched import RUNS, contents, ends, fixed, isolator, keep, write

LRU = """\
import functools, os

@functools.lru_cache(maxsize=None)
def get():
    return os.environ.get("ISO_KEY", "none")
"""
METHOD = """\
import functools, os

class Config:
    @functools.cache
    def key(self):
        return os.environ.get("ISO_KEY", "none")

config = Config()

def get():
    return config.key()
"""
GLOBAL = """\
import os

_config = None

def get():
    global _config
    if _config is None:
        _config = os.environ.get("ISO_KEY", "none")
    return _config
"""
HELD = """\
import os

_configs = {}

def get():
    return _configs.setdefault("key", os.environ.get("ISO_KEY", "none"))
"""
SINGLETON = """\
import os

class Config:
    _instance = None

    def __init__(self):
        self.key = os.environ.get("ISO_KEY", "none")

    @classmethod
    def instance(cls):
        if cls._instance is None:
            cls._instance = cls()
        return cls._instance

def get():
    return Config.instance().key
"""
LATE = SINGLETON.replace("    _instance = None\n\n", "").replace(
    "if cls._instance is None", 'if not hasattr(cls, "_instance")'
)
INHERITED = SINGLETON.replace("class Config:", "class Base:", 1).replace(
    "def get", "class Config(Base):\n    pass\n\ndef get"
)
PROPERTY = """\
import functools, os

class Settings:
    @functools.cached_property
    def key(self):
        return os.environ.get("ISO_KEY", "none")

settings = Settings()

def get():
    return settings.key
"""
FROZEN = PROPERTY.replace("class Settings", "import dataclasses\n\n@dataclasses.dataclass(frozen=True)\nclass Settings")

# Each by the path that the evidence has of it.
APPLICATIONS: dict[str, tuple[str, str, CacheKind]] = {
    "lru_cache": (LRU, "iso.config.get", "lru_cache"),
    "cache on a method": (METHOD, "iso.config.Config.key", "lru_cache"),
    "global with a getter": (GLOBAL, "iso.config._config", "global"),
    "dict": (HELD, "iso.config._configs", "global"),
    "singleton": (SINGLETON, "iso.config.Config._instance", "class-attribute"),
    "singleton not made yet": (LATE, "iso.config.Config._instance", "class-attribute"),
    "inherited singleton": (INHERITED, "iso.config.Config._instance", "class-attribute"),
    "cached_property": (PROPERTY, "iso.config.settings.key", "cached_property"),
    "cached_property of a frozen object": (FROZEN, "iso.config.settings.key", "cached_property"),
}
SHORT = {"lru_cache", "cache on a method", "global with a getter", "dict", "singleton"}
SUITE = """\
from iso.config import get


def test_polluter(monkeypatch):
    monkeypatch.setenv("ISO_KEY", "polluter's")
    assert get() == "polluter's"


def test_victim():
    assert get() == "none"
"""
P, V = "tests/test_config.py::test_polluter", "tests/test_config.py::test_victim"
TESTS = {P: ("passed", "failed"), V: ("failed", "passed")}


NUMBERS = {kind: number for number, kind in enumerate(APPLICATIONS)}


def package(text: str, kind: str) -> str:
    """A text of ours about the package of this kind: each has one of its own, for all are tested in one process."""
    return text.replace("iso.", f"iso{NUMBERS[kind]}.")


def files_of(kind: str) -> dict[str, str]:
    name = f"iso{NUMBERS[kind]}"
    application = package(APPLICATIONS[kind][0], kind)
    return {f"{name}/__init__.py": "", f"{name}/config.py": application, "tests/test_config.py": package(SUITE, kind)}


class Fixed(NamedTuple):
    """The projects of all kinds, and how the tests of each ended before and after, in both orders."""

    folder: Path
    checks: dict[str, str]
    before: dict[str, tuple[str, ...]]
    after: dict[str, tuple[str, ...]]


@pytest.fixture(scope="module")
def projects(tmp_path_factory: pytest.TempPathFactory) -> Fixed:
    """Each kind is a project of its own, that is fixed by itself; pytest runs the tests of all of them at once."""
    folder = tmp_path_factory.mktemp("caches")
    roots = {kind: folder / f"k{number}" for kind, number in NUMBERS.items()}
    for kind, root in roots.items():
        write(root, {**files_of(kind), "pytest.ini": "[pytest]\npythonpath = .\n"})
    names = " ".join(root.name for root in roots.values())
    write(folder, {"pytest.ini": f"[pytest]\naddopts = --import-mode=importlib\npythonpath = . {names}\n"})
    before, checks = ends(folder), {}
    for kind, root in roots.items():
        _, path, cache_kind = APPLICATIONS[kind]
        seen = (package(path, kind), cache_kind, f"iso{NUMBERS[kind]}/config.py", 4, ("ISO_KEY",), (P, V))
        keep(root, Evidence(RUNS, dict(TESTS), caches=(Cache(*seen),)))
        checks[kind] = isolator(root, "check").stdout
        fixed(root)
    return Fixed(folder, checks, before, ends(folder))


@pytest.mark.parametrize("kind", APPLICATIONS)
def test_cache(kind: str, projects: Fixed) -> None:
    root, path = f"k{NUMBERS[kind]}", package(APPLICATIONS[kind][1], kind)
    assert {test: projects.before[f"{root}/{test}"] for test in TESTS} == TESTS
    assert projects.checks[kind] == f"tests/conftest.py:1:1: ISO302 [*] no autouse fixture resets {path}\n"

    after = contents(projects.folder / root)
    conftest = after.pop("tests/conftest.py")
    listed = f'\n_CACHED_CONFIGURATION = ["{path}"]\n'
    assert (listed in conftest) is (kind not in SHORT) is ("_CACHED_CONFIGURATION" in conftest)
    assert after == files_of(kind)
    assert {projects.after[f"{root}/{test}"] for test in TESTS} == {("passed", "passed")}


SEEN = Evidence(
    RUNS, dict(TESTS), caches=(Cache("iso.config.get", "lru_cache", "iso/config.py", 4, ("ISO_KEY",), (P,)),)
)
LEAK = Leak("ISO_KEY", P, "tests/test_config.py", 5, "test_polluter", "call")


@pytest.mark.parametrize(
    ("evidence", "wanted"),
    [
        (SEEN, False),
        (replace(SEEN, leaks=(LEAK,)), True),
        (replace(SEEN, leaks=(replace(LEAK, variable="ISO_OTHER"),)), False),
        (replace(SEEN, caches=(replace(SEEN.caches[0], tests=(P, V)),)), True),
        (replace(SEEN, caches=(replace(SEEN.caches[0], tests=(P, V), file="tests/test_config.py"),)), False),
        (replace(SEEN, caches=(replace(SEEN.caches[0], tests=(P, V), object="iso.config.f.<locals>.get"),)), False),
    ],
    ids=["of one test", "leaking variable", "another leaks", "shared", "of a test", "inside a function"],
)
def test_which_caches_count(evidence: Evidence, wanted: bool, tmp_path: Path) -> None:
    write(tmp_path, {"tests/test_config.py": SUITE, "setup.cfg": ""})
    keep(tmp_path, evidence)
    assert ("ISO302" in isolator(tmp_path, "check").stdout) is wanted


def test_those_of_the_settings_come_first(tmp_path: Path) -> None:
    settings = (
        '[[tool.isolator.cache]]\nobject = "iso.config.other"\n[[tool.isolator.cache]]\nobject = "iso.config.get"\n'
    )
    write(tmp_path, {"test/unit/test_config.py": SUITE, "pyproject.toml": settings})
    cache = replace(SEEN.caches[0], tests=(P, V), object="iso.config.third")
    both = (cache, replace(cache, object="iso.config.get"))
    tests = {"test/unit/test_config.py::test_victim": ("passed", "failed"), "test/all/test_x.py::test_x": ("passed",)}
    keep(tmp_path, Evidence(RUNS, dict(tests), caches=both))

    fixed(tmp_path, "test")

    assert '["iso.config.other", "iso.config.get", "iso.config.third"]' in contents(tmp_path)["test/conftest.py"]
