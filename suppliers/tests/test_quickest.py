"""Whatever is offered and whatever changes, the lead time passed on is that of the offer safely here first."""

from random import Random

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inventory.models import LeadTime, Product, Warehouse
from suppliers import quickest, terms
from suppliers.models import Offer, PriceBreak, Supplier

from . import make

pytestmark = pytest.mark.django_db
NAMES = ("Birk", "Nordlys", "Small")


def shop(random):
    for code in ("BER", "OSL", "OLD"):
        make.warehouse(code, is_open=code != "OLD")
    for name in NAMES:
        make.supplier(name, approval_days=random.randint(0, 4), review_days=random.randint(0, 9))
    things = [make.product(is_discontinued=random.random() < 0.2) for _ in range(4)]
    for thing in things:
        for name in random.sample(NAMES, random.randint(0, 3)):
            an_offer(random, thing, make.supplier(name))
    if random.random() < 0.5:
        make.closed(make.supplier("Birk"), make.TODAY, make.after(random.randint(0, 9)).date())


def an_offer(random, thing, who):
    each = make.offer(
        thing,
        who,
        prices=random.choice([((1, "9"), (20, "8")), ((6, "9"),), ()]),
        minimum=random.choice([1, 12]),
        pack=random.choice([1, 5]),
        capacity=random.choice([None, 12, 13, 30]),
        is_active=random.random() < 0.9,
    )
    days = random.choice([None, 4.0, 9.5])
    Offer.objects.filter(pk=each.pk).update(
        mean_days=days, sd_days=days and 1.5, likely_days=days and days - 0.25, safe_days=days and days + 2
    )


CHANGES = {
    "nothing": lambda random: None,
    "learned": lambda random: Offer.objects.filter(pk=one(random, Offer)).update(
        mean_days=6.0, sd_days=0.5, likely_days=6.0, safe_days=6.5
    ),
    "held": lambda random: Supplier.objects.filter(pk=one(random, Supplier)).update(is_on_hold=True),
    "named": lambda random: Supplier.objects.filter(pk=one(random, Supplier)).update(name="Renamed"),
    "reviewed": lambda random: Supplier.objects.filter(pk=one(random, Supplier)).update(review_days=11),
    "withdrawn": lambda random: Offer.objects.filter(pk=one(random, Offer)).update(is_active=False),
    "packed": lambda random: Offer.objects.filter(pk=one(random, Offer)).update(pack=7),
    "free": lambda random: PriceBreak.objects.filter(offer=one(random, Offer)).delete(),
    "discontinued": lambda random: Product.objects.filter(pk=one(random, Product)).update(is_discontinued=True),
    "opened": lambda random: Warehouse.objects.filter(code="OLD").update(is_open=True),
    "shut": lambda random: Warehouse.objects.filter(code="OSL").update(is_open=False),
    "removed": lambda random: LeadTime.objects.filter(pk=one(random, LeadTime)).delete(),
}


def one(random, model):
    return random.choice([*model.objects.order_by("pk").values_list("pk", flat=True), 0])


def expected():
    """Offer by offer, what every open warehouse should know."""
    closed, found = terms.closures(make.TODAY), {}
    for each in Offer.objects.select_related("supplier", "product").order_by("pk"):
        prices = [row.minimum for row in each.prices.all()]
        if each.product.is_discontinued or each.supplier.is_on_hold or not each.is_active or each.safe_days is None:
            continue
        minimum = max([each.minimum, *sorted(prices)[:1]])
        if not prices or (each.capacity is not None and each.capacity // each.pack * each.pack < minimum):
            continue
        closure = closed.get(each.supplier_id)
        before = each.supplier.approval_days + ((closure.ends_on - make.TODAY).days + 1 if closure else 0)
        days = [before + each.safe_days, before + each.mean_days, before + each.likely_days, each.sd_days]
        said = (*days, float(max(1, each.supplier.review_days)), minimum, each.pack, each.supplier.name)
        found[each.product_id] = min(found.get(each.product_id, said), said, key=lambda one: one[0])
    places = Warehouse.objects.filter(is_open=True).values_list("pk", flat=True)
    return {(thing, place): said for thing, said in found.items() for place in places}


def known():
    names = ("safe_days", "mean_days", "likely_days", "sd_days", "review_days", "minimum", "pack", "sender")
    return {row[:2]: row[2:] for row in LeadTime.objects.values_list("product_id", "warehouse_id", *names)}


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), changes=st.lists(st.sampled_from(sorted(CHANGES)), max_size=5))
def test_the_lead_time_is_that_of_the_offer_safely_here_first(seed, changes):
    random = Random(seed)
    with transaction.atomic():
        shop(random)
        before = {}
        for change in ["nothing", *changes]:
            CHANGES[change](random)
            before = known()

            written = list(quickest.write(at=make.MONDAY, size=3))

            after = expected()
            assert known() == after, change
            assert sum(each.removed for each in written) == len(before.keys() - after.keys())
            assert sum(each.written for each in written) == sum(before.get(sku) != after[sku] for sku in after)
        transaction.set_rollback(True)
