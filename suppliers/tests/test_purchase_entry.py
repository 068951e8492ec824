"""Typing a draft and editing its lines in the admin: what is asked, named, overruled, and refused."""

import re
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.contrib.messages import get_messages
from django.urls import reverse

from inventory.tests.hands import carried
from suppliers import purchasing, replenishment
from suppliers.models import PurchaseOrder, PurchaseOrderLine, Supplier
from suppliers.tests import make

pytestmark = pytest.mark.django_db
ADD = "/admin/suppliers/purchaseorder/add/"


@pytest.fixture(autouse=True)
def _monday() -> Iterator[None]:
    with time_machine.travel(make.MONDAY, tick=False):
        yield


@pytest.fixture
def lamp():
    """The night proposes 162 lamps of Nordlys, in packs of 6 and at least 15."""
    thing = make.product("LAMP")
    make.owing(thing, 162)
    offer = make.offer(thing, prices=((1, "10"), (200, "8")), minimum=15, pack=6)
    replenishment.propose(on=make.TODAY, at=make.MONDAY)
    return offer


def typed(*rows, **fields):
    """The form with these rows of SKU, units and price."""
    data = {"supplier": make.supplier().pk, "warehouse": make.warehouse().pk, "lines-TOTAL_FORMS": 5}
    for number, row in enumerate(rows):
        names = ("sku", "units", "price")
        data |= {f"lines-{number}-{name}": value for name, value in zip(names, row, strict=False)}
    return data | {"lines-INITIAL_FORMS": 0} | fields


def asked(response):
    """The hidden figures and the choices that the form carries back."""
    page = response.content.decode()
    seen = re.search(r'name="seen" value="([^"]*)"', page)
    return (seen[1] if seen else ""), re.findall(r'type="radio".*?>\s*([^<]*?)</label>', page, re.DOTALL)


def drafted():
    return list(PurchaseOrderLine.objects.order_by("pk").values_list("quantity", "unit_price", "is_touched"))


def test_typing_what_is_drafted_asks_with_both_figures_and_does_nothing_yet(admin_client, lamp):
    response = admin_client.post(ADD, typed(("lamp", 6)))

    assert "LAMP: PO-1001 from Nordlys holds 162. Nothing was done yet." in response.content.decode().replace(
        PurchaseOrder.objects.get().reference, "PO-1001"
    )
    assert asked(response) == (
        f"{lamp.product_id}:162:6",
        ["Add to what is drafted: 168 LAMP in all", "Replace what is drafted: 162 LAMP by 6"],
    )
    assert drafted() == [(162, Decimal(10), False)]


@pytest.mark.parametrize(("choice", "units"), [("add", 168), ("replace", 18)])
def test_what_was_chosen_is_done(admin_client, lamp, choice, units):
    rows = ("LAMP", 6 if choice == "add" else 18)
    seen, _ = asked(admin_client.post(ADD, typed(rows)))

    done = admin_client.post(ADD, typed(rows, seen=seen, choice=choice), follow=True)

    assert drafted() == [(units, Decimal(10), True)]
    assert (
        f"{PurchaseOrder.objects.get()} now holds {units} of LAMP. It is a draft for Nordlys" in done.content.decode()
    )


def test_what_was_chosen_stays_marked_with_its_figures_while_terms_are_asked_about(admin_client, lamp):
    rows = ("LAMP", 1)
    seen, _ = asked(admin_client.post(ADD, typed(rows)))

    response = admin_client.post(ADD, typed(rows, seen=seen, choice="replace"))

    page = response.content.decode()
    assert "1 is below the minimum of 15" in page
    assert asked(response)[1] == ["Add to what is drafted: 163 LAMP in all", "Replace what is drafted: 162 LAMP by 1"]
    assert re.findall(r'name="choice" value="(\w+)"[^>]* checked', page) == ["replace"]


def test_without_a_choice_nothing_is_done(admin_client, lamp):
    seen, _ = asked(admin_client.post(ADD, typed(("LAMP", 6))))

    response = admin_client.post(ADD, typed(("LAMP", 6), seen=seen))

    assert "Choose whether to add to what is drafted already, or to replace it." in response.content.decode()
    assert drafted() == [(162, Decimal(10), False)]


def test_a_figure_that_was_not_shown_is_asked_anew(admin_client, lamp):
    seen, _ = asked(admin_client.post(ADD, typed(("LAMP", 6))))

    other_units = admin_client.post(ADD, typed(("LAMP", 30), seen=seen, choice="replace"))
    assert asked(other_units)[1][1] == "Replace what is drafted: 162 LAMP by 30"
    purchasing.propose(
        [purchasing.DraftLine(offer_id=lamp.pk, warehouse_id=make.warehouse().pk, quantity=12)],
        by=make.buyer(),
        at=make.MONDAY,
    )
    other_draft = admin_client.post(ADD, typed(("LAMP", 6), seen=seen, choice="replace"))
    assert asked(other_draft)[1][1] == "Replace what is drafted: 174 LAMP by 6"

    assert [row[0] for row in drafted()] == [174]


def test_a_draft_that_was_approved_meanwhile_leaves_no_choice(admin_client, lamp):
    seen, _ = asked(admin_client.post(ADD, typed(("LAMP", 18))))
    purchasing.approve([PurchaseOrder.objects.get().pk], by=None, at=make.MONDAY)

    response = admin_client.post(ADD, typed(("LAMP", 18), seen=seen, choice="replace"))

    assert "No open draft holds LAMP any more." in response.content.decode()
    assert asked(response) == ("", [])
    assert [row[0] for row in drafted()] == [162]
    admin_client.post(ADD, typed(("LAMP", 18)))
    assert [row[0] for row in drafted()] == [162, 18]


@pytest.mark.parametrize("seen", ["x", "1:2", "9:9:9", "\x00", "1:" + "9" * 5000 + ":1"])
def test_figures_that_nobody_showed_are_asked_anew(admin_client, lamp, seen):
    response = admin_client.post(ADD, typed(("LAMP", 6), seen=seen, choice="replace"))

    assert response.status_code == 200
    assert drafted() == [(162, Decimal(10), False)]


def test_minimum_and_pack_are_named_in_the_row_and_overruled_by_a_box(admin_client):
    make.offer(make.product("PEN"), minimum=15, pack=6)

    response = admin_client.post(ADD, typed(("PEN", 7)))

    page = response.content.decode()
    assert "7 is below the minimum of 15 and not in packs of 6; 18 would do." in page
    assert 'name="lines-0-overrules" value="7"' in page
    assert drafted() == []

    admin_client.post(ADD, typed(("PEN", 9), **{"lines-0-overrules": 7}))
    assert drafted() == []
    admin_client.post(ADD, typed(("PEN", 7), **{"lines-0-overrules": 7}))
    assert drafted() == [(7, Decimal(10), True)]


def test_a_price_is_typed_beside_the_units_and_held_against_the_offer(admin_client):
    make.offer(make.product("PEN"))

    refused = admin_client.post(ADD, typed(("PEN", 7, "0")))
    assert "PEN: a line needs a price of more than 0; 0 is none." in refused.content.decode()
    assert drafted() == []

    make.offer(make.product("BOX"), minimum=15, pack=6)
    text = admin_client.post(ADD, typed(("BOX", 7, "0"))).content.decode()
    assert "BOX: a line needs a price of more than 0; 0 is none." in text
    assert "7 is below the minimum of 15 and not in packs of 6; 18 would do." in text

    done = admin_client.post(ADD, typed(("PEN", 7, "9.25")), follow=True)
    assert "PEN at 9.25; the offer says 10." in done.content.decode()
    assert drafted() == [(7, Decimal("9.25"), True)]


# The page of a draft


def page(order):
    return reverse("admin:suppliers_purchaseorder_change", args=[order.pk])


def form(order, **fields):
    """The form of a draft as the page shows it now, with these fields typed over."""
    data = {"lines-TOTAL_FORMS": order.lines.count(), "lines-INITIAL_FORMS": order.lines.count()}
    for number, line in enumerate(order.lines.order_by("pk")):
        data |= {
            f"lines-{number}-id": line.pk,
            f"lines-{number}-purchase_order": order.pk,
            f"lines-{number}-quantity": line.quantity,
            f"lines-{number}-unit_price": line.unit_price,
            f"lines-{number}-seen": f"{line.quantity}@{line.unit_price}",
        }
    return data | fields


def test_an_edited_line_names_what_the_terms_say_and_is_overruled_by_a_box(admin_client, lamp):
    order = PurchaseOrder.objects.get()

    response = admin_client.post(page(order), form(order, **{"lines-0-quantity": 7}))

    text = response.content.decode()
    assert "7 is below the minimum of 15 and not in packs of 6; 18 would do." in text
    assert 'name="lines-0-overrules" value="7"' in text
    assert 'name="lines-0-seen" value="162@10.0000"' in text
    assert drafted() == [(162, Decimal(10), False)]

    admin_client.post(page(order), form(order, **{"lines-0-quantity": 7, "lines-0-overrules": 7}))
    assert drafted() == [(7, Decimal(10), True)]


@pytest.mark.parametrize(
    ("units", "words"),
    [
        (-1, "That is too little: the least is 1."),
        (0, "That is too little: the least is 1."),
        (2**31, "That is too much: the most is 2147483647."),
        (2**63 - 1, "That is too much: the most is 2147483647."),
    ],
)
def test_units_that_no_line_can_say_are_refused_whatever_is_overruled(admin_client, lamp, units, words):
    """SQLite kept them, and no page of purchase orders could add them up any more."""
    order = PurchaseOrder.objects.get()

    fields = {"lines-0-quantity": units, "lines-0-overrules": units}
    text = admin_client.post(page(order), form(order, **fields)).content.decode()

    assert words in text
    assert "all the same" not in text
    assert drafted() == [(162, Decimal(10), False)]


def test_units_of_a_draft_are_typed_into_a_field_of_their_width(admin_client, lamp):
    text = admin_client.get(page(PurchaseOrder.objects.get())).content.decode()

    [field] = re.findall(r'<input type="number" name="lines-0-quantity"[^>]*>', text)
    assert 'class="vIntegerField"' in field
    assert 'min="1" max="2147483647"' in field


def test_a_price_of_zero_and_the_terms_are_named_together_in_the_row(admin_client, lamp):
    order = PurchaseOrder.objects.get()

    both = form(order, **{"lines-0-quantity": 7, "lines-0-unit_price": 0})
    text = admin_client.post(page(order), both).content.decode()
    assert "A line needs a price." in text
    assert "7 is below the minimum of 15 and not in packs of 6; 18 would do." in text

    admin_client.post(page(order), form(order, **{"lines-0-quantity": 7, "lines-0-overrules": 7}))
    text = admin_client.post(page(order), form(order, **{"lines-0-unit_price": 0})).content.decode()
    assert "A line needs a price." in text
    assert "7 is below the minimum of 15" in text
    assert drafted() == [(7, Decimal(10), True)]


def test_a_page_that_is_saved_unchanged_touches_nothing(admin_client, lamp):
    order = PurchaseOrder.objects.get()

    admin_client.post(page(order), form(order))

    assert drafted() == [(162, Decimal(10), False)]
    order.refresh_from_db()
    assert order.touched_at is None


def test_a_stale_page_does_not_undo_what_another_buyer_did(admin_client, lamp):
    cup = make.offer(make.product("CUP"))
    order = make.draft((cup, 5))
    stale = form(order)
    purchasing.edit_line(make.line(order, lamp.product).pk, quantity=168, by=make.buyer(), at=make.MONDAY)

    admin_client.post(page(order), stale | {"lines-1-quantity": 6})
    assert [row[0] for row in drafted()] == [168, 6]

    refused = admin_client.post(page(order), stale | {"lines-0-quantity": 180, "lines-1-quantity": 9}, follow=True)
    assert "LAMP: somebody changed this line from 162 to 168 units meanwhile." in refused.content.decode()
    assert [row[0] for row in drafted()] == [168, 6]

    admin_client.post(page(order), stale | {"lines-0-DELETE": "on"})
    assert [row[0] for row in drafted()] == [168, 6]


def test_a_refused_change_is_not_said_to_be_done(admin_client, lamp):
    order = PurchaseOrder.objects.get()
    stale = form(order)
    purchasing.edit_line(make.line(order).pk, quantity=168, by=make.buyer(), at=make.MONDAY)

    response = admin_client.post(page(order), stale | {"lines-0-quantity": 180})

    assert [message.level_tag for message in get_messages(response.wsgi_request)] == ["error"]


def test_a_draft_says_what_is_needed_now_and_who_changed_it(admin_client, lamp):
    order = PurchaseOrder.objects.get()
    purchasing.edit_line(make.line(order).pk, quantity=18, by=make.buyer("ines"), at=make.MONDAY)
    replenishment.propose(on=make.after(1).date(), at=make.after(1))

    text = admin_client.get(page(order)).content.decode()

    assert "needs 162 now" in text
    assert "Changed by ines from 162." in text
    assert "18 of them stand in drafts that a person wrote." in text


def test_approving_names_the_lines_that_are_not_as_the_offers_say(admin_client, lamp):
    order = PurchaseOrder.objects.get()
    purchasing.edit_line(
        make.line(order).pk, quantity=7, unit_price=Decimal(11), overrules=7, by=make.buyer(), at=make.MONDAY
    )

    text = admin_client.get(f"{reverse('admin:suppliers_purchaseorder_approve')}?ids={order.pk}").content.decode()

    assert "Not as the offers say" in text
    assert "7 is below the minimum of 15 and not in packs of 6; 18 would do; 11 each, and the offer says 10" in text


# Marked as sent, or not in time


def test_an_order_is_marked_as_sent_and_nobody_is_told_that_it_was_mailed(admin_client):
    order = make.approved((make.offer(make.product()), 12))
    url = f"{reverse('admin:suppliers_purchaseorder_by_hand')}?ids={order.pk}"

    assert "Sent by hand…" in admin_client.get(page(order)).content.decode()
    assert "Nothing is mailed from here: send the order to its supplier yourself" in (
        admin_client.get(url).content.decode()
    )
    told = admin_client.agree(url, follow=True).content.decode()

    assert f"Marked {order} as sent." in told


def test_the_page_and_the_list_say_that_an_order_was_not_sent_in_time(admin_client):
    order = make.approved((make.offer(make.product()), 12), at=make.MONDAY - timedelta(days=2))
    Supplier.objects.update(is_on_hold=True, hold_reason="unpaid")

    text = admin_client.get(page(order)).content.decode()
    listed = admin_client.get(reverse("admin:suppliers_purchaseorder_changelist"), {"is": "unsent"})

    assert "Approved and not sent within 1 day, as is agreed for Nordlys." in text
    assert "Nordlys is on hold: unpaid: its units do not count as on order." in text
    assert [row.pk for row in listed.context["cl"].result_list] == [order.pk]
    assert "not sent in time" in listed.content.decode()


def test_a_stale_page_shows_what_stands_now_and_a_second_save_of_it_is_done(admin_client, lamp):
    order = PurchaseOrder.objects.get()
    opened = form(order) | carried(admin_client.get(page(order)))
    purchasing.edit_line(order.lines.get().pk, quantity=168, by=None, at=make.MONDAY)

    told = admin_client.post(page(order), opened | {"lines-0-quantity": "180"})

    text = told.content.decode()
    assert "LAMP is now 168 units at 10." in text
    assert 'name="lines-0-seen" value="168@10.0000"' in text
    assert drafted() == [(168, Decimal(10), False)]

    again = form(order) | carried(told) | {"lines-0-quantity": "180"}
    saved = admin_client.post(page(order), again)
    assert saved.status_code == 302
    assert drafted() == [(180, Decimal(10), True)]


def test_a_row_that_nobody_typed_into_shows_what_it_holds_now(admin_client, lamp):
    order = PurchaseOrder.objects.get()
    opened = form(order) | carried(admin_client.get(page(order)))
    purchasing.edit_line(order.lines.get().pk, quantity=168, by=None, at=make.MONDAY)

    told = admin_client.post(page(order), opened)

    assert 'name="lines-0-quantity" value="168"' in told.content.decode()
