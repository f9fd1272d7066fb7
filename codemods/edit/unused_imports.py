"""Imports, and patchers with a name, that a rewrite made needless."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from codemods.python.import_names import without_names
from codemods.python.names import bound_names, walk
from codemods.python.source import Source, first_line

_WORD = re.compile(r"\w+")
Scope = tuple[str, ...]  # the classes and functions around a place; () is the module
_Function = (ast.FunctionDef, ast.AsyncFunctionDef)
_SUPPRESSED = re.compile(r"#.*(noqa(?!\s*:\s*[A-Z]+[0-9])|F401|unused-import)", re.IGNORECASE)


@dataclass(frozen=True)
class _Site:
    """A statement that may go, the block that it stands in, and the scope whose names it binds."""

    statement: ast.stmt
    block: list[ast.stmt]
    scope: Scope


@dataclass(frozen=True)
class _ImportSite(_Site):
    """An import statement."""

    statement: ast.Import | ast.ImportFrom

    def bound(self) -> set[str]:
        """The names that may go: no star, and not ``import x as x``, which says that others
        import it from here.
        """
        if isinstance(self.statement, ast.ImportFrom) and self.statement.module == "__future__":
            return set()
        return {
            alias.asname or alias.name.partition(".")[0]
            for alias in self.statement.names
            if alias.name != "*" and alias.asname != alias.name
        }


def remove_unused(before: Source, after: str) -> str:
    """``after`` without the imports of names that ``before`` used and ``after`` does not.

    An import is looked at where it binds: at the top of the file or in a function. It stays if
    something else may need it: ``__all__``, an annotation in quotes, a doctest, a patch target
    such as ``"tests.test_x.os"``, ``# noqa``, ``import x as x``, or a place below ``try …
    except`` or ``if TYPE_CHECKING``. It also stays where it shares its line with another
    statement, or is all that a function does. Raises what ``ast.parse`` raises if ``after`` does
    not parse.
    """
    if before.text == after:
        return after
    new, words = Source(after, ""), (_words(after), _words(before.text))
    needless: list[tuple[_ImportSite, set[str]]] = []
    for site in _sites(new.tree.body, (), new):
        names = {n for n in site.bound() if words[0][n] < words[1][n]}  # a quick no for most
        names = {n for n in names if _used(n, site.scope, before) and not _used(n, site.scope, new)}
        first, last = site.statement.lineno, site.statement.end_lineno or site.statement.lineno
        if names and not any(_SUPPRESSED.search(line) for line in new.lines[first - 1 : last]):
            needless.append((site, names))
    lines = list(new.lines)
    for site, names in sorted(needless, key=lambda n: n[0].statement.lineno, reverse=True):
        if not _whole(site, names):
            _shorten(lines, site.statement, names, new)
        elif _may_go(site, needless, new):
            _delete(lines, site)
    return "".join(lines)


def all_used(before: Source, texts: Mapping[ast.stmt, str]) -> bool:
    """Whether new texts for some top-level statements leave every import in use: a quick answer,
    and no if unsure.
    """
    if any(True for _ in _sites(list(texts), (), before)):
        return False  # an import of a function's own
    was: Counter[str] = Counter()
    for statement in texts:
        was.update(_WORD.findall(before.text, *_extent(statement, before)))
    words = {text: _words(text) for text in texts.values()}
    now = sum(words.values(), Counter[str]())
    imported = {n for site in _sites(before.tree.body, (), before) for n in site.bound()}
    rarer = {name for name in imported if now[name] < was[name]}
    if not all(now[name] for name in rarer):
        return False
    for text in texts.values():
        if not rarer.isdisjoint(words[text]):  # the others need not be parsed
            rarer -= {n.id for n in walk(ast.parse(text)) if isinstance(n, ast.Name)}
    return not rarer


def remove_assignments(before: Source, after: str, names: Iterable[str]) -> str:
    """``after`` without the assignments of those names, at the top of the file, that it mentions
    nowhere else and ``before`` did; one with a comment stays.
    """
    source, words, was = Source(after, ""), _words(after), _words(before.text)
    lonely = {name for name in names if words[name] == 1 < was[name]}
    lines = list(source.lines)
    for statement in reversed(source.tree.body):
        match statement:
            case ast.Assign([ast.Name(name)]) if name in lonely:
                first, last = statement.lineno, statement.end_lineno or statement.lineno
                above = lines[max(first - 2, 0) : first - 1]
                commented = any("#" in line for line in (*above, *lines[first - 1 : last]))
                if not commented and not _shares_lines(statement, source):
                    _delete(lines, _Site(statement, source.tree.body, ()))
    return "".join(lines)


def _words(text: str) -> Counter[str]:
    """How often each word stands in a text."""
    return Counter(_WORD.findall(text))


def _extent(node: ast.stmt, source: Source) -> tuple[int, int]:
    """Where a statement starts, with its decorators, and ends in the text."""
    end = source.offset(node.end_lineno or node.lineno, node.end_col_offset or node.col_offset)
    return source.offset(first_line(node), 0), end


def _sites(body: list[ast.stmt], scope: Scope, source: Source) -> Iterator[_ImportSite]:
    """The imports of a block and of the functions in it."""
    for statement in body:
        if isinstance(statement, (ast.Import, ast.ImportFrom)):
            yield _ImportSite(statement, body, scope)
        elif source.text.find("import", *_extent(statement, source)) < 0:
            continue
        elif isinstance(statement, ast.ClassDef):
            inner: list[ast.stmt] = [
                s for s in statement.body if isinstance(s, (*_Function, ast.ClassDef))
            ]
            yield from _sites(inner, (*scope, statement.name), source)
        elif isinstance(statement, _Function):
            yield from _sites(statement.body, (*scope, statement.name), source)
        elif not _conditional(statement):
            for field in ("body", "orelse", "finalbody"):
                yield from _sites(getattr(statement, field, []), scope, source)


def _conditional(statement: ast.stmt) -> bool:
    """``try`` with ``except``, or ``if TYPE_CHECKING``."""
    if isinstance(statement, ast.If):
        return any(
            "TYPE_CHECKING" in (getattr(n, "id", ""), getattr(n, "attr", ""))
            for n in ast.walk(statement.test)
        )
    return bool(getattr(statement, "handlers", ()))


def _used(name: str, scope: Scope, source: Source) -> bool:
    """Whether anything but an import refers to the name that this scope binds."""
    search = _Search(re.compile(rf"\b{re.escape(name)}\b"), name, source)
    return any(
        owner == scope
        for statement in source.tree.body
        for owner in search.owners(statement, (), ())
    )


@dataclass(frozen=True)
class _Search:
    """The references to one name, without walking through functions that do not mention it."""

    word: re.Pattern[str]
    name: str
    source: Source

    def owners(
        self, node: ast.AST, path: Scope, owner: Scope, *, quoted: bool = False
    ) -> Iterator[Scope]:
        """For each reference the scope that binds the name there; in ``quoted`` places strings
        hold names too.
        """
        if isinstance(node, ast.stmt) and not self.word.search(
            self.source.text, *_extent(node, self.source)
        ):
            return
        if isinstance(node, ast.Name) and node.id == self.name:
            yield owner
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            if self._named_in(node.value, quoted):
                yield owner
        elif isinstance(node, _Function):
            inner = (*path, node.name)
            own = inner if self.name in bound_names(node) else owner
            for child in ast.iter_child_nodes(node):
                inside = isinstance(child, ast.stmt)
                yield from self.owners(
                    child, inner, own if inside else owner, quoted=child is node.returns
                )
        else:
            inner = (*path, node.name) if isinstance(node, ast.ClassDef) else path
            everything = _assigns_all(node)
            for field, value in ast.iter_fields(node):
                for child in value if isinstance(value, list) else [value]:
                    if isinstance(child, ast.AST):
                        here = quoted or everything or field == "annotation"
                        yield from self.owners(child, inner, owner, quoted=here)

    def _named_in(self, text: str, quoted: bool) -> bool:
        """Whether a string refers to the name: a quoted annotation, a doctest, or ``….name`` as
        a patch target.
        """
        if quoted:
            return self.word.search(text) is not None
        return any(
            text[found.start() - 1 : found.start()] == "."
            or ">>>" in text[: found.start()].rpartition("\n")[2]
            for found in self.word.finditer(text)
        )


def _assigns_all(node: ast.AST) -> bool:
    """``__all__ = …`` or ``__all__ += …``."""
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    return any(isinstance(target, ast.Name) and target.id == "__all__" for target in targets)


def _whole(site: _ImportSite, names: set[str]) -> bool:
    return all((a.asname or a.name.partition(".")[0]) in names for a in site.statement.names)


def _may_go(
    site: _ImportSite, needless: list[tuple[_ImportSite, set[str]]], source: Source
) -> bool:
    """Whether the statement has its lines to itself, and the block keeps another statement."""
    if _shares_lines(site.statement, source):
        return False
    leaving = [
        other for other, names in needless if other.block is site.block and _whole(other, names)
    ]
    return site.block is source.tree.body or len(leaving) < len(site.block)


def _shares_lines(statement: ast.stmt, source: Source) -> bool:
    """Whether another statement stands on the lines of one, or goes on there."""
    first, last = statement.lineno, statement.end_lineno or statement.lineno
    head = source.lines[first - 1][: statement.col_offset]
    tail = source.lines[last - 1][source.column(last, statement.end_col_offset or 0) :]
    continued = first > 1 and source.lines[first - 2].rstrip("\r\n").endswith("\\")
    return bool(head.strip() or tail.partition("#")[0].strip() or continued)


def _delete(lines: list[str], site: _Site) -> None:
    """Takes the statement's lines away, and of the blank lines around it those that only set it
    apart.
    """
    first, end = site.statement.lineno - 1, site.statement.end_lineno or site.statement.lineno
    above = next((n for n in range(first) if lines[first - 1 - n].strip()), first)
    below = next((n for n in range(len(lines) - end) if lines[end + n].strip()), len(lines) - end)
    comment = first > 0 and lines[first - 1].lstrip().startswith("#")
    opens = bool(site.scope) and site.block[0] is site.statement and not above and not comment
    if end + below == len(lines):
        first -= above
    elif opens or first == above:
        end += below
    else:
        end += min(above, below)
    del lines[first:end]


def _shorten(lines: list[str], statement: ast.stmt, names: set[str], source: Source) -> None:
    """Takes some of the statement's names away."""
    first, last = statement.lineno, statement.end_lineno or statement.lineno
    segment = source.segment(statement)
    head = lines[first - 1][: source.column(first, statement.col_offset)]
    tail = "".join(lines[first - 1 : last])[len(head) + len(segment) :]
    lines[first - 1 : last] = [head + without_names(segment, names) + tail]
