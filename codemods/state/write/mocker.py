"""Whether a test needs ``mocker`` no longer, now that it patches the environment through
``monkeypatch``.
"""

from __future__ import annotations

import ast
import re

import libcst as cst

from codemods.python.names import Function, every_node
from codemods.suite.hosts import Host, Kind

_DEFINES = re.compile(r"\bdef\s+mocker\b|name\s*=\s*[\"']mocker[\"']")


def drops_mocker(host: Host, changed: cst.FunctionDef) -> bool:
    """Whether the parameter was read before, is not any more, and is the fixture of pytest-mock.

    That does nothing when it is set up; one of the project's own may. Among parameters with
    comments it stays. ``changed`` is the function as it is written.
    """
    arguments = [*host.function.args.posonlyargs, *host.function.args.args]
    if (
        host.kind is not Kind.TEST
        or not host.injectable
        or "mocker" not in [a.arg for a in arguments]
    ):
        return False
    texts = (host.source.text, *(conftest.text for conftest in host.context.conftests))
    if not _reads(host.function) or any(map(_DEFINES.search, texts)):
        return False
    whole = cst.Module([])
    if "#" in whole.code_for_node(changed.params):
        return False
    return not re.search(
        r"\bmocker\b", whole.code_for_node(changed.with_changes(params=cst.Parameters()))
    )


def _reads(function: Function) -> bool:
    return any(isinstance(n, ast.Name) and n.id == "mocker" for n in every_node(function))
