"""When a date is news: the table of ``orders.rules.news``, and that allocation and the mail ask it."""

from datetime import date

import pytest

from orders.rules.news import DateNews, DateStanding, is_beyond, of

MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY = (date(2026, 11, 30 - 7 + day) for day in range(5))
SATURDAY, SUNDAY, NEXT_MONDAY, NEXT_TUESDAY = (
    date(2026, 11, 28),
    date(2026, 11, 29),
    date(2026, 11, 30),
    date(2026, 12, 1),
)
LONG_AGO = date(2026, 11, 2)
CERTAIN = True


@pytest.mark.parametrize(
    ("promised", "safe", "chance", "today", "news"),
    [
        # later: beyond two working days, and more likely than not
        (WEDNESDAY, FRIDAY, 0.99, LONG_AGO, DateNews.NOTHING),
        (WEDNESDAY, SATURDAY, 0.5001, LONG_AGO, DateNews.LATER),
        (WEDNESDAY, SATURDAY, 0.5, LONG_AGO, DateNews.NOTHING),
        (WEDNESDAY, date(2027, 6, 1), 0.5, LONG_AGO, DateNews.NOTHING),
        (FRIDAY, NEXT_TUESDAY, 0.99, LONG_AGO, DateNews.NOTHING),  # a week-end between them is no delay
        (FRIDAY, date(2026, 12, 2), 0.51, LONG_AGO, DateNews.LATER),
        # on the last working day before the promise, and on that day, however little
        (WEDNESDAY, THURSDAY, 0.51, MONDAY, DateNews.NOTHING),
        (WEDNESDAY, THURSDAY, 0.51, TUESDAY, DateNews.LATER),
        (WEDNESDAY, THURSDAY, 0.51, WEDNESDAY, DateNews.LATER),
        (WEDNESDAY, THURSDAY, 0.5, WEDNESDAY, DateNews.NOTHING),
        (NEXT_MONDAY, NEXT_TUESDAY, 0.51, THURSDAY, DateNews.NOTHING),
        (NEXT_MONDAY, NEXT_TUESDAY, 0.51, FRIDAY, DateNews.LATER),
        (NEXT_MONDAY, NEXT_TUESDAY, 0.51, SUNDAY, DateNews.LATER),
        # a day that has passed is no promise, whatever is computed
        (MONDAY, MONDAY, 0.0, TUESDAY, DateNews.PASSED),
        (MONDAY, None, 1.0, TUESDAY, DateNews.PASSED),
        (TUESDAY, TUESDAY, 1.0, TUESDAY, DateNews.NOTHING),
        # no date any more, and one at last
        (WEDNESDAY, None, 0.0, LONG_AGO, DateNews.NO_DATE),
        (None, WEDNESDAY, 0.0, LONG_AGO, DateNews.A_DATE),
        (None, None, 0.0, LONG_AGO, DateNews.NOTHING),
    ],
)  # fmt: skip
def test_a_later_date_is_news_when_the_promise_breaks_more_likely_than_not(promised, safe, chance, today, news):
    assert of(DateStanding(promised, safe, 2, chance, is_certain=False), today) == news


@pytest.mark.parametrize(
    ("promised", "safe", "is_certain", "news"),
    [
        (THURSDAY, TUESDAY, CERTAIN, DateNews.NOTHING),
        (FRIDAY, TUESDAY, CERTAIN, DateNews.EARLIER),
        (FRIDAY, TUESDAY, not CERTAIN, DateNews.NOTHING),
        (NEXT_TUESDAY, FRIDAY, CERTAIN, DateNews.NOTHING),
        (date(2026, 12, 2), FRIDAY, CERTAIN, DateNews.EARLIER),
    ],
)
def test_an_earlier_date_is_news_only_when_it_is_certain(promised, safe, is_certain, news):
    assert of(DateStanding(promised, safe, 2, 0.9, is_certain), LONG_AGO) == news


def test_a_threshold_of_none_makes_every_working_day_news():
    assert [is_beyond(FRIDAY, day, 0) for day in (FRIDAY, SATURDAY, NEXT_MONDAY)] == [False, True, True]
