"""What all tests of ``isolator deflake`` need."""

from __future__ import annotations

import pytest

from isolator.repair import deflake


@pytest.fixture(autouse=True)
def few_orders(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half as many orders as a user gets before all is called stable.

    Most tests here run deflake twice, the second time to see that nothing is left to do. With all ten orders it is run
    in tests/isolator/from_run.
    """
    monkeypatch.setattr(deflake, "_SURE", 5.0)
