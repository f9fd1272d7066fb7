"""Patchers that are started and never stopped, or only if the test passes."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from codemods.clean_ups.model import Change, Undoing
from codemods.clean_ups.scope import Scope
from codemods.python.source import Source, fact, nodes_on

_MAKERS = frozenset(
    f"unittest.mock.patch{method}" for method in ("", ".object", ".multiple", ".dict")
)
_STOPS_ALL = "stopall"
LINES = re.compile(r"\.start\(\)")


def may_start(data: bytes) -> bool:
    """Whether the bytes of a file may start a patcher."""
    return b".start()" in data and b"patch" in data and b"mock" in data


def look(node: ast.AST, scope: Scope) -> Iterator[Change]:
    """The patcher that a node starts, if nothing stops it in any case."""
    match node:
        case ast.Call(ast.Attribute(patcher, "start"), [], []):
            pass
        case _:
            return
    maker = _maker(patcher, scope)
    if maker is None or scope.is_restored(_STOPS_ALL, node):
        return
    if isinstance(patcher, ast.Call):
        message = f"{_shown(maker)} is started, and nothing can stop it"
        yield Change(node, message, Undoing("", patcher=patcher))
        return
    text = scope.segment(patcher)
    if _is_stopped(text, node, scope):
        return
    stopped = f"{text}.stop" in scope.source.text
    when = "stopped only if nothing fails before" if stopped else "never stopped"
    yield Change(node, f"{text} is started, and {when}", Undoing(f"{text}.stop"))


def _maker(patcher: ast.expr, scope: Scope) -> ast.Call | None:
    """The call that makes a patcher; for a name or an attribute, the call assigned to it."""
    match patcher:
        case ast.Call(function):
            name = scope.dotted(function)
            return patcher if name in _MAKERS and not _of_environ(patcher, scope) else None
        case ast.Name(name):
            value = scope.names.values.get(name)
            return _maker(value, scope) if isinstance(value, ast.Call) else None
        case ast.Attribute(ast.Name("self" | "cls"), name):
            values = _assigned(scope.source).get(name, [])
            made = [_maker(v, scope) for v in values if isinstance(v, ast.Call)]
            return made[0] if made and len(made) == len(values) and None not in made else None
    return None


def _of_environ(call: ast.Call, scope: Scope) -> bool:
    """Whether it patches the environment, for which there are other rules."""
    target = call.args[0] if call.args else None
    spelled = target.value if isinstance(target, ast.Constant) else target and scope.dotted(target)
    return spelled in ("os.environ", "os.environb")


@fact
def _assigned(source: Source) -> dict[str, list[ast.expr]]:
    """The values assigned to attributes of ``self`` and ``cls`` on lines that patch."""
    found: dict[str, list[ast.expr]] = {}
    for node in nodes_on(source.tree.body, source.lines_with("patch")):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                match target:
                    case ast.Attribute(ast.Name("self" | "cls"), name):
                        found.setdefault(name, []).append(node.value)
    return found


def _is_stopped(patcher: str, node: ast.Call, scope: Scope) -> bool:
    """Whether something stops it in any case."""
    if not scope.is_restored("stop", node):
        return False
    # `self.patcher = patcher`
    other = re.search(
        rf"\b(?:self|cls)\.(\w+)[ \t]*=[ \t]*{re.escape(patcher)}\n", scope.source.text
    )
    last = re.escape(other[1] if other else patcher.rpartition(".")[2])
    # `self.patcher.stop()` in a tear-down; in a loop the patchers have another name.
    return bool(re.search(rf"\b{last}\.stop\b", scope.source.text)) or bool(
        re.search(rf"\bfor\b.*\b\w*{last}\w*|[\[(,]\s*[\w.]*{last}\s*[\]),]", scope.source.text)
    )


def _shown(maker: ast.Call) -> str:
    """``patch("app.settings")``, without its other arguments."""
    first = ast.unparse(maker.args[0]) if maker.args else ""
    more = ", …" if len(maker.args) > 1 or maker.keywords else ""
    return f"{ast.unparse(maker.func)}({first}{more})"
