"""Transactions statement by statement: whatever the order, the end is one that they reach one after the other."""

import itertools
from functools import partial

import pytest
from django.db.models import Max

from backoffice.books import audit
from inventory.models import Inbound, Product, ProductQuerySet, Stock, catalog
from inventory.supply import counts, inbound
from orders import fulfillment
from orders.fulfillment import LineUnits
from orders.models import OrderLine
from orders.queue import ordering
from orders.tests import make

from . import interleaving

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
NOW = make.MONDAY
SEEDS = 3


def cancel(line, units=None):
    fulfillment.cancel([LineUnits(line.pk, units)], reason="no", by=None, at=NOW)


def ship(line, units):
    fulfillment.ship([LineUnits(line.pk, units)], by=None, at=NOW)


def count(product, units):
    counts.count([counts.Count(product.pk, make.warehouse().pk, units)], by=None, at=NOW)


def receive(*receipts):
    inbound.receive([inbound.Receipt(row.pk, units) for row, units in receipts], by=None, at=NOW)


def place(customer, *products):
    make.order(*((product, 2) for product in products), who=customer)


def opposite_orders():
    """Two orders and a lorry name two products, each in another order; a substitution goes from one to the other."""
    lamp, mug = make.product(), make.product()
    make.on_hand(lamp, 3)
    make.on_hand(mug, 3)
    lorries = [make.coming(thing, 2, on=make.TODAY) for thing in (mug, lamp)]
    ada, ben, line = make.customer(), make.customer(), make.line(mug, 2)
    return {
        "ada": partial(place, ada, lamp, mug),
        "ben": partial(place, ben, mug, lamp),
        "lorry": partial(receive, *((row, 1) for row in lorries)),
        "swap": partial(fulfillment.substitute, [LineUnits(line.pk)], lamp.pk, reason="sold out", by=None, at=NOW),
    }


def two_lines_of_one_product():
    """Orders that name a product twice, while another one of them is canceled and a lorry arrives."""
    lamp = make.product()
    make.on_hand(lamp, 5)
    lorry = make.coming(lamp, 3, on=make.TODAY)
    ada, ben = make.customer(), make.customer()
    both = make.order((lamp, 2), (lamp, 2))
    return {
        "ada": partial(place, ada, lamp, lamp),
        "ben": partial(place, ben, lamp, lamp),
        "cancel": partial(cancel, both.lines.first()),
        "lorry": partial(receive, (lorry, 3)),
    }


def edit_in_the_middle_of_the_queue():
    """Three people edit the queue while the lorry for it arrives."""
    lamp = make.product()
    lorry = make.coming(lamp, 4, on=make.TODAY)
    lines = [make.line(lamp, 2) for _ in range(4)]
    up = {"reason": "fair", "by": None, "at": NOW}
    return {
        "lift": partial(ordering.set_priority, [lines[3].pk], 2, **up),
        "pin": partial(ordering.pin, lines[2].pk, 1, **up),
        "fewer": partial(fulfillment.change_quantity, [LineUnits(lines[1].pk, 1)], **up),
        "lorry": partial(receive, (lorry, 3)),
    }


def cancel_while_receiving():
    lamp = make.product()
    lorry = make.coming(lamp, 5, on=make.TODAY)
    lines = [make.line(lamp, 3) for _ in range(3)]
    return {
        "cancel": partial(cancel, lines[0]),
        "lorry": partial(receive, (lorry, 2)),
        "second lorry": partial(receive, (lorry, 3)),
        "call off": partial(cancel, lines[2], 1),
    }


def count_while_shipping():
    lamp = make.product()
    make.on_hand(lamp, 8)
    lines = [make.line(lamp, 4) for _ in range(3)]
    return {
        "first": partial(ship, lines[0], 3),
        "count": partial(count, lamp, 7),
        "second": partial(ship, lines[1], 1),
        "cancel": partial(cancel, lines[0], 1),
    }


WORLDS = [
    opposite_orders,
    two_lines_of_one_product,
    edit_in_the_middle_of_the_queue,
    cancel_while_receiving,
    count_while_shipping,
]


class Window:
    """What of the world came after a moment: its products, lines and supply, by their place in it."""

    def __init__(self):
        self.before = Product.objects.aggregate(pk=Max("pk", default=0))["pk"]

    def __call__(self):
        columns = ("quantity", "allocated", "pegged", "shipped", "canceled")
        mine = {"product__gt": self.before}
        lines = OrderLine.objects.filter(**mine).order_by("order__customer_id", "position")
        shelves = Stock.objects.filter(**mine).order_by("product_id")
        roads = Inbound.objects.filter(**mine).order_by("pk")
        products = list(Product.objects.filter(pk__gt=self.before).order_by("pk").values_list("pk", flat=True))
        return (
            tuple((products.index(product), *rest) for product, *rest in lines.values_list("product", *columns)),
            tuple(shelves.values_list("on_hand", "allocated")),
            tuple(roads.values_list("received", "canceled", "committed")),
        )


def played(world, seeds):
    """Play a world anew with each seed; give each play, and what is wrong with its end."""
    ends = None
    for seed in seeds:
        outcome = Window()
        scripts = world()
        if ends is None:
            orders = itertools.permutations(scripts.values())
            ends = {interleaving.one_after_the_other(some, outcome) for some in orders}
        play = interleaving.play(scripts, seed)
        wrong = [finding.rule for finding in audit.run(at=NOW) if finding.broken]
        if outcome() not in ends:
            wrong.append(f"no order of the whole leads to {outcome()}")
        yield play, [*play.errors.values(), *wrong]


@pytest.mark.parametrize("world", WORLDS, ids=lambda world: world.__name__)
def test_what_interleaves_ends_as_if_one_had_followed_the_other(world):
    for play, wrong in played(world, range(SEEDS)):
        assert not wrong, f"{play}: {wrong}"


@pytest.mark.parametrize("world", WORLDS, ids=lambda world: world.__name__)
def test_without_the_lock_it_does_not(world, monkeypatch):
    monkeypatch.setattr(ProductQuerySet, "locked", lambda self, pks: self.filter(pk__in=set(pks)).order_by("pk"))
    monkeypatch.setattr(catalog, "_locking", catalog._locking.__wrapped__)

    assert any(wrong for _, wrong in played(world, range(4 * SEEDS)))


def test_the_same_seed_plays_the_same_order_again():
    first, again, other = (play.order for play, _ in played(cancel_while_receiving, (3, 3, 4)))

    assert first == again
    assert first != other
    assert set(first) == {"cancel", "lorry", "second lorry", "call off"}
