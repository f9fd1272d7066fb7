"""State of a file of tests: a fixture in the same file puts it back, and imports nothing.

Where another file uses the state as well, tests there may change it: these need the general
fixture in the conftest.
"""

from __future__ import annotations

from codemods.conftest.leaked.choosing import Chosen, choose
from codemods.conftest.leaked.classes import mangled
from codemods.conftest.leaked.covered import without_covered
from codemods.conftest.rendering import list_of
from codemods.conftest.template import conftest_path
from codemods.context import Context
from codemods.python.reading import read_source
from codemods.python.source import Source
from codemods.reach.elsewhere import used_in


def choose_own(source: Source, context: Context, paths: tuple[str, ...], constant: str) -> Chosen:
    """The short fixtures for those of some paths that are in a file of tests.

    ``constant`` is the list of the general fixture: paths in it are put back there.
    """
    own = tuple(_as_kept(path) for path in paths if path.startswith(f"{source.path}::"))
    listed = _listed(constant, context) if own else set()
    left = without_covered(source, context, tuple(path for path in own if path not in listed))
    alone = tuple(path for path in left if used_in(_first_name(path), source.path, context) is None)
    return choose(source, context, alone, most=len(alone))  # the general one is not shorter here


def is_for_own_file(path: str, context: Context, constant: str) -> bool:
    """Whether a fixture in the file of tests that a path begins with puts it back, or may do so."""
    source = read_of(path, context) if "::" in path else None
    if source is None:
        return False
    if not without_covered(source, context, (_as_kept(path),)):
        return True
    return bool(choose_own(source, context, (path,), constant).short)


def _as_kept(path: str) -> str:
    """A path with private names of classes as Python keeps them: ``::Engine._Engine__instance``."""
    file, _, dotted = path.partition("::")
    names = dotted.split(".")
    kept = [mangled(name, names[i]) for i, name in enumerate(names[1:])]
    return f"{file}::{'.'.join([names[0], *kept])}"


def _first_name(path: str) -> str:
    return path.partition("::")[2].removesuffix("()").partition(".")[0]


def _listed(constant: str, context: Context) -> set[str]:
    source = read_of(conftest_path(context), context)
    lists = (list_of(each, constant) for each in (source.tree.body if source else ()))
    return {str(getattr(each, "value", "")) for found in lists if found for each in found.elts}


def read_of(path: str, context: Context) -> Source | None:
    """The file that a path begins with; None if it cannot be read."""
    name = path.partition("::")[0]
    return read_source(context.root / name, name)
