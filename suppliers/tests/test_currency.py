"""Money has a currency: an offer is in its supplier's, compared at the rate that staff set."""

from decimal import Decimal

import pytest
from django.urls import reverse

from inventory.tests import files
from suppliers import terms
from suppliers.models import Offer, PurchaseOrder, Supplier
from suppliers.resources import offers, suppliers
from suppliers.sourcing import Need, split
from suppliers.tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def shop(settings):
    settings.SHOP_CURRENCY = "EUR"


@pytest.mark.parametrize(("rate", "asked"), [("1.24", "British"), ("1.25", "British"), ("1.26", "Nordlys")])
def test_offers_are_compared_at_the_rate_and_asked_for_in_their_own_currency(rate, asked):
    lamp = make.product("LAMP")
    make.offer(lamp, make.supplier("Nordlys"), prices=((1, "10"),))
    make.offer(lamp, make.supplier("British", currency="GBP", rate=Decimal(rate)), prices=((1, "8"),))

    quotes = terms.of([lamp.pk], on=make.TODAY)[lamp.pk]
    [share] = split(Need(10), [quote.terms for quote in quotes]).shares

    chosen = Offer.objects.select_related("supplier").get(pk=share.offer_id)
    assert chosen.supplier.name == asked
    price, shown = ("8", "8.00 GBP") if asked == "British" else ("10", "10.00 EUR")
    assert share.unit_price == Decimal(price)
    assert share.reason.startswith(f"10 from {asked} at {shown}: ")


def test_freight_and_the_cost_of_an_order_count_at_the_rate_too():
    lamp = make.product("LAMP")
    far = make.supplier("Far", currency="GBP", rate=Decimal(2), freight=Decimal(6))
    make.offer(lamp, make.supplier("Near", freight=Decimal(11)), prices=((1, "10"),))
    make.offer(lamp, far, prices=((1, "5"),))

    quotes = terms.of([lamp.pk], on=make.TODAY)[lamp.pk]
    [share] = split(Need(10), [quote.terms for quote in quotes]).shares

    assert share.reason.startswith("10 from Near at 10.00 EUR")


def load(tmp_path, resource, text):
    plan = files.look(files.text(tmp_path, text), resource)
    if not plan.problems:
        resource.apply(plan, by=None, at=make.MONDAY)
    return files.told(plan)


OFFERS = "supplier,sku,unit_price,from_units,quoted_days\n"


def test_an_offer_is_read_in_its_suppliers_currency_and_another_is_refused(tmp_path):
    make.product("LAMP")
    make.supplier("ACME", currency="USD", rate=Decimal("0.9"))
    make.supplier("BETA", currency="GBP", rate=Decimal("1.2"))
    good = f"{OFFERS}ACME,LAMP,$5.00,1,10\nBETA,LAMP,£4.50,1,10\n"
    bad = f"{OFFERS}ACME,LAMP,$5.00,1,10\nACME,LAMP,€4.80,50,\nBETA,LAMP,4.50 GBP,1,10\n"

    assert load(tmp_path, offers.RESOURCE, bad) == [
        "Row 2: left out, because another row of the same offer is wrong.",
        'Row 3, column "unit_price": "€4.80" — expected an amount in USD, not in €.',
    ]
    assert Offer.objects.count() == 0
    assert load(tmp_path, offers.RESOURCE, good) == []
    assert set(Offer.objects.values_list("supplier__code", "prices__unit_price")) == {
        ("ACME", Decimal(5)),
        ("BETA", Decimal("4.5")),
    }


def test_a_column_may_say_the_currency(tmp_path):
    make.product("LAMP")
    make.supplier("ACME", currency="USD", rate=Decimal("0.9"))
    header = "supplier,sku,unit_price,currency,quoted_days\n"

    told = load(tmp_path, offers.RESOURCE, f"{header}ACME,LAMP,5,GBP,10\n")

    assert told == ['Row 2, column "unit_price": "5.0000 GBP" — expected an amount in USD, not in GBP.']
    assert load(tmp_path, offers.RESOURCE, f"{header}ACME,LAMP,5,usd,10\n") == []


def test_suppliers_load_with_their_currency_and_rate(tmp_path):
    header = "code,name,freight,currency,rate\n"
    good = f"{header}ACME,Acme,$25,USD,0.92\nNORD,Nordlys,€10,,\n"

    plans = [load(tmp_path, suppliers.RESOURCE, good) for _ in range(2)]

    assert plans == [[], []]
    assert list(Supplier.objects.order_by("code").values_list("code", "freight", "currency", "rate")) == [
        ("ACME", Decimal(25), "USD", Decimal("0.92")),
        ("NORD", Decimal(10), "", Decimal(1)),
    ]
    assert load(tmp_path, suppliers.RESOURCE, f"{header}ACME,Acme,£25,USD,0.92\n") == [
        'Row 2, column "freight": "£25" — expected an amount in USD, not in £.'
    ]
    assert load(tmp_path, suppliers.RESOURCE, f"{header}NORD,Nordlys,,EUR,1.1\n") == [
        'Row 2, column "rate": "1.100000" — expected 1, as this supplier is paid in the shop\'s own currency.'
    ]


def test_what_orders_were_sent_in_stays_their_currency(tmp_path, admin_client):
    order = make.sent((make.offer(make.product("LAMP"), make.supplier("ACME", currency="USD")), 5))
    page = reverse("admin:suppliers_supplier_change", args=[order.supplier_id])
    form = admin_client.get(page).context["adminform"].form

    shown = admin_client.post(page, form.initial | {"currency": "gbp", "rate": "1"} | INLINE)
    told = load(tmp_path, suppliers.RESOURCE, "code,name,currency\nACME,ACME,GBP\n")

    assert "Orders in USD were sent to this supplier. Make a new one for GBP." in shown.content.decode()
    assert told == ['Row 2, column "currency": "GBP" — expected USD, in which orders were sent to this supplier.']


INLINE = {f"closures-{name}": 0 for name in ("TOTAL_FORMS", "INITIAL_FORMS")}


def test_a_draft_page_and_its_lists_say_what_the_amounts_are_in(admin_client):
    who = make.supplier("ACME", currency="USD", rate=Decimal("0.9"), freight=Decimal(25))
    offer = make.offer(make.product("LAMP", price=Decimal(20)), who, prices=((1, "4"),))
    order = make.draft((offer, 5))
    pages = {
        reverse("admin:suppliers_purchaseorder_changelist"): "20.00 USD",
        reverse("admin:suppliers_purchaseorder_change", args=[order.pk]): "Unit price, USD",
        reverse("admin:suppliers_offer_changelist"): "4.00 USD from 1",
        reverse("admin:suppliers_offer_change", args=[offer.pk]): "Unit price, USD",
        reverse("admin:suppliers_supplier_changelist"): "25.00 USD",
        reverse("admin:inventory_product_changelist"): "20.00 EUR",
    }

    for page, told in pages.items():
        assert told in admin_client.get(page).content.decode(), page
    PurchaseOrder.objects.filter(pk=order.pk).update(approved_at=make.MONDAY, sent_at=make.MONDAY)
    assert (
        "1 line, 20.00 USD of goods"
        in admin_client.get(reverse("admin:suppliers_purchaseorder_change", args=[order.pk])).content.decode()
    )
