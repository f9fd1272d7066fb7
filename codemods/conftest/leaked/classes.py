"""Whether the attributes of a class, and of its objects, can be read and assigned as usual.

A metaclass, a ``__setattr__`` or an unknown base may change how they behave.
"""

from __future__ import annotations

import ast
import builtins
import sys

from codemods.initializers.source_tree.target import Class, SourceTree, Value, defined

_OWN_WAYS = frozenset(
    {"__setattr__", "__delattr__", "__getattribute__", "__getattr__", "__init_subclass__"}
)
_PLAIN_DECORATORS = frozenset({"final", "runtime_checkable", "total_ordering"})
# Modules of the standard library whose classes do something else with their attributes.
_PECULIAR = frozenset({"enum", "ctypes", "typing", "dataclasses", "unittest"})
_PLAIN = frozenset({"typing.Generic", "typing.Protocol", "abc.ABC", "abc.ABCMeta"})
_PLAIN_CALLS = frozenset({"object", "dict", "list", "set", "frozenset", "tuple", "int", "str"})
_MOST = 10  # classes above one another


def is_plain(cls: Class, tree: SourceTree, depth: int = 0) -> bool:
    """Whether the source of a class and of its bases is known and treats attributes as usual."""
    node = cls.node
    defines = {s.name for s in node.body if isinstance(s, ast.FunctionDef)}
    if depth > _MOST or defines & _OWN_WAYS:
        return False
    if any(getattr(each, "id", "") not in _PLAIN_DECORATORS for each in node.decorator_list):
        return False
    metaclasses = [keyword.value for keyword in node.keywords if keyword.arg == "metaclass"]
    if len(metaclasses) != len(node.keywords):
        return False
    bases = [base.value if isinstance(base, ast.Subscript) else base for base in node.bases]
    return all(_is_plain_base(each, cls, tree, depth) for each in (*bases, *metaclasses))


def class_of(node: ast.expr, cls_or_module: str, tree: SourceTree) -> Class | None:
    """The class of the source tree that an expression makes an object of: ``Scheduler()``."""
    name = _dotted(node.func) if isinstance(node, ast.Call) else None
    found = tree.resolve(f"{cls_or_module}.{name}") if name else []
    if not isinstance(found, list) or len(found) != 1 or not isinstance(found[0], Class):
        return None
    return found[0]


def may_be_descriptor(value: ast.expr, module: str, tree: SourceTree) -> bool:
    """Whether reading an attribute may give another object than its class body assigns:
    ``run = staticmethod(go)``."""
    if not isinstance(value, ast.Call):
        return False
    cls = class_of(value, module, tree)
    if cls is not None:
        defines = {s.name for s in cls.node.body if isinstance(s, ast.FunctionDef)}
        return "__get__" in defines or not is_plain(cls, tree)
    name = _dotted(value.func) or ""
    found = tree.resolve(f"{module}.{name}")
    known = found[0].name if isinstance(found, list) and found else ""
    if known == f"{module}.{name}":
        return name not in _PLAIN_CALLS
    top = known.partition(".")[0]
    return top not in sys.stdlib_module_names or top in ("functools", *_PECULIAR)


def mangled(name: str, cls: str) -> str:
    """The name that Python gives a private attribute of a class: ``_Engine__instance``."""
    private = name.startswith("__") and not name.endswith(("__", "()")) and cls.strip("_")
    return f"_{cls.lstrip('_')}{name}" if private else name


def _is_plain_base(base: ast.expr, cls: Class, tree: SourceTree, depth: int) -> bool:
    name = _dotted(base)
    if name is None:
        return False
    found = tree.resolve(f"{cls.module.name}.{name}")
    if not isinstance(found, list) or not found:
        return hasattr(builtins, name) and name != "type"
    (first, *more) = found
    if more:
        return False
    if isinstance(first, Class):
        return is_plain(first, tree, depth + 1)
    if not isinstance(first, Value):
        return False
    if first.name == f"{cls.module.name}.{name}":  # a built-in class, or nothing that is known
        return hasattr(builtins, name) and defined(first) and name != "type"
    top = first.name.partition(".")[0]
    return first.name in _PLAIN or (top in sys.stdlib_module_names and top not in _PECULIAR)


def _dotted(node: ast.expr) -> str | None:
    if isinstance(node, ast.Attribute):
        owner = _dotted(node.value)
        return owner and f"{owner}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else None
