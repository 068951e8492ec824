"""Whatever a shop holds and whatever happens between two nights, the night proposes what weighing all anew would."""

from decimal import Decimal
from math import nan
from random import Random

import numpy as np
import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inventory.formulas import figures
from inventory.models import Product, ReorderPolicy, Stock, Warehouse
from inventory.tests.make import lead_time
from suppliers import drafts, grounds, purchasing, replenishment
from suppliers.models import Closure, Offer, PriceBreak, PurchaseOrder, PurchaseOrderLine, Supplier

from . import make, slow

pytestmark = [pytest.mark.django_db, pytest.mark.proof]
CODES, NAMES = ("BER", "OSL", "WAW"), ("Birk", "Nordlys", "Small")


def shop(random):
    """Three warehouses, one of them perhaps closed; products with offers, stock, supply and customers who wait."""
    places = [make.warehouse(code) for code in CODES]
    for name in NAMES:
        make.supplier(name, order_cost=random.randint(0, 30), freight=random.randint(0, 20))
    things = [make.product(is_discontinued=random.random() < 0.1) for _ in range(random.randint(1, 4))]
    for thing in things:
        for name in random.sample(NAMES, random.randint(0, 3)):
            an_offer(random, thing, make.supplier(name))
        for place in places:
            if random.random() < 0.7:
                point = random.randint(0, 30)
                weekly = random.choice([0.0, 0.3, 7.0])
                row = [nan] * len(figures.NAMES)
                row[figures.NAMES.index("variance")] = weekly * 3
                stored = np.array(row).tobytes()
                make.policy(thing, point, point + random.randint(0, 40), weekly=weekly, place=place, figures=stored)
            if random.random() < 0.6:
                make.on_hand(thing, random.randint(1, 50), place=place)
            if random.random() < 0.7:
                make_lead_time(thing, place, random)
            for _ in range(random.randint(0, 2)):
                day = random.choice([None, make.after(random.randint(1, 90)).date()])
                make.coming(thing, random.randint(1, 30), on=day, place=place, is_confirmed=random.random() < 0.5)
            if random.random() < 0.3:
                make.owing(thing, random.randint(1, 15), place=place)
    return things, places


def make_lead_time(thing, place, random):
    likely = random.randint(3, 30)
    return lead_time(thing, likely, likely + random.randint(0, 9), place=place)


def an_offer(random, thing, who):
    prices = ((1, str(random.randint(5, 12))), (random.randint(10, 60), str(random.randint(3, 6))))
    return make.offer(
        thing,
        who,
        prices=random.choice([prices, prices[:1]]),
        days=random.randint(2, 40),
        minimum=random.choice([1, 1, 12, 50]),
        pack=random.choice([1, 1, 6]),
        capacity=random.choice([None, None, 10, 40]),
    )


def one(random, rows):
    """One row of these, or an empty one that nothing is changed of."""
    keys = list(rows.order_by("pk").values_list("pk", flat=True))
    return rows.filter(pk=random.choice(keys) if keys else 0)


CHANGES = {
    "nothing": lambda random, things, places: None,
    "sold": lambda random, things, places: one(random, Stock.objects.filter(on_hand__gt=0)).update(on_hand=0),
    "owed": lambda random, things, places: make.owing(random.choice(things), 3, place=random.choice(places)),
    "coming": lambda random, things, places: make.coming(
        random.choice(things), 9, on=make.after(random.randint(20, 80)).date(), place=random.choice(places)
    ),
    "price": lambda random, things, places: one(random, PriceBreak.objects).update(unit_price=Decimal("2.5001")),
    "tier gone": lambda random, things, places: one(random, PriceBreak.objects).delete(),
    "learned": lambda random, things, places: one(random, Offer.objects).update(
        mean_days=random.randint(2, 50), sd_days=4.5, observed=3
    ),
    "minimum": lambda random, things, places: one(random, Offer.objects).update(minimum=25),
    "pack": lambda random, things, places: one(random, Offer.objects).update(pack=7),
    "capacity": lambda random, things, places: one(random, Offer.objects).update(capacity=20),
    "withdrawn": lambda random, things, places: one(random, Offer.objects).update(is_active=False),
    "held": lambda random, things, places: one(random, Supplier.objects).update(is_on_hold=True, hold_reason="unpaid"),
    "closed": lambda random, things, places: Closure.objects.create(
        supplier=random.choice(Supplier.objects.order_by("pk")),
        starts_on=make.TODAY,
        ends_on=make.after(40).date(),
    ),
    "named": lambda random, things, places: one(random, Supplier.objects).update(name="Renamed"),
    "freight": lambda random, things, places: one(random, Supplier.objects).update(freight=55),
    "order cost": lambda random, things, places: one(random, Supplier.objects).update(order_cost=55),
    "approval": lambda random, things, places: one(random, Supplier.objects).update(approval_days=9),
    "rate": lambda random, things, places: one(random, Supplier.objects).update(currency="NOK", rate=Decimal("0.09")),
    "point": lambda random, things, places: one(random, ReorderPolicy.objects).update(reorder_point=9, order_up_to=44),
    "weekly": lambda random, things, places: one(random, ReorderPolicy.objects).update(weekly_demand=2.25),
    "variance": lambda random, things, places: one(random, ReorderPolicy.objects).update(figures=b""),
    "frozen": lambda random, things, places: one(random, ReorderPolicy.objects).update(
        frozen_point=12, frozen_until=make.TODAY, frozen_reason="Sale"
    ),
    "thawed": lambda random, things, places: one(random, ReorderPolicy.objects).update(
        frozen_point=None, frozen_until=make.after(90).date(), frozen_reason=""
    ),
    "discontinued": lambda random, things, places: one(random, Product.objects).update(is_discontinued=True),
    "shut": lambda random, things, places: one(random, Warehouse.objects).update(is_open=False),
    "code": lambda random, things, places: Warehouse.objects.filter(code="OSL").update(code="OSLO"),
    "typed": lambda random, things, places: typed(random, one(random, Offer.objects.filter(is_active=True))),
    "edited": lambda random, things, places: edited(one(random, drafted())),
    "removed": lambda random, things, places: one(random, drafted()).delete(),
    "moved": lambda random, things, places: one(random, drafted().filter(is_touched=False)).update(quantity=4_321),
    "approved": lambda random, things, places: one(random, PurchaseOrder.objects.filter(drafts.IS_DRAFT)).update(
        approved_at=make.MONDAY
    ),
}


def drafted():
    return PurchaseOrderLine.objects.filter(
        purchase_order__approved_at=None, purchase_order__sent_at=None, purchase_order__canceled_at=None
    )


def typed(random, offers):
    for offer in offers:
        line = purchasing.DraftLine(
            offer_id=offer.pk,
            warehouse_id=make.warehouse("BER").pk,
            quantity=random.randint(1, 9),
            unit_price=Decimal(4),
            overrules=None,
        )
        try:
            purchasing.propose([line], by=make.buyer(), at=make.MONDAY)
        except purchasing.PurchaseRefused:
            return


def edited(lines):
    for line in lines:
        try:
            purchasing.edit_line(
                line.pk, quantity=line.quantity + 1, unit_price=Decimal(3), by=make.buyer(), at=make.MONDAY
            )
        except purchasing.PurchaseRefused:
            return


def standing():
    rows = drafted().filter(is_touched=False).select_related("purchase_order")
    return sorted(
        (
            (
                *(line.purchase_order.warehouse_id, line.offer_id, line.quantity, line.unit_price, line.reason),
                {name: value for name, value in line.parts.items() if name != "night"},
            )
            for line in rows
        ),
        key=lambda line: line[:2],
    )


@pytest.mark.parametrize("gaps", [0, grounds.GAPS], ids=["named one by one", "read in one stretch"])
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), changes=st.lists(st.sampled_from(sorted(CHANGES)), max_size=6))
def test_the_night_proposes_what_weighing_every_need_anew_would(monkeypatch, gaps, seed, changes):
    monkeypatch.setattr(grounds, "GAPS", gaps)
    random = Random(seed)
    with transaction.atomic():
        things, places = shop(random)
        for day, change in enumerate(["nothing", *changes]):
            CHANGES[change](random, things, places)
            at = make.after(day / 10)

            counts = replenishment.propose(on=make.TODAY, at=at)

            expected = slow.lines(on=make.TODAY, at=at)
            assert standing() == expected, change
            assert counts["lines"] == len(expected)
            written = replenishment.propose(on=make.TODAY, at=at)
            assert (written["created"], written["updated"], written["removed"]) == (0, 0, 0)
            assert {name: written[name] for name in ("needs", "left_out")} == {
                name: counts[name] for name in ("needs", "left_out")
            }
        transaction.set_rollback(True)
