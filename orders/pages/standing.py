"""
How an order stands, for its customer's page: everything that the page says and offers rests on this.

Reads only, in six statements whatever the number of lines.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple, cast

from django.db.models import F, IntegerField, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.functional import cached_property

from inventory.ground import keys
from orders.answering.briefs import ARRIVES, REPLACED
from orders.fulfillment import availability
from orders.mail.meanings import OWN_WISH
from orders.models import (
    Allocation,
    Channel,
    Consent,
    NoticeLine,
    NoticeState,
    Order,
    OrderLine,
    PageAct,
    Promise,
    ShipmentLine,
    SubstituteOffer,
)
from orders.models.kinds import CONFIRMATIONS
from orders.wording import parts, window
from orders.wording.links import LinkedOrder

KEPT = timedelta(days=30)
"""How long a link is good after the last parcel of its order, or after all of it was canceled."""
MOST_TOLD = 200
"""News of an order that are read, the newest."""


class InParcel(NamedTuple):
    """Units of one line in one parcel that left, were not lost, and did not come back to us as never sent."""

    line_id: int
    units: int
    carrier: str
    tracking: str
    shipped_at: datetime


@dataclass(frozen=True)
class OrderStanding:
    """
    One order as its customer may know it.

    :ivar at: when it is read
    :ivar today: the day it is in the shop
    :ivar lines: in their order, each read with its window, the parts it comes in, units picked, newest promise, newest
        consent and the newest promise that followed from how its customer wants it to ship
    :ivar sent: newest first
    :ivar news: facts about it in mails that left, newest first
    :ivar acts: what its customer did on this page, newest first
    :ivar offers: other products that its customer may take for what waits, each with its line
    :ivar may_cancel: the channel lets customers cancel by themselves
    :ivar tells_cause: it lets them read why they wait
    """

    order: Order
    at: datetime
    today: date
    lines: Sequence[Any]
    sent: Sequence[InParcel]
    news: Sequence[NoticeLine]
    acts: Sequence[PageAct]
    offers: Sequence[SubstituteOffer]
    may_cancel: bool
    tells_cause: bool = False

    @property
    def open(self) -> list[Any]:
        return [line for line in self.lines if line.open]

    @property
    def waiting(self) -> list[Any]:
        return [line for line in self.lines if line.waits]

    @property
    def is_stopped(self) -> bool:
        return any(line.is_stopped for line in self.open)

    @property
    def is_picked(self) -> bool:
        return any(line.picked for line in self.lines)

    @property
    def here(self) -> int:
        """Units set aside that are in no parcel yet."""
        return sum(line.allocated - line.picked for line in self.lines)

    @property
    def is_mailed(self) -> bool:
        """Whether mails reach its customer."""
        return bool(self.order.customer.email)

    @property
    def wanted_later(self) -> date | None:
        """The day on which it is wanted, if that is to come."""
        day = self.order.wanted_date
        return day if day and day > self.today else None

    @property
    def next_number(self) -> int:
        """The number of the act that may come next."""
        return self.acts[0].number + 1 if self.acts else 1

    @cached_property
    def to_agree(self) -> list[Any]:
        """Lines that wait until later than their customer knew or agreed to, whose newest date they were not asked."""
        return [line for line in self.waiting if _is_asked(line, self.today)]

    @cached_property
    def of_others(self) -> dict[int, availability.Instead]:
        """What each product that is offered would be, by offer: read when an answer is asked for."""
        return {offer.pk: availability.instead([offer.line], offer.product_id, at=self.at) for offer in self.offers}

    def is_over(self, at: datetime) -> bool:
        """Whether its links have ended: nothing is open, and the last that happened is long ago."""
        if self.open:
            return False
        moments = [parcel.shipped_at for parcel in self.sent]
        # who cancels what never came, long after a first parcel, is told so on this page
        moments += [line.changed_at for line in self.lines if line.canceled or not moments]
        return at > max(moments, default=self.order.placed_at) + KEPT

    def facts(self) -> list[tuple[object, ...]]:
        """Give what every act on it rests on: another one means that it stands otherwise than it was looked at."""
        order = self.order
        lines = [
            (
                line.pk,
                line.quantity,
                line.canceled,
                line.allocated,
                line.shipped,
                line.picked,
                line.is_stopped,
                line.promise_id,
            )
            for line in self.lines
        ]
        return [(order.pk, order.is_ship_complete, order.is_unpaid, order.wanted_date, self.may_cancel), *lines]


def known_until(line: Any) -> date | None:
    """Until when its customer waits, as they agreed last or made it themselves by how it ships; else as said first."""
    agreed, wished = line.agreed_promise_id or 0, line.wished_promise_id or 0
    if wished > agreed:
        return cast("date | None", line.wished_until)
    return cast("date | None", line.agreed_until if agreed else line.first_promised_date)


def _is_asked(line: Any, today: date) -> bool:
    if line.promise_id is None or line.promise_id == line.agreed_promise_id:
        return False
    if line.promised_date is not None and line.promised_date < today:
        return False  # nobody agrees to a day that has passed: there is another one soon
    known = known_until(line)
    return known is not None and (line.promised_date is None or line.promised_date > known)


def named(link: LinkedOrder) -> Order | None:
    """Read the order of a link; None: there is none, or the link was withdrawn."""
    order = Order.objects.filter(pk=link.order_id).select_related("customer", "page_links", "ship_to").first()
    if order is None:
        return None
    links = getattr(order, "page_links", None)
    return order if link.edition == (links.edition if links else 0) else None


def of(order: Order, *, at: datetime, before: int = 2**31 - 1) -> OrderStanding:
    """
    Read how an order stands.

    :param before: the number of the act that is about to be done
    """
    lines: list[Any] = list(_lines(order))
    for line in lines:
        line.order = order
    channel = Channel.objects.filter(key=keys.key(order.channel)).first()
    parts.read_with(lines, at=at)
    return OrderStanding(
        order=order,
        at=at,
        today=timezone.localtime(at).date(),
        lines=lines,
        sent=list(_sent(order)),
        news=_news(order, lines),
        acts=list(PageAct.objects.filter(order=order, number__lt=before).order_by("-number")),
        offers=_offers(order, lines),
        may_cancel=channel is None or channel.customers_may_cancel,
        tells_cause=channel is not None and channel.tells_cause,
    )


def _lines(order: Order) -> QuerySet[Any]:
    promises = Promise.objects.filter(line=OuterRef("pk")).order_by("-pk")
    agreed = Consent.objects.filter(line=OuterRef("pk")).order_by("-pk")
    wished = promises.filter(cause__startswith=f"{OWN_WISH}:{order.pk}:")
    picked = Allocation.objects.filter(line=OuterRef("pk"), picked__gt=0).order_by().values("line")
    lines: QuerySet[Any] = (
        OrderLine.objects.filter(order=order).select_related("product", "backorder_cause").order_by("position")
    )
    found: QuerySet[Any] = window.as_said(lines).annotate(
        picked=Coalesce(Subquery(picked.annotate(units=Sum("picked")).values("units")), 0, output_field=IntegerField()),
        promise_id=Subquery(promises.values("pk")[:1]),
        agreed_promise_id=Subquery(agreed.values("promise")[:1]),
        agreed_until=Subquery(agreed.values("until_date")[:1]),
        wished_promise_id=Subquery(wished.values("pk")[:1]),
        wished_until=Subquery(wished.values("promised_date")[:1]),
        **REPLACED,
        **ARRIVES,
    )
    return found


def _offers(order: Order, lines: Sequence[Any]) -> list[SubstituteOffer]:
    offers = list(SubstituteOffer.objects.standing().filter(line__order=order).select_related("product"))
    by_pk = {line.pk: line for line in lines}
    for offer in offers:
        offer.line = by_pk[offer.line_id]
    return offers


def _sent(order: Order) -> list[InParcel]:
    left = F("quantity") - F("reversed") - F("lost")
    rows = ShipmentLine.objects.filter(shipment__order=order).alias(left=left).filter(left__gt=0)
    columns = ("line_id", left, "shipment__carrier", "shipment__tracking", "shipment__shipped_at")
    return [InParcel(*row) for row in rows.order_by("-shipment", "pk").values_list(*columns)]


def _news(order: Order, lines: Sequence[Any]) -> list[NoticeLine]:
    """
    Read what mails said of an order; what a mail did not tell any more when it left is none of it, nor what was done
    here.
    """
    rows = NoticeLine.objects.filter(order=order, notice__state=NoticeState.SENT, is_superseded=False)
    rows = rows.exclude(kind__in=CONFIRMATIONS)
    news = list(rows.select_related("notice").order_by("-notice__sent_at", "-pk")[:MOST_TOLD])
    by_pk = {line.pk: line for line in lines}
    for fact in news:
        fact.line, fact.order = by_pk[fact.line_id], order
    return news
