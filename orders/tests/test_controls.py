"""What staff do to lines, as they do it: on the page of a line, of an order, and on the queue."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import Permission, User
from django.core.cache import cache
from django.urls import reverse
from django.utils.html import strip_tags

from inventory.desk import performing
from inventory.models import BackorderPolicy
from orders.admin.lines import operations as line_operations
from orders.models import LineEvent, Notice, OrderLine, Promise, Refusal
from orders.promising import by_hand
from orders.queue import ordering

from . import make

pytestmark = pytest.mark.django_db
NOW = make.MONDAY + timedelta(hours=3)


def in_days(days):
    return make.TODAY + timedelta(days=days)


@pytest.fixture(autouse=True)
def _now():
    cache.clear()
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def staff(client):
    user = User.objects.create_user("olga", is_staff=True)
    names = [operation.permission.partition(".")[2] for operation in line_operations.ALL]
    wanted = Permission.objects.filter(codename__in=["view_orderline", "view_order", *names])
    user.user_permissions.set(wanted)
    client.force_login(user)
    return client


@pytest.fixture
def queue():
    """Four customers wait for two lamps each; six are on their way, and a lot later two more."""
    lamp = make.product("LAMP", name="Oak lamp")
    make.coming(lamp, 6, on=in_days(4), reference="PO-1", is_confirmed=True)
    make.coming(lamp, 2, on=in_days(20), reference="PO-2", is_confirmed=True)
    names = ["Lena Ortiz", "Tom Baker", "Ada Moor", "Jonas Weber"]
    return [
        make.line(
            lamp, 2, who=make.customer(name), reference=f"SO-{number}", at=make.MONDAY - timedelta(days=9 - number)
        )
        for number, name in enumerate(names, start=1)
    ]


def url(name, *lines):
    return f"{reverse(f'admin:orders_backorder_{name}')}?ids={','.join(str(line.pk) for line in lines)}"


def preview(client, name, *lines, address="", **values):
    data = {"_selected_action": [line.pk for line in lines], "preview": "1", "reason": "hotel opens", **values}
    return client.post(address or url(name, *lines), data)


def do(client, name, *lines, address="", **values):
    """Preview, then apply what was seen."""
    seen = preview(client, name, *lines, address=address, **values).context_data
    assert seen["outcome"], seen["form"].errors
    data = {"_selected_action": [line.pk for line in lines], "apply": "1", "reason": "hotel opens", **values}
    return client.post(address or url(name, *lines), {**data, "fingerprint": seen["outcome"].effects.fingerprint})


def table(page, title):
    """The rows of a table of the page, as text; what stands in one cell one under the other is parted by a slash."""
    context = page.context_data
    tables = [*context["tables"], *(context["outcome"].tables() if context["outcome"] else ())]
    return [
        [strip_tags(str(cell.text).replace("</div><div>", " / ")).strip() for cell in row]
        for each in tables
        if each.title == title
        for row in each.body()
    ]


def told(client, response):
    """What the page says has happened, without the way back."""
    messages = client.get(response.url).context["messages"]
    return [str(message).partition(" <a")[0] for message in messages]


def fresh(line):
    line.refresh_from_db()
    return line


def written():
    models = (OrderLine, LineEvent, Promise, Notice)
    return [sorted(map(repr, model.objects.values_list())) for model in models]


def other():
    return make.product("BIRCH", name="Birch lamp")


CASES = {
    # what is typed for the last of the queue, what is said, the kind of its entry in the history
    "new_date": ({"promised_date": "2026-04-01"}, "1 line has a new date.", "date"),
    "priority": ({"priority": "2"}, "1 line has a new priority.", "priority"),
    "move_up": ({"place": "2"}, "It has passed 2 lines.", "ranked"),
    "pin": ({"rank": "1"}, "1 line is pinned.", "pinned"),
    "quantity": ({"units-{pk}": "1"}, "1 line has a new quantity.", "quantity"),
    "substitute": ({"product": "birch", "units-{pk}": "1"}, "Replaced 1 unit.", "substitute"),
    "offer": ({"product": "birch"}, "Offered for 1 line.", "offered"),
    "cancel": ({"units-{pk}": "1"}, "Canceled 1 unit.", "canceled"),
    "cause": ({"cause": "supplier"}, "The cause of 1 line is noted.", "cause"),
}


@pytest.mark.parametrize("name", CASES)
def test_each_control_is_seen_before_it_is_done_and_kept_in_the_history_with_who_did_it(staff, queue, name):
    other()
    line = queue[3]
    typed, words, kind = CASES[name]
    values = {key.format(pk=line.pk): value for key, value in typed.items()}
    before = written()

    seen = preview(staff, name, line, **values)
    assert seen.context_data["outcome"].effects.result
    assert written() == before

    response = do(staff, name, line, **values)

    assert told(staff, response) == [words]
    event = line.events.get(kind=kind, by__username="olga")
    assert event.at == NOW
    assert "hotel opens" in event.text


def test_both_lines_of_a_substitute_are_told_in_one_mail(staff, queue):
    """What else of the order moves with it may be told in another one: of these two it is said."""
    other()

    page = preview(staff, "substitute", queue[3], product="birch", **{f"units-{queue[3].pk}": "1"})

    told = sorted(row.line.product.sku for row in page.context_data["outcome"].effects.news)
    assert (page.context_data["outcome"].effects.mails, told) == (1, ["BIRCH", "LAMP"])
    assert "The customer is told of both in one mail." in page.content.decode()


def test_a_pin_and_a_typed_date_are_let_go_again(staff, queue):
    line = queue[3]
    ordering.pin(line.pk, 1, reason="board", by=None, at=make.MONDAY)
    by_hand.set_date([line.pk], in_days(40), reason="she insisted", by=None, at=make.MONDAY)

    unpinned = told(staff, do(staff, "unpin", line))
    let_go = told(staff, do(staff, "release", line))

    assert (unpinned, let_go) == (["1 line is unpinned."], ["The typed date of 1 line is let go."])
    assert (fresh(line).is_pinned, line.is_promise_pinned, line.promised_date) == (False, False, line.safe_date)


def test_who_is_pushed_back_is_listed_with_the_days_and_the_promises_that_break(staff, queue):
    third, last = queue[2:]

    page = preview(staff, "move_up", last, place="2")

    outcome = page.context_data["outcome"]
    counted = {"later": 1, "most_days": 15, "sooner": 1, "given": 0, "lost": 0, "promises": 2, "broken": 1}
    assert outcome.sums == counted
    assert table(page, "Lines that move") == [
        [
            "SO-3", "Ada Moor", "LAMP", "–", "2", "9 Mar 2026 → 24 Mar 2026 / 15 days later",
            "9 Mar 2026 → 24 Mar 2026 / breaks", "PO-1 → PO-2",
        ],
        [
            "SO-4", "Jonas Weber", "LAMP", "–", "2", "24 Mar 2026 → 9 Mar 2026 / 15 days sooner",
            "24 Mar 2026 → 9 Mar 2026", "PO-2 → PO-1",
        ],
    ]  # fmt: skip
    assert table(page, "Places in the queue") == [["SO-4", "LAMP", "4 → 2 of 4"]]
    assert table(page, "Selected lines") == [
        ["SO-4 / Jonas Weber", "LAMP / Oak lamp", "2 of 2", "24 Mar 2026", "24 Mar 2026", "4 of 4"]
    ]
    news = [(fact.order.reference, fact.kind, fact.promised_date) for fact in outcome.effects.news]
    assert sorted(news) == [("SO-3", "backordered", in_days(22)), ("SO-4", "backordered", in_days(7))]
    assert [fresh(line).promised_date for line in (third, last)] == [in_days(7), in_days(22)]


def test_what_the_preview_said_is_what_happens(staff, queue):
    do(staff, "move_up", queue[3], place="2")

    assert [fresh(line).promised_date for line in queue] == [in_days(7), in_days(7), in_days(22), in_days(7)]
    assert [each.pk for each in OrderLine.objects.in_queue_order()] == [queue[n].pk for n in (0, 3, 1, 2)]


def test_if_the_queue_has_moved_since_the_new_preview_is_shown_and_nothing_is_done(staff, queue):
    seen = preview(staff, "move_up", queue[3], place="2").context_data["outcome"].effects
    make.coming(queue[0].product, 9, on=in_days(1), reference="PO-3")
    before = written()

    data = {"_selected_action": queue[3].pk, "place": "2", "reason": "x", "apply": "1", "fingerprint": seen.fingerprint}
    response = staff.post(url("move_up", queue[3]), data)

    assert response.status_code == 200
    assert performing.MOVED_MEANWHILE in response.content.decode()
    assert response.context_data["outcome"].sums["later"] == 0
    assert written() == before


def test_a_line_that_was_done_since_is_left_out_of_what_is_shown_again(staff, queue):
    chosen = (queue[2], queue[3])
    seen = preview(staff, "pin", *chosen, rank="1").context_data["outcome"].effects
    OrderLine.objects.filter(pk=queue[3].pk).update(canceled=2, pegged=0)
    before = written()

    data = {"_selected_action": [line.pk for line in chosen], "rank": "1", "reason": "x", "apply": "1"}
    response = staff.post(url("pin", *chosen), {**data, "fingerprint": seen.fingerprint})

    assert performing.MOVED_MEANWHILE in response.content.decode()
    assert [row[0] for row in table(response, "Selected lines")] == ["SO-3 / Ada Moor"]
    assert written() == before


def test_days_that_are_no_news_to_anybody_are_part_of_what_was_agreed_to(staff):
    lamp = make.product()
    make.coming(lamp, 1, on=in_days(7), reference="PO-1")
    lorry = make.coming(lamp, 1, on=in_days(8), reference="PO-2")
    first, second = make.line(lamp, 1), make.line(lamp, 1)
    seen = preview(staff, "move_up", second, place="1")
    assert [row[0] for row in table(seen, "Lines that move")] == [first.order.reference, second.order.reference]
    assert table(seen, "Lines that move")[0][5] == "10 Mar 2026 → 11 Mar 2026 / 1 day later"
    assert table(seen, "Mails that go out") == []
    make.moved(lorry, in_days(9))

    values = {"place": "1", "reason": "x", "apply": "1", "fingerprint": seen.context_data["outcome"].fingerprint}
    response = staff.post(url("move_up", second), {"_selected_action": second.pk, **values})

    assert table(response, "Lines that move")[0][5] == "10 Mar 2026 → 12 Mar 2026 / 2 days later"
    assert table(response, "Mails that go out") == []


def test_one_line_moves_at_a_time(staff, queue):
    page = staff.get(url("move_up", *queue)).content.decode()
    response = preview(staff, "move_up", *queue[2:], place="1")

    assert "checked" not in page
    assert "One line moves at a time: tick only one." in response.content.decode()


def test_many_lines_are_pinned_at_once(staff, queue):
    response = do(staff, "pin", *queue[2:], rank="1")

    assert told(staff, response) == ["2 lines are pinned."]
    assert [each.pk for each in OrderLine.objects.in_queue_order()] == [queue[n].pk for n in (2, 3, 0, 1)]


def test_more_units_are_shown_as_the_line_they_become(staff, queue):
    line = queue[0]

    page = preview(staff, "quantity", line, **{f"units-{line.pk}": "5"})

    assert table(page, "New lines") == [
        ["SO-1", "Lena Ortiz", "LAMP", "3", "3", "no date", "no date", "0.00", "5 of 5"]
    ]
    assert page.context_data["outcome"].sums["later"] == 0
    assert OrderLine.objects.count() == 4


def test_units_of_several_lines_of_an_order_are_canceled_from_its_page(staff):
    lamp, mug, rug = make.product("LAMP"), make.product("MUG"), make.product("RUG")
    order = make.order((lamp, 5), (mug, 3), (rug, 1))
    lines = list(order.lines.order_by("position"))
    page = reverse("admin:orders_order_change", args=[order.pk])
    address = f"{reverse('admin:orders_backorder_cancel')}?order={order.pk}"

    assert address.replace("&", "&amp;") in staff.get(page).content.decode()
    response = do(staff, "cancel", *lines[:2], address=address, **{f"units-{lines[0].pk}": "2"})

    assert (response.url, told(staff, response)) == (page, ["Canceled 5 units."])
    assert [fresh(line).canceled for line in lines] == [2, 3, 0]


@pytest.mark.parametrize(("ticked", "cause"), [({}, "cancel:"), ({"is_ours": "on"}, "cancel-by-us:")])
def test_the_history_keeps_who_wanted_a_cancellation(staff, queue, ticked, cause):
    do(staff, "cancel", queue[0], **ticked)

    assert queue[0].events.get(kind="canceled").cause.startswith(cause)


def test_lines_of_many_orders_are_offered_from_the_list_of_orders(staff, queue):
    data = {"action": "cancel", "_selected_action": [line.order_id for line in queue[:2]]}
    response = staff.post(reverse("admin:orders_order_changelist"), data)

    page = staff.get(response.url)

    assert [row[0] for row in table(page, "Selected lines")] == ["SO-1 / Lena Ortiz", "SO-2 / Tom Baker"]


def test_a_quantity_beyond_the_policy_is_said_on_the_form_and_kept_as_demand_once(staff):
    lamp = make.product(backorder_policy=BackorderPolicy.LIMIT, backorder_limit=5)
    line = make.line(lamp, 4, reference="SO-1")

    pages = [preview(staff, "quantity", line, **{f"units-{line.pk}": "9"}).content.decode() for _ in range(2)]

    assert all("5 more asked for, 1 more can be sold now." in page for page in pages)
    assert OrderLine.objects.count() == 1
    assert list(Refusal.objects.values_list("reference", "units", "possible")) == [("SO-1", 9, 5)]


@pytest.mark.parametrize(
    ("name", "values", "error"),
    [
        ("cancel", {"units-{pk}": "99"}, "99 cannot be canceled"),
        ("cancel", {"units-{pk}": "0"}, "0 cannot be canceled"),
        ("cancel", {"units-{pk}": "-3"}, "-3 cannot be canceled"),
        ("cancel", {"units-{pk}": "some"}, "Write a whole number, such as 12"),
        ("cancel", {"reason": ""}, "This field is required"),
        ("quantity", {"units-{pk}": "0"}, "A line has 1 to 1,000,000 units, not 0"),
        ("quantity", {"units-{pk}": "2000000"}, "A line has 1 to 1,000,000 units, not 2,000,000"),
        ("quantity", {"units-{pk}": "2"}, "This line has 2 units already"),
        ("quantity", {}, "Enter how many units of which line the customer wants"),
        ("substitute", {"product": "GHOST"}, "There is no product with the SKU “GHOST”"),
        ("substitute", {"product": "lamp"}, "LAMP is what was ordered: choose another product"),
        ("substitute", {"product": "BIRCH", "units-{pk}": "3"}, "3 cannot be replaced"),
        ("substitute", {"product": "BIRCH", "unit_price": "-1"}, "A price is 0 or more"),
        ("move_up", {"place": "0"}, "It stands at place 4: up means a place from 1 to 3."),
        ("move_up", {"place": "4"}, "It stands at place 4"),
        ("pin", {"rank": "0"}, "A pinned place is 1 or more"),
        ("priority", {"priority": "-1"}, "the least is 0"),
        ("priority", {"priority": "0"}, "This changes nothing: it is so already."),
        ("unpin", {}, "This changes nothing: it is so already."),
        ("release", {}, "This changes nothing: it is so already."),
        ("new_date", {"promised_date": "2026-02-01"}, "has passed. Enter today or a later day."),
    ],
)
def test_what_cannot_be_is_named_on_the_form_and_nothing_is_written(staff, queue, name, values, error):
    other()
    line, before = queue[3], written()

    response = preview(staff, name, line, **{key.format(pk=line.pk): value for key, value in values.items()})

    assert response.status_code == 200
    assert error in response.content.decode()
    assert response.context_data["outcome"] is None
    assert written() == before


def test_with_no_line_ticked_nothing_happens(staff, queue):
    response = staff.post(url("cancel", *queue), {"preview": "1", "reason": "x"})

    assert told(staff, response) == ["Tick at least one line first."]


def test_a_line_that_is_done_is_not_acted_on(staff, queue):
    OrderLine.objects.filter(pk=queue[3].pk).update(canceled=2, pegged=0)

    response = staff.get(url("cancel", queue[3]))

    assert "no longer in this list" in told(staff, response)[0]


def test_only_lines_that_the_address_names_can_be_ticked(staff, queue):
    data = {"_selected_action": queue[0].pk, "preview": "1", "reason": "x"}

    response = staff.post(url("cancel", queue[3]), data)

    assert "no longer in this list" in told(staff, response)[0]


def test_the_page_of_a_line_offers_what_makes_sense_for_it(staff, queue):
    def offered(line):
        page = staff.get(reverse("admin:orders_backorder_change", args=[line.pk]))
        return [label for label, _ in page.context_data["buttons"]]

    plain = offered(queue[3])
    ordering.pin(queue[3].pk, 1, reason="board", by=None, at=make.MONDAY)
    by_hand.set_date([queue[3].pk], in_days(40), reason="she insisted", by=None, at=make.MONDAY)

    always = ["Change quantity…", "Substitute…", "Offer another product…", "Cancel…", "Cause…"]
    assert plain == ["New date…", "Priority…", "Move up…", "Pin…", *always]
    assert offered(queue[3]) == ["New date…", "Let the date go…", "Priority…", "Pin…", "Unpin…", *always]


def test_a_preview_takes_the_same_statements_for_two_lines_and_for_forty(staff, django_assert_max_num_queries):
    lamp = make.product()
    lines = [make.line(lamp, 1) for _ in range(40)]

    for some in (lines[:2], lines):
        with django_assert_max_num_queries(75):
            preview(staff, "pin", *some, rank="1")


def test_what_was_done_last_can_be_taken_back(staff, queue):
    before = [line.pk for line in OrderLine.objects.in_queue_order()]
    page = staff.get(do(staff, "pin", *queue[2:], rank="1").url).content.decode()
    address = reverse("admin:orders_backorder_undo")
    assert f'2 lines are pinned. <a href="{address}">Undo…</a>' in page

    shown = staff.get(address)
    response = do(staff, "undo", *queue[2:], address=address)

    assert shown.context_data["title"] == "Take back: pin"
    assert told(staff, response) == ["Taken back for 2 lines."]
    assert [line.pk for line in OrderLine.objects.in_queue_order()] == before
    assert told(staff, staff.get(address)) == ["There is nothing to take back."]


def test_what_cannot_be_taken_back_offers_no_way_back_and_forgets_the_one_before(staff, queue):
    do(staff, "pin", queue[3], rank="1")

    page = staff.get(do(staff, "cancel", queue[0]).url).content.decode()

    assert "Undo…" not in page
    assert told(staff, staff.get(reverse("admin:orders_backorder_undo"))) == ["There is nothing to take back."]


def test_what_was_told_cannot_be_taken_back(staff, queue):
    do(staff, "move_up", queue[3], place="2")
    Notice.objects.update(state="sent")

    response = preview(staff, "undo", queue[3], address=reverse("admin:orders_backorder_undo"))

    assert "A mail about this has gone out, so it stands." in response.content.decode()
    assert OrderLine.objects.in_queue_order()[1].pk == queue[3].pk
