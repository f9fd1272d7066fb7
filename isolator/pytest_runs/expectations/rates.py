"""What runs without a failure can bear: how often a test may still fail, by the Clopper-Pearson bound.

A test that fails at a rate r passes n runs in a row with the probability (1 - r) ** n. The bound is the rate at which
that probability is 5 %: with 95 % confidence, one-sided, the test fails less often.
"""

from __future__ import annotations

import math

_DOUBT = 0.05


def failure_bound(passes: int) -> float:
    """The rate below which a test fails that passed in every one of so many runs: 0.39 after 6, 0.05 after 59.

    It is 1 after none. Raises ValueError for fewer.
    """
    if passes < 0:
        raise ValueError(f"passed {passes} times")
    return 1 - _DOUBT ** (1 / passes) if passes else 1.0


def runs_for(rate: float) -> int:
    """How many runs, all passed, it takes to say that a test fails at most at this rate: 59 for 0.05.

    Raises ValueError for a rate that is not between 0 and 1, which no number of runs can show or any can.
    """
    if not 0 < rate < 1:
        raise ValueError(f"a rate is more than 0 and less than 1, got {rate}")
    runs = math.log(_DOUBT) / math.log1p(-rate)
    # The rate after n runs asks for n runs again: not for one more because of the last bit.
    return max(1, math.ceil(runs - 1e-12 * runs))


def percent(rate: float) -> str:
    """The rate in words, with one digit at least that is not 0: ``39 %``, ``0.3 %``."""
    return f"{100 * rate:.0f} %" if rate >= 0.01 else f"{100 * rate:.1g} %"
