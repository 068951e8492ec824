"""One process at work in a world that others change at the same time: it finds something at random, and acts on it."""

import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TypeVar

from django.db.models import QuerySet
from django.utils import timezone

from inventory.models import Inbound
from orders.models import OrderLine, OrderLineQuerySet
from orders.queue.undoing import Memory

Row = TypeVar("Row")

HOT = 1
SEEN = 60
"""Rows a hand looks at before it picks one."""


class NothingThere(Exception):
    """A hand found nothing to do this deed with."""


@dataclass
class Hand:
    """
    One process at work.

    ``products``, ``places`` and ``suppliers`` are numbers, ``customers`` how many there are; ``memories`` what it can
    take back.
    """

    number: int
    seed: int
    products: list[int]
    places: list[int]
    customers: int
    suppliers: list[int]
    jobs: int = 0
    memories: list[Memory] = field(default_factory=list)
    dice: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.dice = random.Random(f"{self.seed}:{self.number}")

    @property
    def at(self) -> datetime:
        return timezone.now()

    def soon(self) -> date:
        return timezone.localdate() + timedelta(days=self.dice.randint(1, 40))

    def product(self) -> int:
        """The hot one, every other time."""
        return HOT if self.dice.random() < 0.5 else self.dice.choice(self.products)

    def pick(self, rows: Iterable[Row]) -> Row:
        found = list(rows)
        if not found:
            raise NothingThere
        return self.dice.choice(found)

    def lines(self, lines: OrderLineQuerySet, many: int = 1) -> list[OrderLine]:
        """Some of the lines of one product, in no order."""
        found = list(lines.filter(product=self.product())[:SEEN])
        if not found:
            raise NothingThere
        return self.dice.sample(found, min(many, len(found)))

    def coming(self, rows: QuerySet[Inbound]) -> Inbound:
        return self.pick(rows.filter(outstanding__gt=0, product=self.product())[:SEEN])
