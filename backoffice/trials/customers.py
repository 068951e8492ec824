"""Who orders what is on its way, when deliveries are played again: one a week, or as in a shop of the past."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, timedelta

from suppliers.trials import NothingToReplay, ReceivedLine

WEEK = 7
OrdersOn = Callable[[date], int]
"""How many order on a day."""
Customers = Callable[[int, ReceivedLine], OrdersOn]
"""Of the line that was sent as the so many-th, who orders when."""


def weekly(number: int, line: ReceivedLine) -> OrdersOn:
    """One on the day it was sent, and one each week after it."""
    return lambda day: int((day - line.sent).days % WEEK == 0)


class AsInHistory:
    """
    As products were ordered in whole weeks of the past, each line of an order by somebody else.

    The first line on its way is asked for as the first product was from its first week on, the next as the next product
    from its second week on, and so on in a ring of both: so popular and rare products come as often as they were, at
    every time of the year, on the weekdays they were.
    """

    def __init__(self, orders: Sequence[tuple[str, date]]) -> None:
        """
        :param orders: the SKU and the day of each line
        :raises NothingToReplay: if they are of less than a whole week, Monday to Sunday
        """
        days = [day for _, day in orders] or [date.min]
        start = _monday(min(days) + timedelta(WEEK - 1))
        self.weeks = max(0, ((max(days) - start).days + 1) // WEEK)
        found: dict[str, Counter[int]] = {}
        for sku, day in orders:
            if 0 <= (place := (day - start).days) < self.weeks * WEEK:
                found.setdefault(sku, Counter())[place] += 1
        if not found:
            raise NothingToReplay("The orders are of less than a whole week, Monday to Sunday.")
        self.products = [found[sku] for sku in sorted(found)]

    def __call__(self, number: int, line: ReceivedLine) -> OrdersOn:
        asked = self.products[number % len(self.products)]
        first = _monday(line.sent) - timedelta(weeks=number % self.weeks)
        return lambda day: asked[(day - first).days % (self.weeks * WEEK)]


def _monday(day: date) -> date:
    return day - timedelta(day.weekday())
