"""Some of what tests do, put together for another one: what its file must have for that."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from posixpath import dirname

from codemods.context import SetUp
from codemods.python.names import walk
from codemods.python.source import Source
from codemods.rule import Refusal
from codemods.set_ups import refusals
from codemods.set_ups.reading import Setter, used

# What of which setter: a statement by its index, or one of these.
Part = tuple[int, int]
DECORATORS, FIXTURES = -1, -2  # all its decorators; those fixtures that no statement mentions
_DEFINES = ("@", "def ", "async def ", "class ")
_MANGLED = re.compile(r"\b__\w*[^\W_]\b")


def parts_of(setters: Sequence[Setter]) -> tuple[Part, ...]:
    """All that some tests do, in its order."""
    return tuple(_parts(setters))


def _parts(setters: Sequence[Setter]) -> Iterator[Part]:
    for number, setter in enumerate(setters):
        mentioned = _mentioned("".join(setter.steps))
        if not mentioned.issuperset(setter.parameters):
            yield number, FIXTURES
        if setter.decorators:
            yield number, DECORATORS
        yield from ((number, index) for index in range(len(setter.steps)))


def set_up(
    test: str, target: Source, setters: Sequence[Setter], chosen: Collection[Part]
) -> SetUp | Refusal | None:
    """What a test of the file ``target`` is given: the chosen parts of what some tests do.

    None if a part lacks another one, which assigns a name that it uses.
    """
    drafts = []
    for number, setter in enumerate(setters):
        mine = [part for each, part in chosen if each == number]
        draft = _Draft.of(setter, mine) if mine else None
        if mine and draft is None:
            return None
        drafts += [draft] if draft else []
    for one in drafts:
        for other in drafts:
            if one is not other and not one.own.isdisjoint(other.outer | other.parameters.keys()):
                return refusals.NAMES_CLASH
    if any(d.of_class and not _is_in_class(test, d.setter) for d in drafts):
        return refusals.OTHER_CLASS
    imports: dict[str, None] = {}
    for draft in drafts:
        found = list(_imports(draft, target))
        refused = next((each for each in found if isinstance(each, Refusal)), None)
        if refused is not None:
            return refused
        imports |= dict.fromkeys(each for each in found if isinstance(each, str))
    of_class = any(draft.of_class for draft in drafts)
    parameters = {name: text for draft in drafts for name, text in draft.written(target).items()}
    return SetUp(
        test=test,
        setters=tuple(draft.setter.node_id for draft in drafts),
        code=_spaced([step for draft in drafts for step in draft.steps]) or "pass\n",
        parameters=(*(["self"] if of_class else []), *parameters.values()),
        decorators=tuple(dict.fromkeys(each for draft in drafts for each in draft.decorators)),
        imports=tuple(imports),
    )


class _Draft:
    """What is taken of one setter. ``own`` are the names that it binds, ``outer`` those that it
    looks up in its file.
    """

    def __init__(self, setter: Setter, parts: Collection[int]) -> None:
        self.setter = setter
        self.steps = [step for n, step in enumerate(setter.steps) if n in parts]
        self.code = "".join(self.steps)
        self.decorators = setter.decorators if DECORATORS in parts else ()
        looked_up, self.own = used(self.code, [])
        decorating = {
            n.id for d in self.decorators for n in walk(ast.parse(d[1:])) if isinstance(n, ast.Name)
        }
        mentioned = _mentioned(self.code)
        taken = mentioned | setter.parameters.keys() if FIXTURES in parts else mentioned
        mocks = [*setter.parameters][: setter.mocks]
        filled = mocks if self.decorators else []
        self.parameters = {n: t for n, t in setter.parameters.items() if n in taken or n in filled}
        self.lacking = bool((mentioned & {*mocks}) - {*filled})
        inside = {*setter.parameters, *([setter.first] if setter.first else [])}
        self.of_class = bool(
            (setter.first in mentioned)
            or looked_up & {"super", "__class__"}
            or _MANGLED.search(self.code)
        )
        self.outer = (looked_up - inside) | decorating
        self.own -= inside

    @staticmethod
    def of(setter: Setter, parts: Collection[int]) -> _Draft | None:
        """The draft; None if a name that it needs is bound by what is not taken."""
        draft = _Draft(setter, parts)
        bound = setter.locals - setter.parameters.keys() - {setter.first}
        return None if draft.lacking or not bound.isdisjoint(draft.outer) else draft

    def written(self, target: Source) -> dict[str, str]:
        """The parameters; what an annotation means in another file is not known."""
        same = self.setter.source.path == target.path
        return {name: text if same else name for name, text in self.parameters.items()}


def _spaced(steps: Sequence[str]) -> str:
    """The statements, with a blank line around definitions."""
    found = before = ""
    for step in steps:
        blank = step.startswith(_DEFINES) or before.startswith(_DEFINES)
        found, before = found + ("\n" if blank else "") + step, step
    return found


def _mentioned(code: str) -> set[str]:
    return {node.id for node in walk(ast.parse(code)) if isinstance(node, ast.Name)}


def _is_in_class(test: str, setter: Setter) -> bool:
    path, *classes, _ = test.partition("[")[0].split("::")
    return path == setter.source.path and tuple(classes) == setter.classes


def _imports(draft: _Draft, target: Source) -> Iterator[str | Refusal]:
    """The imports that a file needs for a draft, or why it cannot have them."""
    source = draft.setter.source
    there, here = _imported(source), _imported(target)
    for name in sorted(draft.outer):
        bound = name in target.names.table or name in here
        if name == "contextlib" and name not in there:
            there[name] = (0, None, name)
        if source.path == target.path and there.get(name) != (0, None, "contextlib"):
            continue
        wanted = there.get(name)
        if wanted is None and name not in source.names.table and hasattr(builtins, name):
            if bound:
                yield refusals.NAMES_CLASH
        elif wanted is None:
            yield refusals.DEFINED_ELSEWHERE
        elif here.get(name) == wanted and (
            not wanted[0] or dirname(source.path) == dirname(target.path)
        ):
            continue
        elif bound:
            yield refusals.NAMES_CLASH
        elif wanted[0]:
            yield refusals.DEFINED_ELSEWHERE
        else:
            yield _written(name, wanted) or refusals.DEFINED_ELSEWHERE


_Import = tuple[int, "str | None", str]


def _imported(source: Source) -> dict[str, _Import]:
    """What the imports at the top of a file bind: the level, the module and the name of each."""
    return {
        alias.asname or (alias.name.partition(".")[0] if module is None else alias.name): (
            level,
            module,
            alias.name,
        )
        for statement in source.tree.body
        for level, module, alias in _aliases(statement)
    }


def _aliases(statement: ast.stmt) -> Iterable[tuple[int, str | None, ast.alias]]:
    match statement:
        case ast.Import(names):
            return [(0, None, alias) for alias in names]
        case ast.ImportFrom(module, names, level):
            return [(level, module or "", alias) for alias in names]
    return []


def _written(name: str, wanted: _Import) -> str | None:
    """An import without an alias, as it is written."""
    _, module, imported = wanted
    if module is not None:
        return f"from {module} import {imported}" if imported == name else None
    return f"import {imported}" if imported.partition(".")[0] == name else None
