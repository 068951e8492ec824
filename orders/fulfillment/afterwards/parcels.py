"""
Units of a parcel, taken up again under the locks of their products and their order; lost parcels, reversed shipments.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.db.models import F, Q

from inventory.models import Movement, MovementKind, Stock
from inventory.supply import stock
from orders import allocation
from orders.allocation import promises, reading, writing
from orders.allocation.door import Queue
from orders.allocation.reading import LineState
from orders.fulfillment.labels import as_they_left
from orders.mail import corrections, notices
from orders.models import EventKind, NoticeKind, Order, OrderPayment, OrderStop, Shipment, ShipmentLine
from orders.models.payment import OUT
from orders.wording import phrases

LOST, REVERSED = "parcel_lost", "reversed"
"""How the causes begin of what a lost parcel, and a shipment that never left, brought about."""

Units = Mapping[int, int]
"""Units by shipment line."""


class NotInTheParcel(Exception):
    """No units are named, or more than are left of what the parcel held."""


class NeverOnTheShelf(Exception):
    """The shipment came with its order from another program: its units never lay on a shelf of ours."""


@dataclass(slots=True)
class ReopenedShipment:
    """
    A shipment of which some units are looked at again.

    :ivar taken: its rows that are meant, with so many units each
    :ivar is_stopped: its order is, or was not paid in time
    """

    shipment: Shipment
    taken: Sequence[tuple[ShipmentLine, int]]
    queue: Queue
    is_stopped: bool

    @property
    def order(self) -> Order:
        return self.shipment.order

    def by_line(self) -> Counter[int]:
        """Units by order line."""
        found: Counter[int] = Counter()
        for row, units in self.taken:
            found[row.line_id] += units
        return found

    def refuse_more(self, left: Callable[[ShipmentLine], int], what: str) -> None:
        """:raises NotInTheParcel: if more units of a row are meant than are left of it"""
        for row, units in self.taken:
            if not 1 <= units <= left(row):
                gone = f" ({row.fate})" if row.fate else ""
                most = left(row)
                raise NotInTheParcel(
                    f"{row.line.product}: of {phrases.units(row.quantity)} shipped{gone}, "
                    f"{f'{most:,}' if most else 'none'} can be {what}, not {units:,}. Nothing was written."
                )

    def add(self, *names: str) -> None:
        """Count the units meant in these columns of their rows."""
        for row, units in self.taken:
            ShipmentLine.objects.filter(pk=row.pk).update(**{name: F(name) + units for name in names})

    def reopened(self, line: LineState, units: int) -> LineState:
        """So many units are open again, in the place of the line; where its order is stopped, so are they."""
        return line.but(
            open=line.open + units, shipped=line.shipped - units, is_stopped=line.is_stopped or self.is_stopped
        )

    def unsay(self) -> Units:
        """Let mail that has not gone say nothing of these units; give those of which one has, by line."""
        left = as_they_left(self.shipment, self.by_line())
        return corrections.take_back(self.by_line(), self.shipment.pk, left=left)

    def cause(self, word: str, column: str) -> str:
        """Name the event: the column counts more each time."""
        row, units = self.taken[0]
        return f"{word}:{row.pk}:{getattr(row, column) + units}"


@contextmanager
def taken_up(shipment_id: int, wanted: Units, *, at: datetime) -> Iterator[ReopenedShipment]:
    """
    Lock the products of these rows, then their order, and read them.

    :raises NotInTheParcel: if none is named, or one is of another shipment
    """
    rows = ShipmentLine.objects.filter(shipment=shipment_id, pk__in=wanted)
    with allocation.locked(lines=set(rows.values_list("line_id", flat=True)), at=at) as queue:
        found = list(rows.select_related("shipment__order__customer", "line__product").order_by("pk"))
        if not found or len(found) < len(wanted):
            raise NotInTheParcel("Enter units of what is in this parcel. Nothing was written.")
        shipment = found[0].shipment
        Order.objects.select_for_update(no_key=True).get(pk=shipment.order_id)
        # asked of the stop and of the payment, not of the lines: this one may have none that is open
        is_stopped = OrderStop.objects.filter(order=shipment.order_id, ended_at=None).exists()
        is_stopped = is_stopped or OrderPayment.objects.filter(OUT, order=shipment.order_id).exists()
        yield ReopenedShipment(shipment, [(row, wanted[row.pk]) for row in found], queue, is_stopped)


def lose(shipment_id: int, wanted: Units, *, reason: str, by: User | None, at: datetime) -> Shipment:
    """
    Write down that units were lost on their way: they ship again from the same lines, in their place, at no charge.

    What was lost stays gone from the shelf, and is no new demand. The customer is told once.

    :raises NotInTheParcel: if fewer units are on their way, or with the customer
    """
    with taken_up(shipment_id, wanted, at=at) as parcel:
        parcel.refuse_more(lambda row: row.with_customer, "lost")
        parcel.add("lost")
        cause = parcel.cause(LOST, "lost")
        for line_id, units in parcel.by_line().items():
            line = parcel.queue.lines[line_id]
            text = f"{phrases.units(units)} lost on the way, to be shipped again: {reason}"
            said = writing.history(line, EventKind.WENT_LOST, text[:300], units)
            parcel.queue.change(line, parcel.reopened(line, units), said)
        parcel.queue.commit(cause=cause, by=by)
        parcel.unsay()
        how = " ".join(filter(None, (parcel.shipment.carrier, parcel.shipment.tracking)))
        tell(parcel, NoticeKind.PARCEL_LOST, parcel.by_line(), cause=cause, detail=how)
    return parcel.shipment


def reverse(shipment_id: int, wanted: Units, *, reason: str, by: User | None, at: datetime) -> Shipment:
    """
    Take back units that were posted and never left: on the shelf again, and set aside for the same lines.

    A mail that said they had left goes no more, if it has not left itself; else it is corrected, once.

    :raises NotInTheParcel: if some of them were lost, came back or are reversed already
    :raises NeverOnTheShelf: if the shipment came with its order from another program
    """
    with taken_up(shipment_id, wanted, at=at) as parcel:
        parcel.refuse_more(lambda row: row.with_customer, "reversed")
        shipment = parcel.shipment
        reference = f"shipment:{shipment.pk}"
        if not Movement.objects.filter(reference=reference, kind=MovementKind.SHIPMENT).exists():
            raise NeverOnTheShelf(
                f"{shipment.order} had left before it came here: its units never lay on a shelf of ours. "
                "If they are back, take them as a return."
            )
        parcel.add("reversed")
        cause = parcel.cause(REVERSED, "reversed")
        posts = [
            stock.Post(
                row.line.product_id, shipment.warehouse_id, units, MovementKind.SHIPMENT, f"Never left: {reason}"[:200],
                reference,
            )
            for row, units in parcel.taken
        ]  # fmt: skip
        stock.post(posts, by=by, at=at)
        products = {post.product_id for post in posts}
        shelves = dict(
            Stock.objects.filter(warehouse=shipment.warehouse_id, product__in=products).values_list("product_id", "pk")
        )
        for line_id, units in parcel.by_line().items():
            line = parcel.queue.lines[line_id]
            key = (shelves[line.product_id], None)
            after = parcel.reopened(line, units)
            after.claims = {**line.claims, key: line.claims.get(key, 0) + units}
            text = f"{phrases.units(units)} never left, set aside again: {reason}"
            parcel.queue.change(line, after, writing.history(line, EventKind.REVERSED, text[:300], units))
        parcel.queue.commit(cause=cause, by=by)
        tell(parcel, NoticeKind.NOT_LEFT, parcel.unsay(), cause=cause)
    return shipment


def tell(parcel: ReopenedShipment, kind: NoticeKind, units: Units, *, cause: str, detail: str = "") -> None:
    """Tell of these lines, as they stand once they are planned again, what became of what had left."""
    if notices.is_silent() or not units:
        return
    facts = [
        promises.fact(line, line, kind, units[line.line_id], detail=detail)
        for line in reading.lines(Q(pk__in=list(units)))
    ]
    notices.queue(facts, cause=f"{cause}{notices.AFTER}told", at=parcel.queue.at)
