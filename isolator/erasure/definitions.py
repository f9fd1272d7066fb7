"""What pytest makes of a function's decorators and parameters."""

from __future__ import annotations

import ast

from isolator.erasure.nodes import Function, names_loaded
from isolator.erasure.scope import Scope


def is_autouse(node: Function, scope: Scope) -> bool:
    """Whether this is a method that pytest runs around every test of the class."""
    fixtures = [d for d in node.decorator_list if isinstance(d, ast.Call) and scope.dotted(d.func) == "pytest.fixture"]
    keywords = [k for fixture in fixtures for k in fixture.keywords]
    used = any(k.arg == "autouse" and isinstance(k.value, ast.Constant) and k.value.value is True for k in keywords)
    return used and bool(node.args.args)


def drop_parameters(function: Function) -> None:
    """Drop ``monkeypatch`` where a rewrite puts it, last or keyword-only, and ``mocker``, if nothing reads them."""
    arguments = function.args
    plain = len(arguments.args) - len(arguments.defaults)
    if "mocker" not in names_loaded(function.body):
        arguments.args = [a for index, a in enumerate(arguments.args) if a.arg != "mocker" or index >= plain]
    last = bool(arguments.args) and arguments.args[-1].arg == "monkeypatch" and not arguments.defaults
    only = [index for index, a in enumerate(arguments.kwonlyargs) if a.arg == "monkeypatch"]
    if not (last or only) or "monkeypatch" in names_loaded(function.body):
        return
    if last:
        arguments.args = arguments.args[:-1]
    for index in only:
        del arguments.kwonlyargs[index], arguments.kw_defaults[index]
