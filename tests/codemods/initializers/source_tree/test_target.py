"""What a dotted target is in a source tree: defined, missing (and where), or not to be told."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from codemods.initializers.source_tree.target import Missing, SourceTree, defined

TREE = {
    "src/core/__init__.py": """
        from core.agent import Agent as PublicAgent
        from ._version import version
        from .sub import *
        """,
    "src/core/agent.py": """
        import os.path as where
        import openai
        from typing import TYPE_CHECKING

        from . import cache
        from .circle import alpha
        from core.cache import Cache, connect as open_cache
        try:
            from openai import OpenAI
        except ImportError:
            OpenAI = None
        if TYPE_CHECKING:
            from core.sub import Typed
        else:
            Untyped = object

        client: OpenAI = OpenAI()
        first, (second, *rest) = range(4), [1]

        class Agent(Cache):
            limit = 3
            __slots__ = ("slotted",)

            class Inner:
                def run(self): ...

            def __init__(self):
                self.name = "ada"

            @classmethod
            def register(cls):
                cls.registry = {}

        def get_client():
            global late
            late = 1
        """,
    "src/core/cache.py": """
        import abc
        from core.agent import Agent
        import third

        class Base(abc.ABC):
            def close(self): ...

        class Cache(Base):
            @classmethod
            def get_instance(cls): ...

        class Failure(ValueError): ...
        class Model(third.Model):
            size = 1
        class Meta(metaclass=abc.ABCMeta): ...
        @third.adds
        class Added: ...
        def connect(): ...
        """,
    "src/core/circle/__init__.py": "from core.circle.inner import alpha\n",
    "src/core/circle/inner.py": "from core.circle import alpha\n",
    "src/core/sub.py": """
        __all__ = ["shared"]
        shared = hidden = 1
        class Typed: ...
        """,
    "src/core/open_sub.py": "from core.sub import *\nfrom third import *\n",
    "src/core/dynamic.py": "def __getattr__(name): ...\n\nclass Plain: ...\n",
    "src/core/tricks.py": "for name in 'ab':\n    globals()[name] = 1\n",
    "src/core/broken.py": "def (:\n",
    "src/core/latin.py": "# -*- coding: latin-1 -*-\nname = 1\n",
    "src/core/native.cpython-311-x86_64-linux-gnu.so": "",
    "src/space/plain.py": "def go(): ...\n",
    "space/more.py": "def go(): ...\n",
    "core/decoy.py": "",
    "data/table.csv": "",
}

DEFINED = [
    "core",
    "core.agent",
    "core.agent.get_client",
    "core.agent.Agent.limit",
    "core.agent.Agent.slotted",
    "core.agent.Agent.registry",
    "core.agent.Agent.Inner.run",
    "core.agent.Agent.__init__",
    "core.agent.Agent.__call__",
    "core.agent.Agent.get_instance",
    "core.agent.Agent.close",
    "core.agent.where",
    "core.agent.openai",
    "core.agent.OpenAI",
    "core.agent.Untyped",
    "core.agent.client",
    "core.agent.rest",
    "core.agent.late",
    "core.agent.open_cache",
    "core.agent.cache.Cache.get_instance",
    "core.agent.print",
    "core.agent.__name__",
    "core.agent.alpha",
    "core.PublicAgent.Inner.run",
    "core.shared",
    "core.version",
    "core._version",
    "core.cache.Failure.args",
    "core.cache.Model.size",
    "core.open_sub.shared",
    "core.latin.name",
    "core.native",
    "space.plain.go",
    "space.more.go",
]

MISSING = {
    "core.llm.byok_handler": ("core", "llm", None),
    "core.agnt.get_client": ("core", "agnt", "agent"),
    "core.agent.get_clent": ("core.agent", "get_clent", "get_client"),
    "core.agent.Agent.Iner": ("core.agent.Agent", "Iner", "Inner"),
    "core.agent.Agent.name": ("core.agent.Agent", "name", None),
    "core.agent.Typed": ("core.agent", "Typed", "Untyped"),
    "core.hidden": ("core", "hidden", None),
    "core.decoy": ("core", "decoy", None),
    "core.cache.Cache.get_instanc": ("core.cache.Cache", "get_instanc", "get_instance"),
    "core.cache.Failure.arg": ("core.cache.Failure", "arg", None),
    "space.plane": ("space", "plane", "plain"),
    "core.PublicAgent.Inner.ran": ("core.PublicAgent.Inner", "ran", "run"),
}

UNKNOWN = [
    "requests.get",
    "core.agent.client.chat",
    "core.agent.get_client.cache_clear",
    "core.agent.openai.OpenAI",
    "core.cache.Model.objects",
    "core.cache.Meta.anything",
    "core.cache.Added.anything",
    "core.open_sub.anything",
    "core.dynamic.anything",
    "core.dynamic.Plain.anything.more",
    "core.tricks.a",
    "core.broken.anything",
    "core.native.fast",
    "core.version.major",
]


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> SourceTree:
    root = tmp_path_factory.mktemp("tree")
    for name, text in TREE.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text).lstrip("\n"), encoding="utf-8")
    return SourceTree((root / "src", root))


@pytest.mark.parametrize("target", DEFINED)
def test_defined(target: str, tree: SourceTree) -> None:
    found = tree.resolve(target)
    assert isinstance(found, list)
    assert any(defined(thing) for thing in found)


@pytest.mark.parametrize("target", MISSING)
def test_missing(target: str, tree: SourceTree) -> None:
    found = tree.resolve(target)
    assert isinstance(found, Missing)
    assert (found.parent, found.part, found.near) == MISSING[target]


@pytest.mark.parametrize("target", UNKNOWN)
def test_cannot_be_told(target: str, tree: SourceTree) -> None:
    found = tree.resolve(target)
    assert isinstance(found, list)
    assert not any(defined(thing) for thing in found)


def test_a_folder_counts_as_a_package_only_if_the_test_imports_from_it(tree: SourceTree) -> None:
    assert tree.surely_missing("data.frame", frozenset({"data", "data.frame"})) is None
    assert tree.surely_missing("space.plane", frozenset({"space", "space.other"})) is None
    assert tree.surely_missing("space.plane", frozenset({"space.more"})) == Missing("space", "plane", "plain", True)
    assert tree.surely_missing("core.agnt", frozenset()) == Missing("core", "agnt", "agent", False)


@pytest.mark.parametrize(
    ("target", "name"),
    [
        ("core.PublicAgent.Inner.run", "core.agent.Agent.Inner.run"),
        ("core.agent.open_cache", "core.cache.connect"),
        ("core.agent.Agent.get_instance", "core.cache.Cache.get_instance"),
        ("core.shared", "core.sub.shared"),
        ("core.agent.OpenAI", "openai.OpenAI"),
        ("core.agent.cache", "core.cache"),
        ("core.nothing", "core.nothing"),
        ("requests.get", "requests.get"),
    ],
)
def test_the_name_under_which_it_is_defined(target: str, name: str, tree: SourceTree) -> None:
    assert tree.canonical(target) == name


def test_a_change_of_the_tree_is_seen(tmp_path: Path) -> None:
    first, fresh = SourceTree((tmp_path,)), tmp_path / "fresh.py"
    assert first.resolve("fresh.name") == []
    fresh.write_text("other = 1\n")
    os.utime(tmp_path, (1, 1))  # a change so soon after the first look may not show in the time of the folder
    assert first.resolve("fresh.name") == []  # one look sees the tree in one state
    assert SourceTree((tmp_path,)).resolve("fresh.name") == Missing("fresh", "name", None, False)
    fresh.write_text("other = 1\nname = 2\n")
    os.utime(fresh, (1, 1))
    assert isinstance(SourceTree((tmp_path,)).resolve("fresh.name"), list)


def test_nothing_is_imported(tmp_path: Path) -> None:
    (tmp_path / "explosive.py").write_text("raise SystemExit\n")
    assert isinstance(SourceTree((tmp_path,)).resolve("explosive.name"), Missing)
    assert "explosive" not in sys.modules
