"""What runs without a failure can bear: how often a test may still fail, and how many runs rule a rate out.

A test that fails at a rate r passes n runs in a row with the probability (1 - r) ** n. Once that is no more than
1 - confidence, the rate is ruled out: n passes, of n, bound it as Clopper and Pearson do, one-sided. It is Wald's
sequential test, too, of "fails at the rate r" against "never fails": (1 - r) ** n is the ratio of what the two make of
n passes, and one failure ends the test, for then it is not "never".
"""

from __future__ import annotations

import math


def failure_bound(passes: int, confidence: float) -> float:
    """The rate below which a test fails that passed in every one of so many runs: 0.39 after 6, with 0.95.

    It is 1 after none. Raises ValueError for fewer, and for a confidence that is not between 0 and 1.
    """
    if passes < 0:
        raise ValueError(f"passed {passes} times")
    return -math.expm1(_log_doubt(confidence) / passes) if passes else 1.0


def runs_for(rate: float, confidence: float) -> int:
    """How many runs, all passed, it takes to say that a test fails at most at this rate: 59 for 0.05, with 0.95.

    Raises ValueError for a rate that is not between 0 and 1, which no number of runs can show or any can, and for such
    a confidence.
    """
    if not 0 < rate < 1:
        raise ValueError(f"a rate must be more than 0 and less than 1, got {rate}")
    runs = _log_doubt(confidence) / math.log1p(-rate)
    # The rate after n runs asks for n runs again: not for one more because of the last bit.
    return max(1, math.ceil(runs - 1e-12 * runs))


def percent(rate: float) -> str:
    """The rate in words, with one digit at least that is not 0: ``39 %``, ``0.3 %``."""
    return f"{100 * rate:.0f} %" if rate >= 0.01 else f"{100 * rate:.1g} %"


def exact_percent(share: float) -> str:
    """A share in words as it was given, such as a confidence, which ``percent`` could round to 100: ``99.9 %``."""
    return f"{100 * share:.12g} %"


def _log_doubt(confidence: float) -> float:
    if not 0 < confidence < 1:
        raise ValueError(f"a confidence must be more than 0 and less than 1, got {confidence}")
    return math.log1p(-confidence)
