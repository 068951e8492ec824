"""No door takes a day that cannot be: each says so in words, writes nothing, and takes the last day that can."""

from datetime import date, timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from backoffice.files import loading
from backoffice.tests import acts
from inventory.models import DemandEvent, Inbound, ReorderPolicy, Transfer, Warehouse
from inventory.tests import files
from orders.fulfillment import NotAnOrder
from orders.models import Hold, Order, OrderLine, Promise
from orders.promising import by_hand
from orders.tests import make
from suppliers import purchasing
from suppliers.models import Closure, Supplier
from suppliers.tests.make import line, offer, sent

pytestmark = pytest.mark.django_db
NOW = make.MONDAY + timedelta(hours=3)
LAST = date(2028, 3, 2)
PAST = [date(1, 1, 1), make.TODAY - timedelta(days=1)]
FAR = [LAST + timedelta(days=1), date(9999, 12, 31)]


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def root(client):
    client.force_login(User.objects.create_superuser("root"))
    return client


def new_date(root, day):
    row = Inbound.objects.first() or make.coming(make.product(), 5, on=None)
    return root.post(f"/admin/new-date/inbound/{row.pk}/", {"new_date": day, "reason": "said so"})


def confirm(root, day):
    make.warehouse()
    order = sent((offer(make.product()), 5))
    path = f"/admin/suppliers/purchaseorder/confirm/?ids={order.pk}"
    return root.post(path, {f"date-{line(order).pk}": day})


def promise(root, day):
    waiting = make.line(make.product(), 1)
    chosen = {"action": "new_date", "_selected_action": [waiting.pk], "preview": "1"}
    return root.post("/admin/orders/backorder/", {**chosen, "promised_date": day, "reason": "called"})


def hold(root, day):
    shelf = make.on_hand(make.product(), 5)
    answer = {"customer": make.customer().email, "sku": shelf.product.sku, "warehouse": shelf.warehouse_id}
    return root.post("/admin/orders/hold/add/", {**answer, "units": 1, "until_date": day, "reason": "asked"})


def transfer(root, day):
    shelf = make.on_hand(make.product(), 5)
    lines = {"lines-TOTAL_FORMS": 1, "lines-INITIAL_FORMS": 0, "lines-0-sku": shelf.product.sku, "lines-0-units": 1}
    places = {"source": shelf.warehouse_id, "destination": make.warehouse("HAM").pk}
    return root.post("/admin/inventory/transfer/add/", {**places, **lines, "expected_date": day})


def order(root, day):
    lines = {"lines-TOTAL_FORMS": 1, "lines-INITIAL_FORMS": 0, "lines-0-sku": make.product().sku, "lines-0-units": 1}
    head = {"customer": make.customer().email, "reference": "CS-1", "warehouse": make.warehouse().pk}
    return root.post("/admin/orders/order/add/", {**head, **lines, "warehouse_rule": "any", "wanted_date": day})


def freeze(root, day):
    row = ReorderPolicy.objects.create(product=make.product(), warehouse=make.warehouse())
    answer = {"frozen_point": 4, "frozen_until": day, "frozen_reason": "fair"}
    return root.post(f"/admin/inventory/reorderpolicy/{row.pk}/change/", answer)


def event(root, day):
    answer = {"name": "Fair", "kind": "promotion", "starts_on": "2026-01-01", "ends_on": day, "uplift": 2}
    return root.post("/admin/inventory/demandevent/add/", answer)


def closure(root, day):
    who = Supplier.objects.create(code="N", name="Nordlys")
    days = {"starts_on": "2026-01-01", "ends_on": day, "reason": "holiday"}
    return root.post(f"/admin/suppliers/supplier/close_for/?ids={who.pk}", {**days, "preview": "1"})


COMING = [new_date, confirm, promise, hold, transfer, order, freeze, closure]
RECORDS = [event]


def written():
    rows = (Order, OrderLine, Hold, Transfer, DemandEvent, Closure)
    days = list(Promise.objects.values_list("promised_date", flat=True))
    days += list(Inbound.objects.values_list("expected_date", flat=True))
    days += list(ReorderPolicy.objects.values_list("frozen_until", flat=True))
    return [model.objects.count() for model in rows], [day for day in days if day]


@pytest.mark.proof
@pytest.mark.parametrize(
    ("door", "day"),
    # what has been is on record, but not what was before there were records
    [(door, day) for day in (*PAST, *FAR) for door in (*COMING, *RECORDS) if door in COMING or day != PAST[1]],
)
def test_every_form_says_in_words_why_a_day_cannot_be(root, door, day):
    response = door(root, f"{day:%Y-%m-%d}".rjust(10, "0"))

    page = response.content.decode()
    assert response.status_code == 200
    assert (
        "is too far ahead. Enter a day up to 2 March 2028" in page
        if day in FAR
        else (
            "has passed. Enter today or a later day." in page
            or "is too long ago. Enter a day from 1 January 1970" in page
        )
    )
    counts, days = written()
    assert counts[2:] == [0, 0, 0, 0]
    assert all(known <= LAST for known in days)


@pytest.mark.parametrize("door", [each for each in (*COMING, *RECORDS) if each is not hold])
def test_two_years_from_today_is_the_last_day_every_form_takes(root, door):
    response = door(root, f"{LAST:%Y-%m-%d}")

    page = response.content.decode()
    assert response.status_code in (200, 302)
    assert "too far ahead" not in page
    assert "errorlist" not in page


def test_the_use_cases_refuse_it_for_who_comes_by_another_door():
    waiting = make.line(make.product(), 1)
    make.warehouse()
    bought = sent((offer(make.product()), 5))
    for day in (*PAST, *FAR):
        with pytest.raises(by_hand.NotAPromise, match=r"has passed|too far ahead"):
            by_hand.set_date([waiting.pk], day, reason="called", by=None, at=NOW)
        with pytest.raises(purchasing.ImpossibleDate, match=r"has passed|too far ahead"):
            purchasing.confirm(bought.pk, {line(bought).pk: day}, by=None, at=NOW)
        with pytest.raises(purchasing.ImpossibleDate, match=r"has passed|too far ahead"):
            purchasing.reschedule(line(bought).pk, day, reason="slip", by=None, at=NOW)
        with pytest.raises(NotAnOrder, match=r"before it was placed|too far ahead"):
            make.line(make.product(), 1, wanted_date=day)
    by_hand.set_date([waiting.pk], LAST, reason="called", by=None, at=NOW)
    purchasing.confirm(bought.pk, {line(bought).pk: LAST}, by=None, at=NOW)
    make.line(make.product(), 1, wanted_date=LAST)
    assert OrderLine.objects.get(pk=waiting.pk).promised_date == LAST


@pytest.mark.parametrize(
    ("label", "field", "most"),
    [
        ("suppliers.supplier", "approval_days", 365),
        ("suppliers.supplier", "review_days", 365),
        ("suppliers.offer", "quoted_days", 1000),
        ("inventory.product", "covered_days", 3650),
    ],
)
def test_a_form_takes_no_more_days_than_a_file_may_say(admin_user, label, field, most):
    """Three million days of approval were a day that no calendar has: every night broke off."""
    bought = offer(make.product())
    rows = {"supplier": bought.supplier, "offer": bought, "product": bought.product}
    app, name = label.split(".")
    client = Client()
    client.force_login(admin_user)
    address = reverse(f"admin:{app}_{name}_change", args=[rows[name].pk])
    page = acts.opened(client, acts.Act(address, {field: most + 1}, button="_save"))

    refused = page.send()
    taken = page.send(**{field: most})

    assert f"That is too much: the most is {most}." in refused.content.decode()
    assert taken.status_code == 302
    rows[name].refresh_from_db()
    assert getattr(rows[name], field) == most


@pytest.mark.parametrize("field", ["receiving_days", "handling_days"])
def test_a_new_warehouse_takes_no_more_days_than_a_year_has(root, field):
    address = reverse("admin:inventory_warehouse_add")
    page = acts.opened(root, acts.Act(address, {"code": "MUC", field: 366}, button="_save"))

    refused = page.send()
    taken = page.send(**{field: 365})

    assert "That is too much: the most is 365." in refused.content.decode()
    assert taken.status_code == 302
    assert getattr(Warehouse.objects.get(code="MUC"), field) == 365


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_when_somebody_joined_is_on_record_and_not_typed(root, settings, day):
    settings.TIME_ZONE = "Europe/Berlin"
    who = User.objects.create_user("omar")
    typed = {"username": "omar", "first_name": "Omar", "date_joined_0": day, "date_joined_1": "00:00:00"}

    assert root.post(f"/admin/auth/user/{who.pk}/change/", typed).status_code == 302

    who.refresh_from_db()
    assert (who.first_name, who.date_joined) == ("Omar", NOW)


INBOUND = "reference,sku,quantity,sender,expected_date,sent_at\nPO-1,LAMP,5,Nordlys,{},{}\n"
ORDERS = "reference,placed_at,email,sku,quantity,wanted_date\nSO-1,{1},a@mail.example,LAMP,1,{0}\n"
HISTORY = "reference,placed_at,sku,quantity\nH-1,{1},LAMP,1\n"


def look(tmp_path, kind, text, *days):
    path = files.text(tmp_path, text.format(*days))
    return loading.look(loading.File(kind, path), at=timezone.now())


@pytest.mark.parametrize(
    ("kind", "text", "days", "told"),
    [
        ("inbound", INBOUND, ("2028-03-03", ""), "2028-03-03” — expected a day up to 2 March 2028"),
        ("inbound", INBOUND, ("9999-12-31", ""), "9999-12-31” — expected a date between 1970 and 2100"),
        ("inbound", INBOUND, ("0001-01-01", ""), "0001-01-01” — expected a date between 1970 and 2100"),
        ("inbound", INBOUND, ("", "2026-03-03"), "not in the future, so up to 2 March 2026"),
        ("orders", ORDERS, ("2028-03-03", "2026-03-01"), "expected a day up to 2 March 2028"),
        ("orders", ORDERS, ("", "2026-03-03"), "not in the future, so up to 2 March 2026"),
        ("history", HISTORY, ("", "2026-03-03"), "not in the future, so up to 2 March 2026"),
        ("history", HISTORY, ("", "1969-12-31"), "expected a date between 1970 and 2100"),
    ],
)
def test_every_file_names_row_column_found_and_expected(tmp_path, kind, text, days, told):
    make.product("LAMP")
    make.warehouse()

    (problem,) = look(tmp_path, kind, text, *days).problems.lines()

    assert problem.startswith("Row 2, column")
    assert told.replace("” —", '" —') in problem


@pytest.mark.parametrize(
    ("kind", "text", "days"),
    [
        ("inbound", INBOUND, ("2028-03-02", "2026-03-02")),
        ("orders", ORDERS, ("2028-03-02", "2026-03-02")),
        ("history", HISTORY, ("", "2010-12-01")),
    ],
)
def test_a_file_may_name_the_last_day(tmp_path, kind, text, days):
    make.product("LAMP")
    make.warehouse()

    assert not look(tmp_path, kind, text, *days).problems


def test_what_a_file_says_was_due_is_overdue_and_dated_by_the_record_at_once(tmp_path):
    lamp = make.product("LAMP")
    waiting = make.line(lamp, 2)
    path = files.text(tmp_path, INBOUND.format("2026-02-20", "2026-02-01"))

    loading.load(loading.File("inbound", path), by=None, at=NOW)

    row = Inbound.objects.get()
    waiting.refresh_from_db()
    assert row.expected_date == date(2026, 2, 20)
    assert make.TODAY < row.likely_date < row.safe_date
    assert waiting.promised_date == waiting.safe_date > row.safe_date


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_a_filter_by_a_day_far_off_is_a_question_like_any_other(root, settings, day):
    settings.TIME_ZONE = "Europe/Berlin"
    make.line(make.product(), 1)

    for query in (f"promised_after={day}", f"promised_before={day}", f"promised_after={day}&promised_before={day}"):
        assert root.get(f"/admin/orders/backorder/?{query}").status_code == 200


@pytest.mark.parametrize(
    ("label", "field"),
    [
        ("suppliers.offer", "minimum"),
        ("suppliers.offer", "pack"),
        ("suppliers.offer", "capacity"),
        ("suppliers.offer", "prices-0-minimum"),
        ("inventory.product", "backorder_limit"),
        ("inventory.reorderpolicy", "frozen_point"),
    ],
)
def test_a_form_takes_no_number_that_no_column_holds_on_every_database(root, label, field):
    """SQLite kept them, and lists that add them up could not be opened any more."""
    bought = offer(make.product())
    point = ReorderPolicy.objects.create(product=bought.product, warehouse=make.warehouse())
    rows = {"offer": bought, "product": bought.product, "reorderpolicy": point}
    app, name = label.split(".")
    address = reverse(f"admin:{app}_{name}_change", args=[rows[name].pk])
    page = acts.opened(root, acts.Act(address, {field: 2**31}, button="_save"))

    assert "That is too much: the most is 2147483647." in page.send().content.decode()
