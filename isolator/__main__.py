"""``python -m isolator``: the same as ``isolator``."""

import sys
from pathlib import Path

# Python puts the current directory first; a project's own package called `codemods` would then hide ours.
if sys.path and sys.path[0] in ("", str(Path.cwd())):
    del sys.path[0]

if __name__ == "__main__":
    from isolator.cli import main

    main()
