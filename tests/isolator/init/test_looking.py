"""What is found in a project, and what is not: each form, with whether it is certain."""

from __future__ import annotations

from pathlib import Path

import pytest

from isolator.init.found import Found
from isolator.init.looking import look
from isolator.project.project import load_project
from tests.isolator.init.projects import CONFIG, write

WRITES_KEY = "import os\nimport app.config\n\n\ndef test_a():\n    os.environ['APP_KEY'] = '1'\n"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty project in the current directory."""
    write(tmp_path, {"pyproject.toml": "", "app/__init__.py": ""})
    monkeypatch.chdir(tmp_path)
    return tmp_path


def found(folder: Path, **files: str) -> Found:
    """What is found with some more files: ``test`` is a test, ``config`` is app/config.py, and so on."""
    names = {"test": "tests/test_a.py", "conftest": "tests/conftest.py"}
    write(folder, {names.get(name, f"app/{name}.py"): text for name, text in files.items()})
    return look(load_project([]))


@pytest.mark.parametrize(
    "body",
    [
        "    os.environ['APP_KEY'] = '1'",
        "    del os.environ['APP_KEY']",
        "    env['APP_KEY'] += '1'",
        "    os.environ.pop('APP_KEY', None)",
        "    os.environ.setdefault('APP_KEY', '1')",
        "    os.environ.update({'APP_KEY': '1'})",
        "    os.environ.update(APP_KEY='1')",
        "    os.environ |= {'APP_KEY': '1'}",
        "    os.environ[NAME] = '1'",
        "    with patch.dict(os.environ, {'APP_KEY': '1'}):\n        pass",
        "    with patch.dict('os.environ', APP_KEY='1'):\n        pass",
        "    with patch.dict(os.environ, values=dict(APP_KEY='1'), clear=True):\n        pass",
        "    def inner():\n        os.environ['APP_KEY'] = '1'",
    ],
)
def test_every_way_to_write_a_variable(body: str, here: Path) -> None:
    head = "import os\nfrom os import environ as env\nfrom unittest.mock import patch\nimport app.config\n\n"
    test = f"{head}NAME = 'APP_KEY'\n\ndef test_a():\n{body}\n"

    (variable,) = found(here, config=CONFIG, test=test).critical_env

    assert (variable.value, variable.certain) == ("APP_KEY", True)
    assert variable.why.endswith("named at app/config.py:7")


@pytest.mark.parametrize(
    "test",
    [
        "def test_a(monkeypatch):\n    monkeypatch.setenv('APP_KEY', '1')\n",
        "import os\n\ndef test_a(monkeypatch):\n    monkeypatch.setitem(os.environ, 'APP_KEY', '1')\n",
        "import os\nos.environ['APP_KEY'] = '1'\n",
        "import os\n\ndef test_a():\n    assert os.environ['APP_KEY']\n",
        "import os\n\ndef test_a(key):\n    os.environ[key] = '1'\n",
        "import os\n\ndef test_a():\n    os.environ['PYTEST_ADDOPTS'] = '1'\n",
        "import os\n\ndef test_a():\n    os.environ['APP_\\ud800'] = '1'\n",
    ],
)
def test_writes_that_a_fixture_need_not_undo(test: str, here: Path) -> None:
    assert found(here, config=CONFIG, test=f"import app.config\n{test}").critical_env == ()


def test_a_decorator_of_a_class_writes_too(here: Path) -> None:
    test = (
        "from unittest.mock import patch\nimport app.config\n\n"
        "@patch.dict('os.environ', {'APP_KEY': '1'})\nclass TestA:\n    def test_a(self):\n        pass\n"
    )

    assert [each.value for each in found(here, config=CONFIG, test=test).critical_env] == ["APP_KEY"]


def test_a_variable_that_no_code_names_is_a_suggestion(here: Path) -> None:
    seen = found(here, config="KEY = 'APP_KEY'  # of the map\n", test=WRITES_KEY)

    (variable,) = seen.critical_env
    assert not variable.certain
    assert variable.why == "written at tests/test_a.py:6; no code was found that reads it by this name"
    assert seen.fixture is None


def test_a_field_of_pydantic_settings_is_named_by_its_variable(here: Path) -> None:
    config = (
        "from functools import cache\nfrom pydantic_settings import BaseSettings\n\n"
        "class Settings(BaseSettings):\n    model_config = {'env_prefix': 'APP_'}\n    key: str\n\n"
        "@cache\ndef settings():\n    return Settings()\n"
    )

    seen = found(here, config=config, test=WRITES_KEY)

    assert [(each.value, each.certain) for each in seen.critical_env] == [("APP_KEY", True)]
    assert [(each.value, each.certain) for each in seen.caches] == [("app.config.settings", True)]


def test_what_another_suite_writes_is_left_out(here: Path) -> None:
    write(here, {"pyproject.toml": "[tool.pytest.ini_options]\ntestpaths = ['tests/unit']\n"})
    write(here, {"tests/unit/test_b.py": "import app.config\n", "tests/slow/conftest.py": WRITES_KEY})

    assert found(here, config=CONFIG).critical_env == ()


READ = "import os\nfrom functools import cache, lru_cache, cached_property\n\n"
CLASS = """\
class Config:
    def __init__(self):
        self.load()

    def load(self):
        self.key = os.getenv('APP_KEY')

"""
ONE = """\
class One:
    _one = None

    def __init__(self):
        self.key = os.getenv('APP_KEY')

"""
PARTS = """\
class Settings:
    def __init__(self):
        self.config = Config()

    @classmethod
    def from_env(cls):
        return cls()

"""
DATACLASS = """\
from dataclasses import dataclass, field

@dataclass
class A:
    key: str = field(default_factory=lambda: os.getenv('APP_KEY'))

"""


@pytest.mark.parametrize(
    ("config", "cache"),
    [
        ("@cache\ndef key():\n    return os.environ['APP_KEY']\n", "key"),
        ("@lru_cache(maxsize=1)\ndef key():\n    return 'APP_KEY' in os.environ\n", "key"),
        (f"{CLASS}@lru_cache\ndef config():\n    return Config()\n", "config"),
        ("class A:\n    @classmethod\n    @cache\n    def key(cls):\n        return os.getenv('APP_KEY')\n", "A.key"),
        ("_key = None\n\ndef key():\n    global _key\n    _key = _key or os.getenv('APP_KEY')\n", "_key"),
        (f"{CLASS}_made = None\n\ndef make():\n    global _made\n    made = Config()\n    _made = made\n", "_made"),
        (f"{CLASS}_made = Config()\n\ndef make():\n    global _made\n    _made = Config()\n", "_made"),
        (f"{ONE}    def __new__(cls):\n        cls._one = super().__new__(cls)\n        return cls._one\n", "One._one"),
        (f"{ONE}    @classmethod\n    def get(cls):\n        one = cls()\n        cls._one = one\n", "One._one"),
        (f"{ONE}    @staticmethod\n    def get():\n        One._one = One()\n", "One._one"),
        (
            "class A:\n    @cached_property\n    def key(self):\n        return os.getenv('APP_KEY')\n\na = A()\n",
            "a.key",
        ),
        (f"{CLASS}{PARTS}@cache\ndef settings():\n    return Settings.from_env()\n", "settings"),
        (f"{DATACLASS}@cache\ndef a():\n    return A()\n", "a"),
    ],
)
def test_every_form_of_a_cache(config: str, cache: str, here: Path) -> None:
    seen = found(here, config=READ + config, test=WRITES_KEY)

    assert [(each.value, each.certain) for each in seen.caches] == [(f"app.config.{cache}", True)]
    assert seen.caches[0].why.endswith("; tests write APP_KEY")


@pytest.mark.parametrize(
    "config",
    [
        "@cache\ndef key():\n    return 1\n\ndef read():\n    return os.getenv('APP_KEY')\n",
        "@cache\ndef key():\n    return os.getenv('OTHER')\n",
        "_name = None\n\ndef start(name):\n    global _name\n    _name = name\n    return os.getenv('APP_KEY')\n",
        "class A:\n    @classmethod\n    def key(cls):\n        cls.count = 1\n        return os.getenv('APP_KEY')\n",
        "KEY = os.getenv('APP_KEY')\n",
        "def key():\n    return os.getenv('APP_KEY')\n",
        "class A:\n    def key(self):\n        self.kept = os.getenv('APP_KEY')\n",
        f"{CLASS}{PARTS}@cache\ndef settings():\n    return Settings\n",
    ],
)
def test_caches_of_no_variable_that_tests_write(config: str, here: Path) -> None:
    assert found(here, config=READ + config, test=WRITES_KEY).caches == ()


def test_a_cache_in_another_module_than_what_it_calls(here: Path) -> None:
    package = "from .config import Config\n"
    deps = "from functools import cache\nfrom . import Config\n\n@cache\ndef config():\n    return Config()\n"
    write(here, {"app/__init__.py": package})

    seen = found(here, config=READ + CLASS, deps=deps, test=WRITES_KEY.replace("app.config", "app.deps"))

    assert [(each.value, each.certain) for each in seen.caches] == [("app.deps.config", True)]


@pytest.mark.parametrize(
    ("main", "certain"),
    [
        ("from app import config\n", True),
        ("from .config import key\n", True),
        ("def start():\n    from app import config\n", False),
        ("", False),
    ],
)
def test_a_cache_is_certain_only_where_its_module_is_imported_with_the_tests(
    main: str, certain: bool, here: Path
) -> None:
    """The fixture that resets it would import it, which may fail."""
    cached = f"{READ}@cache\ndef key():\n    return os.getenv('APP_KEY')\n"

    seen = found(here, config=cached, main=main, test=WRITES_KEY.replace("app.config", "app.main"))

    assert [(each.value, each.certain) for each in seen.caches] == [("app.config.key", certain)]


def test_what_only_an_import_makes_is_a_suggestion(here: Path) -> None:
    seen = found(here, config=f"{READ}{CLASS}config = Config()\n", test=WRITES_KEY)

    assert [(each.value, each.certain) for each in seen.caches] == [("app.config.config", False)]


def test_a_module_below_another_folder_is_a_suggestion(here: Path) -> None:
    """Whether `app` is importable there is not for isolator to know: the folder is offered as `source`."""
    cached = f"{READ}@cache\ndef key():\n    return os.getenv('APP_KEY')\n"
    test = WRITES_KEY.replace("app", "service")
    write(
        here, {"backend/service/__init__.py": "", "backend/service/config.py": cached, "backend/tests/test_a.py": test}
    )

    seen = found(here)

    assert seen.source is not None
    assert (seen.source.value, seen.source.certain) == (("backend",), False)
    assert [(each.value, each.certain) for each in seen.caches] == [("service.config.key", False)]


def test_modules_that_no_test_imports_are_left_out(here: Path) -> None:
    cached = f"{READ}@cache\ndef key():\n    return os.getenv('APP_KEY')\n"

    assert found(here, config=cached, test=WRITES_KEY.replace("import app.config\n", "")).caches == ()


CLIENT = """\
import socket

class Client:
    def __init__(self):
        self.to = socket.create_connection(('a', 1))
"""
METHOD = """\
from app.net import connect

class Client:
    def __init__(self):
        self.open()

    def open(self):
        self.to = connect()
"""
OPENS_AI = "class Client:\n    def __init__(self):\n        self.ai = OpenAI()\n"
AGENT = "from app.client import Client\n\nclass Agent:\n    def __init__(self):\n        self.client = Client()\n"
TEST_AGENT = "from app.agent import Agent\n\ndef test_a():\n    Agent()\n"


def test_a_class_that_opens_a_client_is_a_suggestion_for_the_tests_of_who_makes_it(here: Path) -> None:
    (seen,) = found(here, client=CLIENT, agent=AGENT, test=TEST_AGENT).initializers

    assert not seen.certain
    assert (seen.value.target, seen.value.returns) == ("app.client.Client.__init__", "None")
    assert (seen.value.imports, seen.value.tests) == (("app.agent",), ())
    assert seen.why == "app/client.py:5: socket.create_connection; reached by tests/test_a.py"


def test_a_factory_is_what_is_patched_where_code_uses_it(here: Path) -> None:
    client = f"{CLIENT}    @classmethod\n    def get(cls):\n        return cls()\n"

    (seen,) = found(here, client=client, agent=AGENT.replace("Client()", "Client.get()"), test=TEST_AGENT).initializers

    assert (seen.value.target, seen.value.returns) == ("app.client.Client.get", None)


@pytest.mark.parametrize(
    "opens",
    [
        "import requests\n\nclass Client:\n    def __init__(self):\n        self.session = requests.Session()\n",
        "import boto3\n\nclass Client:\n    def __init__(self):\n        self.s3 = boto3.client('s3')\n",
        "import redis.asyncio as redis\n\nclass Client:\n    def __init__(self):\n        self.r = redis.Redis()\n",
        "from openai import AsyncOpenAI\n\nclass Client:\n    def __init__(self):\n        self.ai = AsyncOpenAI()\n",
        "from google.cloud import tasks\n\nclass Client:\n    def __init__(self):\n        self.t = tasks.Client()\n",
        "class Client:\n    def __init__(self):\n        import httpx\n        self.http = httpx.AsyncClient()\n",
        METHOD,
        f"try:\n    from openai import OpenAI\nexcept ImportError:\n    OpenAI = None\n\n{OPENS_AI}",
        f"try:\n    from openai import OpenAI\nexcept ImportError:\n    class OpenAI:\n        pass\n\n{OPENS_AI}",
    ],
)
def test_every_kind_of_client(opens: str, here: Path) -> None:
    net = "import urllib.request\n\ndef connect():\n    return urllib.request.urlopen('http://a')\n"

    seen = found(here, client=opens, net=net, agent=AGENT, test=TEST_AGENT).initializers

    assert [each.value.target for each in seen] == ["app.client.Client.__init__"]


@pytest.mark.parametrize(
    ("client", "test"),
    [
        (CLIENT, "from app.client import Client\n\ndef test_a():\n    Client()\n"),  # it is what the test is about
        (CLIENT, f"from unittest.mock import patch\n{TEST_AGENT}    patch('socket.create_connection')\n"),
        (CLIENT.replace("create_connection(('a', 1))", "gethostname()"), TEST_AGENT),
        (CLIENT.replace("__init__", "open"), TEST_AGENT),
        (f"try:\n    from .fake import OpenAI\nexcept ImportError:\n    OpenAI = None\n\n{OPENS_AI}", TEST_AGENT),
        (
            f"try:\n    from openai import OpenAI\nexcept ImportError:\n    OpenAI = None\nOpenAI = print\n{OPENS_AI}",
            TEST_AGENT,
        ),
    ],
)
def test_no_suggestion(client: str, test: str, here: Path) -> None:
    assert found(here, client=client, agent=AGENT, test=test).initializers == ()


ISOLATING = """\
import os
import pytest


@pytest.fixture(autouse=True)
def given_back():
    saved = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(saved)
"""


def test_a_fixture_that_isolates_already_is_named(here: Path) -> None:
    seen = found(here, config=CONFIG, test=WRITES_KEY, conftest=ISOLATING).fixture

    assert seen is not None
    assert seen.why == "tests/conftest.py:6: given_back restores them already: nothing is added"
    assert seen.value.after is None


def test_the_fixture_goes_after_the_last_that_every_test_uses(here: Path) -> None:
    fixture = "@pytest.fixture"
    first = f"{fixture}(autouse=True)\ndef first():\n    pass\n"
    second = f"{fixture}(autouse=True, name='second')\ndef b():\n    pass\n"
    conftest = f"import pytest\n{first}\n{second}\n{fixture}\ndef c():\n    pass\n"

    seen = found(here, config=CONFIG, test=WRITES_KEY, conftest=conftest).fixture

    assert seen is not None
    assert (seen.value.conftest, seen.value.after) == ("tests/conftest.py", "second")


def test_tests_in_a_folder_of_another_name(here: Path) -> None:
    write(here, {"checks/unit/test_a.py": WRITES_KEY, "checks/other/test_b.py": "import app.config\n"})

    seen = found(here, config=CONFIG)

    assert seen.paths is not None
    assert (seen.paths.value, seen.paths.certain) == (("checks",), True)
    assert seen.fixture is not None
    assert seen.fixture.value.conftest == "checks/conftest.py"
