"""The palette finds anything by any part of it, and says of each hit what one needs to choose."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backoffice.finding import jump as palette
from backoffice.tests.test_dashboard import draft, everyone, person
from inventory.models.folded import Folded, fill_all
from orders import fulfillment
from orders.models import Customer
from orders.tests import make
from suppliers.tests import make as buying

__all__ = ["everyone"]

pytestmark = pytest.mark.django_db


def hits(client, text):
    return client.get("/admin/jump/", {"q": text}).json()["results"]


def cancel(order):
    wanted = [fulfillment.LineUnits(order.lines.get().pk, 1)]
    fulfillment.cancel(wanted, reason="Asked by phone", by=None, at=make.MONDAY)


def jump(client, text):
    return [(hit["kind"], hit["label"]) for hit in hits(client, text)]


@pytest.fixture
def shop():
    """One order of each state, and things that are called alike."""
    lamp = make.product("LAMP-30", name="Drüm lamp, oak")
    make.product("LAMP-40")
    lena = make.customer("Lena Müller-Ortiz", "lena@example.com")
    lena.phone = "+49 (151) 234-5678"
    lena.save(update_fields=["phone"])
    make.customer("Jørgen Straße", "")
    for name in ("Oldmill Cafe", "Old Mill Inn", "Fern Hill Farm", "Koehler & Sons"):
        make.customer(name, "")
    make.order((lamp, 1), who=lena, reference="SO-20418")
    draft("PO-1042")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("lamp", [("Product", "LAMP-40"), ("Product", "LAMP-30")]),
        ("LAMP-4", [("Product", "LAMP-40")]),
        ("oak drum", [("Product", "LAMP-30")]),
        ("p30", [("Product", "LAMP-30")]),
        ("SO-20", [("Order", "SO-20418")]),
        ("0418", [("Order", "SO-20418")]),
        ("so 20418", [("Order", "SO-20418")]),
        ("po-1042", [("Purchase order", "PO-1042")]),
        ("042", [("Purchase order", "PO-1042")]),
        ("lena", [("Customer", "Lena Müller-Ortiz")]),
        ("muller lena", [("Customer", "Lena Müller-Ortiz")]),
        ("ORTIZ", [("Customer", "Lena Müller-Ortiz")]),
        ("LENA@example.com", [("Customer", "Lena Müller-Ortiz")]),
        ("na@exam", [("Customer", "Lena Müller-Ortiz")]),
        ("0151 2345678", [("Customer", "Lena Müller-Ortiz")]),
        ("+49 151/2345678", [("Customer", "Lena Müller-Ortiz")]),
        ("0049-151-2345678", [("Customer", "Lena Müller-Ortiz")]),
        ("345678", [("Customer", "Lena Müller-Ortiz")]),
        ("Müller-Ortiz,Lena", [("Customer", "Lena Müller-Ortiz")]),
        ("ortiz;lena", [("Customer", "Lena Müller-Ortiz")]),
        ("tel:+491512345678", [("Customer", "Lena Müller-Ortiz")]),
        ("mailto:lena@example.com", [("Customer", "Lena Müller-Ortiz")]),
        ("jorgen strasse", [("Customer", "Jørgen Straße")]),
        ("STRASSE", [("Customer", "Jørgen Straße")]),
        ("nordl", [("Supplier", "Nordlys")]),
        ("le", [("Customer", "Lena Müller-Ortiz")]),
        ("na", []),  # under three signs: beginnings
        ("lena lamp", [("Order", "SO-20418")]),
        ("0418 ortiz", [("Order", "SO-20418")]),
        ("mueller p30", [("Order", "SO-20418")]),
        ("drum 20418 lena", [("Order", "SO-20418")]),
        ("lena mug", []),
        ("0418 jorgen", []),
        ("Mueller", [("Customer", "Lena Müller-Ortiz")]),
        ("MUELLER lena", [("Customer", "Lena Müller-Ortiz")]),
        ("joergen", [("Customer", "Jørgen Straße")]),
        ("old mill", [("Customer", "Old Mill Inn"), ("Customer", "Oldmill Cafe")]),
        ("oldmill", [("Customer", "Oldmill Cafe")]),
        ("fernhill", [("Customer", "Fern Hill Farm")]),
        ("Köhler", [("Customer", "Koehler & Sons")]),
        ("kohler", []),  # who types no dots means none
        ("", []),
    ],
)
def test_anything_is_found_by_any_part_of_it(everyone, shop, text, found):
    assert jump(everyone, text) == found


@pytest.mark.parametrize(
    "text",
    [
        "%",
        "_",
        "%%%",
        "'",
        '"',
        "';--",
        "\\",
        "🎁",
        "…",
        "*",
        "NEAR(a b)",
        "\u202e",
        "x" * 10_000,
        "a " * 5_000,
    ],
    ids=lambda text: repr(text)[:12],
)
def test_signs_that_mean_something_to_a_database_mean_nothing(everyone, shop, text):
    assert jump(everyone, text) == []


@pytest.mark.parametrize("text", ["le%na", "lena" + " " * 10_000 + "zzz", "'lena'", "\u202elena\u202c", "🎁 lena"])
def test_signs_that_name_nothing_are_read_over(everyone, shop, text):
    assert jump(everyone, text) == [("Customer", "Lena Müller-Ortiz")]


def test_what_no_column_can_hold_is_refused_in_words(everyone):
    answer = everyone.get("/admin/jump/", {"q": "lena\x00"})

    assert answer.status_code == 400
    assert "characters or numbers that nothing here can hold" in answer.content.decode()


def test_right_to_left_names_are_found(everyone):
    make.customer("דָּנָה לוי", "")

    assert jump(everyone, "לוי דנה") == [("Customer", "דָּנָה לוי")]


def test_a_hit_says_what_one_needs_to_choose(everyone):
    lamp = make.product("LAMP-30", name="Drum lamp")
    make.on_hand(lamp, 2)
    make.coming(lamp, 4, on=make.TODAY + timedelta(days=9), reference="IN-77")
    lena = make.customer("Lena Ortiz", "lena@example.com")
    make.order((lamp, 2), who=lena, reference="SO-77-1")
    make.order((lamp, 3), who=lena, reference="SO-77-2")
    draft("PO-77")
    gone = make.order((lamp, 1), who=lena, reference="SO-77-3")
    cancel(gone)

    found = {}
    for text in ("SO-77", "PO-77", "IN-77", "lena", "drum", "nordlys"):
        found |= {hit["label"]: hit["detail"] for hit in hits(everyone, text)}

    assert found == {
        "SO-77-1": "Lena Ortiz · here, not shipped",
        "SO-77-2": "Lena Ortiz · 3 waiting, promised by 12 Mar 2026",
        "SO-77-3": "Lena Ortiz · canceled, placed 2 Mar 2026",
        "PO-77": "Nordlys · draft",
        "IN-77": "LAMP-30 · 4 to come, 11 Mar 2026",
        "Lena Ortiz": "lena@example.com · 3 waiting",
        "LAMP-30": "Drum lamp · 0 available · 5 owed",
        "Nordlys": "NORDLYS · nothing to come",
    }


def test_open_comes_before_closed_and_new_before_old_and_what_is_called_so_first(everyone):
    lamp = make.product("LAMP")
    orders = [make.order((lamp, 1), reference=f"SO-{number}") for number in ("500", "5001", "5002", "5003")]
    for order in (orders[0], orders[3]):
        cancel(order)

    assert [label for _, label in jump(everyone, "so-500")] == ["SO-500", "SO-5002", "SO-5001", "SO-5003"]
    assert [hit["is_exact"] for hit in hits(everyone, "so-500")] == [True, False, False, False]


@pytest.fixture
def few(monkeypatch):
    """Two rows of each kind are near."""
    monkeypatch.setattr(palette, "NEAR", 2)
    palette._written.cache_clear()
    yield
    palette._written.cache_clear()


def test_who_is_called_exactly_so_is_found_however_many_newer_ones_hold_it(everyone, few):
    for number in ("5", "50", "500", "5000"):
        make.product(f"TEE-{number}")

    assert jump(everyone, "tee-5") == [("Product", "TEE-5"), ("Product", "TEE-5000"), ("Product", "TEE-500")]


def test_a_parcel_leads_to_its_order_or_for_who_may_not_see_orders_to_itself(everyone, client):
    lamp = make.product("LAMP")
    make.on_hand(lamp, 1)
    order = make.order((lamp, 1), reference="SO-1")
    fulfillment.ship_order(order.pk, carrier="DHL", tracking="1Z 999 AA1", by=None, at=make.MONDAY)

    (hit,) = hits(everyone, "z999a")
    client.force_login(person("orders.view_shipment"))
    (bare,) = hits(client, "1z999aa1")

    assert (hit["label"], hit["detail"]) == ("1Z 999 AA1", "SO-1 · left on 2 Mar 2026")
    assert hit["url"] == f"/admin/orders/order/{order.pk}/change/"
    assert bare["url"] == f"/admin/orders/shipment/{order.shipments.get().pk}/change/"


def test_the_palette_leads_to_the_page(everyone, shop):
    hit = hits(everyone, "SO-20418")[0]

    assert hit["detail"] == "Lena Müller-Ortiz · 1 waiting, no date"
    assert everyone.get(hit["url"]).status_code == 200


def test_the_palette_finds_only_what_a_person_may_see(client, shop):
    client.force_login(person("inventory.view_product"))

    assert jump(client, "lamp") == [("Product", "LAMP-40"), ("Product", "LAMP-30")]
    assert jump(client, "SO-20418") == []


def test_who_may_not_see_orders_to_suppliers_finds_what_comes_of_them(everyone, client):
    order = buying.sent((buying.offer(make.product("LAMP-50")), 4))
    assert jump(everyone, order.reference) == [("Purchase order", order.reference)]

    client.force_login(person("inventory.view_inbound"))
    assert jump(client, order.reference) == [("Inbound", order.reference)]


def test_the_palette_is_for_staff(client):
    assert client.get("/admin/jump/", {"q": "lamp"}).status_code == 302


def test_all_kinds_are_asked_in_one_statement(everyone, shop):
    hits(everyone, "lamp")
    with CaptureQueriesContext(connection) as asked:
        hits(everyone, "lamp")

    assert len(asked) == 3  # the session, the person, the search


@pytest.mark.parametrize(
    ("text", "searches"),
    [
        ("so 20418", 1),  # one number in two parts
        ("zyxwv", 1),  # too short to be two words, and spelled in one way
        ("0000 9999", 1),
        ("lena ortiz", 2),  # one hit of two words may not be all
        ("0418 ortiz", 2),
    ],
)
def test_a_wider_search_is_asked_only_where_little_was_found(everyone, shop, text, searches):
    hits(everyone, "lamp")
    with CaptureQueriesContext(connection) as asked:
        hits(everyone, text)

    assert len(asked) == 2 + searches


def test_several_words_with_hits_enough_are_not_asked_more_widely(everyone, shop, monkeypatch):
    monkeypatch.setattr(palette, "FEW", 1)
    hits(everyone, "lamp")
    with CaptureQueriesContext(connection) as asked:
        hits(everyone, "lena ortiz")

    assert len(asked) == 3


# --- the folded column follows the row ----------------------------------------------------------


def test_a_row_that_changes_its_name_is_found_by_the_new_one_alone(everyone, shop):
    row = Customer.objects.get(name="Lena Müller-Ortiz")
    row.name = "Lena Katz"
    row.save(update_fields=["name"])

    assert jump(everyone, "ortiz") == []
    assert jump(everyone, "katz") == [("Customer", "Lena Katz")]
    Customer.objects.filter(name="Jørgen Straße").delete()
    assert jump(everyone, "jorgen") == []


def test_rows_from_before_there_was_a_search_are_filled_and_found(everyone, shop):
    for table in Folded.all_tables():
        table.objects.update(folded=None)
    assert jump(everyone, "lena") == []

    rows = sum(table.objects.count() for table in Folded.all_tables())
    assert (fill_all(), fill_all()) == (rows, 0)

    assert jump(everyone, "lena") == [("Customer", "Lena Müller-Ortiz")]
    assert jump(everyone, "0418") == [("Order", "SO-20418")]


def test_every_table_that_is_found_says_of_what():
    assert {table.__name__: (table.PIECES, table.WORDS) for table in Folded.all_tables()} == {
        "Product": (("sku",), ("name",)),
        "Inbound": (("reference",), ("sender",)),
        "Customer": (("email", "phone"), ("name",)),
        "Order": (("reference",), ()),
        "Shipment": (("tracking",), ()),
        "Supplier": (("code", "email"), ("name",)),
        "PurchaseOrder": (("reference",), ()),
    }


# --- nothing -------------------------------------------------------------------------------------


def said(client, text):
    return client.get("/admin/jump/", {"q": text}).json()["words"]


def test_who_finds_nothing_reads_where_else_to_look(everyone, client, shop):
    places = "refusals or movements or demand or supplier offers"
    elsewhere = f"It may also stand in {places}: their lists have a search of their own."
    assert said(everyone, "lamp") == said(everyone, " ") == ""
    assert (
        said(everyone, "zzzz") == f"Nothing holds that. Try a shorter piece, such as its last four signs. {elsewhere}"
    )
    for text in ("zz yy", "zz,yy"):
        assert said(everyone, text) == f"Nothing holds that. Try one of the words alone. {elsewhere}"
    for text in ("zz", "-zz", "z-z"):
        assert said(everyone, text) == (
            f"Nothing holds that. Fewer than 3 letters or digits are read as a beginning: type one more. {elsewhere}"
        )
    assert said(everyone, "%") == (
        "There is no letter or digit in that. Type a piece of a number, of a name or of an address."
    )
    assert said(everyone, "x" * 10_000) == (
        "Nothing holds that. Only the first 200 signs are read: one word is enough."
    )
    client.force_login(person("inventory.view_product"))
    assert said(client, "zzzz") == (
        "Nothing holds that. Try a shorter piece, such as its last four signs. "
        "Your role does not show orders, purchase orders, customers, parcels, inbound, suppliers."
    )
