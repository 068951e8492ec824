"""Counting in the days of a warehouse: its week, public holidays, closures, its cut-off hour; each at its boundary."""

from datetime import UTC, date, datetime, time

import pytest

from inventory.formulas.calendars import public_holidays
from inventory.formulas.calendars.public_holidays import NoSuchHolidays
from inventory.formulas.calendars.working_days import PLAIN, Calendar, Closed, NeverWorks

GERMANY, BAVARIA = Calendar(country="DE"), Calendar(country="DE", region="BY")
SIX_DAYS, SUNDAYS = Calendar("1111110"), Calendar("0000001")
STOCKTAKING = Calendar(closed=(Closed(date(2026, 3, 4), date(2026, 3, 6), "Stocktaking"),))
BERLIN = "Europe/Berlin"


def days(*said):
    return [date.fromisoformat(each) for each in said]


@pytest.mark.parametrize(
    ("calendar", "first", "count", "expected"),
    [
        (PLAIN, "2026-03-05", 0, "2026-03-05"),
        (PLAIN, "2026-03-06", 1, "2026-03-09"),
        (PLAIN, "2026-03-07", 0, "2026-03-09"),
        (PLAIN, "2026-03-07", 1, "2026-03-10"),
        (PLAIN, "2026-12-24", 1, "2026-12-25"),
        (GERMANY, "2026-12-23", 1, "2026-12-24"),
        (GERMANY, "2026-12-24", 0, "2026-12-24"),
        (GERMANY, "2026-12-24", 1, "2026-12-28"),
        (GERMANY, "2026-12-25", 0, "2026-12-28"),
        (GERMANY, "2026-12-31", 1, "2027-01-04"),
        (GERMANY, "2026-01-05", 1, "2026-01-06"),
        (BAVARIA, "2026-01-05", 1, "2026-01-07"),
        (SIX_DAYS, "2026-03-06", 1, "2026-03-07"),
        (SIX_DAYS, "2026-03-07", 1, "2026-03-09"),
        (SUNDAYS, "2026-03-02", 0, "2026-03-08"),
        (SUNDAYS, "2026-03-08", 3, "2026-03-29"),
        (STOCKTAKING, "2026-03-03", 0, "2026-03-03"),
        (STOCKTAKING, "2026-03-03", 1, "2026-03-09"),
        (STOCKTAKING, "2026-03-04", 0, "2026-03-09"),
        (STOCKTAKING, "2026-03-06", 0, "2026-03-09"),
        (STOCKTAKING, "2026-03-09", 0, "2026-03-09"),
    ],
)
def test_working_days_are_those_of_the_calendar(calendar, first, count, expected):
    first, expected = days(first, expected)

    assert calendar.shift(first, count) == expected
    assert calendar.works_on(expected)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-03-02T12:59:59", "2026-03-02"),
        ("2026-03-02T13:00:00", "2026-03-03"),
        ("2026-03-02T22:59:59", "2026-03-03"),
        ("2026-03-02T23:00:00", "2026-03-03"),
        # summer time: the same hour of the clock is an hour earlier
        ("2026-03-30T11:59:59", "2026-03-30"),
        ("2026-03-30T12:00:00", "2026-03-31"),
    ],
)
def test_from_the_cut_off_hour_of_the_shops_clock_on_the_day_does_not_count(at, expected):
    calendar = Calendar(cut_off=time(14))
    moment = datetime.fromisoformat(at).replace(tzinfo=UTC)

    assert calendar.counts_from(moment, BERLIN) == date.fromisoformat(expected)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        # 02:30 comes twice on 25 October: the first one counts, and what comes after stays after
        ("2026-10-25T00:29:59", "2026-10-25"),
        ("2026-10-25T00:30:00", "2026-10-26"),
        ("2026-10-25T01:15:00", "2026-10-26"),
        # and never on 29 March: the clock says 03:30 when as much of the day has gone
        ("2026-03-29T01:29:59", "2026-03-29"),
        ("2026-03-29T01:30:00", "2026-03-30"),
    ],
)
def test_an_hour_that_summer_time_doubles_or_leaves_out_is_one_moment(at, expected):
    moment = datetime.fromisoformat(at).replace(tzinfo=UTC)

    assert Calendar(cut_off=time(2, 30)).counts_from(moment, BERLIN) == date.fromisoformat(expected)


def test_its_next_closed_days_say_why_and_leave_out_days_on_which_it_never_works():
    closures = (
        Closed(date(2026, 12, 28), date(2026, 12, 29), "Stocktaking"),
        Closed(*days("2026-12-31", "2026-12-31")),
    )

    found = Calendar(country="DE", closed=closures).closed_days(date(2026, 12, 25), 5)

    assert found == [
        (date(2026, 12, 25), "Christmas Day"),
        (date(2026, 12, 28), "Stocktaking"),
        (date(2026, 12, 29), "Stocktaking"),
        (date(2026, 12, 31), "closed"),
        (date(2027, 1, 1), "New Year's Day"),
    ]
    assert PLAIN.closed_days(date(2026, 12, 25), 5) == []


@pytest.mark.parametrize("closed_until", ["2027-03-02", "2027-03-03"])
def test_a_calendar_with_no_working_day_within_a_year_never_works(closed_until):
    """366 days from Monday, 2 March 2026: the last is Tuesday, 2 March 2027."""
    first, last = days("2026-03-02", closed_until)
    calendar = Calendar(closed=(Closed(first, last),))

    with pytest.raises(NeverWorks, match="on no day of the coming year"):
        calendar.check(first)
    Calendar(closed=(Closed(first, date(2027, 3, 1)),)).check(first)


def test_a_week_without_a_day_never_works():
    with pytest.raises(NeverWorks, match="at least one day of the week"):
        Calendar("0000000").check(date(2026, 3, 2))
    SUNDAYS.check(date(2026, 3, 2))


@pytest.mark.parametrize(
    ("country", "region", "words"),
    [
        ("ZZ", "", "no calendar of public holidays for “ZZ”"),
        ("Atlantis", "BY", "no calendar of public holidays for “Atlantis”"),
        ("DE", "XX", "of DE are not known for a region “XX”. Those it has are BB, BE, BW, BY, HB, HE and 11 more."),
        ("", "BY", "BY is a region of which country"),
        ("GR", "Crete", "GR has one calendar for all its regions"),
    ],
)
def test_an_unknown_country_or_region_is_named(country, region, words):
    with pytest.raises(NoSuchHolidays) as why:
        public_holidays.known(country, region)

    assert words in str(why.value)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        (("DE", "by"), ("DE", "BY")),
        (("Germany", "Bayern"), ("DE", "BY")),
        (("united states", "CA"), ("US", "CA")),
        ((" fr ", " "), ("FR", "")),
        (("", ""), ("", "")),
    ],
)
def test_a_country_and_its_region_are_known_by_code_and_by_name(typed, expected):
    assert public_holidays.known(*typed) == expected


def test_each_calendar_has_a_revision_of_its_own_that_does_not_hang_on_the_order_of_its_closures():
    one, two = Closed(*days("2026-03-04", "2026-03-06")), Closed(*days("2026-05-04", "2026-05-06"))
    all_of_them = [PLAIN, GERMANY, BAVARIA, SIX_DAYS, SUNDAYS, STOCKTAKING, Calendar(cut_off=time(14))]

    assert PLAIN.revision == 0
    assert len({each.revision for each in all_of_them}) == len(all_of_them)
    assert Calendar(closed=(one, two)).revision == Calendar(closed=(two, one)).revision
    assert all(0 <= each.revision < 2**63 for each in all_of_them)
