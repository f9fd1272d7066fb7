"""Erasure: whether a rewrite changed anything but how the environment is patched.

Code that deals with the environment, with monkeypatch and with the added patches is taken out of both texts, before and
after; the rest must be the same tree, and the code taken out must set the same variables to the same values. A
difference means a bug in a transform, so the file is then not changed.
"""

from __future__ import annotations

import ast
import copy
import re
from collections.abc import Collection

from isolator.guard.erasure.added import Added
from isolator.guard.erasure.chunks import chunks, split_lines
from isolator.guard.erasure.comparing import Comparison, File
from isolator.guard.erasure.syntax.nodes import first_difference, walk
from isolator.guard.erasure.syntax.scope import imported
from isolator.guard.kinds.clean_ups import without_clean_ups
from isolator.guard.kinds.own_files import without_own_files
from isolator.guard.kinds.recreated import without_shared
from isolator.guard.kinds.set_ups import without_set_ups


def differences(
    before: str,
    after: str,
    patched: Collection[str] = (),
    additions: bool = False,
    unset: Collection[str] | None = None,
    tree: ast.Module | None = None,
    templates: Collection[str] | None = None,
    raising: bool = False,
    there: Collection[str] = (),
    clean_ups: bool = False,
    recreated: bool = False,
    own_files: bool = False,
    set_ups: Collection[str] = (),
) -> str | None:
    """One line that says where a rewrite changed more than it may, None if it did not.

    ``patched`` are the targets of ``@patch`` decorators that were added; ``unset`` the variables that tests may
    unset in addition, None for any. With ``additions`` definitions, constants and imports of new names may be added at
    module level, and lists may get longer; the definitions must be those of one of the ``templates``, None for any.
    ``before`` must be Python, and ``tree``, which is only read, what it parses to (parsed here if not given);
    ``after`` is judged. ``there`` are attributes, by their full names, that are sure to exist. With ``raising`` a
    ``monkeypatch.delenv`` that was there may get or lose its ``raising=``. ``clean_ups``: lines that register the
    undoing of a change may be added. ``recreated``: objects that tests share may be made for each test.
    ``own_files``: so may folders for single tests, and names of files in these. ``set_ups`` are the texts of fixtures
    that may be added, and asked for by functions.
    """
    if before == after:
        return None
    try:
        after = without_set_ups(before, after, set_ups) if set_ups else after
        after = without_clean_ups(before, after) if clean_ups else after
        after = without_own_files(before, after) if own_files else after
        if recreated:
            before, after, tree = *without_shared(before, after), None
        if before == after:
            return None
        if not additions and _quickly_the_same(before, after, tree, patched, unset, raising, there):
            return None
        old, new = File.read(before), File.read(after)
        comparison = Comparison(old, new, patched, unset, raising, there)
        was = list(old.pieces(old.body))
        now = comparison.hoisted.taken(was, new.pieces(new.body))
        if additions:
            added = Added(new.body, old.scope, templates)
            now = [piece for piece in now if not added.welcomes(piece[0])]
            now = [a if _is_longer(a[0], b[0]) else b for a, b in zip(was, now, strict=False)] + now[len(was) :]
        return _lost_import(old, new) or comparison.bodies(was, now)
    except (SyntaxError, ValueError, MemoryError) as error:
        return f"line {getattr(error, 'lineno', None) or 1}: the rewritten file does not parse ({error})"
    except RecursionError:
        return "line 1: an expression is nested too deep to be compared"


def _quickly_the_same(
    before: str,
    after: str,
    tree: ast.Module | None,
    patched: Collection[str],
    unset: Collection[str] | None,
    raising: bool,
    there: Collection[str],
) -> bool:
    """Whether parsing and comparing the statements that changed shows no difference; False if that is not sure."""
    tree = ast.parse(before.removeprefix("\ufeff")) if tree is None else tree
    lines = split_lines(before), split_lines(after)
    found = chunks(tree, *lines)
    if found is None:
        return False
    old, new = File(tree.body, lines[0]), File(found.body, lines[1])
    comparison = Comparison(old, new, patched, unset, raising, there)
    if _lost_import(old, new):
        return False
    return not any(comparison.bodies(old.pieces(was), new.pieces(now)) for was, now in found.pairs)


def _is_longer(was: ast.stmt, now: ast.stmt) -> bool:
    """Whether two assignments differ only in more items at the end of the second list."""
    old, new = getattr(was, "value", None), getattr(now, "value", None)
    if not (isinstance(old, (ast.List, ast.Tuple)) and isinstance(new, (ast.List, ast.Tuple))):
        return False
    now, shorter = copy.copy(now), copy.copy(new)
    shorter.elts = new.elts[: len(old.elts)]
    setattr(now, "value", shorter)  # noqa: B010 - both are assignments, of a kind not known here
    return first_difference(was, now) is None


def _lost_import(old: File, new: File) -> str | None:
    """A name that the file before imports, the file after does not, and uses."""
    for name in sorted(_imports(old.body) - new.scope.table.keys()):
        if any(re.search(rf"\b{re.escape(name)}\b", line) for line in new.lines):
            nodes = walk(new.body)
            local = any(isinstance(n, (ast.Import, ast.ImportFrom)) and name in dict(imported(n)) for n in nodes)
            used = (n for n in nodes if isinstance(n, ast.Name) and n.id == name and isinstance(n.ctx, ast.Load))
            line = next((n.lineno for n in used), None)
            if line and not local:
                return f"line {line}: {name} is no longer imported"
    return None


def _imports(body: list[ast.stmt]) -> set[str]:
    return {n for s in body if isinstance(s, (ast.Import, ast.ImportFrom)) for n, _ in imported(s)}
