"""Which runs to make: how many in which order, each with its seed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from isolator.project.tables.confirm import Order
from isolator.pytest_runs.run.running import Planned


def plan(runs: int, orders: Sequence[Order], seed: int, least: int | None = None) -> list[Planned]:
    """So many runs: half of them in the given order, one reversed (which is always the same), the rest shuffled.

    One makes each test twice in a row, if that is among the orders.

    What is not among ``orders`` is made up for by the others. The seed of a run is that of its order and of Python's
    hashes; each run has another, counted up from ``seed``.

    Where they may end after ``least`` runs, these come in all the orders, as if no more were planned.
    """
    first = _orders(least or runs, orders)
    others = Counter(_orders(runs, orders)) - Counter(first)
    return [Planned(order, (seed + n) % 2**32) for n, order in enumerate([*first, *others.elements()])]


def part(planned: Sequence[Planned], number: int, shards: int) -> Sequence[Planned]:
    """The runs that one of so many shards makes: one in so many, so that each shard has its share of each order."""
    return planned[number - 1 :: shards]


def _orders(runs: int, orders: Sequence[Order]) -> list[Order]:
    if "twice" in orders:
        others = [order for order in orders if order != "twice"]
        return [*(_orders(runs - 1, others) if others else ()), "twice"]
    if not {"given", "random"} & set(orders):
        return ["reversed"] * runs
    backwards = 1 if "reversed" in orders and (runs > 1 or "given" not in orders) else 0
    left = runs - backwards
    given = left if "random" not in orders else (runs + 1) // 2 if "given" in orders else 0
    found: list[Order] = ["given"] * given
    found += ["reversed"] * backwards
    found += ["random"] * (left - given)
    return found[:runs]
