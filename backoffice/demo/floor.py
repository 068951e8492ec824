"""What happens on the warehouse floor: where things lie, transfers, counts, damage, a return."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial

from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef

from inventory.models import BackorderPolicy, Inbound, MovementKind, Stock
from inventory.supply import bins, counts, inbound, sheets, stock, transfers
from orders import shipping
from orders.fulfillment.afterwards import parcels, returns
from orders.models import WITH_CUSTOMER, Condition, Order, OrderLine, ReturnWish, ShipmentLine

from .catalog import Catalog
from .demand import Sale
from .selling import draft_of, place
from .wanting import available_everywhere, freely_sold, order_from_one, place_of, trade
from .world import World

AISLES, RACKS = "ABCDEFGH", 20
BOX = 6


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


def pick_parcels(world: World, at: datetime) -> None:
    """Two orders of this morning are in a batch that is on the floor, and others can leave."""
    row = freely_sold(world).filter(available__gte=6).order_by("-available", "pk").first()
    if row:
        for units in (1, 2):
            order_from_one(world, at, row, units, reference=f"HP-684{units}", customer=trade(world, units))
        ids = list(Order.objects.filter(reference__in=["HP-6841", "HP-6842"]).values_list("pk", flat=True))
        shipping.make(row.warehouse_id, ids, carrier="UPS", service="Ground", by=world.people["operations"], at=at)


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


def run_out_again_and_again(world: World, at: datetime) -> None:
    """Three times within two weeks somebody wants two more than there are, and the next day a box turns up."""
    waiting = OrderLine.objects.backordered().values("product")
    row = freely_sold(world).filter(available__gte=1).exclude(product__in=waiting).order_by("available", "pk").first()
    if row:
        for number, days in enumerate((0, 3, 7)):
            wanted_at = at + timedelta(days=days)
            world.timeline.plan(wanted_at, partial(_want_two_more, world, row.pk, number))
            world.timeline.plan(wanted_at + timedelta(days=1), partial(_find_a_box, world, row.pk))


def _want_two_more(world: World, stock_id: int, number: int, at: datetime) -> None:
    row = Stock.objects.get(pk=stock_id)
    units, reference = row.available + 2, f"HP-685{number}"
    order_from_one(world, at, row, units, reference=reference, customer=trade(world, number))


def _find_a_box(world: World, stock_id: int, at: datetime) -> None:
    row = Stock.objects.get(pk=stock_id)
    lacking = OrderLine.objects.backordered().filter(product=row.product_id).values_list("backordered", flat=True)
    found = counts.Count(row.product_id, row.warehouse_id, row.on_hand + sum(lacking) + BOX, "A box in the wrong aisle")
    counts.count([found], by=world.people["operations"], at=at)


def break_and_bring_back(world: World, at: datetime) -> None:
    """A pallet falls; a customer sends one back unopened, and a parcel of another is lost on its way."""
    by = world.people["operations"]
    broken = freely_sold(world).filter(available__gte=3).order_by("pk").first()
    if broken:
        fell = stock.Post(broken.product_id, broken.warehouse_id, -2, MovementKind.DAMAGE, "Pallet fell")
        stock.adjust([fell], by=by, at=at)
    # both go on from the shelf: nobody waits because of them
    plenty = Stock.objects.filter(
        product=OuterRef("line__product"),
        warehouse=OuterRef("shipment__warehouse"),
        available__gte=OuterRef("quantity"),
    )
    left = ShipmentLine.objects.alias(left=WITH_CUSTOMER).filter(
        Exists(plenty), left__gte=2, shipment__shipped_at__gte=at - timedelta(days=14)
    )
    rows = list(left.order_by("pk")[:2])
    if len(rows) == 2:
        back, lost = rows
        said = returns.CameBack(
            wish=ReturnWish.REFUND,
            becomes=returns.Becomes.RESTOCK,
            note="Unopened, the wrong color",
            may_be_theirs=False,
        )
        returns.take_in(back.shipment_id, {back.pk: 1}, said, by=by, at=at + timedelta(minutes=5))
        used = returns.CameBack(condition=Condition.USED, wish=ReturnWish.REFUND, note="A scratch, says the customer")
        returns.take_in(back.shipment_id, {back.pk: 1}, used, by=by, at=at + timedelta(minutes=7))
        parcels.lose(
            lost.shipment_id, {lost.pk: lost.quantity}, reason="The carrier cannot find it", by=by,
            at=at + timedelta(minutes=10),
        )  # fmt: skip


def put_in_bins(shelves: Catalog) -> None:
    """Give every product a bin in every warehouse, beside others of its group."""
    lying = {}
    for warehouse in shelves.warehouses:
        for number, item in enumerate(shelves.items):
            aisle = AISLES[number * len(AISLES) // len(shelves.items)]
            lying[item.product.pk, warehouse.pk] = f"{aisle}-{number % RACKS + 1:02}"
    bins.put(lying)


def count_some(shelves: Catalog, people: Mapping[str, User], *, at: datetime) -> None:
    """Count some of the first aisle of the first warehouse, as far as somebody has come; one unit is missing."""
    by = people["operations"]
    wanted = sheets.Wanted(shelves.warehouses[0].pk, "A-01", "A-03", note="Aisle A, beside the door")
    try:
        (sheet,) = sheets.open_sheets(wanted, by=by, at=at - timedelta(hours=1))
    except sheets.NotASheet:
        return
    lines = list(sheet.lines.order_by("position"))
    lines = lines[: max(2, len(lines) // 2)]
    rows = shelves.warehouses[0].stock.filter(product__in=[line.product_id for line in lines])
    found = dict(rows.values_list("product_id", "on_hand"))
    for number, line in enumerate(lines):
        units = max(0, found.get(line.product_id, 0) - (number == 1))
        moment = at - timedelta(minutes=40 - number)
        sheets.enter(sheet.pk, {line.product_id: units}, counted_at=moment, by=by, at=moment)
