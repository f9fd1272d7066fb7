"""What recording a run costs: pytest with isolator's plugin beside pytest without it, on 2,000 trivial tests.

    python -m benchmarks.confirm

CPU seconds of the whole processes, the best of several runs, taken in turns.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from benchmarks import cpu
from isolator.pytest_runs import plugin
from isolator.pytest_runs.plugin.start import BEGIN

TESTS = 2000
ROUNDS = 7


def main() -> None:
    """Print the figures and the ratio."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tests = "".join(f"def test_{number}():\n    assert {number} >= 0\n\n\n" for number in range(TESTS))
        (folder / "suite").mkdir()
        (folder / "suite" / "test_trivial.py").write_text(tests)
        script = plugin.copy_to(folder)
        (folder / BEGIN).touch()
        common = ["-q", "-p", "no:cacheprovider", str(folder / "suite")]
        bare = [sys.executable, "-m", "pytest", *common]
        recorded = [sys.executable, str(script), "-p", plugin.RECORDER, f"--isolator-log={folder}", *common]
        times = [(cpu.of_command(bare, runs=1), cpu.of_command(recorded, runs=1)) for _ in range(ROUNDS)]
    without, with_plugin = (min(each) for each in zip(*times, strict=True))
    print(f"{TESTS} trivial tests")
    print(f"pytest                {without:6.2f} s")
    print(f"with the plugin       {with_plugin:6.2f} s")
    cpu.report("with / without", with_plugin / without, "at most 1.05", with_plugin <= 1.05 * without)


if __name__ == "__main__":
    main()
