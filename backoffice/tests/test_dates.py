"""A new date shows whose promise moves and who is told, and then does exactly that."""

import re
from collections.abc import Iterator

import pytest
import time_machine
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from backoffice.people import roles
from backoffice.tests import people
from inventory.desk import performing
from inventory.models import Inbound
from orders.mail.digest import by_mail
from orders.models import Customer, LineEvent, Notice, NoticeLine, NoticeState, OrderLine, Promise
from orders.models.customer import Hears
from orders.promising import by_hand
from orders.queue import rehearsal
from orders.tests import make
from suppliers import purchasing
from suppliers.models import Slip
from suppliers.tests import make as buy

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday() -> Iterator[None]:
    with time_machine.travel(people.MONDAY, tick=False):
        yield


@pytest.fixture
def client():
    roles.keep()
    return people.browser(roles.CUSTOMER_SERVICE)


@pytest.fixture
def lamp():
    return make.product("LAMP-1")


@pytest.fixture
def row(lamp) -> Inbound:
    """30 lamps, confirmed for in ten days."""
    order = buy.sent((buy.offer(lamp), 30))
    purchasing.confirm(order.pk, {buy.line(order).pk: people.in_days(10)}, by=None, at=people.MONDAY)
    return buy.expected(order)


def address(row: Inbound) -> str:
    return reverse("admin:reschedule_inbound", args=[row.pk])


def asked(days: int, reason: str = "The ship is late") -> dict:
    return {"new_date": people.in_days(days).isoformat(), "reason": reason}


def shown_fingerprint(response) -> str:
    [shown] = re.findall(r'name="fingerprint" value="(\w+)"', response.content.decode())
    return str(shown)


def test_the_preview_shows_whose_promise_moves_and_writes_nothing(client, lamp, row):
    line = make.line(lamp, 4, who=make.customer("Lena Ortiz"))
    before = people.fingerprint()

    response = client.post(address(row), {"preview": "1", **asked(40)})

    outcome = response.context["outcome"]
    [moved] = outcome.moved
    assert (moved.line_id, moved.was.promised_date) == (line.pk, line.promised_date)
    assert moved.now.promised_date > moved.was.promised_date
    assert (outcome.sums["promises"], outcome.effects.mails, outcome.effects.customers) == (1, 1, 1)
    assert "Lena Ortiz" in response.content.decode()
    assert people.fingerprint() == before


def test_what_was_shown_is_what_is_done(client, lamp, row):
    line = make.line(lamp, 4)
    seen = client.post(address(row), {"preview": "1", **asked(40)})
    [moved] = seen.context["outcome"].moved

    client.post(address(row), {"apply": "1", "fingerprint": shown_fingerprint(seen), **asked(40)})

    line.refresh_from_db()
    row.refresh_from_db()
    assert (line.safe_date, line.promised_date) == (moved.now.safe_date, moved.now.promised_date)
    assert row.expected_date == people.in_days(40)
    assert Notice.objects.get(state=NoticeState.QUEUED).customer == line.order.customer
    slip = Slip.objects.get()
    assert (slip.was, slip.now, slip.reason) == (people.in_days(10), people.in_days(40), "The ship is late")
    assert slip.by.username == "customer.service"
    assert "is expected on 11 Apr 2026" in LogEntry.objects.get().change_message


@pytest.fixture
def all_sorts(lamp, row) -> list[OrderLine]:
    """Told lines, alike and not: a typed day, who hears of nothing but parcels, two of one customer."""
    lena, ida = make.customer("Lena Ortiz"), make.customer("Ida Lund")
    Customer.objects.filter(pk=ida.pk).update(hears=Hears.SHIPPED)
    ordered = [(lena, 4), (make.customer("Tom Baker"), 4), (ida, 2), (lena, 1), (make.customer("Max Roth"), 3)]
    lines = [make.line(lamp, units, who=who) for who, units in ordered]
    typed = make.line(lamp, 2)
    by_hand.set_date([typed.pk], people.in_days(60), reason="They rang", by=None, at=people.MONDAY)
    Notice.objects.update(state=NoticeState.SENT, intent_at=people.MONDAY, sent_at=people.MONDAY)
    return [*lines, typed]


def test_what_is_shown_of_lines_of_all_sorts_is_what_stands_in_the_books_after_it(client, row, all_sorts):
    numbers = {model: model.objects.latest("pk").pk for model in (Promise, NoticeLine, LineEvent)}
    seen = client.post(address(row), {"preview": "1", **asked(40)}).context["outcome"]
    assert {model: model.objects.latest("pk").pk for model in numbers} == numbers

    client.post(address(row), {"apply": "1", "fingerprint": seen.fingerprint, **asked(40)})

    promises, news, events = (model.objects.filter(pk__gt=last).order_by("pk") for model, last in numbers.items())
    lines = OrderLine.objects.in_queue_order()
    state = ("pk", "allocated", "backordered", "likely_date", "safe_date", "promised_date")
    assert [(each.line_id, *each.now) for each in seen.moved] == list(lines.values_list(*state))
    assert [each.was.promised_date != each.now.promised_date for each in seen.moved] == [True] * 5 + [False]
    assert [each[:4] for each in seen.effects.promises] == list(
        promises.values_list("line_id", "likely_date", "promised_date", "basis")
    )
    words = ("kind", "units", "ready", "waiting", "was_date", "likely_date", "promised_date", "detail")
    assert [(each.line_id, *each.said) for each in seen.effects.told] == list(
        news.values_list("line_id", "notice__customer", *words)
    )
    mails = by_mail(news)
    assert (seen.effects.mails, seen.effects.customers, len(mails), len(news)) == (3, 3, 3, 5)
    assert [[fact.line_id for fact in facts] for facts in seen.effects.by_mail.values()] == [
        [fact.line_id for fact in facts] for facts in mails.values()
    ]
    assert list(events.values_list("line_id", flat=True)) == [line.pk for line in all_sorts[:5]]


def test_if_the_facts_moved_meanwhile_nothing_is_done_and_the_new_outcome_is_shown(client, lamp, row):
    make.line(lamp, 4)
    seen = client.post(address(row), {"preview": "1", **asked(40)})
    late = make.line(lamp, 9)
    before = people.fingerprint()

    response = client.post(address(row), {"apply": "1", "fingerprint": shown_fingerprint(seen), **asked(40)})

    assert performing.MOVED_MEANWHILE in response.content.decode()
    assert late.pk in {each.line_id for each in response.context["outcome"].moved}
    assert people.fingerprint() == before


def test_nobody_is_told_of_a_date_that_moves_by_no_more_than_the_threshold(client, lamp, row):
    make.line(lamp, 4)

    response = client.post(address(row), {"preview": "1", **asked(9)})

    outcome = response.context["outcome"]
    assert (outcome.sums["promises"], outcome.effects.mails) == (0, 0)
    assert "No customer hears anything new." in response.content.decode()


def test_a_date_that_nobody_knows_any_more_is_no_date(client, lamp):
    row = make.coming(lamp, 8, on=people.in_days(5))
    line = make.line(lamp, 3)
    asked_for = {"new_date": "", "reason": "Lost at sea"}

    seen = client.post(address(row), {"preview": "1", **asked_for})
    client.post(address(row), {"apply": "1", "fingerprint": shown_fingerprint(seen), **asked_for})

    line.refresh_from_db()
    row.refresh_from_db()
    assert (row.expected_date, line.safe_date, line.promised_date) == (None, None, None)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (asked(-1), "has passed. Enter today or a later day."),
        (asked(10), "is expected on 12 March 2026 already"),
        (asked(40, ""), "This field is required."),
        ({"new_date": "soon", "reason": "x"}, "This is no day. Write it like 2026-03-31."),
    ],
)
def test_what_is_no_new_date_is_said_so(client, row, data, told):
    response = client.post(address(row), {"preview": "1", **data})

    assert told in response.content.decode()
    assert response.context["outcome"] is None


def test_after_it_customer_service_is_back_on_a_page_it_may_see(client, lamp, row):
    seen = client.post(address(row), {"preview": "1", **asked(40)})

    response = client.post(address(row), {"apply": "1", "fingerprint": shown_fingerprint(seen), **asked(40)})

    assert response.url == reverse("admin:inventory_inbound_change", args=[row.pk])
    assert client.get(response.url).status_code == 200


def test_a_preview_of_many_shows_what_one_of_few_shows(client, lamp, row, monkeypatch):
    for name in ("Lena Ortiz", "Tom Baker", "Ida Lund"):
        make.line(lamp, 4, who=make.customer(name))
    few = client.post(address(row), {"preview": "1", **asked(40)})
    monkeypatch.setattr(rehearsal, "TIMED", 2)  # what belongs to each is read for those alone that are shown

    many = client.post(address(row), {"preview": "1", **asked(40)})

    assert shown_fingerprint(many) == shown_fingerprint(few)
    (lines, mails), (lines_of_many, mails_of_many) = (page.context["outcome"].tables() for page in (few, many))
    assert str(lines_of_many.rows) == str(lines.rows)
    assert str(mails_of_many.rows) == str(mails.rows[:2])
    assert (len(mails.rows), mails.note, mails_of_many.note) == (3, "", "… and 1 more.")
    outcomes = [page.context["outcome"] for page in (few, many)]
    assert [(each.effects.mails, each.effects.customers, len(each.effects.promises)) for each in outcomes] == [
        (3, 3, 3),
        (3, 3, 3),
    ]
    assert [letter.text for _, letter in outcomes[1].effects.letters] == [
        letter.text for _, letter in outcomes[0].effects.letters
    ]
