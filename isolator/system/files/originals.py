"""Single files of the undo journal: kept, compared, put back."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from pathlib import Path

from isolator.system.files.atomic import in_place_of
from isolator.system.files.writing import adopt_owner


def forget_compiled(source: Path) -> None:
    """Removes the bytecode of a file: Python and pytest tell old from new by its size and second only."""
    for compiled in (source.parent / "__pycache__").glob(f"{source.stem}.*.pyc"):
        compiled.unlink(missing_ok=True)


def second(original: Path, kept: Path) -> None:
    """Makes a second link to a file, which takes no space, or a copy where that cannot be. Raises OSError."""
    try:
        os.link(original, kept)
    except OSError:
        shutil.copy2(original, kept)
        adopt_owner(kept, original.stat())


def move(kept: Path, target: Path) -> None:
    """Puts a file in the place of another one, on another disk too. Raises OSError; then nothing has changed."""
    try:
        kept.replace(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        with kept.open("rb") as source, in_place_of(target, 0o600) as file:
            shutil.copyfileobj(source, file)
            file.flush()  # what is written later would be newer than the original
            shutil.copystat(kept, file.name)
            adopt_owner(Path(file.name), kept.stat())


def digest(data: bytes | None) -> str | None:
    """What tells contents apart; None for none."""
    return None if data is None else hashlib.sha256(data).hexdigest()
