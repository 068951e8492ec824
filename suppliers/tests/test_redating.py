"""What moves the date of goods on their way: a day, a word, or what other deliveries taught."""

from datetime import date

import pytest

from inventory.models import Inbound
from inventory.supply import redated
from suppliers import arrivals, lateness, purchasing, redating, unsaid
from suppliers.models import Offer, PurchaseOrder

from . import make

pytestmark = pytest.mark.django_db
FIVE_LATE = 5


def waiting(each: Offer, *, day: int) -> Inbound:
    """An order that was confirmed for so many days after Monday."""
    order = make.sent((each, 5))
    purchasing.confirm(order.pk, {make.line(order).pk: make.after(day).date()}, by=None, at=make.MONDAY)
    return make.expected(order)


def taught(each: Offer, late: int, *, until: float = 0) -> PurchaseOrder:
    """A line confirmed for ten days after sending came so many days after that, just before this day."""
    began = until - late - 10.5
    order = make.sent((each, 5), at=make.after(began))
    line = make.line(order)
    purchasing.confirm(order.pk, {line.pk: make.after(began + 10).date()}, by=None, at=make.after(began))
    purchasing.receive(order.pk, {line.pk: (5, 0)}, by=None, at=make.after(began + 10 + late))
    return order


def later(row: Inbound) -> list[int]:
    """Its stored days and its safe one, in days after the confirmed one."""
    row.refresh_from_db()
    assert row.expected_date
    assert row.days
    assert row.safe_date
    return [(day - row.expected_date).days for day in (*row.days, row.safe_date)]


def test_a_confirmed_day_does_not_creep():
    row = waiting(make.offer(make.product()), day=60)
    assert later(row) == [0, 0, 0, 7, 45, 0]

    assert [make.learned(make.after(day))["dates"] for day in (1, 30, 60)] == [0, 0, 0]

    assert later(row) == [0, 0, 0, 7, 45, 0]


def test_the_day_after_it_passed_goods_are_overdue_and_move_every_night():
    row = waiting(make.offer(make.product()), day=9)

    make.learned(make.after(10))

    record = lateness.shop([], [])
    expected = [record.overdue(q, by=1, confirmed=9) for q in (0.5, 0.8, 0.9, 0.95, 0.99, 0.9)]
    assert later(row) == expected == [9, 20, 30, 30, 30, 30]
    assert make.learned(make.after(10))["dates"] == 0


def test_lessons_move_the_safe_day_of_what_is_awaited_five_days_a_night():
    lamp = make.offer(make.product())
    row = waiting(lamp, day=200)
    for _ in range(FIVE_LATE):
        taught(lamp, 30)

    assert make.learned()["dates"] == 1
    assert later(row) == [5, 5, 5, 12, 45, 5]
    assert make.learned()["dates"] == 0
    assert make.learned(make.after(1))["dates"] == 0

    taught(lamp, 30, until=2)
    make.learned(make.after(2))
    assert later(row) == [10, 10, 10, 17, 45, 10]


def test_a_new_word_is_dated_by_all_that_is_known():
    lamp = make.offer(make.product())
    for _ in range(FIVE_LATE):
        taught(lamp, 30)
    row = waiting(lamp, day=20)

    assert later(row) == [30, 30, 30, 30, 45, 30]


def test_lessons_of_others_move_nothing():
    row = waiting(make.offer(make.product(), make.supplier("Birk")), day=60)
    for _ in range(FIVE_LATE):
        taught(make.offer(make.product()), 30)

    assert make.learned()["dates"] == 0
    assert later(row) == [0, 0, 0, 7, 45, 0]


def test_what_was_dated_before_days_were_stored_is_dated_at_once():
    row = waiting(make.offer(make.product()), day=60)
    days = dict.fromkeys(("by_50", "by_80", "by_90", "by_95", "by_99"))
    Inbound.objects.filter(pk=row.pk).update(safe_date=make.after(104).date(), **days)

    assert make.learned()["dates"] == 1

    assert later(row) == [0, 0, 0, 7, 45, 0]
    assert make.learned()["dates"] == 0


def test_an_order_nobody_confirmed_stores_its_days_too():
    order = make.sent((make.offer(make.product(), days=14), 5))

    row = make.expected(order)
    assert (row.by_50, row.by_90) == (row.likely_date, row.safe_date) == (date(2026, 3, 16), date(2026, 3, 24))
    assert row.days == tuple(sorted(row.days or ()))


def test_many_that_nobody_confirmed_are_dated_together_as_each_alone():
    """Of one look: offers that were learned, whose quote changed since, that nobody delivered on; early and late."""
    birk = make.supplier("Birk")
    offers = [make.offer(make.product(), make.supplier() if place % 2 else birk, days=3 + place) for place in range(12)]
    for place, each in enumerate(offers):
        learned = {"mean_days": 4.0 + place, "sd_days": 1.0 + place % 4, "learned_from": 3 + place - place % 3}
        Offer.objects.filter(pk=each.pk).update(**(learned if place % 4 else {}))
        make.sent((each, 5), at=make.after(-4 * place - 0.5))
    make.closed(birk, make.after(-20).date(), make.after(-11).date())
    make.closed(birk, make.TODAY, make.after(9).date())
    today = make.after(1).date()

    changed = redating.redate(at=make.after(1))

    assert changed == 12
    for row in Inbound.objects.select_related("purchase_line__offer"):
        [source] = arrivals.origins([row.purchase_line]).values()
        expected = arrivals.of_quote(source, sent=arrivals.day(row.sent_at), today=today)
        assert (row.likely_date, row.safe_date, row.days) == expected
    assert redating.redate(at=make.after(1)) == 0


def test_only_the_products_asked_about_are_dated():
    first, second = (make.offer(make.product()) for _ in range(2))
    make.sent((first, 5), (second, 5))

    assert redating.redate(products={first.product_id}, at=make.after(40)) == 1
    assert redating.redate(products=set(), at=make.after(40)) == 0

    assert list(Inbound.objects.filter(revision=2).values_list("product", flat=True)) == [first.product_id]


@pytest.mark.parametrize(("awaited", "expected"), [(0, [3, 2]), (4, [2, 2, 1]), (5, [2, 2, 1])])
def test_few_products_are_locked_at_once_that_somebody_waits_for_and_many_that_nobody_does(
    monkeypatch, awaited, expected
):
    monkeypatch.setattr(unsaid, "BLOCK", 2)
    monkeypatch.setattr(unsaid, "UNAWAITED", 3)
    offers = [make.offer(make.product()) for _ in range(5)]
    make.sent(*((each, 5) for each in offers))
    for each in offers[5 - awaited :]:
        make.owing(each.product, 1)
    blocks = []
    write = redated.write
    monkeypatch.setattr(redated, "write", lambda moves: blocks.append(len(moves["id"])) or write(moves))

    assert redating.redate(at=make.after(40)) == 5
    assert blocks == expected
