"""Which writes the code of a project reaches by calls: each way of calling, and chains of them."""

from __future__ import annotations

import ast
import random
from pathlib import Path
from textwrap import dedent

import pytest

from codemods.reach.bodies import read
from codemods.reach.files import may_write
from codemods.reach.modules import Module
from codemods.reach.reaching import Reach, writers_of

LEAF = "import os\n\n\ndef leaf():\n    os.environ['LEAF'] = '1'\n"


def reached(folder: Path, files: dict[str, str], body: str, head: str = "import app\n") -> set[str]:
    """The variables that a test function with this body may write, in a project of these files."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(dedent(text), encoding="utf-8")
    test = f"{dedent(head)}\n\ndef test_it(thing, *args):\n" + "".join(
        f"    {line}\n" for line in dedent(body).strip().split("\n")
    )
    tree = ast.parse(test)
    module = Module(tree, test, (folder / "tests/test_it.py").as_posix(), "tests/test_it.py", shared=False)
    writers = writers_of((folder,), folder.as_posix(), 0)
    function = module.functions[-1]
    found = Reach(writers, [module], set()).of(read(function.node.body, function.names))
    return {write.key for write in found}


# Ways to write, each in a function `leaf` of `app.py`.
WRITES = {
    "item": "os.environ['LEAF'] = '1'",
    "joined": "os.environ['LEAF'] += '1'",
    "deletion": "del os.environ['LEAF']",
    "update": "os.environ.update({'LEAF': '1'})",
    "keywords": "os.environ.update(LEAF='1')",
    "default": "os.environ.setdefault('LEAF', '1')",
    "pop": "return os.environ.pop('LEAF', None)",
    "or": "os.environ |= {'LEAF': '1'}",
    "putenv": "os.putenv('LEAF', '1')",
    "bytes": "os.environb[b'LEAF'] = b'1'",
    "constant": "os.environ[NAME] = '1'",
    "alias": "env = os.environ\n    env['LEAF'] = '1'",
    "module_alias": "ENV['LEAF'] = '1'",
    "from_os": "environ['LEAF'] = '1'",
    "tuple": "os.environ['LEAF'], x = '1', 2",
    "loop": "for os.environ['LEAF'] in '12':\n        pass",
    "nested": "def inner():\n        os.environ['LEAF'] = '1'\n    inner()",
    "two_lines": "os.environ[\n        'LEAF'\n    ] = '1'",
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_each_way_to_write(tmp_path: Path, write: str) -> None:
    app = f"import os\nfrom os import environ\n\nENV = os.environ\nNAME = 'LEAF'\n\n\ndef leaf():\n    {write}\n"
    assert may_write(app.encode())
    assert reached(tmp_path, {"app.py": app}, "app.leaf()") == {"LEAF"}


ANY = {
    "clear": "os.environ.clear()",
    "unknown_key": "os.environ[name] = '1'",
    "unknown_values": "os.environ.update(values)",
    "dotenv": "load_dotenv()",
    "dotenv_module": "dotenv.load_dotenv(override=True)",
    "django_environ": "environ.Env().read_env('.env')",
    "given_to_a_helper": "fill(os.environ)",
    "default_argument": "by_default()",
}


@pytest.mark.parametrize("write", ANY.values(), ids=ANY)
def test_writes_of_variables_that_are_not_known(tmp_path: Path, write: str) -> None:
    app = f"""
import os
import dotenv
import environ
from dotenv import load_dotenv
from helpers import fill


def by_default(env=os.environ):
    env[str(env)] = "1"


def leaf(name, values):
    {write}
"""
    files = {"app.py": app, "helpers.py": "def fill(mapping):\n    mapping['A'] = '1'\n"}
    assert may_write(app.encode())
    assert reached(tmp_path, files, "app.leaf('A', {})") == {"*"}


NOTHING = {
    "reads": "return os.environ['LEAF'], os.environ.get('LEAF'), 'LEAF' in os.environ",
    "copy": "env = dict(os.environ)\n    env['LEAF'] = '1'\n    return env",
    "equal": "return os.environ['LEAF'] == '1'",
    "request": "request.environ['LEAF'] = '1'",
    "saved_and_restored": """saved = os.environ.get('LEAF')
    os.environ['LEAF'] = '1'
    try:
        return 1
    finally:
        if saved is None:
            os.environ.pop('LEAF', None)
        else:
            os.environ['LEAF'] = saved""",
    "all_restored": """saved = dict(os.environ)
    try:
        write()
    finally:
        os.environ.clear()
        os.environ.update(saved)""",
    "patched": "with patch.dict(os.environ):\n        write()",
    "around_a_yield": """saved = os.environ.get('LEAF')
    os.environ['LEAF'] = '1'
    yield
    if saved is not None:
        os.environ['LEAF'] = saved""",
}


@pytest.mark.parametrize("code", NOTHING.values(), ids=NOTHING)
def test_what_writes_nothing_that_stays(tmp_path: Path, code: str) -> None:
    app = f"""
import os
from unittest.mock import patch


def write():
    os.environ['LEAF'] = '1'


def leaf(request=None):
    {code}
"""
    assert reached(tmp_path, {"app.py": app}, "app.leaf()") == set()


def test_restoring_another_variable_is_not_enough(tmp_path: Path) -> None:
    app = """
    import os


    def leaf():
        saved = os.environ.get("OTHER")
        try:
            os.environ["LEAF"] = os.environ["OTHER"] = "1"
        finally:
            os.environ["OTHER"] = saved
    """
    assert reached(tmp_path, {"app.py": app}, "app.leaf()") == {"LEAF"}


# What an app does with `leaf`, which stands in a module of its own, and how a test gets there.
CALLS = {
    "function": ("from low import leaf\n\n\ndef go():\n    leaf()\n", "app.go()"),
    "module_attribute": ("import low\n\n\ndef go():\n    low.leaf()\n", "app.go()"),
    "import_in_function": ("def go():\n    from low import leaf as f\n    f()\n", "app.go()"),
    "re_export": ("from low import leaf as go\n", "app.go()"),
    "star": ("from low import *\n", "app.leaf()"),
    "alias": ("from low import leaf\n\ngo = leaf\n", "app.go()"),
    "passed_on": ("from low import leaf\n\n\ndef go(run):\n    run(leaf)\n", "app.go(print)"),
    "partial": ("from functools import partial\nfrom low import leaf\n\ngo = 1\n", "partial(app.leaf)()"),
    "method": ("from low import leaf\n\n\nclass App:\n    def go(self):\n        leaf()\n", "app.App().go()"),
    "method_of_variable": (
        "from low import leaf\n\n\nclass App:\n    def go(self):\n        leaf()\n",
        "it = app.App()\nit.go()",
    ),
    "method_of_unknown": ("from low import leaf\n\n\nclass App:\n    def go(self):\n        leaf()\n", "thing.go()"),
    "getattr": ("from low import leaf\n\n\nclass App:\n    def go(self):\n        leaf()\n", "getattr(thing, 'go')()"),
    "inherited": (
        "from low import leaf\n\n\nclass Base:\n    def go(self):\n        leaf()\n\n\nclass App(Base):\n    pass\n",
        "app.App().go()",
    ),
    "super": (
        "from low import leaf\n\n\nclass Base:\n    def go(self):\n        leaf()\n\n\n"
        "class App(Base):\n    def go(self):\n        super().go()\n",
        "app.App().go()",
    ),
    "overridden": (
        "from low import leaf\n\n\nclass Base:\n    def go(self):\n        self.step()\n\n    def step(self):\n"
        "        pass\n\n\nclass App(Base):\n    def step(self):\n        leaf()\n",
        "app.App().go()",
    ),
    "constructor": ("from low import leaf\n\n\nclass App:\n    def __init__(self):\n        leaf()\n", "app.App()"),
    "new": ("from low import leaf\n\n\nclass App:\n    def __new__(cls):\n        leaf()\n", "app.App()"),
    "post_init": (
        "from dataclasses import dataclass\nfrom low import leaf\n\n\n@dataclass\nclass App:\n    a: int = 1\n\n"
        "    def __post_init__(self):\n        leaf()\n",
        "app.App()",
    ),
    "inherited_constructor": (
        "from low import leaf\n\n\nclass Base:\n    def __init__(self):\n        leaf()\n\n\nclass App(Base):\n    pass\n",
        "app.App()",
    ),
    "context_manager": (
        "from low import leaf\n\n\nclass App:\n    def __enter__(self):\n        leaf()\n\n"
        "    def __exit__(self, *args):\n        pass\n",
        "with app.App():\n    pass",
    ),
    "generator_manager": (
        "from contextlib import contextmanager\nfrom low import leaf\n\n\n@contextmanager\ndef go():\n    leaf()\n    yield\n",
        "with app.go():\n    pass",
    ),
    "property": (
        "from low import leaf\n\n\nclass App:\n    @property\n    def ready(self):\n        leaf()\n",
        "app.App().ready",
    ),
    "property_of_unknown": (
        "from low import leaf\n\n\nclass App:\n    @property\n    def ready(self):\n        leaf()\n",
        "assert thing.ready",
    ),
    "decorator": (
        "from low import leaf\n\n\ndef wrapped(f):\n    def inner():\n        leaf()\n        f()\n    return inner\n\n\n"
        "@wrapped\ndef go():\n    pass\n",
        "app.go()",
    ),
    "class_method": (
        "from low import leaf\n\n\nclass App:\n    @classmethod\n    def make(cls):\n        cls.go()\n\n"
        "    @staticmethod\n    def go():\n        leaf()\n",
        "app.App.make()",
    ),
    "attribute": (
        "from low import leaf\n\n\nclass Part:\n    def go(self):\n        leaf()\n\n\nclass App:\n"
        "    def __init__(self):\n        self.part = Part()\n",
        "app.App().part.go()",
    ),
    "singleton": (
        "from low import leaf\n\n\nclass App:\n    def go(self):\n        leaf()\n\n\nit = App()\n",
        "app.it.go()",
    ),
    "annotated": (
        "from low import leaf\n\n\nclass App:\n    def run(self):\n        leaf()\n\n\ndef go(it: 'App'):\n    it.run()\n",
        "app.go(None)",
    ),
    "returned": (
        "from low import leaf\n\n\nclass App:\n    def run(self):\n        leaf()\n\n\ndef make() -> App:\n    ...\n",
        "app.make().run()",
    ),
    "awaited": ("from low import leaf\n\n\nasync def go():\n    leaf()\n", "import asyncio\nasyncio.run(app.go())"),
    "lambda": ("from low import leaf\n\n\ndef go():\n    return (lambda: leaf())()\n", "app.go()"),
    "reloaded": ("from low import leaf\n\nleaf()\n", "import importlib\nimportlib.reload(app)"),
    "cycle": (
        "from low import leaf\n\n\ndef a(n):\n    return b(n)\n\n\ndef b(n):\n    leaf()\n    return a(n - 1) if n else 0\n",
        "app.a(3)",
    ),
    "element": ("from low import leaf\n\n\nclass App:\n    def go(self):\n        leaf()\n", "[app.App()][0].go()"),
}


@pytest.mark.parametrize(("app", "test"), CALLS.values(), ids=CALLS)
def test_each_way_to_call(tmp_path: Path, app: str, test: str) -> None:
    head = "import app\nfrom functools import partial\n"
    assert reached(tmp_path, {"app.py": app, "low.py": LEAF}, test, head) == {"LEAF"}


NOT_CALLED = {
    "not_at_all": ("from low import leaf\n\n\ndef go():\n    leaf()\n\n\ndef other():\n    pass\n", "app.other()"),
    "only_imported": ("from low import leaf\n\nleaf()\n", "import app"),
    "another_class": (
        "from low import leaf\n\n\nclass A:\n    def go(self):\n        leaf()\n\n\nclass B:\n    def go(self):\n        pass\n",
        "app.B().go()",
    ),
    "something_installed": (
        "from low import leaf\n\n\nclass A:\n    def get(self):\n        leaf()\n",
        "import requests\nrequests.get('x').get('y')\n{}.get(1)\n'a'.get()",
    ),
    "a_mock": (
        "from low import leaf\n\n\nclass A:\n    def go(self):\n        leaf()\n",
        "from unittest.mock import Mock\nmock = Mock()\nmock.go()",
    ),
    "in_an_annotation": (
        "from low import leaf\n\n\nclass A:\n    def __init__(self):\n        leaf()\n",
        "x: app.A = 1",
    ),
}


@pytest.mark.parametrize(("app", "test"), NOT_CALLED.values(), ids=NOT_CALLED)
def test_what_is_not_called_does_not_count(tmp_path: Path, app: str, test: str) -> None:
    assert reached(tmp_path, {"app.py": app, "low.py": LEAF}, test) == set()


def test_relative_imports_and_packages(tmp_path: Path) -> None:
    files = {
        "src/app/__init__.py": "from .api import serve\n",
        "src/app/api.py": "from . import core\nfrom .deep.down import leaf\n\n\ndef serve():\n    core.go()\n",
        "src/app/core.py": "from .deep import down\n\n\ndef go():\n    down.leaf()\n",
        "src/app/deep/down.py": LEAF,
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    writers = writers_of((tmp_path / "src", tmp_path), tmp_path.as_posix(), 0)
    assert {f.name for f in writers.reaching} == {"leaf", "go", "serve"}
    (write,) = {w for f in writers.reaching for w in writers.writes(f)}
    assert (write.file, write.line) == ("src/app/deep/down.py", 5)


def test_tree_without_writes_is_not_parsed(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("import os\n\nX = os.environ.get('X')\nY = os.environ['Y']\n", encoding="utf-8")
    assert not writers_of((tmp_path,), tmp_path.as_posix(), 0).project.modules


def test_tests_scripts_and_environments_are_no_code_under_test(tmp_path: Path) -> None:
    places = (
        "tests/helpers.py",
        "test_a.py",
        "setup.py",
        "venv/lib/x.py",
        ".hidden/x.py",
        "docs/conf.py",
        "build/x.py",
    )
    for name in places:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(LEAF, encoding="utf-8")
    (tmp_path / "venv/pyvenv.cfg").write_text("", encoding="utf-8")
    assert not writers_of((tmp_path,), tmp_path.as_posix(), 0).reaching


def test_file_that_does_not_parse_is_passed_over(tmp_path: Path) -> None:
    files = {"bad.py": "import os\nos.environ['A'] = (\n", "app.py": LEAF}
    assert reached(tmp_path, files, "app.leaf()") == {"LEAF"}


@pytest.mark.parametrize("seed", range(40))
def test_generated_chains(tmp_path: Path, seed: int) -> None:
    """A chain of calls of random forms through random modules leads to the write; one that stops short does not."""
    rng = random.Random(seed)
    modules: dict[str, list[str]] = {f"m{i}": [] for i in range(rng.randint(1, 5))}
    names = list(modules)
    modules["low"] = ["import os", "def f0():", "    os.environ['LEAF'] = '1'", "def g0():", "    pass"]
    for kind in "fg":
        home, target = "low", f"{kind}0"
        for depth in range(1, rng.randint(2, 9)):
            here, name = rng.choice(names), f"{kind}{depth}"
            home, target = here, _link(rng, modules[here], name, home, target, names)
        modules.setdefault("app", []).append(f"import {home}\ndef {kind}():\n    return {home}.{target}")
    files = {f"{name}.py": "\n".join(lines) + "\n" for name, lines in modules.items()}
    assert reached(tmp_path, files, "app.f()") == {"LEAF"}
    assert reached(tmp_path, files, "app.g()") == set()


def _link(rng: random.Random, lines: list[str], name: str, home: str, target: str, names: list[str]) -> str:
    """Lines of a module that call the target in the module ``home``, and what a call of them looks like."""
    call = target if "(" in target else f"{target}()"
    form = rng.randrange(7)
    back = rng.choice(names)
    if form == 0:
        lines += [f"def {name}(n=0):", f"    import {home} as x, {back}", f"    x.{call}"]
        return f"{name}()"
    if form == 1:
        first = call.partition("(")[0].partition(".")[0]
        lines += [f"def {name}():", f"    from {home} import {first} as y", f"    return y{call[len(first) :]}"]
        return f"{name}()"
    if form == 2:
        lines += [f"class C{name}:", "    def __init__(self):", f"        import {home}", f"        {home}.{call}"]
        return f"C{name}()"
    if form == 3:
        lines += [f"class C{name}:", "    def run(self):", "        self.step()", "    def step(self):"]
        lines += [f"        import {home}", f"        {home}.{call}"]
        return f"C{name}().run()"
    if form == 4:
        lines += [f"class B{name}:", "    @classmethod", "    def make(cls):", f"        import {home}"]
        lines += [f"        {home}.{call}", f"class C{name}(B{name}):", "    pass"]
        return f"C{name}.make()"
    if form == 5:
        lines += [f"def {name}():", f"    import {home}", f"    if {name}:", f"        {home}.{call}", f"    {name}()"]
        return f"{name}()"
    lines += [f"def _{name}():", f"    import {home}", f"    {home}.{call}", f"{name} = _{name}"]
    return f"{name}()"
