"""The lists and pages of buying: their query budgets, the life of a purchase order in its forms."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.urls import reverse

from inventory.tests.hands import carried
from suppliers import purchasing
from suppliers.models import Delivery, Offer, PurchaseOrder, Slip, Supplier
from suppliers.tests import make

pytestmark = pytest.mark.django_db

BUDGET = {
    # statements of a list and of a page, however many rows: log-in, navigation and kept views included
    "supplier": (9, 11),
    "offer": (11, 11),
    "purchaseorder": (11, 12),
    "slip": (10, 11),
    "delivery": (10, 11),
}


@pytest.fixture(autouse=True)
def _monday() -> Iterator[None]:
    with time_machine.travel(make.MONDAY, tick=False):
        yield


def in_days(days: int) -> str:
    return (make.TODAY + timedelta(days=days)).isoformat()


def world(size: int) -> None:
    """So many of everything."""
    offers = [make.offer(make.product(), prices=((1, "10"), (50, "8"))) for _ in range(size)]
    for each in offers:
        make.delivered(each, 12)
        Supplier.objects.create(code=f"S{each.pk}", name=f"Supplier {each.pk}")
    order = make.sent(*((each, 30) for each in offers))
    for line in order.lines.all():
        purchasing.confirm(order.pk, {line.pk: make.TODAY + timedelta(days=9)}, by=None, at=make.MONDAY)
        purchasing.reschedule(line.pk, make.TODAY + timedelta(days=12), reason="Storm", by=None, at=make.MONDAY)
    make.draft(*((each, 12) for each in offers))


@pytest.mark.parametrize("size", [2, 15])
def test_a_list_and_a_page_keep_their_query_budget(admin_client, django_assert_max_num_queries, subtests, size):
    ContentType.objects.get_for_models(*apps.get_models())  # read once by a process
    world(size)
    models = {"supplier": Supplier, "offer": Offer, "purchaseorder": PurchaseOrder, "slip": Slip, "delivery": Delivery}

    for model, (most_of_list, most_of_page) in BUDGET.items():
        first = models[model].objects.order_by("pk")[0]
        cache.clear()  # each is the first that is opened
        with subtests.test(model=model):
            with django_assert_max_num_queries(most_of_list):
                listed = admin_client.get(reverse(f"admin:suppliers_{model}_changelist"))
            with django_assert_max_num_queries(most_of_page):
                page = admin_client.get(reverse(f"admin:suppliers_{model}_change", args=[first.pk]))

            assert (listed.status_code, page.status_code) == (200, 200)


@pytest.mark.parametrize("size", [2, 15])
@pytest.mark.parametrize("stage", ["draft", "sent"])
def test_the_page_of_a_purchase_order_keeps_its_budget_with_many_lines(
    admin_client, django_assert_max_num_queries, stage, size
):
    wanted = [(make.offer(make.product()), 12) for _ in range(size)]
    order = make.draft(*wanted) if stage == "draft" else make.sent(*wanted)
    ContentType.objects.get_for_models(*apps.get_models())  # read once by a process

    with django_assert_max_num_queries(15 if stage == "sent" else 11):  # with what hangs on one that was sent
        response = admin_client.get(reverse("admin:suppliers_purchaseorder_change", args=[order.pk]))

    assert response.content.decode().count("LAMP-") >= size


def page(order: PurchaseOrder) -> str:
    return reverse("admin:suppliers_purchaseorder_change", args=[order.pk])


def operation(name: str, order: PurchaseOrder) -> str:
    return f"{reverse(f'admin:suppliers_purchaseorder_{name}')}?ids={order.pk}"


def lines_form(order: PurchaseOrder, **fields) -> dict:
    """The form of a draft as the page shows it, with these fields typed over."""
    data: dict = {"lines-TOTAL_FORMS": order.lines.count(), "lines-INITIAL_FORMS": order.lines.count()}
    for number, line in enumerate(order.lines.order_by("pk")):
        data |= {
            f"lines-{number}-id": line.pk,
            f"lines-{number}-purchase_order": order.pk,
            f"lines-{number}-quantity": line.quantity,
            f"lines-{number}-unit_price": line.unit_price,
        }
    return data | fields


def test_a_changed_quantity_takes_the_price_of_its_tier_and_is_marked_as_a_persons(admin_client):
    order = make.draft((make.offer(make.product(), prices=((1, "10"), (50, "8"))), 12))

    admin_client.post(page(order), lines_form(order, **{"lines-0-quantity": 60}))

    line = make.line(order)
    assert (line.quantity, line.unit_price) == (60, Decimal("8"))
    assert line.parts["touched_by"] == "admin"


@pytest.mark.parametrize("seen", ["12@sNaN", "12@Infinity", "12@", "x@10", "1" * 5_000])
def test_figures_that_no_page_showed_are_none_and_the_line_is_changed_as_typed(admin_client, seen):
    order = make.draft((make.offer(make.product()), 12))

    response = admin_client.post(page(order), lines_form(order, **{"lines-0-quantity": 60, "lines-0-seen": seen}))

    assert response.status_code == 302
    assert make.line(order).quantity == 60


def test_a_typed_price_stands(admin_client):
    order = make.draft((make.offer(make.product()), 12))

    admin_client.post(page(order), lines_form(order, **{"lines-0-unit_price": "9.25"}))

    assert make.line(order).unit_price == Decimal("9.25")


def test_a_line_is_taken_off_and_the_other_stays(admin_client):
    pen, cup = make.product(), make.product()
    order = make.draft((make.offer(pen), 12), (make.offer(cup), 7))

    admin_client.post(page(order), lines_form(order, **{"lines-0-DELETE": "on"}))

    assert list(order.lines.values_list("product", flat=True)) == [cup.pk]


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"lines-0-quantity": 0}, "That is too little: the least is 1."),
        ({"lines-0-quantity": -5}, "That is too little: the least is 1."),
        ({"lines-0-unit_price": "0"}, "A line needs a price."),
        ({"lines-0-quantity": "many"}, "Write a whole number, such as 12."),
    ],
)
def test_a_line_that_cannot_be_is_refused_with_the_reason(admin_client, fields, told):
    order = make.draft((make.offer(make.product()), 12))

    response = admin_client.post(page(order), lines_form(order, **fields))

    assert told in response.content.decode()
    assert make.line(order).quantity == 12


def test_an_approved_order_cannot_be_edited(admin_client):
    order = make.approved((make.offer(make.product()), 12))

    response = admin_client.post(page(order), lines_form(order, **{"lines-0-quantity": 60}))

    assert response.status_code == 403
    assert make.line(order).quantity == 12


def test_an_order_is_approved_sent_confirmed_and_canceled_by_its_buttons(admin_client):
    order = make.draft((make.offer(make.product()), 12))
    line = make.line(order)

    admin_client.post(operation("approve", order))
    admin_client.agree(operation("by_hand", order))
    admin_client.agree(operation("confirm", order), {f"date-{line.pk}": in_days(9)})

    order.refresh_from_db()
    assert (order.words, order.approved_by.username) == ("Confirmed", "admin")
    assert make.expected(order).expected_date == make.TODAY + timedelta(days=9)

    admin_client.agree(operation("cancel", order), {"reason": "Found it cheaper"})

    order.refresh_from_db()
    assert order.words == "Canceled"
    assert make.expected(order).outstanding == 0


def test_many_drafts_are_approved_at_once_or_none(admin_client):
    draft = make.draft((make.offer(make.product()), 12))
    done = make.approved((make.offer(make.product(), make.supplier("Kaiko")), 5))

    response = admin_client.post(f"{reverse('admin:suppliers_purchaseorder_approve')}?ids={draft.pk},{done.pk}")

    draft.refresh_from_db()
    assert draft.approved_at is None
    assert "is not a draft any more" in response.content.decode()


def test_a_draft_whose_lines_changed_since_it_was_shown_is_not_approved_though_its_sums_stand(admin_client):
    lamp, shade = make.product("LAMP"), make.product("SHADE")
    order = make.draft((make.offer(lamp), 100), (make.offer(shade), 10))
    page = carried(admin_client.get(operation("approve", order)))
    for thing, units in ((lamp, 10), (shade, 100)):
        purchasing.edit_line(make.line(order, thing).pk, quantity=units, by=make.buyer(), at=make.MONDAY)

    response = admin_client.post(operation("approve", order), page)

    assert "The facts have moved since you looked." in response.content.decode()
    order.refresh_from_db()
    assert order.approved_at is None
    admin_client.post(operation("approve", order))
    order.refresh_from_db()
    assert order.approved_at


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        ("send", {}, "is not approved yet. Nothing was marked as sent."),
        ("by_hand", {}, "is not approved yet. Nothing was marked as sent."),
        ("confirm", {}, "Enter the date of at least one line."),
        ("cancel", {}, "This field is required."),
    ],
)
def test_what_a_draft_is_not_ready_for_is_refused_with_the_reason(admin_client, name, data, told):
    order = make.draft((make.offer(make.product()), 12))

    response = admin_client.post(operation(name, order), data)

    order.refresh_from_db()
    assert told in response.content.decode()
    assert order.words == "Draft"


def test_a_date_that_has_passed_is_not_confirmed(admin_client):
    order = make.sent((make.offer(make.product()), 12))

    response = admin_client.post(operation("confirm", order), {f"date-{make.line(order).pk}": in_days(-1)})

    assert make.expected(order).expected_date is None
    assert "errornote" in response.content.decode()


def test_a_draft_is_typed_in_at_the_price_of_its_offer(admin_client):
    pen = make.product("PEN-1")
    make.offer(pen, prices=((1, "10"), (50, "8")))
    data = {
        "supplier": make.supplier().pk, "warehouse": make.warehouse().pk, "lines-TOTAL_FORMS": 5,
        "lines-INITIAL_FORMS": 0, "lines-0-sku": "PEN-1", "lines-0-units": 50,
    }  # fmt: skip

    admin_client.post(reverse("admin:suppliers_purchaseorder_add"), data)

    line = PurchaseOrder.objects.get().lines.get()
    assert (line.product, line.quantity, line.unit_price) == (pen, 50, Decimal("8"))


def test_a_product_the_supplier_does_not_offer_is_named(admin_client):
    make.product("PEN-1")
    data = {
        "supplier": make.supplier().pk, "warehouse": make.warehouse().pk, "lines-TOTAL_FORMS": 5,
        "lines-INITIAL_FORMS": 0, "lines-0-sku": "PEN-1", "lines-0-units": 50,
    }  # fmt: skip

    response = admin_client.post(reverse("admin:suppliers_purchaseorder_add"), data)

    assert "Nordlys has no active offer for PEN-1." in response.content.decode()
    assert PurchaseOrder.objects.count() == 0


def test_a_supplier_on_hold_says_why(admin_client):
    nordlys = make.supplier()
    data = {
        "code": "NORDLYS", "name": "Nordlys", "is_on_hold": "on", "hold_reason": "", "approval_days": 1,
        "review_days": 7, "order_cost": 0, "freight": 0,
    }  # fmt: skip

    response = admin_client.post(reverse("admin:suppliers_supplier_change", args=[nordlys.pk]), data)

    nordlys.refresh_from_db()
    assert "Say why this supplier is on hold; buyers will ask." in response.content.decode()
    assert nordlys.is_on_hold is False


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"order_cost": "-1"}, "That is too little: the least is 0."),
        ({"freight": "-0.01"}, "That is too little: the least is 0."),
        ({"review_days": 0}, "That is too little: the least is 1."),
        ({"code": "4.00638E+12"}, "“4.00638E+12” is a number that lost its digits, as programs leave it."),
        ({"code": " kaiko "}, "“kaiko” is there already, as “KAIKO”."),
        ({"country": "-1"}, "There is no calendar of public holidays for “-1”."),
    ],
)
def test_a_form_takes_of_a_supplier_what_a_file_takes(admin_client, fields, words):
    nordlys, _ = make.supplier(), make.supplier("Kaiko")
    Supplier.objects.filter(name="Kaiko").update(code="KAIKO")
    page = reverse("admin:suppliers_supplier_change", args=[nordlys.pk])
    data = {
        "code": nordlys.code, "name": "Nordlys", "approval_days": 1, "review_days": 7, "order_cost": 0, "freight": 0,
        "rate": 1,
    }  # fmt: skip

    refused = admin_client.post(page, data | fields)
    taken = admin_client.post(page, data | {"freight": "4.50", "country": "de"})

    assert words in refused.content.decode()
    assert taken.status_code == 302
    nordlys.refresh_from_db()
    assert (str(nordlys.freight), nordlys.country, nordlys.order_cost) == ("4.50", "DE", 0)

    Supplier.objects.update(country="XX")  # which the form took once
    stays = admin_client.post(page, data | {"freight": "5", "country": "XX"})
    assert stays.status_code == 302, stays.context["adminform"].form.errors
    nordlys.refresh_from_db()
    assert (str(nordlys.freight), nordlys.country) == ("5.00", "XX")


def test_a_purchase_order_that_is_sent_says_that_no_date_of_it_moved(admin_client):
    order = make.sent((make.offer(make.product()), 12))

    page = admin_client.get(reverse("admin:suppliers_purchaseorder_change", args=[order.pk]))

    assert "The supplier has moved no date." in page.content.decode()


def test_a_purchase_order_is_found_by_its_reference_and_by_what_is_on_it(admin_client):
    order = make.draft((make.offer(make.product("PEN-1")), 12))
    other = make.draft((make.offer(make.product("CUP-1"), make.supplier("Kaiko")), 5))

    by_reference = admin_client.get(reverse("admin:suppliers_purchaseorder_changelist"), {"q": order.reference})
    by_product = admin_client.get(reverse("admin:suppliers_purchaseorder_changelist"), {"q": "cup"})

    assert [row.pk for row in by_reference.context["cl"].result_list] == [order.pk]
    assert [row.pk for row in by_product.context["cl"].result_list] == [other.pk]
