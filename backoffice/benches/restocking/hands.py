"""Who is at work on a list at once: the clock, the sender, who buys what is kept or past it, who asks and leaves."""

import os
import random
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, connections
from django.db.models import Exists, OuterRef, Sum

from backoffice.benches.racing.race import take_out_the_lock
from inventory.models import Inbound
from inventory.supply import inbound
from orders import fulfillment
from orders.fulfillment import LineUnits
from orders.mail import notices
from orders.models import Customer, Order, OrderLine, RequestState, RestockLetter, RestockRequest
from orders.models.waiting import LIVE
from orders.waiting_list import asking, holding

from . import postbox
from .clock import Clock

CHANNEL, PASSING = "bench", "bench-passing"
BATCH = 40
DWELL = 0.003
"""Seconds between what is read and what is written, in the control."""
REFUSED = (inbound.OverReceipt, fulfillment.NothingToCancel)


@dataclass(frozen=True, slots=True)
class ListWorld:
    """
    :ivar receipts: each inbound, and when it is received
    :ivar settled_at: from then on nobody takes an order back: what came is to be sold or on sale two days later
    :ivar one_in: of those who are told, one in so many orders
    """

    product_id: int
    sku: str
    place_id: int
    receipts: tuple[tuple[int, datetime], ...]
    settled_at: datetime
    one_in: int


@dataclass(slots=True)
class ListHand:
    """One process at work; ``number`` is its own, also where it follows one that was killed."""

    world: ListWorld
    number: int
    dice: random.Random
    jobs: int = 0

    # --- The clock ----------------------------------------------------------------------

    def keep(self, at: datetime) -> str:
        due = [inbound_id for inbound_id, when in self.world.receipts if when <= at]
        for row in Inbound.objects.filter(pk__in=due, outstanding__gt=0):
            inbound.receive([inbound.Receipt(row.pk, row.outstanding)], by=None, at=at)
        done = (holding.expire(at=at), holding.close(at=at), holding.go_on(at=at))
        return "keep" if any(done) else ""

    def send(self, at: datetime) -> str:
        return "send" if notices.send_due(at=at, limit=BATCH).get("sent") else ""

    # --- People -------------------------------------------------------------------------

    def buy(self, at: datetime) -> str:
        """One in so many of those who were told orders all they wanted, with the address they asked with."""
        told = RestockLetter.objects.filter(request=OuterRef("pk"), number=OuterRef("offers"), state="sent")
        rows = RestockRequest.objects.filter(Exists(told), state=RequestState.OFFERED).order_by("?")[:BATCH]
        for row in rows:
            if row.pk % self.world.one_in == 0:
                who, _ = Customer.objects.get_or_create(key=row.key, defaults={"name": "Asker", "email": row.email})
                if not Order.objects.filter(channel=CHANNEL, reference=f"asker-{row.pk}").exists():
                    self._place(CHANNEL, f"asker-{row.pk}", who.pk, row.quantity, at)
                    return "buy"
        return ""

    def pass_by(self, at: datetime) -> str:
        """Who never asked buys, and sometimes takes it back: in all up to half of what came."""
        lines = OrderLine.objects.filter(order__channel=PASSING, open__gt=0)
        is_settled = at >= self.world.settled_at
        if not is_settled and self.dice.random() < 0.2 and (line := lines.order_by("?").first()):
            fulfillment.cancel([LineUnits(line.pk, 1)], reason="changed their mind", by=None, at=at)
            return "take back"
        came = Inbound.objects.aggregate(units=Sum("received"))["units"] or 0
        ordered = OrderLine.objects.filter(order__channel=PASSING).aggregate(units=Sum("open"))["units"] or 0
        if ordered >= came // 2:
            return ""
        self.jobs += 1
        who, _ = Customer.objects.get_or_create(
            key=f"PASSING{self.number}@EXAMPLE.COM",
            defaults={"name": "Somebody", "email": f"passing{self.number}@example.com"},
        )
        self._place(PASSING, f"{self.number}-{os.getpid()}-{self.jobs}", who.pk, self.dice.randint(1, 2), at)
        return "pass by"

    def _place(self, channel: str, reference: str, who: int, units: int, at: datetime) -> None:
        lines = (fulfillment.LineDraft(self.world.product_id, units),)
        draft = fulfillment.OrderDraft(channel, reference, who, self.world.place_id, lines, at)
        fulfillment.place(draft, by=None, at=at)

    def ask(self, at: datetime) -> str:
        """Somebody asks and confirms it; somebody else leaves."""
        if self.dice.random() < 0.3:
            rows = RestockRequest.objects.filter(state__in=LIVE).order_by("pk")[:BATCH]
            return "leave" if rows and asking.leave(self.dice.choice(rows).pk, at=at) else ""
        self.jobs += 1
        email = f"late{self.number}.{os.getpid()}.{self.jobs}@example.com"
        made = asking.ask(asking.RestockWish(self.world.sku, email, self.dice.randint(1, 3)), at=at)
        return "ask" if made and asking.confirm(made.pk, at=at) else ""


ROLES: tuple[tuple[Callable[[ListHand, datetime], str], float], ...] = (
    (ListHand.keep, 0.002),
    (ListHand.send, 0.01),
    (ListHand.buy, 0.02),
    (ListHand.keep, 0.002),
    (ListHand.pass_by, 0.05),
    (ListHand.send, 0.01),
    (ListHand.ask, 0.05),
    (ListHand.keep, 0.002),
)
"""What the processes do, and how long each rests after a deed, in seconds; the first of them if there are fewer."""


def work(world: ListWorld, clock: Clock, number: int, seed: str, *, is_unguarded: bool) -> None:
    """Be one process at work until the clock stops, or somebody kills it."""
    if is_unguarded:
        take_out_the_lock()
        connection.execute_wrappers.append(_dwell)
    hand = ListHand(world, number, random.Random(f"{seed}:{number}"))
    deed, rest = ROLES[number % len(ROLES)]
    try:
        while not clock.is_over:
            with clock.turn() as at:
                if at:
                    _do(deed, hand, at)
            time.sleep(rest)
    finally:
        connections.close_all()


def _do(deed: Callable[[ListHand, datetime], str], hand: ListHand, at: datetime) -> None:
    try:
        with suppress(*REFUSED):
            if done := deed(hand, at):
                postbox.write("done", done)
    except Exception as error:
        postbox.write("errors", f"{deed.__name__}: {type(error).__name__}: {str(error).splitlines()[0][:100]}")


def _dwell(execute: Any, sql: str, *given: Any) -> Any:
    if not sql.lstrip().upper().startswith("SELECT"):
        time.sleep(DWELL)
    return execute(sql, *given)
