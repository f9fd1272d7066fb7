"""The class of a ``unittest.TestCase`` method: its relatives in the file, and what runs when its
tests are over.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterable

from codemods.python.names import Function, parameters, walk
from codemods.python.source import Source, fact, nodes_on, top_classes
from codemods.suite.classes import with_bases
from codemods.suite.hosts import Host
from codemods.suite.known_calls import CLASS_LATE, KNOWN_BASES, LATE, MOCK_PATCHES


def family(host: Host) -> tuple[ast.ClassDef, ...]:
    """The class of a method, with those of the file that it derives from or that derive from it;
    none of a function.
    """
    return _family(host.source, host.classes[-1]) if host.classes else ()


def with_bases_of(host: Host) -> list[ast.ClassDef]:
    """The class of a method, with those of the file that it derives from."""
    return with_bases(host.classes[-1], top_classes(host.source)) if host.classes else []


@fact
def _family(source: Source, cls: ast.ClassDef) -> tuple[ast.ClassDef, ...]:
    classes = top_classes(source)
    bases = with_bases(cls, classes)
    return (
        *bases,
        *(c for c in classes.values() if c not in bases and cls in with_bases(c, classes)),
    )


def has_unknown_base(host: Host) -> bool:
    """Whether a class that the file does not show may tear down more than the file tells."""
    bases = [base for cls in with_bases_of(host) for base in cls.bases]
    own = top_classes(host.source)
    names = (host.source.names.dotted(base) for base in bases if ast.unparse(base) not in own)
    return any(name not in KNOWN_BASES for name in names)


def registers_more(host: Host) -> bool:
    """Whether something of the class runs after its tear-down that may look at the environment."""
    wanted = CLASS_LATE if host.function.name == "setUpClass" else LATE
    calls = [n for c in family(host) for n in ast.walk(c) if isinstance(n, ast.Call)]
    late = [
        c for c in calls if isinstance(c.func, ast.Attribute) and c.func.attr in wanted and c.args
    ]
    return not all(_is_patch(c.args[0], host) for c in late)


def _is_patch(node: ast.expr, host: Host) -> bool:
    """Whether this is a patcher, or the end of one: ``patch(...)``, ``patch.stopall``,
    ``self.patcher.stop``.
    """
    if isinstance(node, ast.Call):
        return host.source.names.dotted(node.func) in MOCK_PATCHES
    if not isinstance(node, ast.Attribute):
        return False
    if host.source.names.dotted(node) == "unittest.mock.patch.stopall":
        return True
    patcher, nodes = (
        ast.dump(node.value),
        (n for c in host.classes for n in ast.walk(c) if isinstance(n, ast.Assign)),
    )
    values = [
        n.value for n in nodes if ast.dump(n.targets[0]).replace("Store()", "Load()") == patcher
    ]
    return (
        node.attr == "stop"
        and bool(values)
        and all(isinstance(v, ast.Call) and _is_patch(v, host) for v in values)
    )


def read_elsewhere(host: Host, tear_down: Host | None) -> set[str]:
    """The attributes of the instance, as ``self.name``, that the two functions set and something
    else reads.
    """
    functions = [host.function, *([tear_down.function] if tear_down is not None else [])]
    names = set().union(*map(_set_on_instance, functions))
    lines = _lines_naming(names, host.source)
    inside = {n for f in functions for n in range(f.lineno, (f.end_lineno or f.lineno) + 1)}
    if inside.issuperset(lines):
        return set()
    classes = () if host.classes[:-1] else top_classes(host.source).values()
    strangers = [cls for cls in classes if cls not in family(host)]
    outside = _reads([host.source.tree], lines)
    outside -= _reads(strangers, lines, ("self", "cls")) + _reads(functions, lines)
    if not host.classes:  # what is set on the module is read as a global name
        named = (n for n in nodes_on([host.source.tree], lines) if isinstance(n, ast.Name))
        outside += Counter(n.id for n in named if isinstance(n.ctx, ast.Load))
    return {
        f"{name}.{attribute}"
        for name in parameters(host.function)[:1]
        for attribute in names & outside.keys()
    }


def _set_on_instance(function: Function) -> set[str]:
    """The attributes of its first parameter that a method sets."""
    attributes = [
        n for n in walk(function) if isinstance(n, ast.Attribute) and isinstance(n.value, ast.Name)
    ]
    instance = [ast.dump(ast.Name(name, ast.Load())) for name in parameters(function)[:1]]
    return {
        n.attr for n in attributes if isinstance(n.ctx, ast.Store) and ast.dump(n.value) in instance
    }


def _lines_naming(names: set[str], source: Source) -> list[int]:
    """The numbers of the lines on which one of the names stands."""
    if not names:
        return []
    word = re.compile(rf"\b(?:{'|'.join(sorted(map(re.escape, names)))})\b")
    return sorted({source.line_at(match.start()) for match in word.finditer(source.text)})


def _reads(
    trees: Iterable[ast.AST], lines: list[int], receivers: tuple[str, ...] = ()
) -> Counter[str]:
    """How often each attribute is read or deleted on some lines, of certain names only if these
    are given.
    """
    nodes = (
        n
        for n in nodes_on(trees, lines)
        if isinstance(n, ast.Attribute) and not isinstance(n.ctx, ast.Store)
    )
    return Counter(
        n.attr
        for n in nodes
        if not receivers or (isinstance(n.value, ast.Name) and n.value.id in receivers)
    )
