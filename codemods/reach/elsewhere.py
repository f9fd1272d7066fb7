"""Whether another file of the project uses what a test file defines."""

from __future__ import annotations

import re

from codemods.context import Context
from codemods.reach.files import files_of


def used_in(name: str, path: str, context: Context) -> str | None:
    """Another Python file below the root that imports a test file, and has the name; if any."""
    folder, _, file = path.rpartition("/")
    module = file.removesuffix(".py")
    if module == "__init__":
        module = folder.rpartition("/")[2]
    own = (context.root / path).as_posix()
    imported = re.compile(rf"^[ \t]*(?:from|import)\b.*\b{re.escape(module)}\b".encode(), re.M)
    word = re.compile(rf"\b{re.escape(name)}\b".encode())
    for other, each in files_of((context.root,), context.run).by_path.items():
        data = b"" if other == own else each.read()
        if name.encode() in data and imported.search(data) and word.search(data):
            return other.removeprefix(f"{context.root.as_posix()}/")
    return None
