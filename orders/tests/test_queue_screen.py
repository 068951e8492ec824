import csv
import io
import re
from datetime import timedelta

import openpyxl
import pytest
import time_machine
from django.contrib.auth.models import Permission, User
from django.core.cache import cache
from django.urls import reverse

from inventory import paging
from orders import ordering, promises, queue
from orders.models import LineEvent, Notice, OrderLine, Promise

from . import make

pytestmark = pytest.mark.django_db
QUEUE = "/admin/orders/backorder/"
NOW = make.MONDAY + timedelta(hours=3)
WEDNESDAY = make.TODAY + timedelta(days=2)


@pytest.fixture(autouse=True)
def _now():
    cache.clear()
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def staff(client):
    """A person of operations, with every permission of the queue."""
    verbs = ("redate", "release", "prioritize", "move", "pin", "cancel", "amend", "substitute")
    client.force_login(person("view", "export", *verbs))
    return client


def person(*actions):
    user = User.objects.create_user("-".join(actions)[:60] or "nobody", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=[f"{name}_orderline" for name in actions]))
    return user


@pytest.fixture
def shop():
    """Two lamps on their way for Lena and Jonas, and three mugs that nobody sends for the café."""
    lamp, mug = make.product("LAMP-30", name="Drum lamp"), make.product("MUG-12", name="Stoneware mug")
    make.coming(lamp, 10, on=make.TODAY + timedelta(days=4), reference="PO-1042", is_confirmed=True)
    lena = make.customer("Lena Ortiz", "lena@example.com")
    cafe = make.customer("Café Ronda", "cafe@example.com")
    long_ago = make.MONDAY - timedelta(days=20)
    return {
        "lena": make.line(lamp, 2, who=lena, reference="SO-1", placed_at=long_ago),
        "jonas": make.line(lamp, 1, who=make.customer("Jonas Weber"), reference="SO-2"),
        "cafe": make.line(mug, 3, who=cafe, reference="SO-3", place=make.warehouse("HAM", rank=2)),
    }


def shown(client, **params):
    response = client.get(QUEUE, params)
    assert response.status_code == 200
    return [row.line.order.reference for row in response.context_data["cl"].rows]


def row_of(client, line, **params):
    rows = client.get(QUEUE, params).context_data["cl"].rows
    return next(row for row in rows if row.line.pk == line.pk)


def act(client, action, *lines, tab="waiting", **values):
    data = {"action": action, "_selected_action": [line.pk for line in lines], **values}
    return client.post(f"{QUEUE}?tab={tab}", data)


# --- what is shown --------------------------------------------------------------------------


def test_the_oldest_waiting_line_comes_first(staff, shop):
    assert shown(staff) == ["SO-1", "SO-2", "SO-3"]


def test_a_line_that_is_here_in_full_does_not_wait(staff):
    lamp = make.product()
    make.on_hand(lamp, 2)
    make.line(lamp, 2, reference="SO-9")

    assert shown(staff) == []
    assert shown(staff, tab="ship") == ["SO-9"]


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ({"sku": "lamp"}, ["SO-1", "SO-2"]),
        ({"sku": "amp"}, []),
        ({"customer": "ronda"}, ["SO-3"]),
        ({"customer": "LENA@example.com"}, ["SO-1"]),
        ({"order": "SO-2"}, ["SO-2"]),
        ({"inbound": "po-1042"}, ["SO-1", "SO-2"]),
        ({"inbound": "nordlys"}, ["SO-1", "SO-2"]),
        ({"inbound": "PO-9"}, []),
        ({"age": "15-21"}, ["SO-1"]),
        ({"age": "0-3"}, ["SO-2", "SO-3"]),
        ({"age": "46"}, []),
        ({"promised_after": "2026-03-03"}, ["SO-1", "SO-2"]),
        ({"promised_before": "2026-03-03"}, []),
        ({"no_date": "true"}, ["SO-3"]),
        ({"no_date": "false"}, ["SO-1", "SO-2"]),
        ({"never_told": "true"}, ["SO-1", "SO-2", "SO-3"]),
        ({"past_promise": "true"}, []),
        ({"past_promise": "false"}, ["SO-1", "SO-2", "SO-3"]),
        ({"priority": "raised"}, []),
        ({"priority": "pinned"}, []),
        ({"q": "SO-3"}, ["SO-3"]),
        ({"q": "mug"}, ["SO-3"]),
        ({"q": "lena@example.com"}, ["SO-1"]),
        ({"q": "weber"}, ["SO-2"]),
        ({"q": "nothing like it"}, []),
        ({"sku": "lamp", "age": "0-3"}, ["SO-2"]),
        ({"sort": "units"}, ["SO-3", "SO-1", "SO-2"]),
        ({"sort": "promised"}, ["SO-1", "SO-2", "SO-3"]),
        ({"sort": "sku"}, ["SO-1", "SO-2", "SO-3"]),
        ({"sort": "age"}, ["SO-1", "SO-2", "SO-3"]),
    ],
)
def test_each_filter_answers_its_question(staff, shop, params, found):
    assert shown(staff, **params) == found


def test_the_warehouse_filter_asks_for_the_one_the_customer_prefers(staff, shop):
    assert shown(staff, warehouse=make.warehouse("HAM").pk) == ["SO-3"]


def test_raised_and_pinned_lines_are_found(staff, shop):
    ordering.set_priority([shop["jonas"].pk], 3, reason="hotel opens", by=None, at=make.MONDAY)
    ordering.pin(shop["cafe"].pk, 1, reason="promised by phone", by=None, at=make.MONDAY)

    assert shown(staff, priority="raised") == ["SO-2"]
    assert shown(staff, priority="pinned") == ["SO-3"]


@pytest.mark.parametrize(
    ("params", "error"),
    [({"age": "old"}, "Select a valid choice"), ({"promised_after": "tomorrow"}, "Enter a valid date")],
)
def test_a_filter_that_makes_no_sense_is_named_and_not_applied(staff, shop, params, error):
    assert shown(staff, **params) == ["SO-1", "SO-2", "SO-3"]
    assert error in staff.get(QUEUE, params).content.decode()


def test_an_unknown_tab_or_page_shows_the_first(staff, shop):
    assert shown(staff, tab="nonsense") == ["SO-1", "SO-2", "SO-3"]
    assert shown(staff, p="nonsense") == ["SO-1", "SO-2", "SO-3"]
    assert shown(staff, p="400") == ["SO-1", "SO-2", "SO-3"]


def test_an_unknown_parameter_is_ignored_and_never_an_error(staff, shop):
    assert shown(staff, order__customer__email="lena@example.com") == ["SO-1", "SO-2", "SO-3"]


# --- the saved questions ----------------------------------------------------------------------


def test_each_tab_counts_and_lists_the_lines_that_answer_it(staff, monkeypatch):
    lamp, mug, rug = make.product("LAMP"), make.product("MUG"), make.product("RUG")
    lorry = make.coming(lamp, 5, on=make.TODAY + timedelta(days=1), is_confirmed=True)
    make.on_hand(mug, 1)
    make.line(lamp, 1, reference="KEPT")
    make.line(mug, 2, reference="PARTLY-HERE")
    make.line(rug, 1, reference="OLD", placed_at=make.MONDAY - timedelta(days=31))
    typed = make.line(lamp, 1, reference="AT-RISK")
    promises.set_date([typed.pk], make.TODAY, reason="asked for today", by=None, at=make.MONDAY)
    late = make.line(lamp, 1, reference="LATE", at=make.MONDAY - timedelta(days=9))
    promises.set_date([late.pk], make.TODAY - timedelta(days=5), reason="said so", by=None, at=NOW - timedelta(days=9))

    tabs = {tab["label"]: tab["count"] for tab in staff.get(QUEUE).context_data["tabs"]}
    listed = {name: sorted(shown(staff, tab=name)) for name in queue.QUESTIONS}

    assert lorry.outstanding == 5
    assert listed == {
        "waiting": ["AT-RISK", "KEPT", "LATE", "OLD", "PARTLY-HERE"],
        "decide": ["AT-RISK", "LATE", "OLD", "PARTLY-HERE"],
        "ship": ["PARTLY-HERE"],
        "past": ["LATE"],
        "risk": ["AT-RISK"],
        "untold": ["AT-RISK", "KEPT", "LATE", "OLD", "PARTLY-HERE"],
        "undated": ["OLD", "PARTLY-HERE"],
        "unsupplied": ["OLD", "PARTLY-HERE"],
        "old": ["OLD"],
    }
    assert tabs == {question.label: str(len(listed[name])) for name, question in queue.QUESTIONS.items()}
    monkeypatch.setattr(paging, "BOUND", 3)
    assert sorted(shown(staff, tab="decide")) == listed["decide"]


def test_a_date_promised_by_hand_with_nothing_on_its_way_is_at_risk(staff, shop):
    promises.set_date([shop["cafe"].pk], WEDNESDAY, reason="she insisted", by=None, at=make.MONDAY)

    assert shown(staff, tab="risk") == ["SO-3"]
    assert row_of(staff, shop["cafe"]).word.text == "at risk"


def test_an_order_that_ships_complete_cannot_ship_while_one_of_its_lines_waits(staff):
    lamp, mug = make.product(), make.product()
    make.on_hand(lamp, 9)
    make.order((lamp, 1), (mug, 1), reference="COMPLETE", is_ship_complete=True)
    make.order((lamp, 1), (mug, 1), reference="PARTS")

    assert shown(staff, tab="ship") == ["PARTS"]


def test_counts_are_at_most_thirty_seconds_old(staff, shop):
    before = staff.get(QUEUE).context_data["tabs"][0]["count"]
    make.line(make.product(), 1)

    soon = staff.get(QUEUE).context_data["tabs"][0]["count"]
    cache.clear()
    later = staff.get(QUEUE).context_data["tabs"][0]["count"]

    assert (before, soon, later) == ("3", "3", "4")


def test_the_headline_sums_the_queue_up(staff, shop):
    page = staff.get(QUEUE).content.decode()

    assert "6 units wait on 3 lines" in page
    assert "oldest 20 days" in page
    assert "3 units without supply" in page


def test_an_empty_tab_says_what_that_means(staff):
    assert "Nobody is waiting." in staff.get(QUEUE).content.decode()
    assert "No promise is broken." in staff.get(QUEUE, {"tab": "past"}).content.decode()
    assert "No line matches these filters." in staff.get(QUEUE, {"sku": "zzz"}).content.decode()


# --- one row ----------------------------------------------------------------------------------


def test_a_row_says_what_covers_each_part_of_a_line(staff):
    lamp = make.product()
    make.on_hand(lamp, 2)
    make.coming(lamp, 4, on=make.TODAY + timedelta(days=3), reference="PO-7", is_confirmed=True)
    line = make.line(lamp, 10)

    row = row_of(staff, line)

    assert [(chip.text, chip.tone) for chip in row.cover] == [
        ("on hand · BER · 2", "green"),
        ("PO-7 · 4", "blue"),
        ("no supply · 4", "red"),
    ]
    assert (row.line.backordered, row.arrives, row.word.text) == (8, "no date", "no date")


def test_units_nobody_has_ordered_say_so_when_there_is_a_lead_time(staff):
    lamp = make.product()
    make.lead_time(lamp, 20, 30)
    line = make.line(lamp, 4)

    row = row_of(staff, line)

    assert [chip.text for chip in row.cover] == ["not ordered · 4"]
    assert row.basis == "lead time"


def test_an_overdue_inbound_says_by_how_many_days(staff):
    lamp = make.product()
    earlier = make.MONDAY - timedelta(days=9)
    make.coming(
        lamp, 4, on=make.TODAY - timedelta(days=2), safe=make.TODAY + timedelta(days=3), reference="TR-8", at=earlier
    )
    line = make.line(lamp, 4, at=earlier)

    assert [(chip.text, chip.tone) for chip in row_of(staff, line).cover] == [("TR-8 · 4 · overdue 2 d", "amber")]


def test_a_row_says_when_it_arrives_and_how_we_know(staff):
    lamp = make.product()
    make.coming(lamp, 4, on=make.TODAY + timedelta(days=8), safe=make.TODAY + timedelta(days=11), is_confirmed=True)
    line = make.line(lamp, 4)

    row = row_of(staff, line)

    line.refresh_from_db()
    assert row.arrives == f"{line.likely_date.day}–{line.safe_date.day} Mar"
    assert row.basis == "confirmed · Nordlys"


def test_the_promise_is_kept_at_risk_or_late(staff, shop):
    def word():
        return row_of(staff, shop["lena"]).word.text

    assert word() == "kept"
    promises.set_date([shop["lena"].pk], make.TODAY, reason="asked", by=None, at=make.MONDAY)
    assert word() == "at risk"
    with time_machine.travel(NOW + timedelta(days=3), tick=False):
        staff.force_login(User.objects.get())
        assert word() == "late 3 d"
    assert row_of(staff, shop["cafe"]).word.text == "no date"


def test_the_first_promise_stays_in_sight(staff, shop):
    first = OrderLine.objects.get(pk=shop["lena"].pk).promised_date
    promises.set_date([shop["lena"].pk], make.TODAY + timedelta(days=30), reason="asked", by=None, at=make.MONDAY)

    row = row_of(staff, shop["lena"])

    assert (row.promised, row.first_promised) == ("1 Apr", f"{first.day} Mar")


def test_places_are_counted_in_queue_order_and_a_pin_comes_first(staff, shop):
    assert [row_of(staff, shop[name]).place for name in ("lena", "jonas")] == ["1", "2"]

    ordering.pin(shop["jonas"].pk, 1, reason="promised by phone", by=None, at=make.MONDAY)

    assert [row_of(staff, shop[name]).place for name in ("lena", "jonas")] == ["2", "1"]
    row = row_of(staff, shop["jonas"])
    assert row.size == "2"
    assert [chip.text for chip in row.marks] == ["pinned 1"]


def test_places_are_exact_to_a_bound_and_then_open(monkeypatch, staff):
    lamp = make.product()
    for _ in range(4):
        make.line(lamp, 1)
    lines = list(OrderLine.objects.order_by("pk"))
    monkeypatch.setattr(queue, "EXACT_PLACES", 2)

    assert queue.places(lines) == {
        lines[0].pk: (1, 3),
        lines[1].pk: (2, 3),
        lines[2].pk: (3, 3),
        lines[3].pk: (3, 3),
    }
    assert [row_of(staff, line).place for line in lines] == ["1", "2", "2+", "2+"]


def test_news_that_has_not_gone_out_is_seen(staff, shop):
    assert row_of(staff, shop["lena"]).news.text == "queued"

    Notice.objects.update(state="dead")

    assert row_of(staff, shop["lena"]).news.text == "not delivered"


# --- how much it asks of the database -----------------------------------------------------------


@pytest.mark.parametrize("lines", [3, 50])
def test_the_screen_takes_the_same_few_queries_for_three_lines_and_for_fifty(
    staff, lines, django_assert_max_num_queries
):
    lamps = [make.product() for _ in range(5)]
    for lamp in lamps:
        make.coming(lamp, 6, on=WEDNESDAY)
    for number in range(lines):
        make.line(lamps[number % 5], 1)
    staff.get(QUEUE)

    with django_assert_max_num_queries(10):
        assert len(shown(staff)) == lines
    cache.clear()
    with django_assert_max_num_queries(13):
        assert len(shown(staff)) == lines


# --- who may ------------------------------------------------------------------------------------


def test_nobody_sees_the_queue_without_the_permission(client):
    client.force_login(person())

    assert client.get(QUEUE).status_code == 403
    assert client.get(f"{QUEUE}export/csv/").status_code == 403


def test_a_reader_is_offered_no_action_and_can_take_none(client, shop):
    client.force_login(person("view"))

    page = client.get(QUEUE).content.decode()
    response = act(client, "cancel", shop["lena"], apply="1", reason="no", index=0)

    assert "Cancel…" not in page
    assert "Export" not in page
    assert client.get(f"{QUEUE}export/csv/").status_code == 403
    assert client.get(f"{QUEUE}{shop['lena'].pk}/change/").status_code == 200
    assert response.status_code == 200
    assert OrderLine.objects.get(pk=shop["lena"].pk).canceled == 0


def test_each_action_asks_for_its_own_permission(client):
    client.force_login(person("view", "redate"))
    offered = client.get(QUEUE).context_data["action_form"].fields["action"].choices

    assert [name for name, _ in offered if name] == ["new_date"]


# --- acting: look first, then do ------------------------------------------------------------------


def test_a_new_date_is_previewed_without_writing_and_then_told_once(staff, shop):
    lines = shop["lena"], shop["jonas"]
    values = {"promised_date": "2026-03-20", "reason": "the carrier rang"}
    before = Promise.objects.count(), Notice.objects.count(), LineEvent.objects.count()

    form = act(staff, "new_date", *lines)
    preview = act(staff, "new_date", *lines, preview="1", **values)
    effects = preview.context_data["effects"]

    assert form.context_data["effects"] is None
    assert (effects.mails, effects.customers, len(effects.promises)) == (2, 2, 2)
    assert (Promise.objects.count(), Notice.objects.count(), LineEvent.objects.count()) == before

    done = act(staff, "new_date", *lines, apply="1", fingerprint=effects.fingerprint, **values)

    assert done.status_code == 302
    assert "2 lines have a new date." in staff.get(QUEUE).content.decode()
    lines[0].refresh_from_db()
    assert (str(lines[0].promised_date), lines[0].is_promise_pinned) == ("2026-03-20", True)
    assert Notice.objects.count() == before[1] + 2


def test_if_the_facts_have_moved_the_new_preview_is_shown_and_nothing_is_done(staff, shop):
    values = {"reason": "never mind"}
    seen = act(staff, "cancel", shop["lena"], preview="1", **values).context_data["effects"]
    ordering.set_priority([shop["jonas"].pk], 9, reason="hotel opens", by=None, at=make.MONDAY)
    make.coming(make.product(), 1, on=WEDNESDAY)
    OrderLine.objects.filter(pk=shop["lena"].pk).update(promised_date=WEDNESDAY)

    response = act(staff, "cancel", shop["lena"], apply="1", fingerprint=seen.fingerprint, **values)

    assert response.status_code == 200
    assert "Something has changed since you looked" in response.content.decode()
    assert OrderLine.objects.get(pk=shop["lena"].pk).canceled == 0


def test_nothing_is_done_without_a_preview(staff, shop):
    act(staff, "cancel", shop["lena"], apply="1", reason="never mind")

    assert OrderLine.objects.get(pk=shop["lena"].pk).canceled == 0


def test_the_preview_of_a_cancellation_names_who_gets_the_freed_units(staff):
    lamp = make.product()
    make.on_hand(lamp, 2)
    here = make.line(lamp, 2, reference="HERE", at=make.MONDAY - timedelta(days=1))
    waiting = make.line(lamp, 2, reference="NEXT")
    values = {"tab": "ship", "reason": "changed their mind"}

    effects = act(staff, "cancel", here, preview="1", **values).context_data["effects"]
    act(staff, "cancel", here, apply="1", fingerprint=effects.fingerprint, **values)

    waiting.refresh_from_db()
    news = [(row.order.reference, row.kind, row.units) for row in effects.news]
    assert news == [("HERE", "canceled", 2), ("NEXT", "restocked", 2)]
    assert waiting.allocated == 2


def test_part_of_one_line_can_be_canceled(staff, shop):
    values = {"reason": "one is enough", f"units-{shop['cafe'].pk}": "2"}
    seen = act(staff, "cancel", shop["cafe"], preview="1", **values).context_data["effects"]

    act(staff, "cancel", shop["cafe"], apply="1", fingerprint=seen.fingerprint, **values)

    shop["cafe"].refresh_from_db()
    assert (shop["cafe"].canceled, shop["cafe"].backordered) == (2, 1)


def test_the_preview_of_a_priority_shows_the_place_before_and_after(staff):
    lamp = make.product()
    make.line(lamp, 1, at=make.MONDAY - timedelta(days=3))
    second = make.line(lamp, 1, at=make.MONDAY - timedelta(days=1))

    preview = act(staff, "priority", second, preview="1", priority="1", reason="hotel opens")

    assert [(row.place, row.then) for row in preview.context_data["shown"]] == [((2, 2), (1, 2))]
    second.refresh_from_db()
    assert second.priority == 0


@pytest.mark.parametrize(
    ("action", "values", "error"),
    [
        ("new_date", {"promised_date": "2026-02-01", "reason": "x"}, "promise a day from today on"),
        ("new_date", {"promised_date": "soon", "reason": "x"}, "Enter a valid date"),
        ("new_date", {"promised_date": "2026-04-01", "reason": ""}, "This field is required"),
        ("priority", {"priority": "10", "reason": "x"}, "less than or equal to 9"),
    ],
)
def test_what_cannot_be_done_is_said_on_the_form(staff, shop, action, values, error):
    response = act(staff, action, shop["lena"], preview="1", **values)

    assert response.status_code == 200
    assert error in response.content.decode()
    assert response.context_data["effects"] is None


def test_an_action_on_nothing_says_so(staff, shop):
    response = staff.post(QUEUE, {"action": "cancel", "index": "0"}, follow=True)

    assert "Items must be selected" in response.content.decode()


def test_lines_that_have_left_the_list_are_not_acted_on(staff, shop):
    response = act(staff, "cancel", shop["lena"], tab="ship", index=0)

    assert response.status_code == 302
    assert "no longer in this list" in staff.get(QUEUE).content.decode()


def test_too_many_lines_at_once_are_refused_with_advice(staff, shop, monkeypatch):
    monkeypatch.setattr("orders.admin.batches.MOST_LINES", 1)

    response = staff.post(
        QUEUE,
        {"action": "cancel", "index": "0", "_selected_action": [line.pk for line in shop.values()]},
        follow=True,
    )

    assert "more than 1 lines. Narrow the list first" in response.content.decode()


# --- the export -------------------------------------------------------------------------------------


def test_the_export_is_the_filtered_list_and_runs_nothing_in_a_spreadsheet(staff, shop):
    evil = make.customer("=HYPERLINK(1)")
    make.line(make.product("LAMP-99"), 1, who=evil, reference="SO-4")

    text = b"".join(staff.get(f"{QUEUE}export/csv/", {"sku": "lamp-9"}).streaming_content).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))

    assert [(row["Order"], row["Customer"], row["Waits"]) for row in rows] == [("SO-4", "'=HYPERLINK(1)", "1")]


def test_the_export_can_be_a_workbook(staff, shop):
    content = b"".join(staff.get(f"{QUEUE}export/xlsx/").streaming_content)
    sheet = openpyxl.load_workbook(io.BytesIO(content), read_only=True).active

    assert [row[0] for row in sheet.iter_rows(values_only=True)] == ["Order", "SO-1", "SO-2", "SO-3"]


def test_selected_lines_can_be_exported(staff, shop):
    response = act(staff, "export", shop["cafe"], index=0)

    text = b"".join(response.streaming_content).decode("utf-8-sig")
    assert [row["Order"] for row in csv.DictReader(io.StringIO(text))] == ["SO-3"]


def test_another_kind_of_file_is_not_found(staff):
    assert staff.get(f"{QUEUE}export/pdf/").status_code == 404


# --- one line ---------------------------------------------------------------------------------------


def test_the_page_of_a_line_shows_its_supply_its_promises_its_mails_and_its_history(
    staff, shop, django_assert_max_num_queries
):
    promises.set_date(
        [shop["lena"].pk], make.TODAY + timedelta(days=30), reason="asked by phone", by=None, at=make.MONDAY
    )
    staff.get(QUEUE)

    with django_assert_max_num_queries(16):
        page = staff.get(reverse("admin:orders_backorder_change", args=[shop["lena"].pk])).content.decode()

    assert "PO-1042" in page
    assert "You are first in line of two" in page
    assert "asked by phone" in page
    assert "typed by staff" in page
    assert page.count("<li><b>") == 2
    assert "New date" in page


@pytest.mark.parametrize("key", ["999999", "nonsense"])
def test_a_line_that_is_not_there_is_not_found(staff, key):
    assert staff.get(f"{QUEUE}{key}/change/").status_code == 404


# --- the policy of the page ---------------------------------------------------------------------------


def test_nothing_on_these_pages_is_inline(staff, shop):
    pages = [
        staff.get(QUEUE),
        staff.get(f"{QUEUE}{shop['lena'].pk}/change/"),
        act(staff, "new_date", shop["lena"], preview="1", promised_date="2026-04-01", reason="x"),
    ]

    for response in pages:
        html = response.content.decode()
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", html)
        assert not re.search(r"<script(?![^>]*\ssrc=)", html)
        assert "'unsafe" not in response["Content-Security-Policy"]
