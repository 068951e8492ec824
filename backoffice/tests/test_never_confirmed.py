"""What nobody has confirmed, and comes later again and again: its supplier is asked, once; its customers hear so."""

from datetime import date, timedelta

import pytest
from django.core import mail
from django.db import IntegrityError, transaction

from backoffice.watching import asked as asking
from inventory.models import Inbound
from orders.mail import notices
from orders.models import NoticeLine, OrderLine
from orders.promising import sweep
from orders.tests import make as shop
from suppliers import performance, purchasing
from suppliers.asking import answers, questions
from suppliers.letters import asked
from suppliers.models import AskedDate, OrderLetter, Supplier
from suppliers.tests import make

pytestmark = [pytest.mark.django_db, pytest.mark.proof]
DAY = timedelta(days=1)
MOST = 120
"""Nights within which a promise is taken back twice, and then given up."""


@pytest.fixture
def order():
    return ordered()


def ordered(email="nordlys@supplier.example", units=4):
    """One line waits for all that an order brings, for which its supplier has confirmed no day."""
    who = make.supplier("Nordlys", email=email)
    lamp = make.product("LAMP", name="Oslo lamp")
    order = make.sent((make.offer(lamp, who), 10))
    shop.line(lamp, units)
    notices.send_due(at=make.MONDAY)
    mail.outbox.clear()
    return order


def at(day: date):
    return make.after((day - make.TODAY).days)


def night(day: date) -> dict[str, int]:
    """What the night does about dates, in its order; what it told leaves once the mail hour has come."""
    questions.ask(at=at(day))
    performance.learn(at=at(day))
    sweep.sweep(at=at(day))
    sweep.weigh(at=at(day))
    found = questions.ask_when(sweep.given_up(), at=at(day))
    notices.send_due(at=at(day) + timedelta(hours=2))
    return found


def given_up() -> date:
    """Let nights pass until no day is promised any more, and give the day."""
    for step in range(1, MOST):
        found = night(make.TODAY + step * DAY)
        if line().promised_date is None:
            assert found["asked"] == 1
            return make.TODAY + step * DAY
        assert found["asked"] == 0
    raise AssertionError("it is promised a day for ever")


def line() -> OrderLine:
    return OrderLine.objects.order_by("pk")[0]


def mailed(today: date) -> None:
    """News of a night before a Saturday or Sunday leaves on Monday."""
    for step in range(1, 3):
        notices.send_due(at=at(today + step * DAY) + timedelta(hours=2))


def told() -> list[str]:
    """What customers read of the line."""
    found = [sent for sent in mail.outbox if "@supplier" not in sent.to[0]]
    return [next(line.strip() for line in sent.body.splitlines() if line.startswith("  ")) for sent in found]


def said(day: date) -> str:
    return f"{day:%B} {day.day}"


NOTHING = {"asked": 0, "letters": 0, "calls": 0}


def test_the_supplier_is_asked_the_night_its_second_new_day_is_taken_back_and_not_before(order):
    days = []

    last = None
    for step in range(1, MOST):
        before = line().promised_date
        found = night(make.TODAY + step * DAY)
        if line().promised_date != before:
            days.append((line().redated, found["asked"]))
        if line().promised_date is None:
            last = make.TODAY + step * DAY
            break

    assert days == [(1, 0), (2, 0), (3, 1)]
    row = AskedDate.objects.get()
    assert (row.line, row.day, row.moment, row.asked_on) == (make.line(order), None, "unsaid", last)
    assert row.letter == OrderLetter.objects.get(kind="asked")
    assert Inbound.objects.get().asked_on == last


def test_its_customer_hears_that_it_is_late_that_we_ask_and_when_they_hear_again(order):
    today = given_up()
    mailed(today)
    was = NoticeLine.objects.get(kind="late").was_date

    [*_, last] = told()
    assert last == (
        f"We are asking where it is, and you will hear from us by {said(line().word_by)}. "
        f"Until now, we said by {said(was)}."
    )
    assert (today, line().word_by) == (date(2026, 4, 5), date(2026, 4, 8))  # a Sunday; two working days after Monday
    [*_, sent] = [sent for sent in mail.outbox if "@supplier" not in sent.to[0]]
    assert sent.subject == f"Late, and we have no new date yet: 4 × Oslo lamp (order {line().order})"
    assert "confirmed" not in sent.body


@pytest.mark.proof
def test_they_hear_again_on_that_day_in_weeks_and_then_no_more(order):
    today = given_up()
    mailed(today)
    by, heard = line().word_by, len(told())
    counts = []

    for step in range(1, 40):
        assert night(today + step * DAY) == NOTHING
        counts.append((today + step * DAY, len(told()) - heard))

    assert next(day for day, count in counts if count == 1) == by
    assert counts[-1][1] == 1
    assert told()[-1].startswith("We still have no new date. By what we know of such delays it ships ")
    assert (line().promised_date, line().word_by) == (None, None)


def test_a_night_that_runs_twice_asks_and_tells_once(order):
    today = given_up()
    heard = len(told())

    assert (night(today), len(told())) == (NOTHING, heard)
    assert AskedDate.objects.count() == 1


def test_the_letter_asks_when_it_comes_and_speaks_of_no_confirmed_day(order):
    given_up()

    kept = OrderLetter.objects.get(kind="asked")
    words = asked.words(asked.AskedFacts.of(kept.facts))
    assert words.subject == f"When does it come? Purchase order {order.reference} from Harbor & Pine"
    assert words.text == (
        "Hello Nordlys,\n\n"
        f"of our order {order.reference} you have not told us when this comes, and our customers wait for it:\n\n"
        "- 10 units of LAMP, Oslo lamp\n\n"
        "Has it left? If so, on which day? If not, on which day will it leave, and when will it be here?\n\n"
        "Please answer this mail today if you can.\n\n"
        "Harbor & Pine\n"
    )


def test_without_an_address_it_is_a_task_for_the_buyer():
    order = ordered(email="")
    today = given_up()

    [task] = asking.to_call(at=at(today))

    assert task.words == (
        "Call Nordlys, which has no e-mail address. "
        f"“Of {order.reference}, 10 LAMP without a confirmed day: when does it come?”"
    )
    assert (OrderLetter.objects.filter(kind="asked").count(), Inbound.objects.get().asked_on) == (0, None)

    Supplier.objects.update(email="nordlys@supplier.example")

    [task] = asking.to_call(at=at(today))
    assert task.words.startswith("Call Nordlys. “Of")


def test_silence_is_an_alert_the_next_working_day_and_not_before(order):
    given_up()
    row = AskedDate.objects.get()
    OrderLetter.objects.filter(kind="asked").update(state="sent")

    assert list(asking.silent(at=at(row.silent_from - DAY))) == []
    [waiting] = asking.silent(at=at(row.silent_from))
    assert waiting.words.endswith(f"about {order.reference}: 10 LAMP without a confirmed day.")
    assert (row.silent_from > row.asked_on, row.silent_from.weekday() < 5) == (True, True)


def test_a_confirmed_day_is_an_answer_and_is_told_as_a_date(order):
    today = given_up()
    given = today + 30 * DAY

    purchasing.confirm(order.pk, {make.line(order).pk: given}, by=None, at=at(today) + timedelta(hours=3))
    notices.send_due(at=at(today + DAY) + timedelta(hours=2))

    assert not AskedDate.objects.unanswered().exists()
    assert (line().promised_date >= given, line().word_by, line().redated) == (True, None, 0)
    assert "We now expect to ship" in told()[-1]


def test_that_they_left_is_an_answer_too_and_nobody_is_asked_again(order):
    today = given_up()

    answers.they_left([order.pk], by=None, at=at(today))

    assert not AskedDate.objects.unanswered().exists()
    assert [night(today + step * DAY) for step in (1, 2, 3)] == [NOTHING] * 3


def test_who_was_asked_hears_so_when_a_second_customer_is_given_up(order):
    today = given_up()
    asked_on = Inbound.objects.get().asked_on
    late = OrderLine.objects.get()
    OrderLine.objects.filter(pk=late.pk).update(promised_date=today, told_date=today, redated=2, word_by=None)

    night(today + DAY)

    assert told()[-1].startswith(f"We asked our supplier on {said(asked_on)} where it is")


@pytest.mark.parametrize(
    ("change", "count"),
    [
        ({}, 1),
        ({"redated": 2}, 0),
        ({"promised_date": make.TODAY + 200 * DAY}, 0),
        ({"is_stopped": True}, 0),
    ],
)
def test_nobody_is_asked_for_whom_nobody_waits_without_a_day(order, change, count):
    OrderLine.objects.update(**{"promised_date": None, "redated": 3, **change})

    assert questions.ask_when(sweep.given_up(), at=make.MONDAY)["asked"] == count


@pytest.mark.parametrize(
    ("about", "changed"),
    [
        ("supplier", {"is_asked": False}),
        ("order", {"canceled_at": make.MONDAY}),
        ("order", {"sent_at": None}),
        ("inbound", {"is_confirmed": True}),
        ("inbound", {"canceled": 10, "committed": 0}),
    ],
)
def test_nobody_is_asked_who_wants_no_letters_or_of_whom_nothing_is_to_come(order, about, changed):
    inbound = Inbound.objects.get()
    rows = {"supplier": order.supplier, "order": order, "inbound": inbound}
    type(rows[about]).objects.filter(pk=rows[about].pk).update(**changed)

    assert questions.ask_when({inbound.pk}, at=make.MONDAY) == NOTHING


def test_a_shop_that_asks_nobody_asks_nobody(order, settings):
    settings.ASK_SUPPLIERS = False

    assert questions.ask_when(set(Inbound.objects.values_list("pk", flat=True)), at=make.MONDAY) == NOTHING


def test_what_is_confirmed_later_and_passes_is_asked_about_at_its_own_time(order):
    today = given_up()
    given = today + 30 * DAY
    purchasing.confirm(order.pk, {make.line(order).pk: given}, by=None, at=at(today))

    for step in range(1, 32):
        night(today + step * DAY)

    assert list(AskedDate.objects.order_by("pk").values_list("moment", flat=True)) == ["unsaid", "before", "passed"]


def test_a_line_cannot_be_asked_about_twice_without_a_day(order):
    given_up()
    row = AskedDate.objects.get()

    with pytest.raises(IntegrityError), transaction.atomic():
        AskedDate.objects.create(
            line=row.line, day=None, moment="unsaid", asked_on=row.asked_on, silent_from=row.silent_from
        )


@pytest.mark.parametrize("count", [2, 12])
def test_it_asks_about_many_in_as_many_statements_as_about_few(count, django_assert_max_num_queries):
    who = make.supplier("Nordlys", email="nordlys@supplier.example")
    make.sent(*[(make.offer(make.product(), who), 10) for _ in range(count)])
    found = set(Inbound.objects.values_list("pk", flat=True))

    with django_assert_max_num_queries(20):
        assert questions.ask_when(found, at=make.MONDAY)["asked"] == count
