"""Working days are shown before they change: whom they move, what they read; and what cannot be is named."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.admin.models import CHANGE, LogEntry
from django.urls import reverse

from backoffice.tests import acts, people
from backoffice.tests.scenarios import WORKS
from inventory.desk import performing
from inventory.formulas.calendars.working_days import Closed
from inventory.models import Warehouse
from inventory.supply import calendars
from orders.mail import causes
from orders.models import Notice, OrderLine
from orders.tests import make

pytestmark = pytest.mark.django_db
NOW = people.MONDAY + timedelta(hours=1)
SHUT = {"starts_on": "2026-03-09", "ends_on": "2026-03-13", "reason": "Stocktaking"}


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def line() -> OrderLine:
    """Two lamps arrive on Tuesday the 10th for Lena, who was told the 11th."""
    lamp = make.product("LAMP", name="Oak lamp")
    make.coming(lamp, 5, on=people.in_days(8))
    line = make.line(lamp, 2, who=make.customer("Lena Ortiz"), reference="SO-1")
    Notice.objects.update(state="sent", sent_at=NOW - timedelta(minutes=1))
    return line


def url(name: str) -> str:
    return f"{reverse(f'admin:inventory_warehouse_{name}')}?ids={make.warehouse().pk}"


def said(response: Any) -> list[str]:
    return [str(message) for message in response.wsgi_request._messages]


def test_a_closure_shows_who_moves_and_what_they_read_and_nothing_is_done(admin_client, line):
    before = acts.books()

    seen = admin_client.post(url("close_for"), {**SHUT, "preview": "1"})

    outcome = seen.context["outcome"]
    assert seen.context["in_words"] == "BER is closed from 9 Mar 2026 to 13 Mar 2026 (Stocktaking)."
    assert [[acts.read(cell) for cell in row[5:7]] for row in outcome.tables()[0].rows] == [
        ["11 Mar 2026 → 17 Mar 2026 / 6 days later", "11 Mar 2026 → 17 Mar 2026 / breaks"]
    ]
    assert [letter.subject for _, letter in outcome.effects.letters] == ["New shipping date: 2 × Oak lamp (order SO-1)"]
    assert causes.FEWER_DAYS in outcome.effects.letters[0][1].text
    assert acts.books() == before


def test_exactly_what_was_shown_is_done_and_stands_in_the_history_and_on_the_page(admin_client, line):
    done = admin_client.agree(url("close_for"), SHUT)

    words = "BER is closed from 9 Mar 2026 to 13 Mar 2026 (Stocktaking)."
    assert said(done) == [f"{words} 1 mail goes out."]
    assert [(row.action_flag, row.change_message) for row in LogEntry.objects.all()] == [(CHANGE, words)]
    line.refresh_from_db()
    assert line.promised_date == people.in_days(15)
    page = admin_client.get(done["Location"])
    [table] = page.context["tables"]
    assert table.rows[0] == ("Monday, 9 Mar 2026", "Stocktaking")
    assert len(table.rows) == 5
    assert (
        table.note == "It works Monday to Friday, keeps no public holidays; 0 working days to receive and 1 to handle."
    )
    assert "Work after all…" in page.content.decode()


def test_other_days_are_shown_in_a_sentence_and_done(admin_client, line):
    typed = {**WORKS, "country": "Germany", "region": "by", "cut_off": "14:00", "receiving_days": "1"}

    done = admin_client.agree(url("working_days"), typed)

    [words] = said(done)
    assert words == (
        "BER has other working days: works Monday to Friday, keeps the public holidays of DE-BY; orders until 14:00 "
        "count the same day; 1 working day to receive and 1 to handle. No customer hears anything new."
    )
    line.refresh_from_db()
    assert (line.safe_date, line.promised_date) == (people.in_days(10), people.in_days(9))


@pytest.mark.parametrize(
    ("name", "typed", "words"),
    [
        ("working_days", {**WORKS, "country": "ZZ"}, "There is no calendar of public holidays for “ZZ”."),
        ("working_days", {**WORKS, "country": "DE", "region": "XX"}, "not known for a region “XX”"),
        ("working_days", WORKS, "This changes nothing: it is so already."),
        ("working_days", {**WORKS, "handling_days": "366"}, "the most is 365"),
        ("working_days", {**WORKS, "weekdays": []}, "This field is required."),
        ("close_for", {**SHUT, "ends_on": "2026-03-08"}, "The closure ends before it starts."),
        ("close_for", {"starts_on": "2026-03-02", "ends_on": "2027-03-31"}, "the warehouse would work on no day"),
    ],
)
def test_what_cannot_be_is_named_and_nothing_is_done(admin_client, line, name, typed, words):
    before = acts.books()

    seen = admin_client.post(url(name), {**typed, "preview": "1"})

    assert words in seen.content.decode().replace("&#x27;", "’")
    assert acts.books() == before


def test_a_page_behind_which_somebody_else_closed_it_does_nothing_and_shows_how_it_stands(line):
    typed = {**WORKS, "country": "DE"}
    page = acts.opened(acts.boss("ines"), acts.Act(url("working_days"), typed, is_previewed=True))
    calendars.close(make.warehouse().pk, Closed(people.in_days(20), people.in_days(20)), by=None, at=NOW)
    before = acts.books()

    again = page.send()

    assert said(again) == [performing.MOVED_MEANWHILE]
    assert acts.books() == before
    assert make.warehouse().country == ""


def test_a_new_warehouse_receives_in_a_day_and_its_days_are_changed_by_their_own_button_alone(admin_client):
    page = admin_client.get(reverse("admin:inventory_warehouse_add"))
    assert page.context["adminform"].form.initial["receiving_days"] == 1

    made = {"code": "MUC", "name": "", "rank": "3", "receiving_days": "1", "handling_days": "1", "is_open": "on"}
    admin_client.post(reverse("admin:inventory_warehouse_add"), made)
    row = Warehouse.objects.get(code="MUC")
    admin_client.post(reverse("admin:inventory_warehouse_change", args=[row.pk]), {**made, "handling_days": "9"})

    row.refresh_from_db()
    assert (row.receiving_days, row.handling_days, row.calendar_revision) == (1, 1, 0)
