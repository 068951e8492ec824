"""What happens on the warehouse floor: transfers, a count that differs, damage, a return."""

from datetime import datetime, timedelta

from inventory.models import BackorderPolicy, Inbound, MovementKind, Stock
from inventory.supply import counts, inbound, stock, transfers

from .demand import Sale
from .selling import draft_of, place
from .wanting import available_everywhere, freely_sold, order_from_one, place_of, trade
from .world import World


def transfer_that_arrives(world: World, at: datetime) -> None:
    moved = _move_stock(world, at, days=3)
    if moved:
        arrived = [inbound.Receipt(row.pk, row.quantity) for row in moved]
        later = world.timeline.at_work(at.date() + timedelta(days=3))
        world.timeline.plan(later, lambda then: inbound.receive(arrived, by=world.people["operations"], at=then))


def transfer_for_who_waits(world: World, at: datetime) -> None:
    """Somebody wants it from Portland alone; Reno has it, and sends it."""
    [source, destination] = world.catalog.warehouses[2], world.catalog.warehouses[0]
    rows = Stock.objects.filter(
        warehouse=source, available__gte=4, product__backorder_policy=BackorderPolicy.ALWAYS
    ).exclude(product__in=Inbound.objects.open().values("product"))
    row = rows.order_by("-available", "pk").first()
    if row:
        there = Stock.objects.get(product=row.product_id, warehouse=destination)
        order_from_one(
            world, at, there, there.available + 3, reference="HP-6801", customer=trade(world, 2), ship_complete=True
        )
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


def miss_units(world: World, at: datetime) -> None:
    """Units set aside for somebody are not on the shelf: the last in the queue waits again, and is told."""
    row = freely_sold(world).filter(available__gte=1).order_by("available", "pk").first()
    if row:
        basket = [Sale(at.date(), 0, place_of(world, row.product_id), available_everywhere(row.product_id))]
        draft = draft_of(
            world, basket, reference="HP-6806", customer=trade(world, 6), placed_at=at, is_ship_complete=True
        )
        place(draft, at)
        found = counts.Count(row.product_id, row.warehouse_id, row.on_hand - 1, "Cycle count, one short")
        counts.count([found], by=world.people["operations"], at=at + timedelta(minutes=40))


def break_and_bring_back(world: World, at: datetime) -> None:
    rows = list(freely_sold(world).filter(available__gte=3).order_by("pk")[:2])
    if len(rows) == 2:
        broken, returned = rows
        posts = [
            stock.Post(broken.product_id, broken.warehouse_id, -2, MovementKind.DAMAGE, "Pallet fell"),
            stock.Post(returned.product_id, returned.warehouse_id, 1, MovementKind.RETURN, "Unopened", "RMA-118"),
        ]
        stock.adjust(posts, by=world.people["operations"], at=at)
