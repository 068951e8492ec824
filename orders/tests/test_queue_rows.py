"""A row of the queue, and the page of a line: what covers it, when it comes, what was promised."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.urls import reverse

from orders.models import Notice, OrderLine
from orders.promising import by_hand
from orders.queue import ordering, questions

from . import make
from .queue_screen import NOW, QUEUE, row_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]


# --- one row ---


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


@pytest.mark.parametrize(("here", "words"), [(0, "never told"), (3, "never told"), (4, None)])
def test_never_told_is_said_of_a_line_that_waits_and_of_none_whose_units_are_all_here(here, words, staff):
    lamp = make.product()
    if here:
        make.on_hand(lamp, here)
    line = make.line(lamp, 4)
    line.refresh_from_db()
    Notice.objects.all().delete()

    news = row_of(staff, line, tab="waiting" if line.backordered else "ship").news

    assert (news.text if news else None) == words


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
    by_hand.set_date([shop["lena"].pk], make.TODAY, reason="asked", by=None, at=make.MONDAY)
    assert word() == "at risk"
    with time_machine.travel(NOW + timedelta(days=3), tick=False):
        staff.force_login(User.objects.get())
        assert word() == "late 3 d"
    assert row_of(staff, shop["cafe"]).word.text == "no date"


def test_the_first_promise_stays_in_sight(staff, shop):
    first = OrderLine.objects.get(pk=shop["lena"].pk).promised_date
    by_hand.set_date([shop["lena"].pk], make.TODAY + timedelta(days=30), reason="asked", by=None, at=make.MONDAY)

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
    monkeypatch.setattr(questions, "EXACT_PLACES", 2)

    assert questions.places(lines) == {
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


# --- one line ---


def test_the_page_of_a_line_shows_its_supply_its_promises_its_mails_and_its_history(
    staff, shop, django_assert_max_num_queries
):
    by_hand.set_date(
        [shop["lena"].pk], make.TODAY + timedelta(days=30), reason="asked by phone", by=None, at=make.MONDAY
    )
    staff.get(QUEUE)

    with django_assert_max_num_queries(19):
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
