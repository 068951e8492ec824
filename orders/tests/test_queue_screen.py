"""The queue shows who waits, answers saved questions, and asks little of the database."""

import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.urls import reverse

from inventory.ground.sql import paging
from orders import fulfillment
from orders.admin.queue import BackorderAdmin
from orders.promising import by_hand
from orders.queue import counting, ordering, questions

from . import make
from .queue_screen import NOW, QUEUE, WEDNESDAY, act, row_of, shown

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]


# --- what is shown ---


def test_the_oldest_waiting_line_comes_first(staff, shop):
    assert shown(staff) == ["SO-1", "SO-2", "SO-3"]


def test_a_line_that_is_here_in_full_does_not_wait(staff):
    lamp = make.product()
    make.on_hand(lamp, 2)
    make.line(lamp, 2, reference="SO-9")

    assert shown(staff) == []
    assert shown(staff, tab="ship") == ["SO-9"]


def test_a_line_that_came_after_the_lines_were_counted_is_shown(staff):
    assert shown(staff, tab="ship") == []
    lamp = make.product()
    make.on_hand(lamp, 2)

    make.line(lamp, 2, reference="SO-9")

    assert shown(staff, tab="ship") == ["SO-9"]


def test_a_line_that_came_after_a_search_had_found_none_is_found(staff, shop):
    assert shown(staff, q="SO-9") == []

    make.line(make.product(), 2, reference="SO-9")

    assert shown(staff, q="SO-9") == ["SO-9"]


@pytest.mark.parametrize("params", [{}, {"customer": "example.com"}], ids=["a tab", "a filter"])
def test_a_page_that_began_after_the_lines_were_counted_is_there(staff, shop, params, monkeypatch):
    monkeypatch.setattr(BackorderAdmin, "list_per_page", 3)
    assert shown(staff, **params) == ["SO-1", "SO-2", "SO-3"]

    make.line(make.product(), 1, who=make.customer("Ada", "ada@example.com"), reference="SO-9")

    assert staff.get(QUEUE, params).context_data["cl"].multi_page
    assert shown(staff, p="2", **params) == ["SO-9"]


def test_a_page_that_ended_after_the_lines_were_counted_is_not_shown_empty(staff, shop, monkeypatch):
    monkeypatch.setattr(BackorderAdmin, "list_per_page", 2)
    assert shown(staff, p="2") == ["SO-3"]

    cancel = [fulfillment.LineUnits(shop["cafe"].pk, 3)]
    fulfillment.cancel(cancel, reason="Asked by phone", by=None, at=make.MONDAY)

    assert shown(staff, p="2") == ["SO-1", "SO-2"]
    assert staff.get(QUEUE).context_data["cl"].result_count == 2


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
    [({"age": "old"}, "Choose one of the list"), ({"promised_after": "tomorrow"}, "This is no day")],
)
def test_a_filter_that_makes_no_sense_is_named_and_shows_nothing(staff, shop, params, error):
    assert shown(staff, **params) == []
    assert error in staff.get(QUEUE, params).content.decode()


def test_an_unknown_page_shows_the_first(staff, shop):
    assert shown(staff, p="nonsense") == ["SO-1", "SO-2", "SO-3"]
    assert shown(staff, p="400") == ["SO-1", "SO-2", "SO-3"]


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"tab": "nonsense"}, "The queue has no list named “nonsense”."),
        ({"order__customer__email": "lena@example.com"}, "cannot be narrowed by “order__customer__email”."),
    ],
)
def test_a_list_or_filter_that_the_queue_does_not_have_is_refused_in_words(staff, shop, params, words):
    response = staff.get(QUEUE, params)

    assert response.status_code == 400
    assert words in response.content.decode()


def test_a_filter_that_makes_no_sense_exports_nothing(staff, shop):
    response = staff.get(reverse("admin:orders_backorder_export", args=["csv"]), {"age": "old"})

    assert response.status_code == 400
    assert "Nothing was exported. Choose one of the list." in response.content.decode()


# --- the saved questions ---


def test_each_tab_counts_and_lists_the_lines_that_answer_it(staff, monkeypatch):
    lamp, mug, rug = make.product("LAMP"), make.product("MUG"), make.product("RUG")
    lorry = make.coming(lamp, 5, on=make.TODAY + timedelta(days=1), is_confirmed=True)
    make.on_hand(mug, 1)
    make.line(lamp, 1, reference="KEPT")
    make.line(mug, 2, reference="PARTLY-HERE")
    make.line(rug, 1, reference="OLD", placed_at=make.MONDAY - timedelta(days=31))
    typed = make.line(lamp, 1, reference="AT-RISK")
    by_hand.set_date([typed.pk], make.TODAY, reason="asked for today", by=None, at=make.MONDAY)
    late = make.line(lamp, 1, reference="LATE", at=make.MONDAY - timedelta(days=9))
    by_hand.set_date([late.pk], make.TODAY - timedelta(days=5), reason="said so", by=None, at=NOW - timedelta(days=9))

    tabs = {tab["label"]: tab["count"] for tab in staff.get(QUEUE).context_data["tabs"]}
    listed = {name: sorted(shown(staff, tab=name)) for name in questions.QUESTIONS}

    assert lorry.outstanding == 5
    assert listed == {
        "waiting": ["AT-RISK", "KEPT", "LATE", "OLD", "PARTLY-HERE"],
        "decide": ["AT-RISK", "LATE", "OLD", "PARTLY-HERE"],
        "ship": ["PARTLY-HERE"],
        "due": [],
        "past": ["LATE"],
        "risk": ["AT-RISK"],
        "untold": ["AT-RISK", "KEPT", "LATE", "OLD", "PARTLY-HERE"],
        "undated": ["OLD", "PARTLY-HERE"],
        "unsupplied": ["OLD", "PARTLY-HERE"],
        "old": ["OLD"],
        "stopped": [],
        "unpaid": [],
    }
    assert tabs == {question.label: str(len(listed[name])) for name, question in questions.QUESTIONS.items()}
    monkeypatch.setattr(paging, "BOUND", 3)
    assert sorted(shown(staff, tab="decide")) == listed["decide"]


def test_a_date_promised_by_hand_with_nothing_on_its_way_is_at_risk(staff, shop):
    by_hand.set_date([shop["cafe"].pk], WEDNESDAY, reason="she insisted", by=None, at=make.MONDAY)

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


def test_the_counts_and_the_sum_are_of_one_look_of_three_statements(shop, django_assert_num_queries):
    with django_assert_num_queries(3):
        total, counts = counting.summary(at=NOW), counting.counts(at=NOW)

    assert (total.lines, total.undated_lines, total.past_lines, total.past_here) == (3, 1, 0, 0)
    assert (counts["waiting"], counts["undated"], counts["past"], counts["decide"]) == (3, 1, 0, 1)


def test_what_is_here_and_past_its_promise_is_counted_beside_what_waits(staff):
    lamp, late = make.product("LAMP"), make.MONDAY - timedelta(days=9)
    make.on_hand(lamp, 1)
    for reference in ("HERE", "WAITS"):
        line = make.line(lamp, 1, reference=reference, at=late)
        if line.backordered:
            by_hand.set_date([line.pk], make.TODAY - timedelta(days=5), reason="said so", by=None, at=late)

    alone, found = counting.to_decide(at=NOW), counting.figures(at=NOW)

    assert alone == 1
    assert (found.summary.past_lines, found.summary.past_here, found.summary.past_orders) == (2, 1, 2)
    assert (found.counts["past"], found.counts["decide"], found.counts["waiting"]) == (2, 1, 1)


def test_an_empty_tab_says_what_that_means(staff):
    assert "Nobody is waiting." in staff.get(QUEUE).content.decode()
    assert (
        "Everything that is here leaves by the day it was promised for"
        in staff.get(QUEUE, {"tab": "past"}).content.decode()
    )
    assert "Nothing matches “SKU: zzz”: take it away above." in staff.get(QUEUE, {"sku": "zzz"}).content.decode()


# --- how much it asks of the database ---


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

    with django_assert_max_num_queries(13):
        assert len(shown(staff)) == lines
    cache.clear()
    with django_assert_max_num_queries(18):
        assert len(shown(staff)) == lines


# --- the policy of the page ---


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
