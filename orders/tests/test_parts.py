"""A line that comes in several deliveries: each part is told with its units and its window, and held against that."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inventory.models import Inbound
from orders.mail import calls, letters, notices
from orders.models import Notice, NoticeKind, NoticeLine, OrderLine
from orders.pages import shown, standing
from orders.rules.parts import Portion
from orders.tests import make
from orders.tests.pages import look, text
from orders.wording import parts

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
SOON, LATER = make.TODAY + 2 * DAY, make.TODAY + 14 * DAY
IN_PARTS = "3 between March 5 and 9, then 2 between March 17 and 20"
"""March 2 is a Monday; what comes ships on the next working day."""


def window(inbound: Inbound, likely: date, safe: date) -> None:
    Inbound.objects.filter(pk=inbound.pk).update(likely_date=likely, safe_date=safe)


def lorries(thing: Any, *, units: int = 3) -> tuple[Inbound, Inbound]:
    """Some units on March 4 to 6, many more on March 16 to 19."""
    first, second = make.coming(thing, units, on=SOON), make.coming(thing, 40, on=LATER)
    window(first, SOON, SOON + 2 * DAY)
    window(second, LATER, LATER + 3 * DAY)
    return first, second


def in_parts(units: int = 5, **fields: Any) -> OrderLine:
    lamp = make.product(name="Oslo lamp")
    lorries(lamp)
    return make.line(lamp, units, **fields)


def mail(notice: Notice | None = None) -> str:
    return letters.preview(notice or Notice.objects.latest("pk"), at=make.MONDAY).text


def told(line: OrderLine) -> tuple[Portion, ...]:
    fact = NoticeLine.objects.filter(line=line, told_waiting__isnull=False).latest("pk")
    return parts.read(fact.told_parts)


def test_a_line_of_two_deliveries_is_told_in_two_parts():
    line = in_parts()

    words = letters.preview(Notice.objects.get(), at=make.MONDAY)

    assert f"Your 5 are not here yet and will follow. We expect to ship {IN_PARTS}." in words.text
    assert f"We expect to ship {IN_PARTS}." in words.html
    assert line.promised_date == date(2026, 3, 20)


def test_what_comes_with_one_delivery_has_one_window():
    in_parts(3)

    assert "We expect to ship them between March 5 and 9." in mail()


def test_deliveries_of_nearly_the_same_day_are_one_arrival():
    lamp = make.product()
    first, _ = lorries(lamp)
    window(first, LATER, LATER + DAY)
    make.line(lamp, 5)

    assert "We expect to ship them between March 17 and 20." in mail()


def test_what_ships_together_or_on_a_typed_day_is_one_part():
    together = in_parts(is_ship_complete=True)
    wanted = in_parts(wanted_date=LATER)
    typed = in_parts()
    OrderLine.objects.filter(pk=typed.pk).update(is_promise_pinned=True)

    lines = list(OrderLine.objects.filter(pk__in=[together.pk, wanted.pk, typed.pk]))

    assert parts.of_lines(lines, at=make.MONDAY) == {}
    assert [len(own) for own in parts.of_lines([in_parts()], at=make.MONDAY).values()] == [2]


def test_a_delivery_that_is_late_without_a_word_comes_with_the_last_part():
    line = in_parts()
    first = line.allocations.earliest("pk").inbound

    Inbound.objects.filter(pk=first.pk).update(is_confirmed=True, expected_date=make.TODAY - DAY)

    assert parts.of_lines([line], at=make.MONDAY) == {}
    Inbound.objects.filter(pk=first.pk).update(is_confirmed=False)
    assert parts.of_lines([line], at=make.MONDAY) != {}


def test_the_one_other_line_of_an_order_is_told_in_its_parts_beside_what_came():
    lamp, mug = make.product(name="Oslo lamp"), make.product(name="Mug")
    lorries(lamp)
    van = make.coming(mug, 1, on=SOON)
    make.order((lamp, 5), (mug, 1))

    make.arrived(van, 1)

    assert f"  5 will follow. We expect to ship {IN_PARTS}.\n" in mail()


def test_what_a_mail_told_in_parts_is_kept():
    line = in_parts(who=make.customer(email=""))
    Notice.objects.update(state="call")

    calls.made([Notice.objects.get().pk], by=None, at=make.MONDAY)

    assert told(line) == (
        Portion(3, date(2026, 3, 5), date(2026, 3, 9)),
        Portion(2, date(2026, 3, 17), date(2026, 3, 20)),
    )


@pytest.mark.parametrize(
    ("days", "is_news"),
    [(2, False), (5, True)],  # from Monday, March 9, to the next day; to Thursday
)
def test_news_is_held_against_the_parts_that_were_told(days, is_news):
    line = in_parts()
    first = line.allocations.earliest("pk").inbound
    NoticeLine.objects.update(
        told_waiting=5,
        told_date=line.promised_date,
        told_parts=[[3, "2026-03-05", "2026-03-09"], [2, None, "2026-03-20"]],
    )
    Notice.objects.update(state="sent", intent_at=make.MONDAY, sent_at=make.MONDAY)
    window(first, SOON + days * DAY, SOON + (2 + days) * DAY)

    fact = notices.Fact(
        line_id=line.pk,
        order_id=line.order_id,
        customer_id=line.order.customer_id,
        kind=NoticeKind.NEW_DATE,
        units=5,
        ready=0,
        waiting=5,
        was_date=line.promised_date,
        likely_date=None,
        promised_date=line.promised_date + 9 * DAY,
    )
    notices.queue([fact], cause="movement:1", at=make.MONDAY)

    said = mail()
    assert ("Until now, we said 3 by March 9, then 2 by March 20." in said) == is_news, said


def test_the_page_says_each_part_and_nothing_of_others():
    line = in_parts(reference="HP-7")
    make.line(line.product, 31)

    with time_machine.travel(make.MONDAY, tick=False):
        said = text(look(line.order))

    assert f"5: {IN_PARTS}" in said, said
    assert f"we expect to ship {IN_PARTS}" in said
    assert not {"31", "36", "38", "40"} & set(re.findall(r"\d+", said))  # what others wait for, and what comes in all


def test_many_lines_are_read_in_one_statement():
    lamp, desk = make.product(), make.product()
    lorries(lamp), lorries(desk)
    few = make.order((lamp, 5))
    lines = list(few.lines.all())
    with CaptureQueriesContext(connection) as one:
        parts.of_lines(lines, at=make.MONDAY)
    make.order((desk, 5))
    make.order((desk, 5), (lamp, 4))

    with CaptureQueriesContext(connection) as many:
        found = parts.of_lines(OrderLine.objects.all(), at=make.MONDAY)

    assert len(one) == 1
    assert len(many) == 2  # the lines themselves, and what covers them
    assert len(found) == 2


def test_what_a_mail_told_in_parts_stands_on_the_page():
    line = in_parts()
    NoticeLine.objects.update(
        told_waiting=5, told_date=line.promised_date, told_parts=[[3, None, "2026-03-09"], [2, None, "2026-03-20"]]
    )
    Notice.objects.update(state="sent", intent_at=make.MONDAY, sent_at=make.MONDAY)

    (mail,) = shown.told(standing.of(line.order, at=make.MONDAY))

    assert mail.words == "5 × Oslo lamp to come: 3 by March 9, then 2 by March 20"
