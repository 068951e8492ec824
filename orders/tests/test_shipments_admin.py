"""What becomes of a parcel, on the pages of staff: shown with its mails first, refused in words."""

import pytest
from django.urls import reverse

from inventory.models import Stock
from orders.fulfillment.afterwards import parcels
from orders.models import Return, ShipmentLine

from . import make
from .test_afterwards import LATER, back, shipped, stands

pytestmark = pytest.mark.django_db


def address(name, row):
    return f"{reverse(f'admin:orders_shipment_{name}')}?ids={row.shipment_id}"


def words(response):
    return [str(message) for message in response.wsgi_request._messages]


def test_a_lost_parcel_shows_its_mail_before_it_is_told(admin_client):
    line, row = shipped(5)
    typed = {f"units-{row.pk}": "5", "reason": "The carrier says so"}

    seen = admin_client.post(address("lost", row), {**typed, "preview": "1"})
    assert stands(line) == (5, 0, 0)
    done = admin_client.agree(address("lost", row), typed)

    html = seen.content.decode()
    assert seen.context["in_words"] == "5 units lost, to be shipped again from the old place in the queue."
    assert "Lost on its way, we send it again: 5 × Oslo lamp (order R-1)" in html
    assert "You pay nothing for that." in html
    [moved] = seen.context["outcome"].moved
    assert (moved.line_id, moved.was.waiting, moved.now.waiting) == (line.pk, 0, 5)
    assert words(done) == ["5 units of R-1 from BER lost, to be shipped again. 1 mail goes out."]
    assert stands(line) == (0, 0, 5)


def test_all_of_it_is_one_button(admin_client):
    line, row = shipped(5)
    back(row, 1)

    seen = admin_client.post(address("reverse", row), {"reason": "On the ramp", "every": "1", "preview": "1"})

    assert seen.context["in_words"] == "4 units on the shelf again, set aside as before."
    assert stands(line) == (5, 0, 0)


def test_what_comes_back_for_who_waits_is_said_to_stay(admin_client):
    ada = make.customer("Ada", "ada@shop.example")
    line, row = shipped(5, who=ada)
    make.line(line.product, 4, who=ada, at=LATER)
    typed = {f"units-{row.pk}": "2", "condition": "unopened", "wish": "refund", "becomes": "restock", "note": ""}

    one = admin_client.post(address("return", row), {**typed, f"units-{row.pk}": "1", "preview": "1"})
    seen = admin_client.post(address("return", row), {**typed, "preview": "1"})
    done = admin_client.agree(address("return", row), typed)

    assert one.context["in_words"] == "1 unit back, of which 1 waits until somebody decides."
    assert seen.context["in_words"] == "2 units back, of which 2 wait until somebody decides."
    assert words(done) == ["2 units of R-1 from BER back. 2 units to be decided on. 1 mail goes out."]
    made = Return.objects.get()
    assert (made.inspecting, made.by.username) == (2, "admin")
    page = f"{reverse('admin:orders_return_decide')}?ids={made.pk}"
    refused = admin_client.post(page, {"units": "2", "becomes": "restock", "preview": "1"})
    assert "Only Ada, who sent it back, waits for LAMP." in refused.content.decode()
    theirs = admin_client.agree(page, {"units": "2", "becomes": "restock", "may_be_theirs": "on"})
    assert words(theirs)[0].startswith("2 units back on the shelf.")
    assert Stock.objects.get().allocated == 2


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({}, "Enter units on at least one row, or choose all of them."),
        ({"units": "6"}, "That is too much: the most is 5."),
        ({"units": "4"}, "LAMP: of 5 units shipped (2 came back), 3 can be lost, not 4. Nothing was written."),
        ({"units": "-1"}, "That is too little: the least is 0."),
        ({"units": "two"}, "Write a whole number, such as 12."),
    ],
)
def test_what_cannot_be_is_refused_in_words_and_nothing_is_written(admin_client, typed, told):
    _, row = shipped(5)
    back(row, 2)
    given = {f"units-{row.pk}": typed.get("units", ""), "reason": "x", "preview": "1"}

    refused = admin_client.post(address("lost", row), given)

    assert told in refused.content.decode()
    assert ShipmentLine.objects.get().lost == 0


def test_the_page_of_a_parcel_says_what_became_of_its_units_and_offers_what_can_be_done(admin_client):
    _, row = shipped(5)
    page = reverse("admin:orders_shipment_change", args=[row.shipment_id])
    buttons = {"return", "lost", "found", "reverse"}

    def offered():
        html = admin_client.get(page).content.decode()
        return {name for name in buttons if f"/orders/shipment/{name}/?ids=" in html}, html

    assert offered()[0] == buttons - {"found"}
    parcels.lose(row.shipment_id, {row.pk: 5}, reason="x", by=None, at=LATER)
    found, html = offered()

    assert found == {"found"}
    assert "5 lost on the way" in html


def test_the_order_and_the_shelf_lead_to_the_parcels(admin_client):
    line, _ = shipped(5)
    order = admin_client.get(reverse("admin:orders_order_change", args=[line.order_id])).content.decode()
    shelf = admin_client.get(reverse("admin:inventory_stock_change", args=[Stock.objects.get().pk])).content.decode()

    parcels_of = reverse("admin:orders_shipment_changelist")
    assert f'href="{parcels_of}?q=R-1"' in order
    assert f'href="{parcels_of}?q=LAMP"' in shelf
    assert ">R-1</a>" in admin_client.get(f"{parcels_of}?q=R-1").content.decode()


def test_the_story_of_the_order_tells_it(admin_client):
    line, row = shipped(5)
    parcels.lose(row.shipment_id, {row.pk: 2}, reason="The carrier says so", by=None, at=LATER)
    back(row, 1, condition="used", note="too big")

    html = admin_client.get(reverse("admin:orders_order_change", args=[line.order_id])).content.decode()

    assert "Lost on the way" in html
    assert "2 units lost on the way, to be shipped again: The carrier says so" in html
    assert "1 unit came back, used, to be inspected: too big" in html
    assert "of 5 × Oslo lamp, 2 have shipped, 1 came back and 2 are still to come" in html


def test_what_all_came_back_is_said_to_have_been_sent_back(admin_client):
    line, row = shipped(2)
    back(row, 2)

    html = admin_client.get(reverse("admin:orders_order_change", args=[line.order_id])).content.decode()

    assert "Nothing of your order R-1 is open: all was sent back." in html
