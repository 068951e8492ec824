"""
What makes a shop interesting: old orders taken over, a hotel that wants everything, a date promised by phone,
units that were not on the shelf. Each at its own moment, by the person whose job it is.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial

from django.db.models import Q

from inventory.models import BackorderPolicy, Inbound, Stock
from orders import fulfillment
from orders.models import UNPINNED, Basis, Customer
from orders.promising import by_hand
from orders.queue import ordering

from . import buying, floor, later
from .buying import ASKED, STILL_LATE
from .demand import Sale
from .selling import draft_of, place
from .wanting import (
    accept_on_their_page,
    ask_to_be_told,
    available_everywhere,
    cancel_on_their_page,
    contested,
    find_what_was_asked_for,
    freely_sold,
    order_from_one,
    place_of,
    someone,
    trade,
    unsupplied,
    waiting,
)
from .world import World

OLD_ORDERS = 14
OLDEST_DAYS = 36
"""How long before the first day the oldest order was placed that was taken over."""


def plan(world: World) -> None:
    _on(world, world.timeline.today - world.live, 8, _take_over)
    for days_ago, hour, step in (
        (15, 10, floor.transfer_that_arrives),
        (15, 11, floor.run_out_again_and_again),
        (12, 9, _hold_supplier),
        (9, 11, _promise_what_nobody_supplies),
        (8, 14, _order_for_the_hotel),
        (7, 12, _order_to_a_bad_address),
        (6, 10, floor.transfer_for_who_waits),
        (5, 10, _give_up_waiting),
        (4, 9, _order_what_is_not_bought_yet),
        (4, 11, _raise_priority),
        (4, 15, _ask_for_too_much),
        (4, 16, partial(_order_what_is_on_its_way, buying.plan_slipping(world))),
        (3, 9, _order_what_is_late),
        (3, 10, _pin),
        (3, 14, later.hold_for_a_caller),
        (2, 9, ask_to_be_told),
        (2, 10, later.order_for_a_fair),
        (2, 11, later.stop_for_its_address),
        (2, 11, floor.miss_units),
        (2, 14, floor.break_and_bring_back),
        (1, 12, _promise_by_phone),
    ):
        _on(world, timedelta(days=days_ago), hour, step)
    for minutes, step in (
        (40, _order_what_is_here),
        (35, find_what_was_asked_for),
        (30, floor.pick_parcels),
        (25, _order_more_than_is_here),
        (20, accept_on_their_page),
        (15, cancel_on_their_page),
    ):
        world.timeline.plan(world.timeline.now - timedelta(minutes=minutes), partial(step, world))


def _on(world: World, ago: timedelta, hour: float, step: Callable[[World, datetime], None]) -> None:
    world.timeline.plan(world.timeline.moment(world.timeline.today - ago, hour), partial(step, world))


def _take_over(world: World, at: datetime) -> None:
    """Take over orders from the old system that are still open: they keep their age and their place."""
    gone = sorted(world.empty)
    for number in range(OLD_ORDERS):
        placed_at = at - timedelta(days=3 + (OLDEST_DAYS - 3) * number / OLD_ORDERS, hours=number % 7)
        wanted = [gone[number % len(gone)]] if number % 3 else gone[number % len(gone) :][:2]
        basket = [Sale(placed_at.date(), number % 3, item, 1 + number % 4) for item in wanted]
        draft = draft_of(
            world,
            basket,
            reference=f"HP-{6980 - number}",
            customer=someone(world),
            placed_at=placed_at,
            keeps_age=True,
        )
        place(draft, at)
    for number, item in enumerate(unsupplied(world)):
        basket = [Sale(at.date(), 0, item, 2)]
        draft = draft_of(world, basket, reference=f"HP-{6990 + number}", customer=someone(world), placed_at=at)
        place(draft, at)


def _hold_supplier(world: World, at: datetime) -> None:
    supplier = world.catalog.suppliers["ANATOL"]
    supplier.is_on_hold, supplier.hold_reason = True, "Two deliveries failed the quality check"
    supplier.save(update_fields=["is_on_hold", "hold_reason"])


def _promise_what_nobody_supplies(world: World, at: datetime) -> None:
    """Promise a day that has passed by now, for something that no supplier offers."""
    lines = waiting().filter(product__offers__isnull=True, promised_date=None)
    if some := list(lines.values_list("pk", flat=True)[:2]):
        day = world.timeline.today - timedelta(days=2)
        by_hand.set_date(some, day, reason="The maker said so by phone", by=world.people["service"], at=at)


def _order_for_the_hotel(world: World, at: datetime) -> None:
    """A hotel wants more than there is, all at once; what is here waits for the rest."""
    rows = list(freely_sold(world).filter(available__gte=3).order_by("-available", "pk")[:40:9])
    if not rows:
        return
    basket = [Sale(at.date(), 0, place_of(world, row.product_id), row.available + 8) for row in rows]
    draft = draft_of(world, basket, reference="HP-6802", customer=trade(world, 0), placed_at=at, is_ship_complete=True)
    place(draft, at)


def _order_to_a_bad_address(world: World, at: datetime) -> None:
    """The customer whose address lacks its end waits too; the mail cannot be delivered, and staff see it."""
    bad = Customer.objects.exclude(email__endswith=".com").first()
    if bad:
        basket = [Sale(at.date(), 0, item, 1) for item in sorted(world.empty)[:1]]
        place(draft_of(world, basket, reference="HP-6803", customer=bad, placed_at=at), at)


def _give_up_waiting(world: World, at: datetime) -> None:
    """One customer gives up, another one wants fewer."""
    lines = waiting().filter(
        is_promise_pinned=False, order__is_ship_complete=False, placed_at__lt=at - timedelta(days=1)
    )
    whole = lines.filter(quantity=1).first()
    part = lines.filter(backordered__gte=2).first()
    by = world.people["service"]
    if whole:
        fulfillment.cancel([fulfillment.LineUnits(whole.pk)], reason="Found it elsewhere", by=by, at=at)
    if part:
        fulfillment.cancel([fulfillment.LineUnits(part.pk, 1)], reason="One less will do", by=by, at=at)


def _raise_priority(world: World, at: datetime) -> None:
    line = waiting().filter(priority=0, product__in=contested()).last()
    if line:
        ordering.set_priority(
            [line.pk], 2, reason="Wedding on the first of the month", by=world.people["operations"], at=at
        )


def _pin(world: World, at: datetime) -> None:
    line = waiting().filter(priority=0, pin_rank=UNPINNED, product__in=contested()).last()
    if line:
        ordering.pin(line.pk, 1, reason="Second parcel that went astray", by=world.people["operations"], at=at)


def _ask_for_too_much(world: World, at: datetime) -> None:
    """Ask for more than the backorder policy allows: refused, and remembered as demand."""
    for number, policy in enumerate((BackorderPolicy.LIMIT, BackorderPolicy.NEVER)):
        rows = Stock.objects.filter(product__backorder_policy=policy).order_by("pk")
        if row := rows.first():
            basket = [Sale(at.date(), 0, place_of(world, row.product_id), row.on_hand + 60)]
            draft = draft_of(world, basket, reference=f"HP-{6804 + number}", customer=trade(world, 4), placed_at=at)
            place(draft, at)


def _order_what_is_not_bought_yet(world: World, at: datetime) -> None:
    """Somebody wants it from Columbus alone, where too few are and none come: its date is the supplier's lead time."""
    columbus = world.catalog.warehouses[1]
    coming = Inbound.objects.open().filter(warehouse=columbus).values("product")
    slow = Q(product__lead_times__safe_days__gte=16)
    row = freely_sold(world, 1).filter(slow).exclude(product__in=coming).order_by("available", "pk").first()
    if row:
        order_from_one(world, at, row, row.available + 3, reference="HP-6808", customer=trade(world, 7))


def _order_what_is_on_its_way(product_ids: Sequence[int], world: World, at: datetime) -> None:
    """
    Some want all there is and two that are on their way, with a day that the supplier confirmed.

    One more wants to have it with what is here, and leaves that to others until then.
    """
    for number, (reference, product_id) in enumerate(zip(ASKED, product_ids, strict=False)):
        coming = Inbound.objects.open().filter(product=product_id).order_by("-expected_date")
        sooner = sum(coming.values_list("uncommitted", flat=True)[1:])
        basket = [Sale(at.date(), 0, place_of(world, product_id), available_everywhere(product_id) + sooner + 2)]
        place(draft_of(world, basket, reference=reference, customer=trade(world, number), placed_at=at), at)
    # what can be bought again before the rest comes
    quick = freely_sold(world).filter(available__gte=6, product__lead_times__safe_days__lt=25)
    here = quick.order_by("-available", "pk").first()
    rest = Inbound.objects.open().filter(product__in=product_ids).order_by("-uncommitted", "pk").first()
    if here and rest:
        wanted = ((here.product_id, 2), (rest.product_id, 3))
        both = [Sale(at.date(), 0, place_of(world, product_id), units) for product_id, units in wanted]
        draft = draft_of(
            world, both, reference="HP-6866", customer=trade(world, 7), placed_at=at, is_ship_complete=True
        )
        place(draft, at)


def _order_what_is_late(world: World, at: datetime) -> None:
    """Somebody wants all there is and all that comes, and some of it is late already."""
    late = Inbound.objects.open().filter(
        first_date__lt=at.date(),
        warehouse=world.catalog.warehouses[0],
        purchase_line__purchase_order__supplier__code=STILL_LATE,
    )
    for inbound in late.order_by("pk"):
        row = freely_sold(world).filter(product=inbound.product_id).first()
        coming = Inbound.objects.open().filter(product=inbound.product_id, warehouse=inbound.warehouse_id)
        units = sum(coming.values_list("uncommitted", flat=True))
        if row and units:
            order_from_one(world, at, row, row.available + units, reference="HP-6809", customer=trade(world, 8))
            return


def _promise_by_phone(world: World, at: datetime) -> None:
    """Promise a day sooner than the supply allows: the screen shows where the computed date disagrees."""
    day = world.timeline.today + timedelta(days=3)
    unordered = waiting().filter(basis=Basis.LEAD_TIME, pegged=0, is_promise_pinned=False)
    line = unordered.filter(safe_date__gt=day + timedelta(days=4)).first()
    if line:
        reason = "The customer moves house on that day"
        by_hand.set_date([line.pk], day, reason=reason, by=world.people["service"], at=at)


def _order_what_is_here(world: World, at: datetime) -> None:
    """Somebody orders a moment ago what stands on the shelf: it can ship now."""
    row = freely_sold(world).filter(available__gte=3).order_by("-available", "pk").first()
    if row:
        order_from_one(world, at, row, 2, reference="HP-6810", customer=someone(world))


def _order_more_than_is_here(world: World, at: datetime) -> None:
    """Somebody orders a moment ago what is here in part: some units are set aside, the others wait."""
    row = freely_sold(world).filter(available__gte=2).order_by("available", "pk").first()
    if row:
        units = available_everywhere(row.product_id) + 2
        basket = [Sale(at.date(), 0, place_of(world, row.product_id), units)]
        draft = draft_of(
            world, basket, reference="HP-6807", customer=someone(world), placed_at=at, is_ship_complete=False
        )
        place(draft, at)
