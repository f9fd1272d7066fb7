"""Fixtures of a wider scope whose temporary folder tests share: each test gets its own."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from codemods.context import Context, SharedFile
from codemods.python.names import every_node, parameters
from codemods.python.reading import read_source
from codemods.python.source import Source
from codemods.rule import Refusal
from codemods.shared_files import refusals as r
from codemods.shared_files.mentions import asked, every_host, fixtures_in_sight, is_test
from codemods.shared_files.paths import called
from codemods.suite.endings import is_autouse
from codemods.suite.hosts import Host, Kind

_MAKERS = {
    *("tempfile.mkdtemp", "tempfile.mkstemp", "tempfile.TemporaryDirectory"),
    *("tempfile.NamedTemporaryFile", "tempfile.mktemp"),
}
_FACTORIES = ("tmp_path_factory", "tmpdir_factory")
_ONCE = ("setup_module", "setUpModule", "setup_class", "setUpClass")
_WIDE_REQUEST = ("module", "session", "node")


@dataclass(frozen=True)
class Narrowed:
    """A fixture that is made for each test from now on; ``scope`` is the argument that goes."""

    host: Host
    call: ast.Call
    scope: ast.keyword


def narrowed(
    source: Source, context: Context, shared: SharedFile
) -> tuple[Host, Narrowed | Refusal] | None:
    """The fixture of a file in whose temporary folder tests leave a path changed, and what becomes
    of it; None if it is not in this file.
    """
    makers = [h for h in every_host(source, context) if h.kind is Kind.WIDE_FIXTURE and _makes(h)]
    if not (makers and shared.tests):
        return None
    asking = [asked(test) for test in _tests(source, context, shared)]
    found = [h for h in makers if asking and all(h.function.name in names for names in asking)]
    if not found:
        return None
    if len(found) > 1:
        return found[0], r.FIXTURE_UNCLEAR
    return found[0], _narrowed(found[0], context)


def _narrowed(host: Host, context: Context) -> Narrowed | Refusal:
    scope = _scope(host)
    if scope is None or isinstance(host.function, ast.AsyncFunctionDef) or _is_kept(host):
        return r.KEPT_STATE
    if any(_asks(other, host) for other in _fixtures_below(host.source, context)):
        return r.WIDER_USER
    return Narrowed(host, *scope)


def _makes(host: Host) -> bool:
    """Whether a function makes a temporary file or folder."""
    for node in every_node(host.function):
        match node:
            case ast.Call(ast.Attribute(ast.Name(factory), "mktemp")) if factory in _FACTORIES:
                return True
            case ast.Call() if called(node, host.names) in _MAKERS:
                return True
    return False


def _scope(host: Host) -> tuple[ast.Call, ast.keyword] | None:
    """The argument of the decorator that says for how long it is kept."""
    for decorator in host.function.decorator_list:
        match decorator:
            case ast.Call(_, _, keywords) if called(decorator, host.names) == "pytest.fixture":
                for keyword in keywords:
                    if keyword.arg == "scope" and isinstance(keyword.value, ast.Constant):
                        return decorator, keyword
    return None


def _is_kept(host: Host) -> bool:
    """Whether something that is set up once relies on it, or it asks for what a test has not."""
    once = any(each.function.name in _ONCE for each in every_host(host.source, host.context))
    if once and is_autouse(host.function, host.source.names):
        return True
    for node in every_node(host.function):
        match node:
            case ast.Attribute(ast.Name("request"), name) if name in _WIDE_REQUEST:
                return True
            case ast.Global():
                return True
    return False


def _asks(other: Host, host: Host) -> bool:
    """Whether another fixture, which is kept for longer than a test, asks for one."""
    name = host.function.name
    if other.kind is not Kind.WIDE_FIXTURE or other.function.name == name:
        return False
    text = other.source.segment(other.function)
    return name in parameters(other.function) or (name in text and "getfixturevalue" in text)


def _tests(source: Source, context: Context, shared: SharedFile) -> Iterator[Host]:
    """The tests that leave the path changed: of this file; of others where it is a conftest."""
    sources = [source]
    if source.path.endswith("conftest.py"):
        folder = source.path.removesuffix("conftest.py")
        files = dict.fromkeys(test.partition("::")[0] for test in shared.tests)
        sources = [
            each
            for file in files
            if file.startswith(folder)
            and (each := read_source(context.root / file, file)) is not None
        ]
    for each in sources:
        for host in every_host(each, context):
            if is_test(host) and host.node_id in shared.tests:
                yield host


def _fixtures_below(source: Source, context: Context) -> Iterator[Host]:
    """The fixtures that may ask for one of a file: its own, and those below the folder of a
    conftest.
    """
    yield from fixtures_in_sight(source, context)
    if not source.path.endswith("conftest.py"):
        return
    folder = (context.root / source.path).parent
    for file in sorted(folder.rglob("*.py")):
        each = read_source(file, file.relative_to(context.root).as_posix())
        if each is not None and "fixture" in each.text and each.path != source.path:
            with suppress(SyntaxError, ValueError, RecursionError):
                yield from every_host(each, context)
