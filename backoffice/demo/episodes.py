"""
What makes a shop interesting: old orders taken over, a hotel that wants everything, a date promised by phone,
units that were not on the shelf. Each at its own moment, by the person whose job it is.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db.models import Count, Q, QuerySet

from inventory import counts, inbound, stock, transfers
from inventory.models import BackorderPolicy, Inbound, MovementKind, Stock
from orders import allocation, fulfillment, promises
from orders.models import UNPINNED, Basis, Customer, OrderLine, OrderLineQuerySet, WarehouseRule

from .assortment import TRADE
from .demand import Sale
from .selling import draft_of, place
from .world import World

OLD_ORDERS = 14
OLDEST_DAYS = 36
"""How long before the first day the oldest order was placed that was taken over."""


def plan(world: World) -> None:
    _on(world, world.timeline.today - world.live, 8, _take_over)
    for days_ago, hour, step in (
        (15, 10, _transfer_that_arrives),
        (12, 9, _hold_supplier),
        (9, 11, _promise_what_nobody_supplies),
        (8, 14, _order_for_the_hotel),
        (7, 12, _order_to_a_bad_address),
        (6, 10, _transfer_for_who_waits),
        (5, 9, _order_what_is_not_bought_yet),
        (5, 10, _give_up_waiting),
        (4, 11, _raise_priority),
        (4, 15, _ask_for_too_much),
        (3, 10, _pin),
        (2, 11, _miss_units),
        (2, 14, _break_and_bring_back),
        (1, 12, _promise_by_phone),
    ):
        _on(world, timedelta(days=days_ago), hour, step)
    world.timeline.plan(world.timeline.now - timedelta(minutes=25), partial(_order_more_than_is_here, world))


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
            customer=_someone(world),
            placed_at=placed_at,
            keeps_age=True,
        )
        place(draft, at)
    for number, item in enumerate(_unsupplied(world)):
        basket = [Sale(at.date(), 0, item, 2)]
        draft = draft_of(world, basket, reference=f"HP-{6990 + number}", customer=_someone(world), placed_at=at)
        place(draft, at)


def _transfer_that_arrives(world: World, at: datetime) -> None:
    moved = _move_stock(world, at, days=3)
    if moved:
        arrived = [inbound.Receipt(row.pk, row.quantity) for row in moved]
        later = world.timeline.at_work(at.date() + timedelta(days=3))
        world.timeline.plan(later, lambda then: inbound.receive(arrived, by=world.people["operations"], at=then))


def _transfer_for_who_waits(world: World, at: datetime) -> None:
    """Somebody wants it from Portland alone; Reno has it, and sends it."""
    [source, destination] = world.catalog.warehouses[2], world.catalog.warehouses[0]
    rows = Stock.objects.filter(
        warehouse=source, available__gte=4, product__backorder_policy=BackorderPolicy.ALWAYS
    ).exclude(product__in=Inbound.objects.open().values("product"))
    row = rows.order_by("-available", "pk").first()
    if row:
        there = Stock.objects.get(product=row.product_id, warehouse=destination).available
        draft = draft_of(
            world,
            [Sale(at.date(), 0, _place_of(world, row.product_id), there + 3)],
            reference="HP-6801",
            customer=_trade(world, 2),
            placed_at=at,
            is_ship_complete=True,
            warehouse_rule=WarehouseRule.PREFERRED,
        )
        place(draft, at)
        day = world.timeline.today + timedelta(days=2)
        wanted = transfers.TransferDraft(source.pk, destination.pk, {row.product_id: 4}, day, "For HP-6801")
        transfers.send(wanted, by=world.people["operations"], at=at + timedelta(minutes=30))


def _move_stock(world: World, at: datetime, *, days: int) -> list[Inbound]:
    """Send some of what Reno has plenty of to Columbus."""
    [source, destination] = world.catalog.warehouses[2], world.catalog.warehouses[1]
    rows = Stock.objects.filter(warehouse=source, available__gte=6).order_by("-available", "pk")[:3]
    units = {row.product_id: row.available // 2 for row in rows}
    if not units:
        return []
    day = at.date() + timedelta(days=days)
    wanted = transfers.TransferDraft(source.pk, destination.pk, units, day, "Reno has plenty")
    sent = transfers.send(wanted, by=world.people["operations"], at=at)
    return [line.inbound for line in sent.lines.select_related("inbound")]


def _hold_supplier(world: World, at: datetime) -> None:
    supplier = world.catalog.suppliers["ANATOL"]
    supplier.is_on_hold, supplier.hold_reason = True, "Two deliveries failed the quality check"
    supplier.save(update_fields=["is_on_hold", "hold_reason"])


def _promise_what_nobody_supplies(world: World, at: datetime) -> None:
    """Promise a day that has passed by now, for something that no supplier offers."""
    lines = _waiting().filter(product__offers__isnull=True, promised_date=None)
    if some := list(lines.values_list("pk", flat=True)[:2]):
        day = world.timeline.today - timedelta(days=2)
        promises.set_date(some, day, reason="The maker said so by phone", by=world.people["service"], at=at)


def _order_for_the_hotel(world: World, at: datetime) -> None:
    """A hotel wants more than there is, all at once; what is here waits for the rest."""
    rows = list(_freely_sold(world).filter(available__gte=3).order_by("-available", "pk")[:40:9])
    if not rows:
        return
    basket = [Sale(at.date(), 0, _place_of(world, row.product_id), row.available + 8) for row in rows]
    draft = draft_of(world, basket, reference="HP-6802", customer=_trade(world, 0), placed_at=at, is_ship_complete=True)
    place(draft, at)


def _order_to_a_bad_address(world: World, at: datetime) -> None:
    """The customer whose address lacks its end waits too; the mail cannot be delivered, and staff see it."""
    bad = Customer.objects.exclude(email__endswith=".com").first()
    if bad:
        basket = [Sale(at.date(), 0, item, 1) for item in sorted(world.empty)[:1]]
        place(draft_of(world, basket, reference="HP-6803", customer=bad, placed_at=at), at)


def _give_up_waiting(world: World, at: datetime) -> None:
    """One customer gives up, another one wants fewer."""
    lines = _waiting().filter(
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
    line = _waiting().filter(priority=0, product__in=_contested()).last()
    if line:
        allocation.set_priority(
            [line.pk], 2, reason="Wedding on the first of the month", by=world.people["operations"], at=at
        )


def _pin(world: World, at: datetime) -> None:
    line = _waiting().filter(priority=0, pin_rank=UNPINNED, product__in=_contested()).last()
    if line:
        allocation.pin(line.pk, 1, reason="Second parcel that went astray", by=world.people["operations"], at=at)


def _ask_for_too_much(world: World, at: datetime) -> None:
    """Ask for more than the backorder policy allows: refused, and remembered as demand."""
    for number, policy in enumerate((BackorderPolicy.LIMIT, BackorderPolicy.NEVER)):
        rows = Stock.objects.filter(product__backorder_policy=policy).order_by("pk")
        if row := rows.first():
            basket = [Sale(at.date(), 0, _place_of(world, row.product_id), row.on_hand + 60)]
            draft = draft_of(world, basket, reference=f"HP-{6804 + number}", customer=_trade(world, 4), placed_at=at)
            place(draft, at)


def _miss_units(world: World, at: datetime) -> None:
    """Units set aside for somebody are not on the shelf: the last in the queue waits again, and is told."""
    row = _freely_sold(world).filter(available__gte=1).order_by("available", "pk").first()
    if row:
        basket = [Sale(at.date(), 0, _place_of(world, row.product_id), _available(row.product_id))]
        draft = draft_of(
            world, basket, reference="HP-6806", customer=_trade(world, 6), placed_at=at, is_ship_complete=True
        )
        place(draft, at)
        found = counts.Count(row.product_id, row.warehouse_id, row.on_hand - 1, "Cycle count, one short")
        counts.count([found], by=world.people["operations"], at=at + timedelta(minutes=40))


def _break_and_bring_back(world: World, at: datetime) -> None:
    rows = list(_freely_sold(world).filter(available__gte=3).order_by("pk")[:2])
    if len(rows) == 2:
        broken, returned = rows
        posts = [
            stock.Post(broken.product_id, broken.warehouse_id, -2, MovementKind.DAMAGE, "Pallet fell"),
            stock.Post(returned.product_id, returned.warehouse_id, 1, MovementKind.RETURN, "Unopened", "RMA-118"),
        ]
        stock.adjust(posts, by=world.people["operations"], at=at)


def _order_what_is_not_bought_yet(world: World, at: datetime) -> None:
    """Order more than is here of what no purchase order brings: its date is the supplier's lead time."""
    coming = Inbound.objects.open().values("product")
    row = _freely_sold(world).exclude(product__in=coming).order_by("available", "pk").first()
    if row:
        units = _available(row.product_id) + 3
        basket = [Sale(at.date(), 0, _place_of(world, row.product_id), units)]
        draft = draft_of(
            world, basket, reference="HP-6808", customer=_trade(world, 7), placed_at=at, is_ship_complete=False
        )
        place(draft, at)


def _promise_by_phone(world: World, at: datetime) -> None:
    """Promise a day sooner than the supply allows: the screen shows where the computed date disagrees."""
    day = world.timeline.today + timedelta(days=3)
    unordered = _waiting().filter(basis=Basis.LEAD_TIME, pegged=0, is_promise_pinned=False)
    line = unordered.filter(safe_date__gt=day + timedelta(days=4)).first()
    if line:
        reason = "The customer moves house on that day"
        promises.set_date([line.pk], day, reason=reason, by=world.people["service"], at=at)


def _order_more_than_is_here(world: World, at: datetime) -> None:
    """Somebody orders a moment ago what is here in part: some units are set aside, the others wait."""
    row = _freely_sold(world).filter(available__gte=2).order_by("available", "pk").first()
    if row:
        units = _available(row.product_id) + 2
        basket = [Sale(at.date(), 0, _place_of(world, row.product_id), units)]
        draft = draft_of(
            world, basket, reference="HP-6807", customer=_someone(world), placed_at=at, is_ship_complete=False
        )
        place(draft, at)


def _waiting() -> OrderLineQuerySet:
    return OrderLine.objects.backordered().in_queue_order()


def _contested() -> QuerySet[Any, Any]:
    """Products that three customers or more wait for."""
    rows = OrderLine.objects.backordered().order_by().values("product").annotate(lines=Count("pk"))
    return rows.filter(lines__gte=3).values("product")


def _freely_sold(world: World) -> QuerySet[Stock]:
    """Stock in Portland of what may be backordered, and somebody supplies."""
    return Stock.objects.filter(
        Q(product__offers__isnull=False),
        warehouse=world.catalog.warehouses[0],
        product__backorder_policy=BackorderPolicy.ALWAYS,
    ).distinct()


def _available(product_id: int) -> int:
    return sum(Stock.objects.filter(product=product_id).values_list("available", flat=True))


def _unsupplied(world: World) -> Iterator[int]:
    for number, item in enumerate(world.catalog.items):
        if item.product.pk not in world.catalog.offers and not item.product.is_discontinued:
            yield number


def _place_of(world: World, product_id: int) -> int:
    return next(number for number, item in enumerate(world.catalog.items) if item.product.pk == product_id)


def _someone(world: World) -> Customer:
    return world.random.choice(world.catalog.customers[20:])


def _trade(world: World, number: int) -> Customer:
    return Customer.objects.get(name=TRADE[number])
