"""What a supplier's record makes of a date: rules §2.3 and §3.9, as tests. SciPy referees the arithmetic."""

import math
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from inventory.formulas.tails import log_gamma_survival, log_normal_survival
from suppliers.leadtimes import (
    ImpossibleLeadTime,
    LeadTimeEstimate,
    LeadTimeRatio,
    days_stated,
    expect,
    in_columns,
    learn,
    likely_and_safe,
    open_quantile,
    quantile,
)

SENT = date(2026, 9, 1)
SEEN = learn((21, 25, 19, 40, 22, 24, 20, 23), prior_mean=14, prior_sd=5)
QUOTED_ONLY = learn((), prior_mean=14, prior_sd=5)

# A busy machine is not a slow rule.
unhurried = settings(deadline=None)


def on_day(days: int, *, lead: LeadTimeEstimate = SEEN, previous_safe: date | None = None) -> tuple[int, int]:
    """Likely and safe, in days since sending, as seen ``days`` after sending."""
    dates = likely_and_safe(SENT, SENT + timedelta(days), lead, quantile=0.9, previous_safe=previous_safe)
    return (dates[0] - SENT).days, (dates[1] - SENT).days


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ((), (14.0, 5.0, 5.7735, 13.2148, 21.7198, 24.6468)),
        ((21,), (15.75, 5.1651, 5.7748, 15.0501, 23.4547, 26.2924)),
        ((21, 25, 19), (17.8333, 5.342, 5.77, 17.215, 25.5116, 28.2617)),
        ((21, 25, 19, 40, 22, 24, 20, 23), (21.4545, 7.0241, 7.3364, 20.6244, 31.2288, 34.7718)),
    ],
)
def test_what_is_quoted_gives_way_to_what_is_seen(seen: tuple[int, ...], expected: tuple[float, ...]):
    lead = learn(seen, prior_mean=14, prior_sd=5)

    dates = [quantile(q, lead.mean, lead.predictive_sd) for q in (0.5, 0.9, 0.95)]

    assert (lead.mean, lead.sd, lead.predictive_sd, *dates) == pytest.approx(expected, abs=5e-5)
    assert lead.count == len(seen)


@pytest.mark.parametrize(
    ("elapsed", "expected"),
    [
        (20, (25.3974, 34.439, 25.1704, 34.881)),
        (30, (33.6578, 41.1215, 34.0395, 42.9966)),
        (60, (62.4615, 68.0435, 63.9507, 73.358)),
        (120, (122.0528, 126.7965, 125.0613, 137.205)),
    ],
)
def test_an_open_inbound_is_dated_by_how_long_it_has_been_under_way(elapsed: int, expected: tuple[float, ...]):
    dates = [open_quantile(q, elapsed, 21.4545, 7.3364, late=late) for late in (False, True) for q in (0.5, 0.9)]

    assert dates == pytest.approx(expected, abs=5e-5)


def test_an_order_sent_today_gets_the_plain_quantiles():
    assert open_quantile(0.9, 0, 14, 5, late=False) == pytest.approx(quantile(0.9, 14, 5), rel=1e-9)


def test_nothing_known_means_the_quoted_time_and_a_spread_of_35_percent():
    lead = expect(14, [], record=LeadTimeRatio())

    assert (lead.mean, lead.sd) == pytest.approx((14, 0.35 * 14))


def test_the_whole_shop_s_record_corrects_a_quoted_time():
    lead = expect(10, [], record=LeadTimeRatio(1.5, 0.5))

    assert (lead.mean, lead.sd) == pytest.approx((15, 7.5))


def test_own_ratios_are_scaled_to_the_time_stated_now():
    lead = expect(20, [1.1, 1.3], record=LeadTimeRatio(1.0, 0.25))

    assert lead == learn([22, 26], prior_mean=20, prior_sd=5)


def test_a_date_confirmed_for_the_day_of_sending_counts_as_one_day():
    assert days_stated(SENT, SENT) == 1
    assert days_stated(SENT, SENT + timedelta(9)) == 9


@pytest.mark.parametrize(("seen", "mean"), [((-1,), 14), ((math.nan,), 14), ((3,), 0), ((), math.inf)])
def test_an_impossible_time_is_refused(seen: tuple[float, ...], mean: float):
    with pytest.raises(ImpossibleLeadTime, match="number of days"):
        learn(seen, prior_mean=mean, prior_sd=5)


def test_a_fresh_order_has_the_median_and_the_service_quantile_as_its_dates():
    assert on_day(0) == (21, 32)


def test_before_its_safe_date_an_order_follows_the_gamma():
    assert on_day(30) == (34, 42)


def test_past_its_safe_date_an_order_follows_the_longer_lognormal():
    assert on_day(60) == (64, 74)


def test_an_order_is_late_from_the_day_after_its_safe_date():
    assert on_day(32) == tuple(math.ceil(open_quantile(q, 32, 21.4545454, 7.3364, late=False)) for q in (0.5, 0.9))
    assert on_day(33) == tuple(math.ceil(open_quantile(q, 33, 21.4545454, 7.3364, late=True)) for q in (0.5, 0.9))


def test_an_order_is_late_against_the_safe_date_it_was_given():
    given_before = SENT + timedelta(25)

    assert on_day(30, previous_safe=given_before) == (35, 43)


def test_a_new_date_is_never_earlier_than_tomorrow_nor_than_a_safe_date_already_passed():
    certain = LeadTimeEstimate(14, 0.0, 0.0, 50)
    passed = SENT + timedelta(14)

    likely, safe = likely_and_safe(SENT, passed + timedelta(3), certain, quantile=0.9, previous_safe=passed)

    assert (likely, safe) == (passed + timedelta(4), passed + timedelta(4))


def test_an_order_that_never_comes_is_dated_a_year_ahead_at_most():
    wild = LeadTimeEstimate(20, 60, 80, 3)

    assert on_day(3000, lead=wild)[1] == 3365


@pytest.mark.parametrize("days", [1, 400])
def test_an_order_not_sent_yet_is_dated_from_its_sending(days: int):
    planned = SENT + timedelta(days)

    likely, safe = likely_and_safe(planned, SENT, QUOTED_ONLY, quantile=0.9, previous_safe=None)

    assert (likely, safe) == (planned + timedelta(14), planned + timedelta(22))


def test_dating_twice_on_one_day_changes_nothing():
    safe = likely_and_safe(SENT, SENT + timedelta(40), SEEN, quantile=0.9, previous_safe=None)[1]

    assert likely_and_safe(SENT, SENT + timedelta(40), SEEN, quantile=0.9, previous_safe=safe)[1] == safe


leads = st.builds(
    lambda mean, cv: LeadTimeEstimate(mean, mean * cv, mean * cv, 4), st.floats(0.5, 300), st.floats(0, 1.5)
)


@unhurried
@given(leads, st.integers(0, 2000), st.floats(0.5, 0.99))
@example(LeadTimeEstimate(1.0, 0.0, 0.0, 0), 2000, 0.9)
def test_dates_lie_ahead_in_order_and_within_a_year(lead: LeadTimeEstimate, elapsed: int, q: float):
    today = SENT + timedelta(elapsed)

    likely, safe = likely_and_safe(SENT, today, lead, quantile=q, previous_safe=None)

    assert today < likely <= safe <= today + timedelta(366)


@unhurried
@given(leads, st.integers(0, 400), st.booleans())
def test_a_passing_day_never_brings_the_date_of_an_open_order_closer(lead: LeadTimeEstimate, elapsed: int, late: bool):
    dates = [open_quantile(0.9, day, lead.mean, lead.predictive_sd, late=late) for day in (elapsed, elapsed + 1)]

    assert dates[0] <= dates[1] + 1e-6


@unhurried
@given(st.lists(st.floats(0, 200), max_size=20), st.floats(1, 100), st.floats(0, 50))
def test_the_learned_mean_lies_between_what_was_said_and_what_was_seen(seen: list[float], mean: float, sd: float):
    lead = learn(seen, prior_mean=mean, prior_sd=sd)

    assert min([mean, *seen]) - 1e-9 <= lead.mean <= max([mean, *seen]) + 1e-9
    assert lead == learn(seen[::-1], prior_mean=mean, prior_sd=sd)
    assert lead.sd <= lead.predictive_sd


@unhurried
@given(
    st.lists(st.tuples(st.integers(1, 400), st.lists(st.floats(0, 5), max_size=6)), min_size=1, max_size=8),
    st.floats(0.5, 2),
    st.floats(0.01, 1.2),
)
def test_many_offers_at_once_are_learned_as_one_is(offers: list[tuple[int, list[float]]], mean: float, sd: float):
    record = LeadTimeRatio(mean, sd)
    columns = [
        np.array([float(each) for each in values])
        for values in zip(
            *((quoted, len(own), math.fsum(own), math.fsum(r * r for r in own)) for quoted, own in offers), strict=True
        )
    ]

    found = in_columns(*columns, record=record, chance=0.9)

    for place, (quoted, own) in enumerate(offers):
        lead = expect(quoted, own, record=record)
        assert found.mean[place] == pytest.approx(lead.mean, rel=1e-9)
        assert found.sd[place] == pytest.approx(lead.predictive_sd, rel=1e-6)
        for q, days in ((0.5, found.likely), (0.9, found.safe)):
            assert days[place] == pytest.approx(quantile(q, lead.mean, lead.predictive_sd), rel=1e-5)


@unhurried
@given(st.floats(0.01, 0.999), st.floats(0.5, 200), st.floats(0.02, 2))
def test_gamma_quantiles_agree_with_scipy(q: float, mean: float, cv: float):
    stats = pytest.importorskip("scipy.stats")

    assert quantile(q, mean, mean * cv) == pytest.approx(stats.gamma.ppf(q, cv**-2, scale=mean * cv**2), rel=1e-6)


@unhurried
@given(st.floats(0.05, 10_000), st.floats(1e-3, 8))
def test_the_gamma_tail_agrees_with_scipy(shape: float, part: float):
    special = pytest.importorskip("scipy.special")
    survival = special.gammaincc(shape, shape * part)

    if survival > 1e-290:
        assert math.exp(log_gamma_survival(shape, shape * part)) == pytest.approx(survival, rel=1e-9)


@unhurried
@given(st.floats(-30, 200))
@example(25.0)
def test_the_normal_tail_agrees_with_scipy(z: float):
    stats = pytest.importorskip("scipy.stats")

    assert log_normal_survival(z) == pytest.approx(stats.norm.logsf(z), rel=1e-9, abs=1e-15)


@pytest.mark.parametrize(
    ("own", "mean", "likely", "safe"),
    [([], 50.36, 34.91, 115.97), ([1.0] * 3, 32.18, 22.31, 74.10), ([1.0] * 10, 22.39, 15.52, 51.56)],
)
def test_one_line_400_days_late_makes_no_offer_safe_today(own, mean, likely, safe):
    """A gamma whose spread is many times its mean has all but a few of its days at nought: 90 % of them by .1 days."""
    ratios = np.array([*[1.0] * 10, 414 / 14])
    record = LeadTimeRatio(ratios.mean(), ratios.std(ddof=1))

    found = expect(14, own, record=record)
    columns = in_columns(
        *(np.array([each]) for each in (14.0, float(len(own)), sum(own), sum(own))), record=record, chance=0.9
    )

    days = [found.mean, *(quantile(q, found.mean, found.predictive_sd) for q in (0.5, 0.9))]
    assert [round(each, 2) for each in days] == [mean, likely, safe]
    assert [round(each.item(), 2) for each in (columns.mean, columns.likely, columns.safe)] == [mean, likely, safe]


@unhurried
@given(st.lists(st.floats(0, 500), max_size=12), st.floats(0.01, 50), st.floats(0, 500))
def test_whatever_was_seen_the_safe_day_lies_after_the_mean_and_the_likely_one_not_far_before(own, mean, sd):
    found = expect(14, own, record=LeadTimeRatio(mean, sd))

    assert quantile(0.9, found.mean, found.predictive_sd) >= found.mean * (1 - 1e-9)
    assert quantile(0.5, found.mean, found.predictive_sd) >= found.mean * 0.69
