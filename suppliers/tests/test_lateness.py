"""What a confirmed date is worth: rules §2.4 and §2.5, in days late. Numbers worked out by hand."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suppliers import lateness
from suppliers.lateness import Pool, Punctuality

SENT = date(2026, 1, 5)
CONFIRMED = SENT + timedelta(100)
NOBODY = lateness.shop([], [])


def on(record: lateness.PastLateness, *, overdue: int = 0) -> list[int]:
    """The days an inbound stores, counted from the confirmed one, on a day before it or so many days after it."""
    days = lateness.days(record, sent=SENT, confirmed=CONFIRMED, today=CONFIRMED + timedelta(overdue))
    return [(day - CONFIRMED).days for day in days]


def test_while_nothing_is_known_a_confirmed_day_is_taken_at_its_word():
    assert on(NOBODY) == [0, 0, 0, 7, 45]


def test_a_supplier_who_is_always_three_days_late_is_soon_expected_so():
    """Five lines weigh as much as all that the shop has seen: zeros up to .45, threes up to .95, sevens up to .975."""
    record = lateness.pooled([Punctuality(3, 20)] * 5, NOBODY)

    assert on(record) == [3, 3, 3, 3, 45]


def test_early_is_on_the_day_for_a_date_and_teaches_no_earlier_one():
    assert on(lateness.pooled([Punctuality(-30, 90)] * 80, NOBODY)) == [0, 0, 0, 0, 0]


def test_a_supplier_with_one_line_and_that_400_days_late_is_not_taken_to_be_always_so():
    """Of a weight of 6 in all .75 is zeros, 7 up to .79; its own counts as the latest that the shop assumes, 45."""
    assert on(lateness.pooled([Punctuality(400, 30)], NOBODY)) == [0, 45, 45, 45, 45]
    assert on(lateness.pooled([Punctuality(400, 30)] * 5, NOBODY)) == [45, 365, 365, 365, 365]


def test_what_the_shop_has_seen_outweighs_what_is_assumed():
    shop = lateness.shop([10.0] * 95, [Punctuality(10, 100)] * 95)

    assert on(shop) == [10, 10, 10, 10, 10]
    assert on(lateness.pooled([Punctuality(0, 30)] * 45, shop)) == [0, 0, 0, 10, 10]


def test_the_last_eighty_lines_count():
    old, new = [Punctuality(30, 60)] * 200, [Punctuality(0, 60)] * lateness.MOST_LESSONS

    assert lateness.pooled([*old, *new], NOBODY).late(0.95) == 0
    assert lateness.pooled([*new, *old], NOBODY).late(0.95) == 30


def test_an_offer_has_its_own_record_from_five_late_lines_on():
    late, on_time = Punctuality(1, 10), Punctuality(0, 10)

    assert not lateness.has_its_own([late] * 4 + [on_time] * 70)
    assert lateness.has_its_own([late] * 5)
    assert not lateness.has_its_own([late] * 5 + [on_time] * lateness.MOST_LESSONS)


def test_on_the_confirmed_day_goods_may_still_come_and_the_day_after_they_are_overdue():
    assert on(NOBODY, overdue=0)[0] == 0
    assert on(NOBODY, overdue=1)[0] > 1


def test_overdue_goods_come_by_the_root_of_the_days_confirmed():
    """Late by one, two and four roots of 100 days: 10, 20 and 40; so four times the days make twice the lateness."""
    pool = Pool.of([([1.0, 2.0, 4.0], 3.0)])
    record = lateness.PastLateness(NOBODY.days, pool)

    assert [record.overdue(q, by=1, confirmed=100) for q in (0.3, 0.5, 0.9)] == [10, 20, 40]
    assert [record.overdue(q, by=1, confirmed=400) for q in (0.3, 0.5, 0.9)] == [20, 40, 80]
    assert [record.overdue(q, by=10, confirmed=100) for q in (0.3, 0.5, 0.9)] == [20, 20, 40]


def test_later_than_any_before_is_dated_by_the_mean_from_here_on():
    """Mean lateness 7/3 roots: the median of what is left is ln 2 of it, 17 days of 100 confirmed."""
    record = lateness.PastLateness(NOBODY.days, Pool.of([([1.0, 2.0, 4.0], 3.0)]))

    assert record.overdue(0.5, by=40, confirmed=100) == 57
    assert record.overdue(0.5, by=3000, confirmed=1) == 3002
    assert record.overdue(0.9999999999, by=3000, confirmed=10**6) == 3365


@pytest.mark.parametrize("confirmed", [SENT, SENT - timedelta(3)])
def test_a_day_confirmed_for_the_sending_or_before_it_counts_as_one(confirmed: date):
    today = confirmed + timedelta(5)

    days = lateness.days(NOBODY, sent=SENT, confirmed=confirmed, today=today)

    assert today < days.by_50 <= days.by_99


def test_lessons_move_a_date_five_days_at_a_time():
    was = SENT
    assert lateness.eased(SENT + timedelta(6), was) == SENT + timedelta(5)
    assert lateness.eased(SENT + timedelta(5), was) == SENT + timedelta(5)
    assert lateness.eased(SENT - timedelta(6), was) == SENT - timedelta(5)


kept = st.builds(Punctuality, st.integers(-400, 400), st.integers(-10, 600))


@given(st.lists(kept, max_size=120), st.lists(kept, max_size=30), st.integers(-30, 500), st.integers(-10, 600))
def test_days_lie_in_order_none_before_the_confirmed_one_nor_before_tomorrow(
    own: list[Punctuality], others: list[Punctuality], overdue: int, confirmed: int
):
    record = lateness.pooled(own, lateness.shop([float(each.late) for each in others], others))
    due = SENT + timedelta(confirmed)
    today = due + timedelta(overdue)

    days = lateness.days(record, sent=SENT, confirmed=due, today=today)

    assert list(days) == sorted(days)
    assert due <= days.by_50
    assert days.by_99 <= max(due, today) + timedelta(365)
    if overdue > 0:
        assert days.by_50 > today


@given(st.lists(kept, max_size=60), st.integers(1, 300), st.sampled_from([0.5, 0.8, 0.9, 0.99]))
def test_a_passing_day_never_brings_overdue_goods_closer(own: list[Punctuality], by: int, chance: float):
    record = lateness.pooled(own, NOBODY)

    assert record.overdue(chance, by=by, confirmed=50) <= record.overdue(chance, by=by + 1, confirmed=50)
