"""Whether another file of the project uses what a test file defines."""

from __future__ import annotations

import re

from codemods.context import Context
from codemods.python.source import Source
from codemods.reach.files import files_of
from codemods.shared_objects.model import ELSEWHERE, LeftError


def check_elsewhere(name: str, source: Source, context: Context) -> None:
    """Raises LeftError if another Python file below the root imports the file, and has the name."""
    folder, _, file = source.path.rpartition("/")
    module = file.removesuffix(".py")
    if module == "__init__":
        module = folder.rpartition("/")[2]
    own = (context.root / source.path).as_posix()
    imported = re.compile(rf"^[ \t]*(?:from|import)\b.*\b{re.escape(module)}\b".encode(), re.M)
    word = re.compile(rf"\b{re.escape(name)}\b".encode())
    for path, each in files_of((context.root,), context.run).by_path.items():
        data = b"" if path == own else each.read()
        if name.encode() in data and imported.search(data) and word.search(data):
            raise LeftError(ELSEWHERE, path.removeprefix(f"{context.root.as_posix()}/"))
