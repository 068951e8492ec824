"""Alerts before promises break: overdue without a word, slipped, too late, here and not shipped, a day missed."""

from datetime import timedelta

import pytest

from backoffice.models import JobRun
from backoffice.watching import asked, breaking
from inventory.models import Inbound, Warehouse
from orders.allocation import chances
from orders.mail import notices
from orders.models import Order, OrderLine
from orders.promising import must_by, sweep
from orders.tests import make
from suppliers import performance, purchasing
from suppliers.asking import answers, questions
from suppliers.tests import make as buying

pytestmark = pytest.mark.django_db
DAY = make.TODAY + timedelta(days=9)


def after(days: int):
    return make.MONDAY + timedelta(days=days)


def waiting(units=4, *, on=DAY, **order):
    lamp = make.product("LAMP")
    lorry = make.coming(lamp, 10, on=on, reference="PO-7", is_confirmed=True)
    line = make.line(lamp, units, **order)
    notices.send_due(at=make.MONDAY)
    return lorry, line


@pytest.mark.parametrize(("passed", "count"), [(9, 0), (10, 1), (40, 1)])
def test_what_customers_wait_for_is_overdue_from_the_day_after(passed, count):
    waiting()

    found = list(breaking.overdue(at=after(passed)))

    assert len(found) == count
    if found:
        words = "10 LAMP of PO-7 from Nordlys was confirmed for 11 Mar 2026, is not here, and nobody was asked why."
        assert (found[0].words, found[0].due_date) == (words, DAY)


def asked_about():
    """An order of which somebody waits for a lamp, confirmed for ``DAY``; its question went, or was kept in shadow."""
    lamp = make.product("LAMP")
    order = buying.sent((buying.offer(lamp, buying.supplier("Nordlys", email="nordlys@supplier.example")), 5))
    purchasing.confirm(order.pk, {buying.line(order).pk: DAY}, by=None, at=make.MONDAY)
    make.line(lamp, 2)
    questions.ask(at=after(10))
    notices.send_due(at=after(10))
    return order


@pytest.mark.parametrize(("mail", "state", "count"), [("live", "sent", 0), ("shadow", "shadowed", 1)])
def test_of_what_was_asked_in_shadow_alone_nobody_was_asked(mail, state, count, settings):
    settings.MAIL = mail
    order = asked_about()
    assert order.letters.get(kind="asked").state == state

    assert len(list(breaking.overdue(at=after(11)))) == count
    assert len(list(asked.silent(at=after(11)))) == 1 - count


def test_what_was_answered_is_not_overdue_without_a_word_though_its_question_was_in_shadow(settings):
    settings.MAIL = "shadow"
    order = asked_about()
    answers.they_left([order.pk], by=None, at=after(11))

    assert [len(list(breaking.overdue(at=after(days)))) for days in (11, 17, 18)] == [0, 0, 1]


def test_what_nobody_waits_for_or_was_asked_about_is_not_overdue_without_a_word():
    who = buying.supplier("Nordlys", email="nordlys@supplier.example")
    lamp, chair = make.product("LAMP"), make.product("CHAIR")
    order = buying.sent((buying.offer(lamp, who), 5), (buying.offer(chair, who), 5))
    purchasing.confirm(order.pk, dict.fromkeys(order.lines.values_list("pk", flat=True), DAY), by=None, at=make.MONDAY)
    make.line(lamp, 2)

    before = [len(list(breaking.overdue(at=after(days)))) for days in (10, 11)]
    ran = JobRun.objects.create(job="nightly", business_date=after(10).date(), started_at=after(10))
    during = len(list(breaking.overdue(at=after(10))))
    JobRun.objects.filter(pk=ran.pk).update(finished_at=after(10))
    unasked = len(list(breaking.overdue(at=after(10))))
    questions.ask(at=after(10))

    assert (before, during, unasked) == ([0, 1], 0, 1)  # the night of that day may still ask
    assert list(breaking.overdue(at=after(10))) == []


@pytest.mark.parametrize(("later", "count"), [(6, 0), (7, 1), (60, 1)])
def test_what_has_left_and_is_not_here_a_week_later_is_overdue_again(later, count):
    lamp = make.product("LAMP")
    order = buying.sent((buying.offer(lamp, buying.supplier("Nordlys", email="nordlys@supplier.example")), 5))
    purchasing.confirm(order.pk, {buying.line(order).pk: DAY}, by=None, at=make.MONDAY)
    make.line(lamp, 2)
    questions.ask(at=after(10))
    answers.they_left([order.pk], by=None, at=after(12))

    found = list(breaking.overdue(at=after(12 + later)))

    said = f"5 LAMP of {order} from Nordlys was confirmed for 11 Mar 2026, is not here, and nobody has asked since."
    assert [each.words for each in found] == [f"{said} They said on 14 Mar 2026 that it left."] * count


@pytest.mark.parametrize(("later", "under_way", "late"), [(0, 1, 0), (6, 1, 0), (7, 0, 1)])
def test_what_is_overdue_and_has_left_may_break_promises_until_it_is_overdue_again(later, under_way, late):
    order = asked_about()
    left = after(12)
    line = OrderLine.objects.get()
    before = list(breaking.may_break(at=left))
    answers.they_left([order.pk], by=None, at=left)
    OrderLine.objects.update(is_at_risk=True)

    found = list(breaking.may_break(at=after(12 + later)))

    words = (
        f"5 LAMP of {order} from Nordlys was confirmed for 11 Mar 2026 and left, as they said on 14 Mar 2026: "
        f"1 promise may break, the first of {line.promised_date:%-d %b %Y}."
    )
    assert (before, [each[1:] for each in found]) == ([], [(words, line.promised_date)] * under_way)
    assert len(list(breaking.overdue(at=after(12 + later)))) == late
    OrderLine.objects.update(is_at_risk=False)
    assert list(breaking.may_break(at=left)) == []


def test_a_line_to_which_nothing_on_its_way_is_set_rests_on_what_comes_last_of_its_order():
    lamp, chair, table = (make.product(sku) for sku in ("LAMP", "CHAIR", "TABLE"))
    make.coming(chair, 9, on=DAY, reference="PO-1", is_confirmed=True)
    last = make.coming(table, 9, on=DAY + timedelta(days=5), reference="PO-2", is_confirmed=True)
    make.order((lamp, 4), (chair, 1), (table, 1), is_ship_complete=True)
    lines = OrderLine.objects.filter(product=lamp)
    assert not lines.filter(allocations__inbound__isnull=False).exists()
    OrderLine.objects.update(is_at_risk=False)
    lines.update(is_at_risk=True, promised_date=DAY)

    [found] = breaking.may_break(at=after(1))

    comes = "9 TABLE of PO-2 from Nordlys comes on 16 Mar 2026"
    assert found == (last.pk, f"{comes}: 1 promise may break, the first of 11 Mar 2026.", DAY)
    lines.update(is_at_risk=False)
    assert list(breaking.may_break(at=after(1))) == []
    lines.update(is_at_risk=True)
    Order.objects.update(is_ship_complete=False)
    assert list(breaking.may_break(at=after(1))) == []


@pytest.mark.parametrize(("moved", "slipped", "may_break"), [(0, 0, 0), (2, 1, 0), (-2, 0, 0)])
def test_a_day_that_its_sender_moved_is_a_slip_while_promises_are_at_risk(moved, slipped, may_break):
    lorry, _ = waiting()

    make.moved(lorry, DAY + timedelta(days=moved), at=after(1))

    assert len(list(breaking.slipped(at=after(1)))) == slipped
    assert len(list(breaking.may_break(at=after(1)))) == may_break


def test_the_words_of_a_slip_name_the_promise_that_breaks_first():
    lorry, line = waiting()

    make.moved(lorry, DAY + timedelta(days=2), at=after(1))

    [found] = breaking.slipped(at=after(1))
    line.refresh_from_db()
    assert found.words == (
        "10 LAMP of PO-7 from Nordlys was confirmed for 11 Mar 2026 and comes on 13 Mar 2026: 1 promise may break, "
        f"the first of {line.promised_date:%-d %b %Y}."
    )
    assert found.due_date == line.promised_date


def test_what_nobody_moved_may_break_a_promise_that_was_typed_too_early():
    lorry, _ = waiting()
    OrderLine.objects.update(is_at_risk=True)

    assert [each.pk for each in breaking.may_break(at=after(1))] == [lorry.pk]
    assert list(breaking.may_break(at=after(10))) == []  # overdue by then, which is told as such


@pytest.mark.proof
def test_what_nobody_confirmed_stays_an_alert_when_its_customers_are_promised_no_day_any_more():
    who = buying.supplier("Nordlys")
    lamp = buying.product("LAMP")
    order = buying.sent((buying.offer(lamp, who), 10))
    line = make.line(lamp, 4)
    first = line.promised_date
    for night in range(1, 61):
        performance.learn(at=after(night))
        sweep.sweep(at=after(night))
        notices.send_due(at=after(night))
    line.refresh_from_db()

    [found] = breaking.may_break(at=after(60))

    assert (line.promised_date, line.is_at_risk) == (None, False)
    said = f"10 LAMP of {order} from Nordlys has no confirmed day: 1 line waits without a date, first promised for"
    assert (found.words, found.due_date) == (f"{said} {first.day} {first:%b %Y}.", first)
    purchasing.confirm(order.pk, {buying.line(order).pk: after(70).date()}, by=None, at=after(60))
    assert list(breaking.may_break(at=after(60))) == []


def test_what_is_here_should_leave_on_its_day_and_not_before():
    lamp = make.product("LAMP")
    make.on_hand(lamp, 4)
    line = make.line(lamp, 4)
    days = (line.promised_date - make.TODAY).days

    found = [list(breaking.not_left(at=after(count))) for count in (days - 1, days)]

    code = Warehouse.objects.get().code
    assert [len(each) for each in found] == [0, 1]
    said = f"{line.promised_date:%-d %b %Y}"
    assert found[1][0].words == f"1 line of 1 order is here in {code} and should have left, the first by {said}."


def test_what_is_here_and_left_lying_until_no_day_can_be_given_should_leave_all_the_same():
    lamp = make.product("LAMP")
    make.on_hand(lamp, 4)
    line = make.line(lamp, 4)
    first = line.promised_date
    for night in range(1, 30):
        sweep.sweep(at=after(night))
    line.refresh_from_db()

    [found] = breaking.not_left(at=after(29))

    assert line.promised_date is None
    code, said = Warehouse.objects.get().code, f"{first:%-d %b %Y}"
    assert found.words == f"1 line of 1 order is here in {code} and should have left, the first by {said}."
    assert found.due_date == first


def test_what_waits_for_the_rest_of_its_order_should_not_leave():
    lamp, chair = make.product("LAMP"), make.product("CHAIR")
    make.on_hand(lamp, 4)
    make.order((lamp, 4), (chair, 1))

    found = list(breaking.not_left(at=after(9)))
    Order.objects.update(is_ship_complete=True)

    assert (len(found), list(breaking.not_left(at=after(9)))) == (1, [])


@pytest.mark.parametrize(("spare", "count"), [(0, 0), (-1, 1)])
def test_a_day_that_a_confirmed_delivery_just_makes_is_asked_about_once_it_is_a_day_too_late(spare, count):
    _, line = waiting(must_by_date=make.TODAY + timedelta(days=20))
    Order.objects.update(must_by_date=line.safe_date + timedelta(days=spare))

    found = must_by.due(at=make.MONDAY)

    asked = (line.order.reference, 0.5359, (line.pk,))
    assert [(each.reference, each.chance, each.line_ids) for each in found] == [asked] * count


@pytest.mark.parametrize(("chance", "count"), [(0.3333, 0), (1 / 3, 1)])
def test_the_chance_from_which_a_customer_is_asked_is_a_third(chance, count, monkeypatch):
    waiting(must_by_date=DAY)
    monkeypatch.setattr(chances, "to_break", lambda *given, **named: chance)

    assert len(must_by.due(at=make.MONDAY)) == count


def test_an_order_is_asked_about_once_whatever_of_it_is_late():
    lamp, chair = make.product("LAMP"), make.product("CHAIR")
    order = make.order((lamp, 1), (chair, 2), must_by_date=DAY, reference="SO-1")

    [found] = breaking.missed_days(at=make.MONDAY)

    assert (found.pk, found.due_date) == (order.pk, DAY)
    assert found.words == (
        "SO-1 of Lena Ortiz must ship by 11 Mar 2026 and misses it with a chance of 100%: LAMP, CHAIR. "
        "Ask what they want."
    )


def test_orders_without_such_a_day_stopped_ones_and_what_is_here_ask_nothing():
    lamp = make.product("LAMP")
    make.on_hand(lamp, 1)
    make.order((lamp, 1), must_by_date=DAY)
    make.order((lamp, 1))
    make.order((lamp, 1), must_by_date=DAY)
    OrderLine.objects.filter(backordered__gt=0, order__must_by_date__isnull=False).update(is_stopped=True)

    assert must_by.due(at=make.MONDAY) == []


@pytest.mark.parametrize("count", [3, 30])
def test_asking_for_days_that_are_missed_takes_the_same_statements(count, django_assert_num_queries):
    lamp = make.product("LAMP")
    for _ in range(count):
        make.order((lamp, 1), must_by_date=DAY)

    with django_assert_num_queries(4):
        assert len(must_by.due(at=make.MONDAY)) == count


def test_no_alert_of_these_stands_in_a_shop_that_keeps_its_word():
    waiting()
    sweep.sweep(at=after(1))

    for find in (breaking.overdue, breaking.slipped, breaking.may_break, breaking.not_left, breaking.missed_days):
        assert list(find(at=after(1))) == []
    assert Inbound.objects.count() == 1
