"""Temporary folders of runs that ended with all that could have removed them go with the next command that writes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from isolator.system.files.locks import try_lock


def test_the_next_command_removes_them_though_it_runs_no_pytest(tmp_path: Path) -> None:
    project, temporary = tmp_path / "project", tmp_path / "temporary"
    for folder in ("isolator-0123456789abcdef", "isolator-fedcba9876543210", "isolator-of-somebody"):
        (temporary / folder).mkdir(parents=True)
        (temporary / folder / "lock").touch()
    project.mkdir()
    (project / "test_it.py").write_text("def test_it():\n    assert True\n", encoding="utf-8")
    environment = {**os.environ, "TMPDIR": str(temporary), "TEMP": str(temporary), "TMP": str(temporary)}
    old = (temporary / "isolator-0123456789abcdef" / "lock").stat().st_mtime - 3600
    os.utime(temporary / "isolator-0123456789abcdef" / "lock", (old, old))

    with (temporary / "isolator-fedcba9876543210" / "lock").open("wb") as wanted:
        try_lock(wanted)
        command = [sys.executable, "-m", "isolator", "fix", "--write", "."]
        done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "Nothing to fix in 1 file.\n")
    assert sorted(path.name for path in temporary.iterdir()) == ["isolator-fedcba9876543210", "isolator-of-somebody"]
