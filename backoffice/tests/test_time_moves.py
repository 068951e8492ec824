"""Time moves promises: after any night no open line stands on a day that has passed, and nobody is told for ever."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backoffice import nightly
from backoffice.books import audit
from backoffice.models import JobRun
from inventory.formulas.calendars.working_days import PLAIN
from inventory.models import LeadTime
from orders import allocation, fulfillment
from orders.mail import notices
from orders.models import Notice, OrderLine, Promise
from orders.promising import by_hand, order_by, sweep
from orders.tests import make
from suppliers import purchasing
from suppliers.tests.make import line, sent

from .grounds import GROUNDS, facts, in_days, mails, night_of, nights, past, supplied

pytestmark = pytest.mark.proof

NEWS = {
    # ground: the first night that tells of it (0: whoever did it), and mails about the line in a month of nights
    "nothing_is_ordered": (12, 2),
    "the_offer_is_withdrawn": (1, 1),
    "the_offer_is_deleted": (1, 1),
    "the_supplier_is_on_hold": (1, 1),
    "the_product_is_discontinued": (1, 1),
    "the_purchase_order_is_approved_and_not_sent": (12, 2),
    "the_purchase_order_is_overdue": (19, 2),
    # the day after the one confirmed: no spread around it is waited for any more
    "the_confirmed_purchase_order_is_overdue": (4, 2),
    "the_purchase_order_is_canceled": (9, 2),
    "the_inbound_has_no_date_any_more": (0, 3),
    "the_transfer_has_no_date_any_more": (0, 1),
    "the_inbound_of_a_file_is_overdue": (3, 3),
    "the_transfer_is_overdue": (3, 2),
    "a_typed_date_has_passed": (0, 4),
    "a_typed_date_of_a_line_that_is_here_has_passed": (0, 4),
    "it_is_here_and_nobody_ships_it": (2, 3),
    "it_is_here_in_part": (12, 2),
    "its_warehouse_is_closed": (1, 1),
    "the_warehouse_its_inbound_goes_to_is_closed": (1, 1),
    "it_ships_with_a_line_nobody_has_ordered": (13, 2),
    "it_is_wanted_later_and_nobody_ships_it": (9, 3),
    "units_held_for_another_are_not_theirs_any_more": (3, 4),
}


@pytest.mark.django_db
@pytest.mark.parametrize("name", GROUNDS)
def test_a_month_of_nights_leaves_no_promise_in_the_past_and_tells_a_few_times_at_most(name):
    waiting = GROUNDS[name]()
    acts = facts(waiting).count()
    notices.send_due(at=make.MONDAY)
    first = 0 if acts else None

    for number, at in enumerate(nights(30), start=1):
        night_of(at)
        assert past(at) == 0, at
        told = facts(waiting).count()
        first = number if first is None and told else first
        if number in (first, 30):
            night_of(at + timedelta(hours=1))
            assert facts(waiting).count() == told, "a second night of one day tells nothing"
        notices.send_due(at=at.replace(hour=10, minute=1))

    assert (first, mails(waiting)) == NEWS[name]
    assert audit.balances(audit.run(at=at))


@pytest.mark.django_db
def test_the_night_does_it():
    waiting = GROUNDS["a_typed_date_has_passed"]()
    first, second, *_ = nights(3)

    nightly.run(on=first.date(), at=first)
    assert OrderLine.objects.get(pk=waiting.pk).promised_date == first.date()
    counts = nightly.run(on=second.date(), at=second)
    again = nightly.run(on=second.date(), at=second + timedelta(hours=4), again=True)

    assert (counts["dates"]["moved"], again["dates"]["moved"]) == (1, 0)
    waiting.refresh_from_db()
    assert (waiting.promised_date, waiting.is_promise_pinned) == (waiting.safe_date, False)
    assert waiting.safe_date > second.date()
    assert [row.was_date for row in facts(waiting)][-1] == first.date()
    assert audit.balances(audit.run(at=second))


@pytest.mark.django_db
def test_the_audit_says_so_if_a_night_left_a_promised_day_in_the_past():
    waiting = GROUNDS["nothing_is_ordered"]()
    night, *_ = nights(1)
    OrderLine.objects.filter(pk=waiting.pk).update(promised_date=make.TODAY)
    before = {found.rule: found.broken for found in audit.run(at=night)}
    ran = JobRun.objects.create(job="nightly", business_date=night.date(), started_at=night, finished_at=night)
    upgraded = {finding.rule: finding.broken for finding in audit.run(at=night)}
    JobRun.objects.filter(pk=ran.pk).update(claimed_until=night)

    after = {found.rule: (found.broken, found.examples) for found in audit.run(at=night)}

    assert before["No promised day has passed"] == upgraded["No promised day has passed"] == 0
    assert after["No promised day has passed"] == (1, (f"{waiting.order}: {make.TODAY}",))


@pytest.mark.django_db
def test_a_promise_on_a_lead_time_is_the_buyers_from_its_order_by_day_on_and_news_once_it_likely_breaks():
    waiting = GROUNDS["nothing_is_ordered"]()
    told = waiting.promised_date
    safe_days = LeadTime.objects.get().safe_days
    on_the_day, the_night_after = list(nights(3))[1:]
    assert order_by.last_day(told, safe_days, 1, PLAIN) == on_the_day.date()

    night_of(on_the_day)
    waiting.refresh_from_db()
    assert (waiting.promised_date, waiting.redated) == (told, 0)

    night_of(the_night_after)
    waiting.refresh_from_db()
    assert (waiting.promised_date, waiting.safe_date, waiting.redated) == (told, date(2026, 4, 2), 0)
    (due,) = order_by.due(the_night_after.date())
    assert (due.day, due.promises, due.promised) == (on_the_day.date(), 1, told)

    *_, eleventh, twelfth = nights(12)
    night_of(eleventh)
    waiting.refresh_from_db()
    assert (waiting.promised_date, waiting.is_at_risk, waiting.chance_to_break <= 0.5) == (told, True, True)
    night_of(twelfth)
    waiting.refresh_from_db()
    assert (waiting.promised_date, waiting.redated, waiting.is_at_risk) == (waiting.safe_date, 1, False)
    assert order_by.due(twelfth.date()) == []


@pytest.mark.django_db
def test_a_word_of_the_sender_gives_a_day_again_to_who_was_given_up():
    found = supplied()
    order = sent((found, 5))
    waiting = make.line(found.product, 5)
    *_, last = (night_of(at) and at for at in nights(60))
    waiting.refresh_from_db()
    assert (waiting.promised_date, waiting.redated) == (None, 3)

    purchasing.confirm(order.pk, {line(order).pk: in_days(90)}, by=None, at=last)

    waiting.refresh_from_db()
    assert (waiting.promised_date, waiting.redated) == (waiting.safe_date, 0)
    assert waiting.promised_date > in_days(90)
    assert facts(waiting).last().promised_date == waiting.promised_date


@pytest.mark.django_db
def test_an_order_to_the_supplier_gives_a_day_again_to_who_was_given_up():
    found = supplied()
    waiting = make.line(found.product, 5)
    *_, last = (night_of(at) and at for at in nights(60))
    waiting.refresh_from_db()
    assert (waiting.promised_date, waiting.redated) == (None, 3)

    sent((found, 5), at=last)

    waiting.refresh_from_db()
    assert (waiting.promised_date, waiting.redated) == (waiting.safe_date, 0)


@pytest.mark.django_db
def test_who_was_given_up_is_not_promised_a_day_because_another_line_moves():
    found = supplied()
    sent((found, 5))
    waiting = make.line(found.product, 5)
    *_, last = (night_of(at) and at for at in nights(60))
    told = Promise.objects.filter(line=waiting).count()

    other = make.line(found.product, 1, at=last)
    fulfillment.cancel([fulfillment.LineUnits(other.pk)], reason="changed their mind", by=None, at=last)
    allocation.settle([found.product_id], cause="test", by=None, at=last)

    waiting.refresh_from_db()
    assert (waiting.promised_date, Promise.objects.filter(line=waiting).count()) == (None, told)


@pytest.mark.django_db
def test_a_day_that_still_holds_more_likely_than_not_is_no_news_however_late_it_may_become():
    """The safe date of what is on its way creeps every night; the customer hears when the likely one passes the day."""
    found = supplied()
    sent((found, 5))
    waiting = make.line(found.product, 5)

    for at in nights(19):
        before = OrderLine.objects.get(pk=waiting.pk)
        night_of(at)
        waiting.refresh_from_db()
        is_likely = waiting.likely_date <= before.promised_date
        assert (waiting.promised_date == before.promised_date) == is_likely, at

    assert (before.promised_date, waiting.redated) == (date(2026, 3, 25), 1)
    assert before.safe_date > before.promised_date + timedelta(days=2), "it was at risk for staff before it was news"


@pytest.mark.django_db
def test_a_promise_that_passes_is_news_even_by_one_day():
    """One day later is no news in itself, but a day that has passed is no promise."""
    lamp = make.product()
    make.on_hand(lamp, 1)
    waiting = make.line(lamp, 1)
    assert waiting.promised_date == in_days(1)
    notices.send_due(at=make.MONDAY)

    night_of(make.MONDAY + timedelta(days=1))
    assert facts(waiting).count() == 0
    night_of(make.MONDAY + timedelta(days=2))

    (news,) = facts(waiting)
    assert (news.was_date, news.promised_date, news.ready, news.waiting) == (in_days(1), in_days(3), 1, 0)


@pytest.mark.django_db
def test_a_night_killed_between_two_blocks_goes_on_and_doubles_nothing(monkeypatch):
    who = make.customer()
    lines = []
    for _ in range(3):
        lamp = make.product()
        make.on_hand(lamp, 1)
        lines.append(make.line(lamp, 1, who=who))
    monkeypatch.setattr(sweep, "MOST_PRODUCTS", 1)
    settle = allocation.settle
    at = make.MONDAY + timedelta(days=2)

    def dies(product_ids, **kwargs):
        if lines[1].product_id in product_ids:
            raise KeyboardInterrupt
        return settle(product_ids, **kwargs)

    monkeypatch.setattr(allocation, "settle", dies)
    with pytest.raises(KeyboardInterrupt):
        sweep.sweep(at=at)
    assert past(at) == 2
    monkeypatch.setattr(allocation, "settle", settle)

    assert sweep.sweep(at=at + timedelta(minutes=3)) == 2

    assert [facts(each).count() for each in lines] == [1, 1, 1]
    assert Notice.objects.filter(kind="new_date").count() == 1, "one mail for all that one night moves"


@pytest.mark.django_db
def test_a_block_takes_as_many_statements_for_many_products_as_for_one():
    def late(count):
        for _ in range(count):
            lamp = make.product()
            make.on_hand(lamp, 1)
            make.line(lamp, 1)

    late(1)
    with CaptureQueriesContext(connection) as one:
        sweep.sweep(at=make.MONDAY + timedelta(days=2))
    late(20)
    with CaptureQueriesContext(connection) as many:
        assert sweep.sweep(at=make.MONDAY + timedelta(days=2)) == 20

    assert len(many) == len(one) < 40


@pytest.mark.django_db
def test_a_product_with_a_long_queue_is_a_block_by_itself(monkeypatch):
    monkeypatch.setattr(sweep, "MOST_LINES", 3)
    lamps = [make.product() for _ in range(5)]
    for lamp, count in zip(lamps, (1, 2, 4, 3, 1), strict=True):
        for _ in range(count):
            make.line(lamp, 1)

    blocks = list(sweep._blocks(lamp.pk for lamp in lamps))

    assert blocks == [[lamps[0].pk, lamps[1].pk], [lamps[2].pk], [lamps[3].pk], [lamps[4].pk]]


def test_a_typed_date_stands_on_its_own_day_and_no_longer(db):
    lamp = make.product()
    make.coming(lamp, 5, on=in_days(20))
    waiting = make.line(lamp, 2)
    by_hand.set_date([waiting.pk], in_days(3), reason="the customer asked", by=None, at=make.MONDAY)

    allocation.settle([lamp.pk], cause="test", by=None, at=make.MONDAY + timedelta(days=3))
    waiting.refresh_from_db()
    assert (waiting.promised_date, waiting.is_promise_pinned) == (in_days(3), True)

    allocation.settle([lamp.pk], cause="test", by=None, at=make.MONDAY + timedelta(days=4))
    waiting.refresh_from_db()
    assert (waiting.promised_date, waiting.is_promise_pinned) == (waiting.safe_date, False)
