"""What customers hear while a confirmed delivery is late: that it was asked for, by when there is word, then weeks."""

from datetime import date, timedelta

import pytest
from django.core import mail

from inventory.models import Inbound
from inventory.supply import transfers
from orders.mail import notices
from orders.models import Customer, Notice, NoticeLine, OrderLine, Promise
from orders.promising import sweep
from orders.tests import make as shop
from suppliers import performance, purchasing
from suppliers.asking import questions
from suppliers.tests import make

pytestmark = pytest.mark.django_db
CONFIRMED = make.TODAY + timedelta(days=9)
"""A Wednesday; Monday is two working days after the Thursday on which it is late."""
LATE, WORD = CONFIRMED + timedelta(days=1), CONFIRMED + timedelta(days=5)


@pytest.fixture
def order():
    """One line waits for all that an order brings, which its supplier has confirmed."""
    return ordered()


def ordered(email="nordlys@supplier.example"):
    who = make.supplier("Nordlys", email=email)
    lamp = make.product("LAMP", name="Oslo lamp")
    order = make.sent((make.offer(lamp, who), 10))
    purchasing.confirm(order.pk, {make.line(order).pk: CONFIRMED}, by=None, at=make.MONDAY)
    shop.line(lamp, 4)
    notices.send_due(at=make.MONDAY)
    mail.outbox.clear()
    return order


def at(day: date):
    return make.after((day - make.TODAY).days)


def night(day: date) -> None:
    """What the night does about dates, in its order; what it told leaves once the mail hour has come."""
    questions.ask(at=at(day))
    performance.learn(at=at(day))
    sweep.sweep(at=at(day))
    sweep.weigh(at=at(day))
    notices.send_due(at=at(day) + timedelta(hours=2))


def nights(until: date) -> None:
    day = make.TODAY + timedelta(days=1)
    while day <= until:
        night(day)
        day += timedelta(days=1)


def told() -> list[str]:
    """What customers read of the line."""
    found = [sent for sent in mail.outbox if "@supplier" not in sent.to[0]]
    return [next(line.strip() for line in sent.body.splitlines() if line.startswith("  ")) for sent in found]


def line() -> OrderLine:
    return OrderLine.objects.get()


def test_nobody_hears_anything_until_the_confirmed_day_has_passed(order):
    promised = line().promised_date

    nights(CONFIRMED)

    assert (told(), line().promised_date, line().word_by) == ([], promised, None)


def test_the_day_after_its_customer_hears_that_it_was_asked_and_when_they_hear_again(order):
    promised = line().promised_date

    nights(LATE)

    assert told() == [f"{ASKED} Until now, we said by {_said(promised)}."]
    [(subject, text)] = [(sent.subject, sent.body) for sent in mail.outbox if "@supplier" not in sent.to[0]]
    assert "\n\nWe are sorry: what you are waiting for did not reach us when it should have.\n\n" in text
    assert subject == f"Late, and we have no new date yet: 4 × Oslo lamp (order {line().order})"
    assert (line().promised_date, line().word_by) == (None, WORD)
    newest = Promise.objects.latest("pk")
    assert (newest.promised_date, newest.told_at is not None) == (None, True)


def test_of_a_line_that_is_here_in_part_the_rest_is_asked_for(order):
    promised = line().promised_date
    shop.on_hand(line().product, 1, at=at(CONFIRMED))

    nights(LATE)

    assert told()[-1] == f"1 of your 4 is here, 3 are late. {ASKED} Until now, we said by {_said(promised)}."
    assert (line().allocated, line().promised_date, line().word_by) == (1, None, WORD)


def test_a_first_word_that_the_night_overtakes_goes_at_the_mail_hour_and_says_that_it_was_asked(order):
    ben = shop.customer("Ben", email="ben@customer.example")
    shop.order((line().product, 2), who=ben, reference="SO-2", at=at(CONFIRMED) - timedelta(days=4))
    past = at(LATE).replace(hour=2, minute=10)
    for work in (questions.ask, performance.learn, sweep.sweep):
        work(at=past)

    notices.send_due(at=past)
    assert [sent.to for sent in mail.outbox] == [["nordlys@supplier.example"]]
    notices.send_due(at=past.replace(hour=10))

    [letter] = [sent for sent in mail.outbox if sent.to == ["ben@customer.example"]]
    assert letter.subject == "Will follow: 2 × Oslo lamp (order SO-2)"
    assert f"  Your 2 are not here yet and will follow. {ASKED}\n" in letter.body


ASKED = "We asked our supplier on March 12 where it is, and you will hear from us by March 16."
SILENT = "We still have no new date."
WEEKS = f"{SILENT} By what we know of such delays it ships in 1 to 3 weeks: an estimate, not a date we can promise."


def _said(day: date) -> str:
    return f"{day:%B} {day.day}"


@pytest.mark.proof
def test_in_a_month_in_which_nobody_does_anything_a_customer_hears_twice(order):
    promised = line().promised_date

    nights(CONFIRMED + timedelta(days=31))

    assert told() == [f"{ASKED} Until now, we said by {_said(promised)}.", WEEKS]
    assert list(NoticeLine.objects.filter(kind="late").order_by("pk").values_list("notice__state", flat=True)) == [
        "sent",
        "sent",
    ]
    assert (line().promised_date, line().word_by) == (None, None)


def test_they_hear_again_on_the_day_that_was_named_and_not_before(order):
    nights(WORD - timedelta(days=1))
    before = len(told())

    night(WORD)

    assert (before, len(told())) == (1, 2)


def test_a_clock_that_jumps_over_the_day_tells_what_was_due_then(order):
    nights(LATE)

    night(WORD + timedelta(days=1))
    night(WORD + timedelta(days=2))

    assert len(told()) == 2


def test_a_night_that_runs_twice_tells_once(order):
    for _ in range(2):
        night(LATE)
    for _ in range(2):
        night(WORD)

    assert len(told()) == 2


def test_a_day_that_the_sender_names_is_told_as_a_date(order):
    nights(LATE)

    given = CONFIRMED + timedelta(days=12)
    purchasing.reschedule(make.line(order).pk, given, reason="Strike", by=None, at=at(LATE) + timedelta(hours=3))
    notices.send_due(at=at(LATE) + timedelta(days=1, hours=4))
    nights_after = [LATE + timedelta(days=step) for step in range(1, 8)]
    for day in nights_after:
        night(day)

    assert told()[1:] == [f"We now expect to ship them {told()[1].partition('ship them ')[2]}"]
    assert line().promised_date is not None
    assert (line().promised_date > given, line().word_by) == (True, None)


@pytest.mark.proof
@pytest.mark.parametrize(("hears", "count"), [("later", 2), ("shipped", 0)])
def test_who_hears_of_later_days_alone_hears_the_day_that_follows_the_one_taken_back(order, hears, count):
    Customer.objects.update(hears=hears)
    nights(LATE)

    given = CONFIRMED + timedelta(days=12)
    purchasing.reschedule(make.line(order).pk, given, reason="Strike", by=None, at=at(LATE) + timedelta(hours=3))
    notices.send_due(at=at(LATE) + timedelta(days=1, hours=4))

    assert len(told()) == count


@pytest.mark.proof
@pytest.mark.parametrize(("hears", "count"), [("later", 2), ("shipped", 0)])
def test_who_hears_of_later_days_alone_hears_that_what_was_late_is_here(order, hears, count):
    Customer.objects.update(hears=hears)
    nights(LATE)

    purchasing.receive(order.pk, {make.line(order).pk: (10, 0)}, by=None, at=at(LATE) + timedelta(hours=3))
    notices.send_due(at=at(LATE) + timedelta(days=1, hours=4))

    assert len(told()) == count


def test_a_day_that_is_moved_ten_times_in_an_hour_is_told_once(order):
    nights(LATE)

    for step in range(10):
        day = CONFIRMED + timedelta(days=12 + step)
        moment = at(LATE) + timedelta(hours=3, minutes=6 * step)
        purchasing.reschedule(make.line(order).pk, day, reason="They cannot say", by=None, at=moment)
    notices.send_due(at=at(LATE) + timedelta(days=1, hours=5))

    assert len(told()) == 2
    assert line().promised_date == CONFIRMED + timedelta(days=21)  # within two working days of the last one named


def test_of_a_supplier_that_nobody_could_mail_it_is_not_said_that_it_was_asked():
    ordered(email="")

    nights(LATE)

    assert told()[0].startswith("We are asking where it is, and you will hear from us by March 16.")


def test_of_a_transfer_no_supplier_is_spoken_of():
    lamp, here, there = make.product("LAMP", name="Oslo lamp"), shop.warehouse(), shop.warehouse("HAW")
    shop.on_hand(lamp, 10, place=there)
    draft = transfers.TransferDraft(there.pk, here.pk, {lamp.pk: 10}, expected_date=CONFIRMED)
    transfers.send(draft, by=None, at=make.MONDAY)
    shop.line(lamp, 4)

    nights(WORD)

    late = [sent.body for sent in mail.outbox[1:]]
    assert [body.count("We are asking where it is") + body.count(SILENT) for body in late] == [1, 1]
    assert not any("supplier" in body for body in late)


def test_a_promise_that_more_likely_holds_than_breaks_stands_though_its_delivery_is_late(order):
    far = CONFIRMED + timedelta(days=60)
    OrderLine.objects.update(promised_date=far, first_promised_date=far, told_date=far)

    nights(LATE)

    assert (told(), line().promised_date) == ([], far)


def test_what_came_is_told_as_what_came(order):
    nights(LATE)

    purchasing.receive(order.pk, {make.line(order).pk: (10, 0)}, by=None, at=at(LATE) + timedelta(hours=3))
    nights_after = LATE + timedelta(days=1)
    notices.send_due(at=at(nights_after) + timedelta(hours=2))

    assert [told()[-1].partition(".")[0], line().word_by] == ["All 4 are here and set aside for you", None]


def test_nobody_is_told_a_computed_day_while_it_is_late_whatever_else_moves(order):
    nights(LATE)

    lamp = line().product
    shop.line(lamp, 6, at=at(LATE) + timedelta(hours=2))
    first = OrderLine.objects.order_by("pk").first()

    assert (first.promised_date, first.word_by) == (None, WORD)
    assert Notice.objects.filter(kind="new_date").count() == 0
    assert Inbound.objects.get().asked_on == LATE


def test_they_hear_again_by_a_day_on_which_the_warehouse_works():
    """News of a night goes on such a day alone: on the Monday that was named nobody would have been written to."""
    shop.warehouse(week="0111100", calendar_revision=4712)  # from Tuesday to Friday
    ordered()
    tuesday = LATE + timedelta(days=5)

    nights(tuesday - timedelta(days=1))
    assert [words.partition(" and you will ")[2][:28] for words in told()] == ["hear from us by March 17. Un"]
    assert line().word_by == tuesday
    night(tuesday)

    assert len(told()) == 2
