"""
Orders that must ship by a day, and that may well not: a question to their customer. Reads only.

The chance that a line ships later than that day is reckoned as that of a promise to break. Where the promised day is no
later, the promise breaks at least as likely; so only lines at risk, or promised later or no day at all, are looked at.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import F, Q

from orders.allocation import chances, reading, supply
from orders.models import OrderLine
from orders.rules import news

BLOCK = 500
"""Lines that are read at once."""
MAY_MISS = Q(order__must_by_date__isnull=False, backordered__gt=0, is_stopped=False) & (
    Q(is_at_risk=True) | Q(promised_date=None) | Q(promised_date__gt=F("order__must_by_date"))
)
"""Lines that are looked at: no other one misses the day of its order."""


@dataclass(frozen=True, slots=True)
class MissedDay:
    """
    An order that will miss the day by which it must ship, with the chance of ⅓ or more.

    :ivar line_ids: that may ship later
    :ivar chance: of the line that is most likely late, 0 to 1
    """

    order_id: int
    reference: str
    customer: str
    must_by: date
    line_ids: tuple[int, ...]
    skus: tuple[str, ...]
    chance: float


def asks(chance: float) -> bool:
    """
    Say whether the customer is to be asked at this chance to miss the day.

    >>> asks(0.3333), asks(1 / 3), asks(1.0)
    (False, True, True)
    """
    return chance >= news.AT_RISK


def due(*, at: datetime) -> list[MissedDay]:
    """List the orders whose customers are to be asked, by order; the number of statements grows by block alone."""
    found: dict[int, MissedDay] = {}
    for order_id, reference, customer, must_by, line_id, sku, chance in _missed(at):
        other = found.get(order_id)
        found[order_id] = MissedDay(
            order_id,
            reference,
            customer,
            must_by,
            (*(other.line_ids if other else ()), line_id),
            (*(other.skus if other else ()), sku),
            max(chance, other.chance if other else 0.0),
        )
    return sorted(found.values(), key=lambda each: (each.must_by, each.order_id))


def _missed(at: datetime) -> Iterator[tuple[int, str, str, date, int, str, float]]:
    columns = ("pk", "order__must_by_date", "order__reference", "order__customer__name", "product__sku")
    lines = OrderLine.objects.filter(MAY_MISS)
    rows = {pk: tuple(row) for pk, *row in lines.order_by("pk").values_list(*columns)}
    ids = list(rows)
    for start in range(0, len(ids), BLOCK):
        states = reading.lines(Q(pk__in=ids[start : start + BLOCK], backordered__gt=0))
        supplies = supply.read({line.product_id for line in states}, claimed=reading.claimed(states))
        for line in states:
            must_by, reference, customer, sku = rows[line.line_id]
            chance = chances.to_break(line.but(promised_date=must_by), supplies, at=at)
            if asks(chance):
                yield line.order_id, reference, customer, must_by, line.line_id, sku, chance
