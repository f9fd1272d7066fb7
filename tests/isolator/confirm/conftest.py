"""What the tests of confirm share."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def no_plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    """The plugins that happen to be installed take half of the time that pytest takes to start.

    Tests that need one take the variable away again.
    """
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")


@pytest.fixture
def installed_plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    """pytest-xdist and pytest-rerunfailures can be used."""
    monkeypatch.delenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD")
