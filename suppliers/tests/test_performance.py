from datetime import date, timedelta

import pytest

from inventory.models import Inbound, LeadTime
from suppliers import leadtimes, quickest
from suppliers.models import Offer

from . import make

pytestmark = pytest.mark.django_db


def test_an_offer_nobody_delivered_on_yet_is_taken_at_its_quote():
    lamp = make.offer(make.product(), days=14)

    make.learned()

    lamp.refresh_from_db()
    assert (lamp.mean_days, lamp.observed) == (14, 0)
    assert lamp.sd_days == pytest.approx(0.35 * 14 * (4 / 3) ** 0.5)


def test_an_offer_learns_from_its_deliveries_and_from_the_whole_shop():
    """
    Actual ÷ quoted is 21/14 and 10/10, beside five lines of 1 ± .35 that are assumed: mean 7.5/7 shop-wide.

    So three prior orders at 15 days.
    """
    slow = make.offer(make.product(), days=14)
    prompt = make.offer(make.product(), make.supplier("Birk"), days=10)
    make.delivered(slow, 21)
    make.delivered(prompt, 10)

    make.learned()

    slow.refresh_from_db()
    prompt.refresh_from_db()
    assert (slow.observed, prompt.observed) == (1, 1)
    assert slow.mean_days == pytest.approx((3 * 15 + 21) / 4)
    assert prompt.mean_days == pytest.approx((3 * 75 / 7 + 10) / 4)
    s0 = ((5 * (1 + 0.35**2) + 1.5**2 + 1**2) / 7 - (7.5 / 7) ** 2) ** 0.5 * 15
    variance = (6 * s0**2 + 3 / 4 * (21 - 15) ** 2) / 7
    assert slow.sd_days == pytest.approx((variance * 5 / 4) ** 0.5)


@pytest.mark.parametrize(("took", "counts"), [(56, 4.0), (57, 4.0), (400, 4.0), (55, 55 / 14)])
def test_the_first_line_that_came_is_one_of_six_and_counts_for_four_times_its_quote_at_most(took, counts):
    """Thirty times the quote of one line made every other offer of the shop of 14 days one of 414."""
    other = make.offer(make.product(), make.supplier("Birk"), days=14)
    make.delivered(make.offer(make.product(), days=14), took)

    make.learned()

    other.refresh_from_db()
    assert other.mean_days == pytest.approx(14 * (5 + counts) / 6)


def test_what_is_assumed_is_all_there_is_before_the_first_line_and_nothing_beside_a_million():
    assert leadtimes.LeadTimeRatio.of_shop(0, 0.0, 0.0) == leadtimes.LeadTimeRatio(1.0, pytest.approx(0.35))
    assert leadtimes.LeadTimeRatio.of_shop(10**6, 2.0 * 10**6, 4.0 * 10**6) == leadtimes.LeadTimeRatio(
        pytest.approx(2.0, abs=1e-5), pytest.approx(0.0, abs=0.003)
    )


def test_the_lead_time_runs_from_the_decision_to_the_shelf():
    make.warehouse()
    lamp = make.offer(make.product(), make.supplier("Nordlys", approval_days=2, review_days=7), days=14)

    make.learned()

    lead = make.lead_time(lamp.product)
    lamp.refresh_from_db()
    assert (lead.mean_days, lead.sd_days, lead.review_days) == (16, lamp.sd_days, 7)
    assert lead.likely_days == pytest.approx(2 + leadtimes.quantile(0.5, 14, lead.sd_days))
    assert lead.safe_days == pytest.approx(2 + leadtimes.quantile(0.9, 14, lead.sd_days))
    assert (lead.sender, lead.updated_at) == ("Nordlys", make.MONDAY)


def test_every_open_warehouse_has_the_lead_time():
    lamp = make.offer(make.product())
    for code, is_open in (("BER", True), ("OSL", True), ("OLD", False)):
        make.warehouse(code, is_open=is_open)

    make.learned()

    assert set(LeadTime.objects.values_list("product", "warehouse__code")) == {
        (lamp.product_id, "BER"),
        (lamp.product_id, "OSL"),
    }


def test_the_best_offer_is_the_one_that_is_safely_here_first():
    make.warehouse()
    lamp = make.product()
    make.offer(lamp, make.supplier("Fast, but on hold", is_on_hold=True), days=3)
    make.offer(lamp, make.supplier("Fast, without a price"), days=4, prices=())
    make.offer(lamp, make.supplier("Fast, but ended"), days=5, is_active=False)
    make.offer(lamp, make.supplier("Fast, but small"), days=6, capacity=5, minimum=10)
    make.offer(lamp, make.supplier("Nordlys"), days=14)
    make.offer(lamp, make.supplier("Birk"), days=30)

    make.learned()

    assert make.lead_time(lamp).sender == "Nordlys"


def test_a_closed_supplier_is_asked_when_it_opens_again():
    make.warehouse()
    lamp = make.offer(make.product(), make.supplier("Nordlys", approval_days=1), days=14)
    make.learned()
    open_now = make.lead_time(lamp.product)
    make.closed(make.supplier(), make.TODAY, make.TODAY + timedelta(days=4))

    make.learned()

    lead = make.lead_time(lamp.product)
    assert (lead.mean_days, lead.sd_days) == (open_now.mean_days + 5, open_now.sd_days)
    assert lead.safe_days == pytest.approx(open_now.safe_days + 5)


def test_what_nobody_supplies_any_more_has_no_lead_time():
    make.warehouse()
    ended, discontinued, kept = (make.offer(make.product()) for _ in range(3))
    make.learned()
    Offer.objects.filter(pk=ended.pk).update(is_active=False)
    discontinued.product.is_discontinued = True
    discontinued.product.save()

    counts = make.learned(make.after(1))

    assert counts["removed"] == 2
    assert list(LeadTime.objects.values_list("product", flat=True)) == [kept.product_id]


def test_the_days_between_two_orders_are_learned_from_those_sent():
    lamp = make.offer(make.product(), make.supplier("Nordlys", review_days=7))
    make.sent((lamp, 1), at=make.after(-30))
    make.sent((lamp, 1), at=make.after(-30))
    make.sent((lamp, 1), at=make.after(-20))
    make.sent((lamp, 1), at=make.after(-6))

    make.learned()

    assert quickest.review_days(at=make.MONDAY) == {make.supplier().pk: 12}
    assert make.lead_time(lamp.product).review_days == 12


def test_one_order_says_nothing_of_the_days_between_two():
    lamp = make.offer(make.product(), make.supplier("Nordlys", review_days=7))
    make.sent((lamp, 1), at=make.after(-400))
    make.sent((lamp, 1), at=make.after(-6))

    make.learned()

    assert make.lead_time(lamp.product).review_days == 7


def test_learning_twice_changes_nothing():
    make.warehouse()
    for days in (14, 20):
        lamp = make.offer(make.product(), days=days)
        make.delivered(lamp, days + 3)
        make.sent((lamp, 5))
    first = make.learned(make.after(6))

    again = make.learned(make.after(6))

    assert (first["offers"], first["lead_times"]) == (2, 2)
    assert again == {"offers": 0, "lead_times": 0, "removed": 0, "dates": 0}


def test_an_order_that_does_not_come_is_dated_later_and_later():
    make.sent((make.offer(make.product(), days=14), 5))
    at_first = Inbound.objects.get()

    assert make.learned(make.after(20))["dates"] == 1

    inbound = Inbound.objects.get()
    today = make.after(20).date()
    dates = [str(day) for day in (at_first.likely_date, today, inbound.likely_date, inbound.safe_date)]
    assert dates == sorted(set(dates))
    assert (inbound.expected_date, inbound.revision) == (None, 2)


def test_past_its_safe_date_an_order_is_dated_with_the_longer_tail():
    """Sent 30 days ago, quoted 14: lognormal median 33.2, 90 % 41.0 days since sending."""
    lamp = make.offer(make.product(), days=14)
    make.sent((lamp, 5))

    make.learned(make.after(30))

    inbound = Inbound.objects.get()
    lead = leadtimes.LeadTimeEstimate(14, 4.9, 0.35 * 14 * (4 / 3) ** 0.5, 0)
    expected = leadtimes.likely_and_safe(make.TODAY, make.after(30).date(), lead, quantile=0.9)
    assert (inbound.likely_date, inbound.safe_date) == expected
    assert expected == (date(2026, 4, 5), date(2026, 4, 12))


def test_an_inbound_that_was_loaded_is_dated_by_its_senders_offer():
    lamp = make.offer(make.product(), make.supplier("Nordlys"), days=14)
    inbound = make.coming(lamp.product, 5, on=None)

    make.learned()

    inbound.refresh_from_db()
    assert (inbound.likely_date, inbound.safe_date) == (date(2026, 3, 16), date(2026, 3, 24))


def test_an_unknown_senders_dates_stand_until_the_safe_one_has_passed():
    inbound = make.coming(make.product(), 5, on=make.after(5).date())

    assert make.learned(make.after(5))["dates"] == 0
    assert make.learned(make.after(6))["dates"] == 1

    inbound.refresh_from_db()
    assert inbound.expected_date == make.after(5).date()
    dates = [str(day) for day in (inbound.expected_date, inbound.likely_date, inbound.safe_date)]
    assert dates == sorted(set(dates))


def test_what_has_arrived_is_not_dated_again():
    make.delivered(make.offer(make.product()), 20)

    assert make.learned()["dates"] == 0


def test_the_queries_do_not_grow_with_the_offers(django_assert_max_num_queries):
    make.warehouse()
    for _ in range(30):
        lamp = make.offer(make.product())
        make.sent((lamp, 3))
        make.offer(lamp.product, make.supplier("Birk"), days=9)

    # the record of confirmed dates is read twice: to look, and under the lock
    with django_assert_max_num_queries(55):
        make.learned(make.after(30))


@pytest.mark.parametrize(("most", "days"), [(4, 28), (5, 30)])
def test_a_supplier_asked_once_in_a_while_is_not_waited_for_longer_than_the_shop_allows(settings, most, days):
    settings.LONGEST_REVIEW_WEEKS = most
    lamp = make.offer(make.product(), make.supplier("Nordlys", review_days=7))
    make.sent((lamp, 1), at=make.after(-60))
    make.sent((lamp, 1), at=make.after(-30))

    make.learned()

    assert make.lead_time(lamp.product).review_days == days


def test_the_minimum_and_the_pack_of_the_offer_that_would_be_asked_are_passed_on():
    make.warehouse()
    lamp = make.product()
    make.offer(lamp, make.supplier("Nordlys"), days=14, minimum=48, pack=12)
    make.offer(lamp, make.supplier("Fjord"), days=40, minimum=5, pack=5)
    make.learned()
    first = make.lead_time(lamp)

    lamp.offers.filter(supplier__name="Nordlys").update(pack=16)
    counts = make.learned()

    assert (first.minimum, first.pack, make.lead_time(lamp).pack, counts["lead_times"]) == (48, 12, 16, 1)


def test_what_an_earlier_release_learned_of_an_offer_too_wide_is_learned_again():
    each = make.offer(make.product(), days=14)
    make.learned()
    learned = Offer.objects.values_list("mean_days", "sd_days", "likely_days", "safe_days").get()
    Offer.objects.update(mean_days=22.4, sd_days=276.1, likely_days=0.0, safe_days=0.0)

    make.learned()

    assert Offer.objects.values_list("mean_days", "sd_days", "likely_days", "safe_days").get() == learned
    assert learned[3] > each.quoted_days
    assert make.learned()["offers"] == 0
