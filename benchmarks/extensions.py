"""The cost of looking for rules of other packages, of which there are usually none.

    python benchmarks/extensions.py

CPU milliseconds that a new interpreter spends on it, imports included: as isolator does it, and by asking
``importlib.metadata``. The least of several runs, in the environment that this is run in.
"""

from __future__ import annotations

import subprocess
import sys

WAYS = {
    "isolator.project.installed_rules": "from isolator.project.installed_rules import usable; usable()",
    "importlib.metadata": "from importlib.metadata import entry_points; entry_points(group='isolator.rules')",
}
RUNS = 20


def main() -> None:
    """Print the figures."""
    for name, code in WAYS.items():
        timed = (
            f"import isolator.engine.batch, time; t = time.process_time_ns(); {code}; print(time.process_time_ns() - t)"
        )
        command = [sys.executable, "-c", timed]
        spent = min(int(subprocess.run(command, check=True, capture_output=True).stdout) for _ in range(RUNS))
        print(f"{name:20} {spent / 1e6:6.2f} ms")


if __name__ == "__main__":
    main()
