"""
The buyer's year: purchase orders proposed, approved, sent, confirmed, moved and received, each at its moment.

What a supplier does follows from its habits in ``assortment``; what falls after now is still open.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial

from django.db.models import Q

from inventory.models import BackorderPolicy, Inbound
from orders.models import OrderLine
from suppliers import purchasing
from suppliers.letters import writing
from suppliers.models import Offer, OrderLetter, PurchaseOrder

from .assortment import MAKERS, Maker
from .world import World

HABITS = {maker.code: maker for maker in MAKERS}
PAST_DAYS = 220
ROUNDS, ROUND_DAYS = 5, 30
BY_MAIL_FOR = timedelta(days=30)
"""So long the shop has mailed its orders; before that it sent them by hand."""
LINES = 4
REASONS = ("Late at the port", "Kiln repaired", "Short of material", "Carrier missed the pickup")
TELLS_OF_DELAY = 0.4
ASKED = [f"HP-686{number}" for number in range(5)]
"""The orders whose customers are asked whether a later date is all right."""
ALWAYS_SILENT = "ANATOL"
"""The supplier that never confirms a date."""
SLOW = ("TIMBER", "BALTIC", "FERN")
"""Suppliers that take three weeks and more, and confirm a date."""
STILL_LATE = "BALTIC"
"""The supplier that said a day of last week for an order that comes next week."""


@dataclass(frozen=True, slots=True)
class Wish:
    """
    A purchase order that the buyer has in mind.

    :ivar stops_at: the last thing that happens to it ("draft", "approved", "sent"); empty: it takes its course
    :ivar days: the time it really takes, if that is not left to chance; then nothing is heard of a delay
    :ivar is_split: it comes in two parts; None: left to chance
    """

    supplier: str
    warehouse: int
    units: Mapping[Offer, int]
    stops_at: str = ""
    days: float | None = None
    is_split: bool | None = None


@dataclass(frozen=True, slots=True)
class Trip:
    """An order under way: the day the supplier says, and the day it really comes."""

    order: PurchaseOrder
    said: date
    comes: date
    tells_of_delay: bool


Batch = list[tuple[Wish, PurchaseOrder]]
"""Orders that the buyer handles in one go, each with what was wished for."""


def plan_past(world: World) -> None:
    """Plan a year's orders that have long arrived: what the suppliers' record is learned from."""
    for number in range(ROUNDS):
        wishes = []
        for code in sorted(world.catalog.suppliers):
            offers = offers_of(world, code)
            some = world.random.sample(offers, min(LINES, len(offers)))
            if some:
                units = {offer: usual_units(world, offer) for offer in some}
                wishes.append(Wish(code, _some_place(world), units))
        days_ago = PAST_DAYS - number * ROUND_DAYS - world.random.randrange(5)
        plan_orders(world, wishes, world.timeline.today - timedelta(days=days_ago))


def plan_open(world: World) -> None:
    """
    Plan the orders for what ran low: most go out around the day the shop went live, a few within the last days.

    One item in six is forgotten, as happens: nothing is ordered for it yet.
    """
    wanted: dict[str, list[Offer]] = {}
    for place in sorted(world.short | world.empty):
        offers = world.catalog.offers.get(world.catalog.items[place].product.pk, ())
        if offers and place % 6:
            wanted.setdefault(offers[0].supplier.code, []).append(offers[0])
    for code, asked in sorted(wanted.items()):
        early, late = asked[::2], asked[1::2]
        for some, days_ago in ((early, _days_open(world, code)), (late, world.random.randrange(3, 12))):
            if some:
                units = {offer: usual_units(world, offer) for offer in some}
                wish = Wish(code, _some_place(world), units)
                plan_orders(world, [wish], world.timeline.today - timedelta(days=days_ago))


def plan_orders(world: World, wishes: Sequence[Wish], day: date) -> None:
    """Plan purchase orders from the day they are proposed on."""
    world.timeline.plan(world.timeline.at_work(day), partial(_propose, world, wishes))


def offers_of(world: World, code: str) -> list[Offer]:
    rows = [offer for offers in world.catalog.offers.values() for offer in offers]
    return [offer for offer in rows if offer.supplier.code == code]


def usual_units(world: World, offer: Offer) -> int:
    """Order some six weeks of demand: whole packs, within minimum and capacity."""
    weekly = next(item.weekly for item in world.catalog.items if item.product.pk == offer.product_id)
    wanted = max(offer.minimum, round(weekly * world.random.uniform(5, 8)))
    packs = -(-min(wanted, offer.capacity or wanted) // offer.pack)
    return packs * offer.pack


def _some_place(world: World) -> int:
    return world.random.choices((0, 1, 2), weights=(6, 1, 3))[0]


def _days_open(world: World, code: str) -> int:
    """Send it so long ago that it arrives between two weeks before now and one after."""
    return max(3, int(HABITS[code].days * HABITS[code].late) + world.random.randrange(-7, 15))


def _propose(world: World, wishes: Sequence[Wish], at: datetime) -> None:
    lines = [
        purchasing.DraftLine(
            offer_id=offer.pk, warehouse_id=world.catalog.warehouses[wish.warehouse].pk, quantity=units
        )
        for wish in wishes
        for offer, units in wish.units.items()
    ]
    drafts = purchasing.propose(lines, by=world.people["buyer"], at=at)
    by_supplier = {draft.supplier_id: draft for draft in drafts}
    batch = [(wish, by_supplier[world.catalog.suppliers[wish.supplier].pk]) for wish in wishes]
    going = [(wish, draft) for wish, draft in batch if wish.stops_at != "draft"]
    if going:
        world.timeline.plan(at + timedelta(minutes=40), partial(approve, world, going))


def approve(world: World, batch: Batch, at: datetime) -> None:
    """Approve what is still a draft, and let what was wished for take its course."""
    order_ids = [order.pk for _, order in batch]
    drafts = set(PurchaseOrder.objects.filter(pk__in=order_ids, approved_at=None).values_list("pk", flat=True))
    purchasing.approve(drafts, by=world.people["buyer"], at=at)
    going = [(wish, order) for wish, order in batch if order.pk in drafts and wish.stops_at != "approved"]
    if going:
        world.timeline.plan(at + timedelta(minutes=20), partial(_send, world, going))


def _send(world: World, batch: Batch, at: datetime) -> None:
    """Send them: by hand in the past, and by mail since the shop does that."""
    send = writing.send if at >= world.timeline.now - BY_MAIL_FOR else purchasing.send
    try:
        send([order.pk for _, order in batch], by=world.people["buyer"], at=at)
    except purchasing.SupplierOnHold:
        return  # they stay approved, and go out when the supplier takes orders again
    for wish, order in batch:
        maker = HABITS[wish.supplier]
        days = _days_taken(world, maker) if wish.days is None else wish.days
        said, comes = (at + timedelta(days=maker.days)).date(), (at + timedelta(days=days)).date()
        if wish.stops_at != "sent" and wish.supplier != ALWAYS_SILENT:
            answer = world.timeline.at_work((at + timedelta(days=world.random.randrange(1, 4))).date())
            trip = Trip(order, said, comes, tells_of_delay=wish.days is None)
            world.timeline.plan(answer, partial(_confirm, world, trip))
        world.timeline.plan(world.timeline.at_work(comes), partial(_receive, world, wish, order))


def _days_taken(world: World, maker: Maker) -> float:
    """Draw the days from sending to receipt, gamma distributed around the supplier's habit."""
    shape = 1 / maker.spread**2
    return max(2.0, world.random.gammavariate(shape, maker.days * maker.late / shape))


def _confirm(world: World, trip: Trip, at: datetime) -> None:
    """Confirm what was quoted; of a delay some suppliers tell shortly before the day, the others never."""
    lines = _open_lines(trip.order)
    if not lines:
        return
    said = max(trip.said, at.date() + timedelta(days=1))
    purchasing.confirm(trip.order.pk, dict.fromkeys(lines, said), by=world.people["buyer"], at=at)
    if trip.tells_of_delay and trip.comes > said + timedelta(days=3) and world.random.random() < TELLS_OF_DELAY:
        told = world.timeline.at_work(said - timedelta(days=4))
        world.timeline.plan(max(told, at + timedelta(hours=1)), partial(_move, world, trip))


def _move(world: World, trip: Trip, at: datetime) -> None:
    to, reason = max(trip.comes, at.date()), world.random.choice(REASONS)
    rows = Inbound.objects.open().filter(purchase_line__purchase_order=trip.order).exclude(expected_date=to)
    for line_id in rows.order_by("pk").values_list("purchase_line__pk", flat=True):
        purchasing.reschedule(line_id, to, reason=reason, by=world.people["buyer"], at=at)


def _receive(world: World, wish: Wish, order: PurchaseOrder, at: datetime) -> None:
    """Take in what came: one delivery in six in two parts, one line in fifteen with something broken."""
    in_parts = world.random.random() < 1 / 6 if wish.is_split is None else wish.is_split
    arrived = {}
    for line_id, units in _open_lines(order).items():
        here = -(-units * 3 // 5) if in_parts and units > 1 else units
        arrived[line_id] = (here, 1 if here > 3 and world.random.random() < 1 / 15 else 0)
    if arrived:
        purchasing.receive(order.pk, arrived, by=world.people["operations"], at=at)
    if in_parts:
        later = world.timeline.at_work((at + timedelta(days=world.random.randrange(4, 9))).date())
        world.timeline.plan(later, partial(_receive_rest, world, order))


def _receive_rest(world: World, order: PurchaseOrder, at: datetime) -> None:
    rest = {line_id: (units, 0) for line_id, units in _open_lines(order).items()}
    if rest:
        purchasing.receive(order.pk, rest, by=world.people["operations"], at=at)


def _open_lines(order: PurchaseOrder) -> dict[int, int]:
    """Give what is outstanding of an order that was sent, by line."""
    rows = Inbound.objects.open().filter(purchase_line__purchase_order=order)
    return dict(rows.order_by("pk").values_list("purchase_line__pk", "outstanding"))


def plan_special(world: World) -> None:
    """Plan one order in every state a buyer meets: draft, approved, sent, late, in part, moved, canceled."""
    today, random = world.timeline.today, world.random
    for code, ago, stops_at, days, is_split in (
        ("BRIGHT", timedelta(minutes=95), "draft", None, None),
        ("GLASS", timedelta(hours=27), "approved", None, None),
        ("NORDLYS", timedelta(days=3), "sent", None, None),
        (STILL_LATE, timedelta(days=33), "", 44.0, False),
        ("LOOM", timedelta(days=21), "", 18.0, True),
    ):
        offers = offers_of(world, code)
        if offers:
            some = random.sample(offers, min(4, len(offers)))
            wish = Wish(code, 0, {offer: usual_units(world, offer) for offer in some}, stops_at, days, is_split)
            world.timeline.plan(world.timeline.now - ago, partial(_propose, world, [wish]))
    world.timeline.plan(world.timeline.moment(today - timedelta(days=3), 10.5), partial(_hear_of_delays, world))
    world.timeline.plan(world.timeline.moment(today - timedelta(days=2), 9.5), partial(_take_back, world))


def plan_slipping(world: World) -> list[int]:
    """
    Plan orders of what sells slowly and lies on the shelf, which are confirmed, and come three weeks after that.

    :returns: the products, one for each customer who is asked
    """
    low = {world.catalog.items[place].product.pk for place in world.short | world.empty}
    slow = sorted(world.catalog.items, key=lambda item: (item.weekly, item.product.pk))
    rows = [world.catalog.offers[item.product.pk][0] for item in slow if item.product.pk in world.catalog.offers]
    offers = [
        offer
        for offer in rows
        if offer.supplier.code in SLOW
        and offer.product_id not in low
        and offer.product.backorder_policy == BackorderPolicy.ALWAYS
    ][: len(ASKED)]
    wishes = [
        Wish(code, 0, {offer: usual_units(world, offer) for offer in offers if offer.supplier.code == code}, days=45)
        for code in SLOW
        if any(offer.supplier.code == code for offer in offers)
    ]
    plan_orders(world, wishes, world.timeline.today - timedelta(days=11))
    return [offer.product_id for offer in offers]


def _hear_of_delays(world: World, at: datetime) -> None:
    """
    Of what most customers wait for, one supplier moves the date, and one cannot say any more when it comes.

    What the customers of a story wait for comes three weeks later, so they are asked whether that is all right.
    """
    rows = Inbound.objects.open().filter(is_confirmed=True, expected_date__gte=at.date(), purchase_line__isnull=False)
    theirs = Q(product__in=OrderLine.objects.filter(order__reference__in=ASKED).values("product"))
    of_others = rows.exclude(theirs).order_by("-committed", "pk")
    for some, days in ((of_others[:1], 9), (of_others[1:2], None), (rows.filter(theirs).order_by("pk"), 21)):
        reason = "Container rolled to the next ship" if days else "Factory closed by a flood, no date yet"
        for line_id, known in list(some.values_list("purchase_line__pk", "expected_date")):
            to = known + timedelta(days=days) if known and days else None
            purchasing.reschedule(line_id, to, reason=reason, by=world.people["buyer"], at=at)


def _take_back(world: World, at: datetime) -> None:
    """Cancel what is outstanding of an order that nobody waits for: it was sent twice."""
    rows = Inbound.objects.open().filter(committed=0, received=0, is_confirmed=True, purchase_line__isnull=False)
    for order_id in rows.order_by("-pk").values_list("purchase_line__purchase_order", flat=True)[:1]:
        cancel = writing.cancel if OrderLetter.objects.filter(purchase_order=order_id).exists() else purchasing.cancel
        cancel(order_id, reason="Sent twice", by=world.people["buyer"], at=at)
