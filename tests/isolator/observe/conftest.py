"""What the tests of observe share."""

from __future__ import annotations

from tests.isolator.confirm.conftest import installed_plugins, no_plugins

__all__ = ["installed_plugins", "no_plugins"]
