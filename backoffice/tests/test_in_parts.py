"""A line confirmed in parts on its screen: shown before it is done, done once, and each part goes its own way then."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.urls import reverse

from backoffice.books import audit
from backoffice.people import roles
from backoffice.tests import acts, people
from backoffice.tests.acts import Act
from inventory.desk import once, performing
from inventory.models import Inbound
from orders.mail import notices
from orders.models import Allocation, Notice, NoticeState, OrderLine
from orders.tests import make
from suppliers import purchasing
from suppliers.models import PurchaseOrder, PurchaseOrderLine, Slip
from suppliers.tests import make as buy

pytestmark = pytest.mark.django_db
NOW = people.MONDAY + timedelta(hours=1)


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def order() -> PurchaseOrder:
    """Thirty lamps, confirmed for the 11th; Lena waits for two, then Tom for twenty. Both were told."""
    lamp = make.product("LAMP", name="Oak lamp")
    order = buy.sent((buy.offer(lamp), 30))
    purchasing.confirm(order.pk, {buy.line(order).pk: people.in_days(9)}, by=None, at=people.MONDAY)
    make.order((lamp, 2), reference="SO-1", who=make.customer("Lena Ortiz"), at=people.MONDAY)
    make.order((lamp, 20), reference="SO-2", who=make.customer("Tom Baker"), at=people.MONDAY)
    notices.send_due(at=NOW)
    return order


def first(order: PurchaseOrder) -> PurchaseOrderLine:
    return order.lines.order_by("pk")[0]


def parts(*named: tuple[int, int], rest: bool = False) -> dict[str, str]:
    typed: dict[str, str] = {}
    for number, (units, days) in enumerate(named, start=1):
        typed |= {f"units-{number}": str(units), f"date-{number}": str(people.in_days(days))}
    return typed | ({"rest_is_open": "on"} if rest else {})


def act(order: PurchaseOrder, *named: tuple[int, int], rest: bool = False) -> Act:
    path = reverse("admin:confirm_in_parts", args=[first(order).inbound_id])
    return Act(path, parts(*(named or ((10, 9), (20, 23))), rest=rest), is_previewed=True)


def said(response: Any) -> list[str]:
    return [str(message) for message in response.wsgi_request._messages]


def told() -> list[tuple[str, str]]:
    waiting = Notice.objects.exclude(state=NoticeState.SENT)
    return sorted(waiting.values_list("customer__name", "state"))


def test_whom_it_moves_and_what_they_read_is_shown_and_then_done(admin_client, order):
    done, before = act(order), acts.books()

    seen = admin_client.post(done.path, {**done.typed, "preview": "1"})
    is_as_before = acts.books() == before
    answer = admin_client.agree(done.path, done.typed)

    words = f"LAMP of {order} · Nordlys comes in parts: 10 units on 11 Mar 2026, 20 units on 25 Mar 2026."
    assert f'<p class="in-words">{words}</p>' in seen.content.decode()
    outcome = seen.context["outcome"]
    tom = OrderLine.objects.get(order__reference="SO-2")
    assert [(each.line_id, each.was.promised_date, each.now.promised_date) for each in outcome.moved] == [
        (tom.pk, people.in_days(10), people.in_days(31))
    ]
    assert [letter.subject for _, letter in outcome.effects.letters] == [
        "New shipping date: 20 × Oak lamp (order SO-2)"
    ]
    assert is_as_before
    assert said(answer) == [f"Confirmed LAMP of {order} · Nordlys in 2 parts. 1 mail goes out."]
    rows = Inbound.objects.order_by("pk")
    assert list(rows.values_list("quantity", "outstanding", "committed", "expected_date")) == [
        (10, 10, 10, people.in_days(9)),
        (20, 20, 12, people.in_days(23)),
    ]
    claims = Allocation.objects.order_by("line", "inbound").values_list("line__order__reference", "quantity")
    assert list(claims) == [("SO-1", 2), ("SO-2", 8), ("SO-2", 12)]
    assert audit.balances(audit.run(at=NOW))


def test_nobody_is_told_twice_and_who_does_not_move_hears_nothing(admin_client, order):
    sent = Notice.objects.count()

    admin_client.agree(act(order).path, act(order).typed)
    for hours in range(1, 30):
        notices.send_due(at=NOW + timedelta(hours=hours))

    fresh = Notice.objects.order_by("pk")[sent:]
    assert [(each.customer.name, each.state) for each in fresh] == [("Tom Baker", NoticeState.SENT)]


def test_parts_that_move_nobody_tell_nobody(admin_client, order):
    answer = admin_client.agree(act(order).path, parts((22, 9), (8, 30)))

    assert said(answer) == [f"Confirmed LAMP of {order} · Nordlys in 2 parts. No customer hears anything new."]
    assert list(Slip.objects.values_list("was", "now")) == [(people.in_days(9), people.in_days(30))]


def test_the_rest_may_be_without_a_day(admin_client, order):
    answer = admin_client.agree(act(order).path, parts((10, 9), rest=True))

    assert said(answer) == [f"Confirmed LAMP of {order} · Nordlys in 2 parts. 1 mail goes out."]
    rows = Inbound.objects.order_by("pk").values_list("quantity", "expected_date", "is_confirmed")
    assert list(rows) == [(10, people.in_days(9), True), (20, None, False)]


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        (
            parts((10, 9), (15, 23)),
            "The parts are 25 units, and 30 outstanding: 5 are missing. Name what is missing, or tick that the rest",
        ),
        (parts((10, 9), (21, 23)), "The parts are 31 units, and 30 outstanding: 1 is too many."),
        (parts((10, 9), (20, 9)), "Two parts come on 11 March 2026: add them up."),
        (parts((30, 9)), "That is one part. Name at least two, each with its day"),
        (parts(), "That is one part. Name at least two, each with its day"),
        (parts(rest=True), "That is one part. Name at least two, each with its day"),
        (parts((10, 9), (20, 23), rest=True), "Nothing is left that is not confirmed"),
        (parts((10, 9), (20, -1)), "1 March 2026 has passed. Enter today or a later day."),
        (parts((10, 9), (20, 900)), "is too far ahead. Enter a day up to 2 March 2028"),
        (parts((10, 9)) | {"units-2": "20"}, "Say when they come."),
        (parts((10, 9)) | {"date-2": str(people.in_days(23))}, "Say how many units come."),
        (parts((10, 9), (0, 23)), "That is too little: the least is 1."),
        (parts((10, 9), (20, 23)) | {"units-2": "twenty"}, "Write a whole number, such as 12."),
        (parts((10, 9)) | {"units-2": "20", "date-2": "31.31.2026"}, "This is no day. Write it like 2026-03-31."),
    ],
)
def test_what_are_no_parts_is_said_in_words_and_nothing_is_written(admin_client, order, typed, why):
    before = acts.books()

    for button in ("preview", "apply"):
        answer = admin_client.post(act(order).path, {**typed, button: "1"})
        assert (answer.status_code, why in answer.content.decode()) == (200, True)

    assert acts.books() == before


def test_a_page_whose_goods_have_moved_does_nothing_and_shows_how_they_stand(order):
    page = acts.opened(acts.boss("ines"), act(order, (10, 9), rest=True))
    purchasing.receive(order.pk, {first(order).pk: (1, 0)}, by=None, at=NOW)
    before = acts.books()

    again = page.send()

    told = "Meanwhile “SO-1, LAMP: Units set aside: 1 here, 1 waiting”."
    assert said(again) == [performing.MOVED_MEANWHILE, told]
    assert again.context["in_words"].endswith("10 units on 11 Mar 2026, 19 units on a day not confirmed.")
    assert acts.books() == before


def test_a_line_that_came_meanwhile_comes_in_no_parts(order):
    page = acts.opened(acts.boss("ines"), act(order))
    purchasing.receive(order.pk, {first(order).pk: (30, 0)}, by=None, at=NOW)

    again = page.send()

    assert "too many" in again.content.decode() or "nothing is outstanding" in again.content.decode()
    assert order.lines.count() == 1


def test_sent_twice_it_is_done_once(order):
    page = acts.opened(acts.boss("ines"), act(order))

    answer = page.send()
    once_done = acts.books()
    second = page.send()

    assert (answer.status_code, second["Location"]) == (302, answer["Location"])
    assert once.AGAIN in said(second)
    assert (acts.books() == once_done, order.lines.count()) == (True, 2)


def test_of_two_people_who_look_at_once_the_second_is_shown_how_it_stands_now(order):
    pages = [acts.opened(acts.boss(name), act(order)) for name in ("ines", "nils")]

    codes = [page.send().status_code for page in pages]

    assert (codes, order.lines.count()) == ([302, 200], 2)


def test_who_may_not_change_purchase_orders_sees_no_link_and_no_screen(order):
    roles.keep()
    path, page = act(order).path, reverse("admin:suppliers_purchaseorder_change", args=[order.pk])
    seen = {}
    for role in (roles.BUYER, roles.OPERATIONS):
        client = people.browser(role)
        seen[role] = (path in client.get(page).content.decode(), client.get(path).status_code)

    assert seen == {roles.BUYER: (True, 200), roles.OPERATIONS: (False, 403)}


def test_what_is_no_line_of_a_purchase_order_comes_in_no_parts(admin_client):
    row = make.coming(make.product(), 10, on=people.in_days(3))

    answer = admin_client.get(reverse("admin:confirm_in_parts", args=[row.pk]))

    assert answer.status_code in (302, 404)


def cells(response: Any, name: str, *columns: str) -> list[tuple[str, ...]]:
    """These columns of the table of a page that has them, as text."""
    tables = [table for table in response.context["tables"] if name in table.columns]
    places = [tables[0].columns.index(column) for column in columns]
    return [tuple(str(row[place]) for place in places) for row in tables[0].rows]


def test_the_page_of_the_order_shows_one_line_in_its_parts_the_earliest_first(admin_client, order):
    admin_client.agree(act(order).path, parts((20, 23), (10, 9)))
    splitted = admin_client.get(reverse("admin:suppliers_purchaseorder_change", args=[order.pk]))

    content = splitted.content.decode()
    assert "1 line in 2 parts, 300.00" in content
    assert content.index("part 1 of 2") < content.index("11 Mar 2026") < content.index("part 2 of 2")
    assert content.index("part 2 of 2") < content.index("25 Mar 2026")


def test_the_receipt_shows_the_parts_and_counts_what_is_beyond_one_for_the_next(admin_client, order):
    admin_client.agree(act(order).path, act(order).typed)
    near = first(order).inbound
    typed = {f"units-{near.pk}": "25", f"damaged-{near.pk}": ""}
    path = reverse("admin:receive_purchase_order", args=[order.pk])

    seen = admin_client.post(path, {**typed, "preview": "1"})
    answer = admin_client.agree(path, typed)

    table = seen.context["tables"][0]
    assert [(row[3], row[4], row[7]) for row in table.rows] == [("11 Mar 2026", 10, 0), ("25 Mar 2026", 20, 5)]
    assert "Takes in 25 units: 25 as ordered, 0 beyond; 0 damaged." in seen.content.decode()
    assert said(answer)[0].startswith(f"Received 25 units of {order} from Nordlys.")
    assert list(Inbound.objects.order_by("pk").values_list("received", "surplus")) == [(10, 0), (15, 0)]


def test_the_receipt_of_one_part_shows_the_others_of_its_line_and_of_no_other(admin_client, order):
    admin_client.agree(act(order).path, act(order).typed)
    near, far = Inbound.objects.order_by("pk")

    seen = admin_client.get(reverse("admin:receive_inbound", args=[far.pk]))

    assert [part.pk for part in seen.context["form"].parts] == [near.pk, far.pk]


def test_a_receipt_that_was_wrong_is_taken_back_from_the_part_it_came_for(admin_client, order):
    admin_client.agree(act(order).path, act(order).typed)
    far = Inbound.objects.latest("pk")
    purchasing.receive(order.pk, {far.purchase_line.pk: (20, 0)}, by=None, at=NOW)
    path = reverse("admin:unreceive_purchase_order", args=[order.pk])

    admin_client.agree(path, {f"units-{far.pk}": "5", f"damaged-{far.pk}": "", "reason": "Another lorry"})

    assert list(Inbound.objects.order_by("pk").values_list("received", flat=True)) == [0, 15]


@pytest.mark.parametrize("name", ["shorten", "confirm", "another"])
def test_other_screens_tell_the_parts_of_a_line_from_one_another(admin_client, order, name):
    admin_client.agree(act(order).path, act(order).typed)

    page = admin_client.get(f"{reverse(f'admin:suppliers_purchaseorder_{name}')}?ids={order.pk}").content.decode()

    words = {"shorten": "Units of {} that will not come", "confirm": "Date of {}", "another": "{}, "}[name]
    assert all(words.format(f"LAMP, part {number} of 2") in page for number in (1, 2))


def test_each_part_is_overdue_by_itself(admin_client, order):
    admin_client.agree(act(order).path, act(order).typed)

    with time_machine.travel(people.MONDAY + timedelta(days=12), tick=False):
        late = acts.boss("ines").get(reverse("admin:inventory_inbound_changelist"), {"is": "late"})

    assert [row.quantity for row in late.context["cl"].result_list] == [10]
