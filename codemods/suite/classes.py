"""What a class, or a name, is to pytest: a ``unittest.TestCase``, a class of tests, something
that is collected.
"""

from __future__ import annotations

import ast
from fnmatch import fnmatchcase

from codemods.python.names import Names


def matches(name: str, patterns: tuple[str, ...]) -> bool:
    """Whether a name matches ``python_functions`` or ``python_classes``: prefixes, or globs
    with ``*?[``.
    """
    return any(
        name.startswith(p) or (any(c in p for c in "*?[") and fnmatchcase(name, p))
        for p in patterns
    )


def is_testcase(cls: ast.ClassDef, names: Names, classes: dict[str, ast.ClassDef]) -> bool:
    """Whether a class is, by its own bases or those of its bases in this file, a
    ``unittest.TestCase``.
    """
    return any(
        (names.dotted(base) or _last_name(base)).endswith("TestCase")
        for c in with_bases(cls, classes)
        for base in c.bases
    )


def is_pytest_class(
    cls: ast.ClassDef, names: Names, classes: dict[str, ast.ClassDef], patterns: tuple[str, ...]
) -> bool:
    """Whether pytest collects the class as its own, by the ``patterns`` of ``python_classes``: a
    base from elsewhere may be a TestCase, unless tests deny it.
    """
    if not matches(cls.name, patterns):
        return False
    related = with_bases(cls, classes)
    known = {"object", "Generic", "Protocol", "ABC", *(c.name for c in related)}
    if all(_last_name(base) in known for c in related for base in c.bases):
        return True
    return any(_takes_fixtures(s, names) for c in related for s in c.body)


def _takes_fixtures(statement: ast.stmt, names: Names) -> bool:
    """Whether this is a test that only pytest can run: parametrized, or with parameters that no
    mock fills.
    """
    if not isinstance(
        statement, (ast.FunctionDef, ast.AsyncFunctionDef)
    ) or not statement.name.startswith("test"):
        return False
    called = [
        names.dotted(d.func if isinstance(d, ast.Call) else d) or ""
        for d in statement.decorator_list
    ]
    if any(name == "pytest.mark.parametrize" for name in called):
        return True
    return (
        bool(called) <= all(name.startswith("pytest.mark.") for name in called)
        and len(statement.args.args) > 1
    )


def with_bases(cls: ast.ClassDef, classes: dict[str, ast.ClassDef]) -> list[ast.ClassDef]:
    """A class and those of its bases, direct and indirect, that stand in the same file."""
    found = [cls]
    for c in found:
        for base in c.bases:
            other = classes.get(_last_name(base)) if isinstance(base, ast.Name) else None
            if other is not None and other not in found:
                found.append(other)
    return found


def _last_name(base: ast.expr) -> str:
    if isinstance(base, ast.Subscript):
        base = base.value
    return (
        base.attr
        if isinstance(base, ast.Attribute)
        else base.id
        if isinstance(base, ast.Name)
        else ""
    )
