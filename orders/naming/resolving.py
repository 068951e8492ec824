"""
Orders from names: the products, the warehouse, the customer and the order before each, looked up for a batch at once.

A file, a form and a channel ask the same: what becomes of an order does not hang on the door it came in by.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from inventory.known import KnownProduct, KnownProducts, Warehouses
from inventory.models import Warehouse
from orders.fulfillment import LineDraft, OrderDraft
from orders.models import Customer, Order

from .customers import Customers
from .named import Key, NamedLine, NamedOrder, Objection
from .references import of_others, placed_before, the_one_before


@dataclass(slots=True)
class Resolved:
    """
    A named order, and what its names mean.

    :ivar named: under the number it is kept by
    :ivar products: of each line, as far as they are known
    :ivar customer: not written yet, if nobody knew them
    :ivar before: the order that has this number already
    :ivar objections: why it cannot be; then nothing else of it counts
    """

    named: NamedOrder
    products: list[KnownProduct] = field(default_factory=list)
    warehouse: Warehouse | None = None
    customer: Customer | None = None
    before: Order | None = None
    objections: list[Objection] = field(default_factory=list)

    def draft(self) -> OrderDraft:
        """Give it as it is placed. Its customer is written by then."""
        assert self.customer
        lines = zip(self.named.lines, self.products, strict=True)
        return self.draft_for(self.customer.pk, tuple(_draft(line, product) for line, product in lines))

    def draft_for(self, customer_id: int, lines: tuple[LineDraft, ...]) -> OrderDraft:
        """Give its terms, for whom and with the lines that are said."""
        named = self.named
        assert self.warehouse
        return OrderDraft(
            channel=named.channel,
            reference=named.reference,
            customer_id=customer_id,
            warehouse_id=self.warehouse.pk,
            lines=lines,
            placed_at=named.placed_at,
            is_ship_complete=named.is_ship_complete,
            warehouse_rule=named.warehouse_rule,
            keeps_age=named.keeps_age,
            wanted_date=named.wanted_date,
            must_by_date=named.must_by_date,
            zone=named.zone,
            is_unpaid=named.is_unpaid,
        )


@dataclass(slots=True)
class Resolution:
    """What the names of a batch mean: of each order, and the orders and people it was looked up among."""

    orders: list[Resolved]
    placed: Mapping[Key, Order]
    people: Customers


def resolve(
    orders: Sequence[NamedOrder],
    *,
    products: KnownProducts | None = None,
    refused: Collection[int] = (),
    is_reused: bool = False,
    is_by_hand: bool = False,
) -> Resolution:
    """
    Look up what these orders name, the oldest order first. Writes nothing.

    :param products: the products they name, where somebody has looked them up already
    :param refused: places of orders that cannot be for another reason: only their lines and warehouse are looked at
    :param is_reused: a number that stands for a closed order of another day is that of a new one, and gets its day
    :param is_by_hand: a person types it in: the customer is known, and the number is no other channel's
    """
    products = products or KnownProducts((line.sku for order in orders for line in order.lines), has_price=True)
    is_told = all(isinstance(order.warehouse, Warehouse) for order in orders)
    warehouses = None if is_told else Warehouses()
    found = [_placed_in(order, products, warehouses) for order in orders]
    good = [each for place, each in enumerate(found) if place not in refused and not each.objections]
    placed = placed_before([each.named for each in good])
    taken: set[Key] = set()
    for each in good:
        if is_by_hand and (objection := of_others(each.named, placed)):
            each.objections.append(objection)
        each.named, each.before = the_one_before(each.named, placed, taken, is_reused=is_reused)
        taken.add(each.named.key)
    names = [each.named for each in good]
    people = Customers.known([named.customer for named in names]) if is_by_hand else Customers.of(names, placed)
    for each, who in zip(good, people.who, strict=True):
        if isinstance(who, Objection):
            each.objections.append(who)
        else:
            each.customer = who
    return Resolution(found, placed, people)


def _placed_in(named: NamedOrder, products: KnownProducts, warehouses: Warehouses | None) -> Resolved:
    """Find the products of an order and its warehouse."""
    found = Resolved(named)
    for place, line in enumerate(named.lines):
        if product := products.get(line.sku):
            found.products.append(product)
        else:
            expected, words = products.expected(line.sku), products.objection(line.sku)
            found.objections.append(Objection("sku", expected, words=words, line=place))
    if isinstance(named.warehouse, Warehouse):
        found.warehouse = named.warehouse
    elif warehouses is not None:
        found.warehouse = warehouses.find(named.warehouse) if named.warehouse else warehouses.default
        if found.warehouse is None:
            expected = warehouses.expected()
            words = f"There is no warehouse “{named.warehouse}”." if named.warehouse else "There is no warehouse yet."
            found.objections.append(Objection("warehouse", expected, words=words))
    return found


def _draft(line: NamedLine, product: KnownProduct) -> LineDraft:
    price = product.price if line.unit_price is None else line.unit_price
    return LineDraft(product.pk, line.quantity, price, line.priority)
