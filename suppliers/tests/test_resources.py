from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from inventory.tests import files
from suppliers.models import Offer, PriceBreak, Supplier
from suppliers.resources import offers, suppliers

from . import make

pytestmark = pytest.mark.django_db
HEADER = "supplier,sku,from_units,unit_price,quoted_days,minimum,pack,capacity\n"


def load(path, resource):
    plan = files.look(path, resource)
    resource.apply(plan, by=None, at=make.MONDAY)
    return plan


def figures(plan):
    return (len(plan.new), len(plan.changed), plan.unchanged, len(plan.problems.rows))


def prices(offer):
    return {price.minimum: price.unit_price for price in offer.prices.all()}


def test_suppliers_are_made_changed_or_left_by_their_code(tmp_path):
    make.supplier("Nordlys", email="old@nordlys.example")
    make.supplier("Fjord", approval_days=3)
    path = files.text(
        tmp_path,
        "code|name|email|is_on_hold\nnordlys|Nordlys|new@nordlys.example|\nFJORD|Fjord||no\nOst|Öst AB||yes\n",
    )

    plan = load(path, suppliers.RESOURCE)

    assert figures(plan) == (1, 1, 1, 0)
    assert list(Supplier.objects.order_by("code").values_list("code", "email", "approval_days", "is_on_hold")) == [
        ("FJORD", "", 3, False),
        ("NORDLYS", "new@nordlys.example", 1, False),
        ("Ost", "", 1, True),
    ]
    assert figures(files.look(path, suppliers.RESOURCE)) == (0, 0, 3, 0)


def test_a_supplier_is_no_other_one_because_of_the_dash_in_their_code(tmp_path):
    Supplier.objects.create(code="Nord\u20131", name="Nord")
    path = files.text(tmp_path, "code,name\nnord-1,Nordlys\n")

    assert figures(load(path, suppliers.RESOURCE)) == (0, 1, 0, 0)
    assert list(Supplier.objects.values_list("code", "name")) == [("Nord\u20131", "Nordlys")]


def test_an_offer_has_one_row_for_each_of_its_prices(tmp_path):
    make.supplier("Nordlys")
    make.product("LAMP")
    path = files.text(tmp_path, HEADER + "nordlys,lamp,1,10,14,20,5,\nnordlys,lamp,60,5.25,,,,\n")

    plan = load(path, offers.RESOURCE)

    offer = Offer.objects.get()
    assert figures(plan) == (1, 0, 0, 0)
    assert (offer.quoted_days, offer.minimum, offer.pack, offer.capacity) == (14, 20, 5, None)
    assert prices(offer) == {1: Decimal(10), 60: Decimal("5.25")}
    assert figures(files.look(path, offers.RESOURCE)) == (0, 0, 1, 0)


def test_a_later_file_names_all_prices_of_its_offers_and_leaves_other_offers_alone(tmp_path):
    lamp, chair = make.product("LAMP"), make.product("CHAIR")
    known = make.offer(lamp, prices=((1, "10"), (60, "5")), capacity=500)
    other = make.offer(chair, prices=((1, "7"),))
    path = files.text(tmp_path, HEADER + "NORDLYS,LAMP,1,9.5,21,,,\n")

    plan = load(path, offers.RESOURCE)

    known.refresh_from_db()
    assert figures(plan) == (0, 1, 0, 0)
    assert (known.quoted_days, known.capacity, prices(known)) == (21, 500, {1: Decimal("9.5")})
    assert prices(other) == {1: Decimal(7)}


def test_what_deliveries_taught_survives_a_new_price(tmp_path):
    known = make.offer(make.product("LAMP"))
    Offer.objects.filter(pk=known.pk).update(mean_days=17.5, sd_days=3, observed=8)

    load(files.text(tmp_path, HEADER + "NORDLYS,LAMP,1,9.5,,,,\n"), offers.RESOURCE)

    assert Offer.objects.values_list("pk", "mean_days", "observed").get() == (known.pk, 17.5, 8)


def test_an_offer_is_refused_whole_if_one_of_its_rows_is_wrong(tmp_path):
    make.supplier("Nordlys")
    make.product("LAMP")
    make.product("CHAIR")
    path = files.text(
        tmp_path,
        HEADER + "NORDLYS,LAMP,1,10,14,,,\nNORDLYS,LAMP,60,-5,,,,\nNORDLYS,CHAIR,1,7,14,,,\nNORDLYS,SOFA,1,7,14,,,\n"
        "NORDLYS,CHAIR,50,6,21,,,\nNobody,CHAIR,1,7,14,,,\n",
    )

    plan = files.look(path, offers.RESOURCE)

    assert (figures(plan), plan.rows) == ((0, 0, 0, 6), 6)
    assert files.told(plan) == [
        "Row 2: left out, because another row of the same offer is wrong.",
        'Row 3, column "unit_price": "-5" — expected an amount such as 1250.0000, 0.0001 or more.',
        "Row 4: left out, because another row of the same offer is wrong.",
        'Row 5, column "sku": "SOFA" — expected a SKU that is known; load products first.',
        'Row 6, column "quoted_days": "21" — expected 14, as on the offer\'s first row.',
        'Row 7, column "supplier": "Nobody" — expected a supplier that is known; load suppliers first.',
    ]


def test_a_price_named_twice_and_a_new_offer_without_lead_time_are_problems(tmp_path):
    make.supplier("Nordlys")
    make.product("LAMP")
    make.product("CHAIR")
    path = files.text(tmp_path, HEADER + "NORDLYS,LAMP,1,10,14,,,\nNORDLYS,LAMP,,11,,,,\nNORDLYS,CHAIR,1,10,,,,\n")

    plan = files.look(path, offers.RESOURCE)

    assert files.told(plan) == [
        "Row 2: left out, because another row of the same offer is wrong.",
        'Row 3, column "from_units": empty — expected each number of units only once per offer; 1 is there already.',
        'Row 4, column "quoted_days": empty — expected a lead time in days, because the offer is new.',
    ]
    assert PriceBreak.objects.count() == 0


@pytest.mark.parametrize(
    ("terms", "least"),
    [("10,3,11", "12"), ("1,12,5", "12"), ("10,1,9", "10"), ("10,5,10", ""), ("1,1,1", ""), ("10,3,", "")],
)
def test_an_offer_of_which_nothing_can_be_ordered_is_refused_with_the_least_it_takes(tmp_path, terms, least):
    make.supplier("Nordlys")
    make.product("LAMP")

    plan = load(files.text(tmp_path, f"{HEADER}nordlys,LAMP,1,9,14,{terms}\n"), offers.RESOURCE)

    assert figures(plan) == ((0, 0, 0, 1) if least else (1, 0, 0, 0))
    assert (f"{least} or more, its smallest order: else none is possible" in str(files.told(plan))) is bool(least)
    if least:
        minimum, pack, capacity = map(int, terms.split(","))
        with pytest.raises(ValidationError, match=f"At least {least}, its smallest order"):
            Offer(minimum=minimum, pack=pack, capacity=capacity).clean()


def test_a_new_price_of_an_offer_that_nobody_can_order_of_is_taken(tmp_path):
    known = make.offer(make.product("LAMP"), make.supplier("Nordlys"), capacity=5, minimum=10)

    plan = load(files.text(tmp_path, "supplier,sku,unit_price\nnordlys,LAMP,7\n"), offers.RESOURCE)

    assert (figures(plan), prices(known)) == ((0, 1, 0, 0), {1: Decimal(7)})
    assert plan.changes[0].field == "price from 1 unit"
