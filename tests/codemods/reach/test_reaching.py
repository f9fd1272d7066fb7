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
    "function": (
        """
        from low import leaf


        def go():
            leaf()
        """,
        "app.go()",
    ),
    "module_attribute": (
        """
        import low


        def go():
            low.leaf()
        """,
        "app.go()",
    ),
    "import_in_function": (
        """
        def go():
            from low import leaf as f
            f()
        """,
        "app.go()",
    ),
    "re_export": (
        """
        from low import leaf as go
        """,
        "app.go()",
    ),
    "star": (
        """
        from low import *
        """,
        "app.leaf()",
    ),
    "alias": (
        """
        from low import leaf

        go = leaf
        """,
        "app.go()",
    ),
    "passed_on": (
        """
        from low import leaf


        def go(run):
            run(leaf)
        """,
        "app.go(print)",
    ),
    "partial": (
        """
        from functools import partial
        from low import leaf

        go = 1
        """,
        "partial(app.leaf)()",
    ),
    "method": (
        """
        from low import leaf


        class App:
            def go(self):
                leaf()
        """,
        "app.App().go()",
    ),
    "method_of_variable": (
        """
        from low import leaf


        class App:
            def go(self):
                leaf()
        """,
        """
        it = app.App()
        it.go()
        """,
    ),
    "method_of_unknown": (
        """
        from low import leaf


        class App:
            def go(self):
                leaf()
        """,
        "thing.go()",
    ),
    "getattr": (
        """
        from low import leaf


        class App:
            def go(self):
                leaf()
        """,
        "getattr(thing, 'go')()",
    ),
    "inherited": (
        """
        from low import leaf


        class Base:
            def go(self):
                leaf()


        class App(Base):
            pass
        """,
        "app.App().go()",
    ),
    "super": (
        """
        from low import leaf


        class Base:
            def go(self):
                leaf()


        class App(Base):
            def go(self):
                super().go()
        """,
        "app.App().go()",
    ),
    "overridden": (
        """
        from low import leaf


        class Base:
            def go(self):
                self.step()

            def step(self):
                pass


        class App(Base):
            def step(self):
                leaf()
        """,
        "app.App().go()",
    ),
    "constructor": (
        """
        from low import leaf


        class App:
            def __init__(self):
                leaf()
        """,
        "app.App()",
    ),
    "new": (
        """
        from low import leaf


        class App:
            def __new__(cls):
                leaf()
        """,
        "app.App()",
    ),
    "post_init": (
        """
        from dataclasses import dataclass
        from low import leaf


        @dataclass
        class App:
            a: int = 1

            def __post_init__(self):
                leaf()
        """,
        "app.App()",
    ),
    "inherited_constructor": (
        """
        from low import leaf


        class Base:
            def __init__(self):
                leaf()


        class App(Base):
            pass
        """,
        "app.App()",
    ),
    "context_manager": (
        """
        from low import leaf


        class App:
            def __enter__(self):
                leaf()

            def __exit__(self, *args):
                pass
        """,
        """
        with app.App():
            pass
        """,
    ),
    "generator_manager": (
        """
        from contextlib import contextmanager
        from low import leaf


        @contextmanager
        def go():
            leaf()
            yield
        """,
        """
        with app.go():
            pass
        """,
    ),
    "property": (
        """
        from low import leaf


        class App:
            @property
            def ready(self):
                leaf()
        """,
        "app.App().ready",
    ),
    "property_of_unknown": (
        """
        from low import leaf


        class App:
            @property
            def ready(self):
                leaf()
        """,
        "assert thing.ready",
    ),
    "decorator": (
        """
        from low import leaf


        def wrapped(f):
            def inner():
                leaf()
                f()
            return inner


        @wrapped
        def go():
            pass
        """,
        "app.go()",
    ),
    "class_method": (
        """
        from low import leaf


        class App:
            @classmethod
            def make(cls):
                cls.go()

            @staticmethod
            def go():
                leaf()
        """,
        "app.App.make()",
    ),
    "attribute": (
        """
        from low import leaf


        class Part:
            def go(self):
                leaf()


        class App:
            def __init__(self):
                self.part = Part()
        """,
        "app.App().part.go()",
    ),
    "singleton": (
        """
        from low import leaf


        class App:
            def go(self):
                leaf()


        it = App()
        """,
        "app.it.go()",
    ),
    "annotated": (
        """
        from low import leaf


        class App:
            def run(self):
                leaf()


        def go(it: 'App'):
            it.run()
        """,
        "app.go(None)",
    ),
    "returned": (
        """
        from low import leaf


        class App:
            def run(self):
                leaf()


        def make() -> App:
            ...
        """,
        "app.make().run()",
    ),
    "awaited": (
        """
        from low import leaf


        async def go():
            leaf()
        """,
        """
        import asyncio
        asyncio.run(app.go())
        """,
    ),
    "lambda": (
        """
        from low import leaf


        def go():
            return (lambda: leaf())()
        """,
        "app.go()",
    ),
    "reloaded": (
        """
        from low import leaf

        leaf()
        """,
        """
        import importlib
        importlib.reload(app)
        """,
    ),
    "cycle": (
        """
        from low import leaf


        def a(n):
            return b(n)


        def b(n):
            leaf()
            return a(n - 1) if n else 0
        """,
        "app.a(3)",
    ),
    "element": (
        """
        from low import leaf


        class App:
            def go(self):
                leaf()
        """,
        "[app.App()][0].go()",
    ),
}


@pytest.mark.parametrize(("app", "test"), CALLS.values(), ids=CALLS)
def test_each_way_to_call(tmp_path: Path, app: str, test: str) -> None:
    head = "import app\nfrom functools import partial\n"
    assert reached(tmp_path, {"app.py": app, "low.py": LEAF}, test, head) == {"LEAF"}


NOT_CALLED = {
    "not_at_all": (
        """
        from low import leaf


        def go():
            leaf()


        def other():
            pass
        """,
        "app.other()",
    ),
    "only_imported": (
        """
        from low import leaf

        leaf()
        """,
        "import app",
    ),
    "another_class": (
        """
        from low import leaf


        class A:
            def go(self):
                leaf()


        class B:
            def go(self):
                pass
        """,
        "app.B().go()",
    ),
    "something_installed": (
        """
        from low import leaf


        class A:
            def get(self):
                leaf()
        """,
        """
        import requests
        requests.get('x').get('y')
        {}.get(1)
        'a'.get()
        """,
    ),
    "a_mock": (
        """
        from low import leaf


        class A:
            def go(self):
                leaf()
        """,
        """
        from unittest.mock import Mock
        mock = Mock()
        mock.go()
        """,
    ),
    "in_an_annotation": (
        """
        from low import leaf


        class A:
            def __init__(self):
                leaf()
        """,
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


def test_tests_scripts_and_environments_are_not_code_under_test(tmp_path: Path) -> None:
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


def test_file_that_does_not_parse_is_skipped(tmp_path: Path) -> None:
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
