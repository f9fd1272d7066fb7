"""The program in this process: what it says and ends with is the same, and Python need not be started."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack
from io import BytesIO, TextIOWrapper
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from isolator import cli


def inside(*words: str, folder: Path | None = None, stdin: str = "") -> CompletedProcess[str]:
    """One run of the program in a folder, by default the current one.

    A pytest that it starts is a process, as always. What must hold of a process of isolator's own, such as what it
    imports or how it ends when it is interrupted, is for others.
    """
    streams = {name: TextIOWrapper(BytesIO(), encoding="utf-8", newline="") for name in ("stdout", "stderr")}
    with ExitStack() as stack:
        patched = stack.enter_context(pytest.MonkeyPatch.context())
        patched.chdir(folder or os.curdir)
        patched.setattr(sys, "argv", ["isolator", *words])
        patched.setattr(sys, "stdin", TextIOWrapper(BytesIO(stdin.encode()), encoding="utf-8"))
        for name, stream in streams.items():
            patched.setattr(sys, name, stream)
        ended = stack.enter_context(pytest.raises(SystemExit))
        cli.main()
    code = ended.value.code
    assert isinstance(code, int)
    for stream in streams.values():
        stream.flush()
    out, err = (stream.buffer.getvalue().decode() for stream in streams.values())
    return CompletedProcess(["isolator", *words], code, out, err)
