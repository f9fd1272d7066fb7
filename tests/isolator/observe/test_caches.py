"""Caches that are filled while the environment is read: five kinds of them, and those that are filled by an import."""

from __future__ import annotations

from pathlib import Path

from isolator.evidence.model import Cache
from tests.isolator.observe.suites import observed

FIVE = """
    import functools
    import os
    from functools import cached_property


    class Config:
        _instance = None

        def __init__(self):
            self.region = os.environ.get("REGION")

        @classmethod
        def instance(cls):
            if cls._instance is None:
                cls._instance = cls()
            return cls._instance

        @functools.cache
        def zone(self):
            return os.environ.get("ZONE")


    @functools.lru_cache
    def get_config():
        return Config()


    class Settings:
        @cached_property
        def url(self):
            return os.environ.get("URL")


    settings = Settings()
    shared = Config
    calls = 0
    _config = None
    _by_name = {}


    def config():
        global _config, calls
        calls = 1
        if _config is None:
            _config = load()
        return _config


    def load():
        return {"mode": os.environ.get("MODE")}


    def by_name(name):
        if name not in _by_name:
            _by_name[name] = load()
        return _by_name[name]


    def uncached():
        return load(), calls, shared
"""

TESTS = """
    import app


    def test_function():
        app.get_config()


    def test_function_again():
        app.get_config()


    def test_method():
        app.Config().zone()


    def test_global():
        app.config()


    def test_dict():
        app.by_name("x")


    def test_class():
        app.Config.instance()


    def test_property():
        app.settings.url


    def test_nothing():
        app.uncached()


    def test_taken_back(monkeypatch):
        monkeypatch.setattr(app, "_config", None)
        app.config()
"""


def test_five_kinds(tmp_path: Path) -> None:
    evidence = observed(tmp_path, {"app.py": FIVE, "test_it.py": TESTS})
    found = {cache.object: cache for cache in evidence.caches}
    expected = [
        Cache("app.get_config", "lru_cache", "app.py", 23, ("REGION",), ("test_function",)),
        Cache("app.Config.zone", "lru_cache", "app.py", 18, ("ZONE",), ("test_method",)),
        Cache("app._config", "global", "app.py", 41, ("MODE",), ("test_global",)),
        Cache("app._by_name", "global", "app.py", 53, ("MODE",), ("test_dict",)),
        Cache("app.Config._instance", "class-attribute", "app.py", 12, ("REGION",), ("test_class",)),
        Cache("app.settings.url", "cached_property", "app.py", 29, ("URL",), ("test_property",)),
    ]
    for each in expected:
        assert found.pop(each.object) == Cache(**{**vars(each), "tests": (f"test_it.py::{each.tests[0]}",)})
    assert found == {}


def test_filled_by_an_import(tmp_path: Path) -> None:
    files = {
        "core/config.py": """
            import os
            from dataclasses import dataclass, field
            from functools import lru_cache


            @dataclass
            class Config:
                key: str = field(default_factory=lambda: os.environ.get("KEY", ""))


            @lru_cache(maxsize=None)
            def get_config():
                return Config()


            class Holder:
                _held = None

                @classmethod
                def get(cls):
                    cls._held = cls._held or Config()
                    return cls._held


            DEBUG = os.environ.get("DEBUG") == "1"
            HOSTS = os.environ.get("HOSTS", "").split(",")
            PLAIN = ["a", "b"]
            try:
                config = Config()
            finally:
                pass
            get_config()
            Holder.get()
        """,
        "conftest.py": "import core.config\n",
        "test_it.py": "def test_it():\n    pass\n",
    }
    evidence = observed(tmp_path, files)
    assert set(evidence.caches) == {
        Cache("core.config.HOSTS", "global", "core/config.py", 26, ("HOSTS",), ()),
        Cache("core.config.config", "global", "core/config.py", 29, ("KEY",), ()),
        Cache("core.config.get_config", "lru_cache", "core/config.py", 11, ("KEY",), ()),
        Cache("core.config.Holder._held", "class-attribute", "core/config.py", 19, ("KEY",), ()),
    }


def test_filled_by_an_import_within_a_test(tmp_path: Path) -> None:
    files = {
        "config.py": 'import os\n\nHOSTS = os.environ.get("HOSTS", "").split(",")\n',
        "test_it.py": "def test_it():\n    import config\n",
    }
    (cache,) = observed(tmp_path, files).caches
    assert cache == Cache("config.HOSTS", "global", "config.py", 3, ("HOSTS",), ("test_it.py::test_it",))


def test_the_instance_of_a_class_that_inherits(tmp_path: Path) -> None:
    files = {
        "base.py": """
            class Singleton:
                _instance = None

                @classmethod
                def get(cls):
                    if cls._instance is None:
                        cls._instance = cls()
                    return cls._instance
        """,
        "config.py": """
            import os

            from base import Singleton


            class Config(Singleton):
                def __init__(self):
                    self.mode = os.environ.get("MODE")


            Config.Config = Config
        """,
        "test_it.py": "import config\n\n\ndef test_it():\n    config.Config.get()\n",
    }
    (cache,) = observed(tmp_path, files).caches
    assert cache == Cache(
        "config.Config._instance", "class-attribute", "base.py", 4, ("MODE",), ("test_it.py::test_it",)
    )


def test_a_copy_of_the_whole_environment_may_be_cached(tmp_path: Path) -> None:
    app = """
        import functools
        import os


        @functools.lru_cache
        def get_settings():
            return {name.lower(): value for name, value in os.environ.items()}


        def environment():
            return dict(os.environ)
    """
    test = "import app\n\n\ndef test_it():\n    app.get_settings()\n    app.environment()\n"
    evidence = observed(tmp_path, {"app.py": app, "test_it.py": test})
    assert evidence.caches == (Cache("app.get_settings", "lru_cache", "app.py", 5, (), ("test_it.py::test_it",)),)
    assert evidence.assumed == ()
