"""Mutations that provably change nothing, each with the reason. All others the guard must catch."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from tests.isolator.rewrites.mutations import Mutation


def _asserts_locals(mutation: Mutation) -> bool:
    """Whether one of two lines is an assertion that reads neither the environment nor anything that could."""
    lines = mutation.shown.split("\n")
    return any(line.startswith("assert ") and not re.search(r"environ|(?<!str)(?<!len)\(", line) for line in lines)


class Harmless(NamedTuple):
    """The kinds of mutation, what they are done to, and why that changes nothing.

    Every line of what it is done to must match, or one of them if ``one`` says so.
    """

    kinds: frozenset[str]
    shown: re.Pattern[str]
    reason: str
    also: Callable[[Mutation], bool] = lambda _: True
    one: bool = False


def _of(
    kinds: str, shown: str, reason: str, also: Callable[[Mutation], bool] = lambda _: True, one: bool = False
) -> Harmless:
    return Harmless(frozenset(kinds.split(", ")), re.compile(shown), reason, also, one)


def _apart(mutation: Mutation) -> bool:
    """Whether only one of the lines speaks of the name that one of them binds."""
    names = re.findall(r"^([\w.]+) = ", mutation.shown, re.MULTILINE)
    return all(len(re.findall(rf"\b{re.escape(name)}\b", mutation.shown)) == 1 for name in names)


def _unread(mutation: Mutation) -> bool:
    """Whether no function reads the name that is bound, but one that has a parameter of that name."""
    name = mutation.shown.partition(" = ")[0]
    loads = (n for n in _nodes(ast.parse(mutation.text), name) if isinstance(n, ast.Name) and n.id == name)
    return all(isinstance(n.ctx, ast.Store) for n in loads)


def _nodes(tree: ast.AST, name: str) -> Iterator[ast.AST]:
    for node in ast.iter_child_nodes(tree):
        if not (isinstance(node, ast.FunctionDef) and any(a.arg == name for a in node.args.args)):
            yield node
            yield from _nodes(node, name)


def _keys(line: str, text: str) -> set[str]:
    """The variables that a line sets or deletes, all of them written out; empty if it does anything else."""
    read = re.fullmatch(r"\w+ = os\.environ(\.get\(|\[)'(\w+)'[)\]]", line)
    if read:
        return {read[2]}
    if not re.fullmatch(rf"({_CHANGES}|(if|for|else|elif)\b[^;]*:)( ; ({_CHANGES}|(if|for|else|elif)\b[^;]*:))*", line):
        return set()
    looped = re.findall(r"for \w+ in \(([^)]*)\)", line)
    for name in re.findall(r"for \w+, \w+ in (\w+)\.items\(\)", line):
        looped += [", ".join(re.findall(r"('\w+'): ", d)) for d in re.findall(rf"{name} = (\{{.*?\}})", text)]
    return {*re.findall(r"env\('(\w+)'", line), *re.findall(r"'(\w+)'", ", ".join(looped))}


def _cells(line: str) -> set[str]:
    """The attribute, or the item, that a line sets or deletes, if it runs nothing else."""
    line = re.sub(r"^if '\w+' not in \w+: ; ", "", line)
    changed = re.fullmatch(
        r"\w+\.(?:set|del)(?:attr|item)\(([\w.]+), ('\w+'|\([\d, ]+\))(, [^()]*(?:\([\d, ]*\))?)?\)", line
    )
    return {f"{changed[1]} {changed[2]}"} if changed else set()


def _different_keys(mutation: Mutation) -> bool:
    """Whether two lines set or delete other variables, all of which are written out, and run nothing else."""
    first, second = (_keys(line, mutation.text) or _cells(line) for line in mutation.shown.split("\n"))
    return bool(first and second) and not first & second


def _set_at_once(mutation: Mutation) -> bool:
    """Whether the line after the one that was added sets the same variable to a constant.

    monkeypatch.setenv('C', 'outer')
    monkeypatch.delenv('C', raising=False)
    monkeypatch.setenv('C', 'inner')
    """
    name, key = re.findall(r"^(\w+)\.setenv\(('\w+'),", mutation.shown)[0]
    added = rf"{re.escape(mutation.shown)}\n\s*{name}\.delenv\({key}, raising=False\)"
    return re.search(rf"{added}\n\s*{name}\.setenv\({key}, '[^']*'\)\n", mutation.text) is not None


# A call of a MonkeyPatch whose value, if there is one, is of constants and names, or at most ``str(3)``.
_VALUE = r"(str\(\d\)|json\.dumps\([^()]*\)|os\.environ\[[^]]*\]|[^()])*"
_CHANGES = rf"\w+(\.\w+)?\.(setenv|delenv)\((\w+|'\w+')(, {_VALUE})?\)"
_CHANGE = (
    r"\w+(\.\w+)?\.(setenv|delenv)\('\w+'(, '[^']*'|, raising=False)?\)$"
    r"|\w+\.setattr\([\w.]+, '\w+', '[^']*', raising=False\)$|\w+\.setitem\([\w.]+, '\w+', \d+\)$"
)
_IMPORT = r"(import|from) "
_ALIAS = r"(env|alias|environment) = os\.environ$|alias = system\.environ$"
_MADE = r"\w+(\.\w+)? = pytest\.MonkeyPatch\(\)$"
_CONSTANT = r"[\w.]+ = ('[^']*'|\d+|None|\[\]|\{('\w+': '\w*'(, )?)*\}|object\(\))$"
_CONTEXT = r"with (pytest\.MonkeyPatch|monkeypatch|m)\.context\(\) as \w+: "
HARMLESS = (
    _of(
        "statement dropped",
        r"(?:request\.addfinalizer|self\.addCleanup|cls\.addClassCleanup)\((?!\w+\.undo\b)",
        "what is not registered stays as the file before left it",
    ),
    _of("statements swapped", r"LOGGER = log\.getLogger\('[\w.]+'\)$", "to get a logger sees no import", one=True),
    _of("statement twice, statements swapped", rf"{_IMPORT}|@|(async )?def |class |if TYPE_CHECKING", "definitions"),
    _of("statements swapped", r".*", "two variables are set one after the other, in either order", _different_keys),
    _of("statements swapped, statement twice", _ALIAS, "the same object, bound before it is used", _apart, one=True),
    _of("statement dropped, made conditional", _ALIAS, "nothing reads this name for os.environ", _unread),
    _of("statements swapped", _MADE, "a MonkeyPatch that is made changes nothing yet", _apart, one=True),
    _of("statements swapped", _CONSTANT, "binding a constant sees no change", _apart, one=True),
    _of("statements swapped", r"(\w+) = \w+$", "binding a name sees no change", _apart, one=True),
    _of("statements swapped", r"def \w+\(\w*\): ", "defining a function runs nothing of it", _apart, one=True),
    _of("moved into the head of a block", _CONTEXT, "to enter a context of a MonkeyPatch changes nothing", one=True),
    _of("statement twice, unset again", r"[\w.]+\.delenv\(.*raising=False\)$", "it is unset already: no error"),
    _of("unset again", r"[\w.]+\.delenv\((name|key|'\w+')\)$", "it is unset already, and `raising=False` is added"),
    _of("unset again", r"\w+\.setenv\('\w+', ", "it is set at once, before anything can look", _set_at_once),
    _of(
        "statement twice",
        r"for (name|key) in list\(os\.environ\): ; [\w.]+\.delenv\(\1?(name|key)?\)$",
        "all is unset: the second loop has no turn",
    ),
    _of("statement twice", r"pass$", "it does nothing"),
    _of("statement twice", r"(self|cls|module|function)\.\w+\.undo\(\)$", "there is nothing left to undo"),
    _of(
        "statement twice",
        r"(for \w+, value in environment\.items\(\): ; )?[\w.]+\.setenv\(\w+, value\)$",
        "what is set is set to the same again",
    ),
    _of("statement twice", r"\w+ = \{'\w+': os\.environ\['\w+'\]\}$", "nothing changes between two reads"),
    _of("raising= added", r"[\w.]+\.delenv\(", "it is set for certain, or True, which is the default, is added"),
    _of("statements swapped", r"assert ", "an assertion over local names sees no change", _asserts_locals, one=True),
    _of("moved out of a block", r"assert ", "an assertion over local names sees no change", _asserts_locals, one=True),
    _of("parameter lost, parameters swapped", r"mocker\b", "nothing reads it, and what it gives is made all the same"),
    _of("renamed", r"(patched_)?environment$", "an autouse fixture that is new may have any name"),
    _of("parameter added", r"(setup|teardown)_method$", "pytest hands over the method"),
    _of(
        "moved into the head of a block, moved out in front of a block",
        rf"try: |with pytest\.raises|{_CHANGE}|for name in \('C', 'D'\): ; monkeypatch\.setenv\(name, 'x'\)$",
        "setting a constant cannot fail",
    ),
    _of("moved into a block, moved out in front of a block", _CONTEXT, "a context of its own", one=True),
    _of("constant", r"None$|''$", "what pop returns is not read"),
)


def reason(mutation: Mutation) -> str | None:
    """Why a mutation changes nothing, None if it changes something."""
    lines = mutation.shown.split("\n")
    for each in HARMLESS:
        matched = [each.shown.match(line) is not None for line in lines]
        if mutation.kind in each.kinds and (any if each.one else all)(matched) and each.also(mutation):
            return each.reason
    return None
