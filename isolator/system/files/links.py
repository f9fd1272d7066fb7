"""Links: what looks like a folder of the project, and is a place elsewhere."""

from __future__ import annotations

import os
import stat
from pathlib import Path

_SURROGATE = 0x20000000  # of Windows: this entry stands for another one, as a junction does


def is_link(path: Path) -> bool:
    """Whether a path is a symbolic link, or a junction of Windows, whether that which it leads to exists or not."""
    try:
        status = path.lstat()
    except OSError:
        return False
    return stands_for_another(status)


def stands_for_another(status: os.stat_result) -> bool:
    """The same of what ``lstat`` says of a path."""
    tag = getattr(status, "st_reparse_tag", 0)  # Windows only
    return stat.S_ISLNK(status.st_mode) or bool(tag & _SURROGATE)
