"""Which files import a module: tests, and the modules that tests import."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from codemods.initializers.imported import imported_names, package_of
from codemods.initializers.source_tree.import_statements import imports_at_once
from isolator.init.files import Files


def importing(module: str, among: Iterable[str], files: Files) -> Iterator[str]:
    """Those of some files that import a module, or something of it, anywhere in them."""
    for file, source in files.mentioning(_last_part(module), among):
        if any(_is_of(name, module) for name in imported_names(source, files.context)):
            yield file


def reached(module: str, files: Files) -> bool:
    """Whether a module is imported when the tests are, by them or through the modules that they import."""
    todo, seen = [module], {module}
    while todo:
        name = todo.pop()
        if any(importing(name, files.with_tests, files)):
            return True
        new = set(_importing_at_once(name, files)) - seen
        seen |= new
        todo += new
    return False


def _importing_at_once(module: str, files: Files) -> Iterator[str]:
    for file, source in files.mentioning(_last_part(module), files.modules):
        taken = imports_at_once(source.tree.body, package_of(source, files.context))
        if any(_is_of(each.module, module) or f"{each.module}.{each.name}" == module for each in taken):
            yield files.modules[file].name


def _last_part(module: str) -> re.Pattern[bytes]:
    return re.compile(rf"\b{module.rpartition('.')[2]}\b".encode())


def _is_of(name: str, module: str) -> bool:
    return name == module or name.startswith(f"{module}.")
