"""New dates of a whole purchase order, or of all that comes with an inbound: one preview, one act, one mail each."""

from collections.abc import Iterator

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from backoffice.people import roles
from backoffice.tests import acts, people
from inventory.desk import performing
from inventory.models import Inbound
from inventory.models.supply import InboundQuerySet
from orders.models import Notice, NoticeState, OrderLine
from orders.tests import make
from suppliers import purchasing
from suppliers.models import Slip
from suppliers.tests import make as buy

pytestmark = pytest.mark.django_db
CONFIRMED = 10


@pytest.fixture(autouse=True)
def _monday() -> Iterator[None]:
    with time_machine.travel(people.MONDAY, tick=False):
        yield


@pytest.fixture
def client():
    roles.keep()
    return people.browser(roles.CUSTOMER_SERVICE)


def bought(count: int = 3, prefix: str = "LAMP"):
    """An order of so many lines, all confirmed for in ten days."""
    offers = [buy.offer(make.product(f"{prefix}-{number}", name="Lamp")) for number in range(count)]
    order = buy.sent(*((offer, 30) for offer in offers))
    dates = {line.pk: people.in_days(CONFIRMED) for line in order.lines.all()}
    purchasing.confirm(order.pk, dates, by=None, at=people.MONDAY)
    return order


def parts_of(order) -> InboundQuerySet:
    return Inbound.objects.filter(purchase_line__purchase_order=order).order_by("pk")


def address(order) -> str:
    return reverse("admin:reschedule_purchase_order", args=[order.pk])


def days_of(order) -> list[int]:
    found = parts_of(order).values_list("expected_date", flat=True)
    return [(expected - people.TODAY).days for expected in found if expected]


def done(client, url: str, **typed: str):
    """Look at it as a browser would, and send what the page of the preview holds."""
    seen = client.post(url, {"preview": "1", "reason": "The ship is late", **typed})
    assert seen.context["outcome"], seen.context["form"].errors
    held = acts.form_of(seen)
    return seen, client.post(url, {**held, "apply": "1"}, follow=True)


@pytest.mark.parametrize(
    ("typed", "days"),
    [
        ({"same_day": "2026-04-11"}, [40, 40, 40]),
        ({"days_later": "5"}, [15, 15, 15]),
        ({"days_later": "-2"}, [8, 8, 8]),
        ({"column": "2026-04-11\n12.04.2026\n13 April 2026\n\n"}, [40, 41, 42]),
    ],
)
def test_all_lines_of_an_order_are_given_new_days_at_once(client, typed, days):
    order = bought()

    done(client, address(order), **typed)

    assert days_of(order) == days
    assert [((slip.was - people.TODAY).days, slip.reason) for slip in Slip.objects.order_by("pk")] == [
        (CONFIRMED, "The ship is late")
    ] * 3
    assert {part.is_confirmed for part in parts_of(order)} == {True}


def test_a_line_that_keeps_its_day_is_left_alone_and_one_of_which_nobody_can_say_has_none(client):
    order = bought()

    seen, _ = done(client, address(order), column="2026-03-12\n-\n2026-03-20")

    first, second, third = parts_of(order)
    assert (first.expected_date, second.expected_date) == (people.in_days(CONFIRMED), None)
    assert third.expected_date == people.in_days(18)
    assert Slip.objects.count() == 2
    assert seen.context["in_words"] == (
        f"1 line of {order} · Nordlys comes on another day, 8 days later; 1 on no date that anybody knows."
    )


def test_lines_are_counted_by_what_becomes_of_their_days(client):
    order = bought()
    done(client, address(order), column="-\n2026-03-12\n2026-03-12")

    seen, _ = done(client, address(order), column="2026-04-11\n-\n2026-03-14")
    assert seen.context["in_words"] == (
        f"1 line of {order} · Nordlys comes on another day, 2 days later; 1 on a day where none was known; "
        "1 on no date that anybody knows."
    )

    seen, _ = done(client, address(order), column="2026-04-11\n-\n-")
    assert seen.context["in_words"] == f"1 line of {order} · Nordlys comes on no date that anybody knows."


def test_a_customer_of_three_lines_hears_of_it_in_one_mail(client):
    order = bought()
    lena = make.customer("Lena Ortiz")
    make.order(*((part.product, 2) for part in parts_of(order)), reference="SO-1", who=lena)

    seen, _ = done(client, address(order), days_later="30")

    outcome = seen.context["outcome"]
    assert (outcome.sums["promises"], outcome.effects.mails, outcome.effects.customers) == (3, 1, 1)
    [notice] = Notice.objects.filter(state=NoticeState.QUEUED)
    assert (notice.customer, notice.lines.count()) == (lena, 3)
    assert {line.promised_date for line in OrderLine.objects.all()} == {
        moved.now.promised_date for moved in outcome.moved
    }


BAD = {
    "too few rows": ({"column": "2026-04-11\n2026-04-12"}, ["Row 3 (LAMP-2): there is no day."]),
    "a gap": ({"column": "2026-04-11\n\n2026-04-12"}, ["Row 2 (LAMP-1): there is no day."]),
    "too many rows": ({"column": "2026-04-11\n" * 4}, ["Row 4: there are only 3 lines to come."]),
    "a past day": ({"column": "2026-04-11\n2026-03-01\n2026-04-11"}, ["Row 2 (LAMP-1): 1 March 2026 has passed."]),
    "day 9999": ({"column": "9999-12-31\n2026-04-11\n2026-04-11"}, ["Row 1 (LAMP-0): “9999-12-31” is not a date b"]),
    "a day too far": ({"column": "2029-12-31\n-\n-"}, ["Row 1 (LAMP-0): 31 December 2029 is too far ahead."]),
    "words, and more": (
        {"column": "soon\n2026-04-11\n31.02.2026"},
        ["Row 1 (LAMP-0): “soon” is not a date", "Row 3 (LAMP-2): “31.02.2026” is not a date that exists"],
    ),
    "two ways": ({"same_day": "2026-04-11", "days_later": "5"}, ["Fill in one of the three ways for all, not two"]),
    "a past day for all": ({"same_day": "2026-03-01"}, ["1 March 2026 has passed."]),
    "days beyond all": ({"days_later": "99999999999"}, ["the most is 365"]),
    "many days sooner": ({"days_later": "-20"}, ["20 February 2026 has passed."]),
    "nothing": ({}, ["No date changes by this."]),
    "no reason": ({"days_later": "5", "reason": ""}, ["This field is required."]),
}


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_is_named_by_its_row_and_nothing_is_written(client, name):
    order = bought()
    typed, told = BAD[name]
    unchanged = {f"date-{part.pk}": str(part.expected_date) for part in parts_of(order)}
    before = people.fingerprint()

    response = client.post(address(order), {"preview": "1", "reason": "Late", **unchanged, **typed})

    text = response.content.decode()
    assert [words for words in told if words not in text] == []
    assert response.context["outcome"] is None
    assert people.fingerprint() == before


def test_what_was_pasted_stays_in_the_form_when_it_cannot_be_read(client):
    response = client.post(address(bought()), {"preview": "1", "reason": "Late", "column": "soon\nlater\nnever"})

    assert "soon\nlater\nnever</textarea>" in response.content.decode()


def test_an_overdue_line_keeps_its_day_while_the_others_move():
    roles.keep()
    order = bought()
    with time_machine.travel(buy.after(CONFIRMED + 5), tick=False):
        client = people.browser(roles.CUSTOMER_SERVICE)
        first, *others = parts_of(order)
        typed = {f"date-{first.pk}": str(first.expected_date)}
        typed |= {f"date-{part.pk}": str(people.in_days(30)) for part in others}

        done(client, address(order), **typed)

    assert days_of(order) == [CONFIRMED, 30, 30]


def test_if_a_colleague_moved_a_line_meanwhile_nothing_is_done(client):
    order = bought()
    seen = client.post(address(order), {"preview": "1", "days_later": "5", "reason": "Late"})
    line = order.lines.first()
    purchasing.reschedule(line.pk, people.in_days(20), reason="They rang", by=None, at=people.MONDAY)
    before = people.fingerprint()

    response = client.post(address(order), {**acts.form_of(seen), "apply": "1"})

    assert performing.MOVED_MEANWHILE in response.content.decode()
    assert people.fingerprint() == before


def test_an_inbound_of_an_order_moves_with_all_of_the_order_and_is_its_suppliers_slip(client):
    order = bought(2)
    part = parts_of(order)[0]

    done(client, reverse("admin:reschedule_all", args=[part.pk]), days_later="5")

    assert days_of(order) == [CONFIRMED + 5] * 2
    assert Slip.objects.count() == 2


def test_what_comes_under_one_reference_from_one_sender_moves_together_and_nothing_else(client):
    mine = [make.coming(make.product(), 5, on=people.in_days(10), reference="C-7") for _ in range(2)]
    other = make.coming(make.product(), 5, on=people.in_days(10), reference="C-8")

    done(client, reverse("admin:reschedule_all", args=[mine[0].pk]), days_later="5")

    days = [Inbound.objects.get(pk=row.pk).expected_date for row in (*mine, other)]
    assert days == [people.in_days(15), people.in_days(15), people.in_days(10)]


def test_it_takes_as_many_queries_for_six_lines_as_for_twelve(client):
    counts = []
    for lines in (6, 12):
        order = bought(lines, prefix=f"OAK{lines}")
        for part in parts_of(order):
            make.order((part.product, 2), reference=f"SO-{part.pk}", who=make.customer(f"Lena {part.pk}"))
        url = address(order)
        seen = client.post(url, {"preview": "1", "days_later": "30", "reason": "Late"})
        held = acts.form_of(seen)
        with CaptureQueriesContext(connection) as captured:
            client.post(url, {**held, "apply": "1"})
        counts.append(len(captured))
        assert days_of(order) == [40] * lines

    assert counts[0] == counts[1]
