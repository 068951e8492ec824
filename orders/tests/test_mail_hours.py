"""When a customer's one mail of the day goes, at each boundary of the rule."""

from datetime import UTC, date, datetime, timedelta

import pytest

from inventory.formulas.calendars.working_days import Calendar
from orders.rules.mail_hours import MailHours, Piece, awake, due, mail_hour

SHOP = MailHours()
HOUR, MINUTE, SECOND = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of November 2026, of which the 23rd is a Monday."""
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


def told(*pieces: Piece, last: datetime | None = None, now: datetime | None = None, **given) -> datetime:
    hours = given.pop("hours", SHOP)
    return due(pieces, last=last, hours=hours, at=now or max(piece.since for piece in pieces), **given)


def by_night(since: datetime) -> Piece:
    return Piece(since, is_of_the_night=True)


@pytest.mark.parametrize(
    ("pieces", "goes"),
    [
        # what somebody did: after an hour in which no more followed
        ([Piece(at(23, 11))], at(23, 12)),
        ([Piece(at(23, 11)), Piece(at(23, 11, 40))], at(23, 12, 40)),
        # a busy day starves nobody: four hours after the first
        ([Piece(at(23, 11) + number * 30 * MINUTE) for number in range(7)], at(23, 15)),
        ([Piece(at(23, 11) + number * 30 * MINUTE) for number in range(12)], at(23, 15)),
        # what the night found out: the mail hour of the next working day
        ([by_night(at(23, 2))], at(23, 10)),
        ([by_night(at(23, 10))], at(23, 10)),
        ([by_night(at(23, 10) + SECOND)], at(24, 10)),
        ([by_night(at(27, 11))], at(30, 10)),
        ([by_night(at(28, 2))], at(30, 10)),
        ([by_night(at(24, 2)), by_night(at(24, 3))], at(24, 10)),
        # what somebody did takes it along, sooner or later
        ([by_night(at(23, 2)), Piece(at(23, 8, 10))], at(23, 9, 10)),
        ([by_night(at(23, 2)), Piece(at(23, 9, 50))], at(23, 10, 50)),
        # nobody is woken
        ([Piece(at(23, 18, 59))], at(23, 19, 59)),
        ([Piece(at(23, 19))], at(24, 8)),
        ([Piece(at(24, 6, 59))], at(24, 8)),
        ([Piece(at(24, 7))], at(24, 8)),
        ([Piece(at(24, 7, 1))], at(24, 8, 1)),
    ],
)
def test_a_digest_goes_after_an_hour_of_quiet_or_at_the_mail_hour(pieces, goes):
    assert told(*pieces) == goes


@pytest.mark.parametrize(
    ("last", "since", "goes"),
    [
        (at(23, 9), at(23, 9, 30), at(24, 10)),  # the mail hour of another day, not of this one
        (at(23, 15), at(23, 16), at(24, 10)),
        (at(23, 15), at(24, 8), at(24, 10)),
        (at(23, 15), at(24, 9, 1), at(24, 10, 1)),
        (at(27, 15), at(28, 9), at(30, 10)),  # a Friday's digest: Saturday's news waits for Monday
        (at(22, 23, 59), at(23, 9), at(23, 10)),
        (at(23, 0), at(23, 9), at(24, 10)),
    ],
)
def test_after_a_digest_the_next_one_goes_at_the_mail_hour_of_another_day(last, since, goes):
    assert told(Piece(since), last=last) == goes


@pytest.mark.parametrize(
    ("promised", "is_changed", "goes"),
    [
        (22, True, at(24, 10)),
        (23, True, at(23, 13)),
        (24, True, at(23, 13)),
        (25, True, at(24, 10)),
        (24, False, at(24, 10)),
        (None, True, at(24, 10)),
    ],
)
def test_a_second_one_goes_that_day_if_it_changes_what_was_promised_for_today_or_tomorrow(promised, is_changed, goes):
    piece = Piece(at(23, 12), was_date=promised and date(2026, 11, promised), is_changed=is_changed)

    assert told(piece, last=at(23, 9)) == goes


@pytest.mark.parametrize(
    ("week", "promised", "goes"),
    [
        ("1111100", date(2026, 11, 30), at(27, 13)),  # on a Friday, Monday's mail hour is on the promised day itself
        ("1111100", date(2026, 12, 1), at(30, 10)),
        ("0111100", date(2026, 12, 1), at(27, 13)),
        ("0111100", date(2026, 12, 2), datetime(2026, 12, 1, 10, tzinfo=UTC)),
    ],
)
def test_it_goes_that_day_too_if_the_next_mail_hour_is_not_before_the_promised_day(week, promised, goes):
    piece = Piece(at(27, 12), was_date=promised, is_changed=True)

    assert told(piece, last=at(27, 9), hours=MailHours(works_on=Calendar(week).works_on)) == goes


def test_what_presses_takes_the_rest_along():
    pressing = Piece(at(23, 12), was_date=date(2026, 11, 24), is_changed=True)

    assert told(Piece(at(23, 11)), pressing, last=at(23, 9)) == at(23, 13)


@pytest.mark.parametrize(
    ("zones", "since", "goes"),
    [
        (("Pacific/Auckland",), at(23, 5, 59), at(23, 6, 59)),  # 19:59 there
        (("Pacific/Auckland",), at(23, 6), at(23, 19)),  # 20:00 there: the rest waits for their morning
        (("Europe/Berlin",), at(23, 5), at(23, 7)),
        ((), at(23, 5), at(23, 8)),
        # where in the country they live nobody knows: it is night nowhere in it
        (("America/New_York", "America/Los_Angeles"), at(23, 12), at(23, 16)),
        # there is no hour at which nobody sleeps: the shop's clock
        (("Pacific/Auckland", "Europe/London", "Asia/Tokyo"), at(23, 12), at(23, 13)),
    ],
)
def test_by_night_nothing_goes_where_the_customer_lives(zones, since, goes):
    assert told(Piece(since), zones=zones) == goes


@pytest.mark.parametrize(
    ("zones", "now", "goes"),
    [
        ((), at(23, 19, 59), at(23, 12)),
        ((), at(23, 20), at(24, 8)),
        ((), at(24, 7, 59), at(24, 8)),
        ((), at(24, 8), at(23, 12)),
        (("Pacific/Auckland",), at(24, 7), at(24, 19)),
    ],
)
def test_what_could_not_go_by_day_since_the_mail_server_was_away_does_not_go_by_night(zones, now, goes):
    since = at(23, 11) if not zones else at(23, 20)

    assert told(Piece(since), zones=zones, now=now) == goes


def test_a_shop_in_hawaii_and_a_customer_in_auckland_share_the_shops_mail_hour():
    hawaii = MailHours(zone="Pacific/Honolulu")

    goes = told(by_night(at(24, 14)), zones=("Pacific/Auckland",), hours=hawaii)

    assert goes == at(24, 20)  # Tuesday 10:00 in Honolulu, Wednesday 9:00 in Auckland
    assert told(by_night(at(27, 14)), zones=("Pacific/Auckland",), hours=hawaii) == at(27, 20)  # their Saturday


def test_a_mail_hour_that_summer_time_skips_is_the_next_moment_there_is():
    berlin = MailHours(zone="Europe/Berlin", hour=2, night=(0, 0), works_on=lambda day: True)

    assert mail_hour(datetime(2026, 3, 28, 23, tzinfo=UTC), berlin) == datetime(2026, 3, 29, 1, tzinfo=UTC)
    assert mail_hour(datetime(2026, 3, 29, 1, 0, 1, tzinfo=UTC), berlin) == datetime(2026, 3, 30, 0, tzinfo=UTC)


def test_a_mail_hour_that_comes_twice_is_taken_once():
    berlin = MailHours(zone="Europe/Berlin", hour=2, night=(0, 0), works_on=lambda day: True)
    first = datetime(2026, 10, 25, 0, tzinfo=UTC)

    goes = told(by_night(first + 30 * MINUTE), last=first, hours=berlin)

    assert goes == datetime(2026, 10, 26, 1, tzinfo=UTC)


def test_a_night_that_ends_in_the_hour_that_is_skipped_ends():
    berlin = MailHours(zone="Europe/Berlin", night=(20, 2))

    assert awake(datetime(2026, 3, 28, 20, tzinfo=UTC), (), berlin) == datetime(2026, 3, 29, 1, tzinfo=UTC)


@pytest.mark.parametrize(("night", "goes"), [((0, 0), at(23, 3)), ((9, 9), at(23, 3)), ((0, 6), at(23, 6))])
def test_a_shop_may_keep_other_nights_or_none(night, goes):
    assert awake(at(23, 3), (), MailHours(night=night)) == goes


def test_a_clock_that_jumped_ahead_and_back_silences_nobody_for_longer_than_a_day():
    assert told(Piece(at(23, 11)), last=at(23, 11) + 400 * 24 * HOUR, now=at(23, 12)) == at(24, 10)
    assert told(Piece(at(23, 11) + 400 * 24 * HOUR), now=at(23, 12)) == at(23, 13)


def test_a_clock_that_jumps_a_day_finds_the_mail_hour_of_that_day():
    assert told(by_night(at(23, 2)), last=at(20, 10), now=at(24, 9)) == at(23, 10)
