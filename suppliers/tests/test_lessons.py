"""One line, one lesson: rules §3.9."""

from datetime import timedelta

import pytest

from inventory.models import LeadTime
from suppliers import lessons, purchasing
from suppliers.models import Lesson, PurchaseOrder, Slip

from . import make

pytestmark = pytest.mark.django_db


def came(order: PurchaseOrder, units: int, day: float) -> None:
    purchasing.receive(order.pk, {make.line(order).pk: (units, 0)}, by=None, at=make.after(day))


def confirmed(order: PurchaseOrder, day: int, *, at: float = 0) -> None:
    purchasing.confirm(order.pk, {make.line(order).pk: make.after(day).date()}, by=None, at=make.after(at))


def test_a_line_teaches_once_on_the_day_by_which_nine_tenths_had_come():
    lamp = make.offer(make.product(), days=14)
    order = make.sent((lamp, 100))
    confirmed(order, 10)
    came(order, 89, 14)
    assert not Lesson.objects.exists()

    came(order, 1, 20)
    came(order, 10, 60)

    lesson = Lesson.objects.get()
    assert (lesson.days, lesson.quoted_days, lesson.confirmed_days, lesson.days_late) == (20, 14, 10, 10)
    assert (lesson.line, lesson.offer, lesson.supplier) == (make.line(order), lamp, lamp.supplier)
    assert (lesson.sent_on, lesson.came_on) == (make.TODAY, make.after(20).date())


def test_ten_parcels_teach_one_lesson_and_leave_another_suppliers_offer_alone():
    """They taught ten, of which the first came after a day, and made this offer of 30 days "safe in 11.3"."""
    make.warehouse()
    bit_by_bit = make.offer(make.product(), make.supplier("Birk"), days=10)
    lamp = make.offer(make.product(), days=30)
    order = make.sent((bit_by_bit, 100), at=make.after(-40))
    for parcel in range(10):
        came(order, 10, parcel - 39)

    make.learned()

    bit_by_bit.refresh_from_db()
    lamp.refresh_from_db()
    assert (bit_by_bit.observed, lamp.observed) == (1, 0)
    assert lamp.mean_days == pytest.approx(30 * (5 + 0.9) / 6)
    assert LeadTime.objects.get(product=lamp.product).safe_days > 30


def test_a_line_closed_short_teaches_the_day_it_was_closed():
    order = make.sent((make.offer(make.product(), days=14), 100))
    came(order, 50, 14)

    purchasing.cancel(order.pk, reason="No more", by=None, at=make.after(40))

    assert Lesson.objects.get().days == 40


def test_a_line_that_was_called_off_teaches_nothing():
    order = make.sent((make.offer(make.product()), 100))

    purchasing.cancel(order.pk, reason="Not wanted", by=None, at=make.after(5))

    assert not Lesson.objects.exists()


def test_what_nobody_confirmed_teaches_the_quote_alone():
    make.delivered(make.offer(make.product(), days=14), 20)

    lesson = Lesson.objects.get()
    assert (lesson.confirmed_days, lesson.days_late) == (None, None)


def test_a_day_moved_ten_times_in_an_hour_is_ten_words_and_one_lesson():
    """Each word stands at once, whatever it is; the first alone is what the supplier is measured by."""
    order = make.sent((make.offer(make.product(), days=14), 10))
    for move in range(10):
        confirmed(order, 20 + 9 * (move % 2) + move, at=move / 240)

    row = make.expected(order)
    assert Slip.objects.count() == 9
    assert (row.expected_date, row.first_date) == (make.after(38).date(), make.after(20).date())
    assert (row.likely_date, row.safe_date, row.by_95) == (
        make.after(38).date(),
        make.after(38).date(),
        make.after(45).date(),
    )
    came(order, 10, 38)
    assert [(each.confirmed_days, each.days_late) for each in Lesson.objects.all()] == [(20, 18)]


def test_lines_of_before_are_filled_in_once():
    for days in (10, 20):
        make.delivered(make.offer(make.product()), days)
    open_still = make.sent((make.offer(make.product()), 10))
    came(open_still, 5, 3)
    Lesson.objects.all().delete()

    assert (lessons.fill(), lessons.fill()) == (2, 0)

    assert sorted(Lesson.objects.values_list("days", "is_learned")) == [(10, True), (20, True)]


def test_a_line_without_an_offer_teaches_its_supplier():
    lamp = make.offer(make.product())
    order = make.sent((lamp, 10))
    confirmed(order, 10)
    lamp.delete()

    came(order, 10, 13)

    lesson = Lesson.objects.get()
    assert (lesson.offer, lesson.supplier, lesson.days_late) == (None, make.supplier(), 3)
    assert lesson.came_on == make.TODAY + timedelta(13)
