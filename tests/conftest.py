"""What the whole test run needs."""

from __future__ import annotations

import os

# Most tests start Python. Where it may keep no bytecode, each of these processes compiles isolator again, and each
# pytest rewrites the assertions of its plugins, which takes several times as long as what is tested.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
