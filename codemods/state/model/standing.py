"""How a function stands in its file: what its reader has to know."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Standing:
    """What reading a function has to know of it; ``place`` says so, which alone asks hosts.

    ``flat``: nothing after the body sees what is undone later. ``inside_caller``: others call the
    function and go on after it. ``keeps_patchers``: each ``patch.dict`` stays. ``lends``:
    functions in it may use its MonkeyPatch. ``mocker_is_own``: what its ``mocker`` patches ends
    with it.
    """

    flat: bool = False
    inside_caller: bool = False
    keeps_patchers: bool = False
    lends: bool = False
    mocker_is_own: bool = False
