"""Where a text may write an attribute or an item of what its module has a name for.

Most test files write attributes, and nearly all of them are attributes of what the test itself
has made. So that such a file is not parsed, three looks rule it out, each dearer than the one
before: patterns find the writes and the names that they begin with, others the names that the
module binds, and of what is left the functions around are parsed, to see whether the name is one
of their own (``enclosing``). Whatever cannot be told is a candidate.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import chain

from codemods.state.expressions.cells.enclosing import Functions

Write = tuple[int, str]
"""A name whose attribute or item is written: where in the text it begins, and it."""

_NAME = r"(?!(?:self|cls)\b)(\w+)"
_REACHES = r"(?:[ \t]*\.[ \t]*\w+)+[ \t]*"
_GETS = r"(?:=(?!=)|[-+*/%&|^@<>]{1,3}=|:[^\n=]+=(?!=))"
_PAIR = r",[^\n(){}=]*=(?!=)"
# All but the first begin with plain text, which is found many times as quickly.
_ATTRIBUTES = [
    re.compile(pattern, re.ASCII)
    for pattern in (
        rf"\n[ \t]*{_NAME}[ \t]*\.[\w. \t]*(?:{_GETS}|{_PAIR})",
        rf"=[ \t]*{_NAME}{_REACHES}=(?!=)",
        rf" as {_NAME}{_REACHES}[:,)]",
        rf" for {_NAME}{_REACHES}(?:,|in\b)",
    )
]
_SECOND = re.compile(rf",[ \t]*{_NAME}{_REACHES}(?:=(?!=)|{_PAIR})", re.ASCII)
_FIRST = re.compile(r"[\w., \t(\[]+", re.ASCII)
_CALLED = re.compile(rf"attr[ \t]*[(,]\s*{_NAME}", re.ASCII)
_ITEM_GETS = re.compile(rf"\][ \t]*{_GETS}")
_ITEM = re.compile(rf"[ \t]*(?:\w+[ \t]*=[ \t]*)*{_NAME}[\w. \t]*\[", re.ASCII)
# Methods that change what a list, set or dict holds, as whole statements.
_CHANGED = re.compile(
    rf"\n[ \t]+{_NAME}[ \t]*\.[\w. \t]*"
    r"\b(?:append|extend|insert|add|discard|remove|reverse|sort|clear|popitem|update)\(",
    re.ASCII,
)
_DELETED = re.compile(r"\n[ \t]*del[ \t]+([^\n]*)")
_DELETED_ATTRIBUTE = re.compile(rf"(?<![\w.]){_NAME}{_REACHES}(?![\w.\[ \t])", re.ASCII)
_DELETED_ITEM = re.compile(rf"(?<![\w.]){_NAME}[\w. \t]*\[", re.ASCII)
# What is of another kind, as it is nearly always spelled.
_SYSTEM = re.compile(r"sys\s*\.")
_SYSTEM_ITEMS = re.compile(r"(?:os\.environb?|sys\.modules)\b")
_STREAMS = re.compile(r"sys[ \t]*\.[ \t]*std(?:in|out|err)[ \t]*[=,]")
_NO_CONTENTS = re.compile(r"os\.(?:environb?\b|remove\()|sys\s*\.")
# What binds the names of a module: imports wherever they stand, and what begins a line.
_IMPORTS = re.compile(
    r"\n[ \t]*(?:from[ \t]+[\w.]+[ \t]+import[ \t]*(\([^)]*\)|(?:[^\n\\]|\\\r?\n|\\)*)"
    r"|import[ \t]+([^\n]*))",
    re.ASCII,
)
_DEFINES = re.compile(
    r"\n(?:(?:class|def|async def)[ \t]+(\w+)|(\w+)[ \t]*(?::[^\n=]*)?=(?!=))", re.ASCII
)
# A block at the top level, with what is indented below it, and what binds names in it.
_BLOCKS = re.compile(
    r"^(?:if|elif|else|try|except|finally|with|for|while)\b.*(?:\n(?:[ \t].*)?)*", re.M
)
_BINDS = re.compile(
    r"^[ \t]+(\w+)[^\n=]*=(?!=)|\b(?:as|for|class|def)[ \t]+(\w+)",
    re.MULTILINE | re.ASCII,
)


def may_write_attribute(data: bytes) -> bool:
    """Whether the bytes of a file may write an attribute of something that the module has a name
    for, which is not ``sys``.
    """
    text = _text(data)
    found = [write for write in _attributes_of(data) if not _SYSTEM.match(text, write[0])]
    return _outlives(text, found, ast.Attribute)


def may_write_system(data: bytes) -> bool:
    """Whether the bytes of a file may write an attribute of ``sys`` other than its streams, which
    pytest puts back.
    """
    text, renamed = _text(data), re.search(rb"\bsys[ \t]+as[ \t]", data)
    named = (write for write in _attributes_of(data) if renamed or write[1] == "sys")
    found = [write for write in named if not _STREAMS.match(text, write[0])]
    return _outlives(text, found, ast.Attribute)


def may_write_modules(data: bytes) -> bool:
    """Whether the bytes of a file may write an item of ``sys.modules``, which it spells so."""
    text = _text(data)
    found = [write for write in item_writes(text) if _SYSTEM.match(text, write[0])]
    return _outlives(text, found, ast.Subscript)


@lru_cache(maxsize=1)
def _attributes_of(data: bytes) -> list[Write]:
    return list(attribute_writes(_text(data)))


def may_write_item(data: bytes) -> bool:
    """Whether the bytes of a file may write an item of something that the module has a name for."""
    text = _text(data)
    found = (write for write in item_writes(text) if not _SYSTEM_ITEMS.match(text, write[0]))
    return _outlives(text, [*found], ast.Subscript)


def may_change_contents(data: bytes) -> bool:
    """Whether the bytes of a file may change in place what the module has a name for."""
    text = _text(data)
    called = ((match.start(1), match[1]) for match in _CHANGED.finditer(text))
    found = (w for w in chain(called, item_writes(text)) if not _NO_CONTENTS.match(text, w[0]))
    return _outlives(text, [*found], ast.Subscript, ast.Call)


def attribute_writes(text: str) -> Iterator[Write]:
    """Where a text, which a newline begins, may set or delete an attribute."""
    for pattern in _ATTRIBUTES:
        yield from ((match.start(1), match[1]) for match in pattern.finditer(text))
    for match in _SECOND.finditer(text):
        if _FIRST.fullmatch(text, text.rfind("\n", 0, match.start()) + 1, match.start()):
            yield match.start(1), match[1]
    for match in _CALLED.finditer(text):
        if text.startswith(("set", "del"), match.start() - 3):
            yield match.start(1), match[1]
    yield from _deleted(text, _DELETED_ATTRIBUTE)


def item_writes(text: str) -> Iterator[Write]:
    """Where a text, which a newline begins, may give an item a value by a statement, or delete
    one.
    """
    for end in _ITEM_GETS.finditer(text):
        match = _ITEM.match(text, text.rfind("\n", 0, end.start()) + 1, end.start())
        if match is not None:
            yield match.start(1), match[1]
    yield from _deleted(text, _DELETED_ITEM)


def _deleted(text: str, reached: re.Pattern[str]) -> Iterator[Write]:
    for statement in _DELETED.finditer(text):
        found = reached.finditer(text, statement.start(1), statement.end(1))
        yield from ((match.start(1), match[1]) for match in found)


@lru_cache(maxsize=1)
def _text(data: bytes) -> str:
    """The bytes as characters, one each: names are what is looked for."""
    return "\n" + data.decode("latin-1")


def _outlives(text: str, writes: list[Write], *targets: type[ast.expr]) -> bool:
    if not writes:
        return False
    imported, defined, functions = _imported(text), _defined(text), _functions(text)
    known = (
        # At the top level only what is imported belongs to somebody else.
        (name, at)
        for at, name in writes
        if name in imported or (name in defined and text[at - 1] != "\n")
    )
    return any(functions.may_see(name, at, targets) for name, at in known)


@lru_cache(maxsize=1)
def _functions(text: str) -> Functions:
    return Functions(text)


@lru_cache(maxsize=1)
def _defined(text: str) -> set[str]:
    """What a module defines at its top level, in blocks such as ``if`` and ``with`` too."""
    blocks = (block for match in _BLOCKS.finditer(text) for block in _BINDS.findall(match[0]))
    return set(chain(*_DEFINES.findall(text), *blocks))


@lru_cache(maxsize=1)
def _imported(text: str) -> set[str]:
    """The names that a text imports anywhere."""
    found = set()
    for match in _IMPORTS.finditer(text):
        found.update(re.findall(r"\w+", match[1] or match[2] or "", re.ASCII))
    return found
