"""Changes that are not reported: they are restored, restore something, or are not made at all."""

from __future__ import annotations

import ast

from codemods.python.names import Function, own_statements
from codemods.state.expressions.cells.late import late_cells, mentioned_cells
from codemods.state.expressions.cells.resets import is_paired
from codemods.state.model.operations import unknown
from codemods.state.model.plan import Site
from codemods.suite.endings import is_for_each, is_late, is_restored
from codemods.suite.hooks import is_hook
from codemods.suite.hosts import Host

_COPIES = ("list", "dict", "set", "copy", "deepcopy", "copy.copy", "copy.deepcopy")
_RAISES = ("raises", "assertRaises", "assertRaisesRegex")


def is_harmless(site: Site, host: Host) -> bool:
    """Whether a site is not reported: nothing is left changed, or it is for the whole session."""
    if is_hook(host.function) or is_for_each(host):
        return True
    if site.refusal is not None:
        return _is_put_back(site, host)
    if site.rule != "write":
        return False
    puts_back = _puts_back_copy(site.node, host.function)
    return puts_back or _is_to_fail(site.node, host.function) or _is_written_late(site, host)


def _is_put_back(site: Site, host: Host) -> bool:
    """Whether what cannot be rewritten is, or has, a restoration that runs in any case: then
    nothing is wrong with it.
    """
    line, source = site.node.lineno, host.source
    if site.rule == "patch-dict":
        return False
    if is_late(line, source) or is_paired(site.node, source):
        return True
    names = [key.rpartition(".")[2].strip("'\"") for key in site.keys if not unknown(key)]
    if names:
        return all(is_restored(name, line, source) for name in names)
    late = late_cells(host.function, host.names, source)
    return not late.isdisjoint(mentioned_cells(site.node, host.names, source))


def _puts_back_copy(node: ast.AST, function: Function) -> bool:
    """Whether a write puts back a copy of what was there, which the function has kept under a name:
    ``sys.path[:] = saved``, which was ``sys.path.copy()``.
    """
    match node:
        case ast.Assign([ast.Subscript(target, ast.Slice(None, None)) | target], ast.Name(saved)):
            text = ast.unparse(target)
        case _:
            return False
    copies = {f"{text}.copy()", f"{text}[:]", *(f"{copy}({text})" for copy in _COPIES)}
    return any(
        isinstance(s, ast.Assign)
        and any(isinstance(t, ast.Name) and t.id == saved for t in s.targets)
        and s.lineno < node.lineno
        and ast.unparse(s.value) in copies
        for s in own_statements(function.body)
    )


def _is_to_fail(node: ast.AST, function: Function) -> bool:
    """Whether a write is all that a block expects to raise: ``with pytest.raises(TypeError):``."""
    for statement in own_statements(function.body):
        if isinstance(statement, ast.With) and statement.body == [node]:
            manager = statement.items[0].context_expr
            called = manager.func if isinstance(manager, ast.Call) else manager
            return ast.unparse(called).rpartition(".")[2] in _RAISES
    return False


def _is_written_late(site: Site, host: Host) -> bool:
    """Whether the function, or its tear-down, writes the same at its end, in a form that is not
    followed further.
    """
    late, line = late_cells(host.function, host.names, host.source), site.node.lineno
    written = [ast.literal_eval(key) for key in site.keys if not unknown(key)]
    return bool(written) and all(
        cell in late
        or cell.partition("[")[0] in late
        or is_restored(f"={'.'.join(cell.split('.')[-2:])}", line, host.source)
        for cell in written
    )
