"""Who is asked for how much: each sentence of rules §4 on choosing suppliers, and of §3.8 on quantities, as a test."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suppliers.offers import ImpossibleTerms, best_purchase, price_later
from suppliers.sourcing import Need, Split, SupplierShare, Terms, UnaskedOffer, split

# A busy machine is not a slow rule.
unhurried = settings(deadline=None)


def offer(offer_id: int, supplier: str, *prices: tuple[int, str], **terms) -> Terms:
    return Terms(offer_id, supplier, tuple((start, Decimal(price)) for start, price in prices), **terms)


def asked(result: Split) -> dict[int, int]:
    return {share.offer_id: share.quantity for share in result.shares}


def why_not(result: Split) -> dict[str, str]:
    return {left_out.supplier: left_out.reason for left_out in result.left_out}


# How much


@pytest.mark.parametrize(
    ("need", "moq", "pack", "order"),
    [(0, 50, 12, 0), (7, 0, 1, 7), (7, 50, 12, 60), (51, 50, 12, 60), (60, 50, 12, 60), (61, 50, 12, 72)],
)
def test_an_order_is_at_least_the_minimum_in_whole_packs(need: int, moq: int, pack: int, order: int):
    result = split(Need(need), [offer(1, "Nordlys", (1, "10"), moq=moq, pack=pack)])

    assert sum(asked(result).values()) == order


def test_sixty_at_five_instead_of_fifty_five_at_ten():
    result = split(Need(55, weekly_demand=10), [offer(1, "Nordlys", (1, "10.00"), (60, "5.00"))])

    reason = (
        "60 from Nordlys at 5.00: the tier from 60 makes 60 cheaper than 55; 5 more than needed, "
        "0.5 weeks of extra cover."
    )
    assert result == Split((SupplierShare(1, 60, Decimal("5.00"), reason, 5, 0.5),), (), 0)


def test_a_minimum_of_fifty_for_a_need_of_ten_and_the_extra_cover_is_shown():
    result = split(Need(10, weekly_demand=5), [offer(1, "Nordlys", (1, "10.00"), moq=50)])

    reason = "50 from Nordlys at 10.00: its minimum is 50; 40 more than needed, 8.0 weeks of extra cover."
    assert result.shares == (SupplierShare(1, 50, Decimal("10.00"), reason, 40, 8.0),)


def test_extra_units_of_what_nobody_asks_for_have_no_weeks_of_cover():
    share = split(Need(10), [offer(1, "Nordlys", (1, "10"), pack=12)]).shares[0]

    assert (share.quantity, share.extra, share.extra_weeks) == (12, 2, None)
    assert (
        share.reason == "12 from Nordlys at 10.00: it sells packs of 12; 2 more than needed, and none of it sells now."
    )


def test_a_break_is_rounded_up_to_the_pack():
    assert asked(split(Need(55, weekly_demand=10), [offer(1, "Nordlys", (1, "10"), (60, "5"), pack=25)])) == {1: 75}


def test_a_larger_tier_is_bought_when_it_saves_more_than_holding_costs():
    tiers = offer(1, "Nordlys", (1, "10"), (500, "9"))

    result = split(Need(55, weekly_demand=50), [tiers])

    assert asked(result) == {1: 500}
    assert "the tier from 500 saves more than holding 445 more costs" in result.shares[0].reason


def test_a_larger_tier_is_not_bought_when_holding_costs_more_than_it_saves():
    tiers = offer(1, "Nordlys", (1, "10"), (500, "9.95"))

    assert asked(split(Need(55, weekly_demand=50), [tiers])) == {1: 55}


def test_what_a_unit_bought_later_costs_is_the_cheapest_offer_s_price():
    dear = offer(1, "Dear", (1, "100"), (50, "50"))
    cheap = offer(2, "Cheap", (1, "10"))

    assert asked(split(Need(10, weekly_demand=10), [dear, cheap])) == {2: 10}


def test_extra_cover_that_costs_more_in_all_is_capped():
    tiers = [offer(1, "Nordlys", (1, "10"), (60, "9.17"))]  # 550.00 for 55, 550.20 for 60

    assert asked(split(Need(55, weekly_demand=5 / 26), tiers)) == {1: 60}
    assert asked(split(Need(55, weekly_demand=5 / 27), tiers)) == {1: 55}
    assert asked(split(Need(55, weekly_demand=5, max_cover_weeks=0.9), tiers)) == {1: 55}


@pytest.mark.parametrize("weekly", [5, 5 / 27, 0.1, 0.001, 0])
def test_more_units_for_less_money_are_bought_however_slowly_they_sell(weekly):
    tiers = [offer(1, "Nordlys", (1, "10"), (60, "5"))]

    assert asked(split(Need(55, weekly_demand=weekly), tiers)) == {1: 60}


def test_an_equal_total_is_not_less():
    slow = Need(30, weekly_demand=0.1, holding_rate=0)

    assert asked(split(slow, [offer(1, "Nordlys", (1, "10"), (60, "5"))])) == {1: 30}
    assert asked(split(slow, [offer(1, "Nordlys", (1, "10"), (60, "4.99"))])) == {1: 60}


def test_a_tier_that_costs_less_in_total_is_rounded_to_the_pack_first():
    slow = Need(55, weekly_demand=0.1)

    assert asked(split(slow, [offer(1, "Nordlys", (1, "10"), (60, "5"), pack=8)])) == {1: 64}
    assert asked(split(Need(32, weekly_demand=0.1), [offer(1, "Nordlys", (1, "10"), (60, "5"), pack=8)])) == {1: 32}


def test_of_several_tiers_that_cost_less_the_one_that_costs_least_with_its_holding_is_bought():
    tiers = [offer(1, "Nordlys", (1, "10"), (60, "5"), (600, "0.45"), (700, "0.30"))]

    assert asked(split(Need(55, weekly_demand=0), tiers)) == {1: 700}  # 210.00 and 27.09 of holding a year
    assert asked(split(Need(55, weekly_demand=0), [replace(tiers[0], prices=tiers[0].prices[:3])])) == {1: 60}


def test_a_tier_beyond_the_capacity_is_not_bought_for_its_price():
    tiers = [offer(1, "Nordlys", (1, "10"), (60, "5"), capacity=59)]

    assert asked(split(Need(55, weekly_demand=0.1), tiers)) == {1: 55}


def test_a_tier_that_costs_less_in_total_beats_a_supplier_that_costs_less_for_the_need():
    tiers = offer(1, "Nordlys", (1, "10"), (60, "5"))
    plain = offer(2, "Birk", (1, "6"))

    assert asked(split(Need(55, weekly_demand=0.1), [tiers, plain])) == {1: 60}


def test_what_does_not_keep_is_not_bought_however_cheap_and_the_buyer_sees_it():
    tiers = [offer(1, "Nordlys", (1, "10"), (60, "5"))]

    share = split(Need(55, weekly_demand=0.5, keeps_weeks=9.9), tiers).shares[0]

    assert share.reason == "55 from Nordlys at 10.00: 60 at 5.00 would cost less to buy, but keeps for 9.9 weeks only."
    assert asked(split(Need(55, weekly_demand=0.5, keeps_weeks=10), tiers)) == {1: 60}


def test_a_minimum_far_above_what_sells_loses_to_a_dearer_offer_without_one():
    bulk = offer(1, "Bulk", (1, "1"), moq=5000)
    small = offer(2, "Small", (1, "20"))

    assert asked(split(Need(10, weekly_demand=1), [bulk, small])) == {2: 10}


def test_extra_units_beyond_the_cap_are_worth_nothing():
    bulk = offer(1, "Bulk", (1, "9"), moq=100)
    small = offer(2, "Small", (1, "20"))
    need = Need(10, weekly_demand=1, holding_rate=0.05)

    assert asked(split(need, [bulk, small])) == {2: 10}
    assert asked(split(replace(need, max_cover_weeks=90), [bulk, small])) == {1: 100}


def test_extra_units_are_held_for_less_long_when_customers_take_the_need_at_once():
    tiers = [offer(1, "Nordlys", (1, "10"), (600, "9.97"))]

    assert asked(split(Need(500, weekly_demand=50), tiers)) == {1: 500}
    assert asked(split(Need(500, waiting=500, weekly_demand=50), tiers)) == {1: 600}


# From whom


def test_least_cost_counts_freight_and_order_cost():
    plain = offer(1, "Plain", (1, "10"))
    remote = offer(2, "Remote", (1, "9"), freight=Decimal(60), order_cost=Decimal(50))

    assert asked(split(Need(100, weekly_demand=50), [plain, remote])) == {1: 100}
    assert asked(split(Need(120, weekly_demand=50), [plain, remote])) == {2: 120}


def test_least_cost_counts_the_stock_that_an_unsteady_supplier_forces_on_us():
    steady = offer(1, "Steady", (1, "10.00"), lead_mean=7, lead_sd=1, safe_days=9)
    unsteady = offer(2, "Unsteady", (1, "9.95"), lead_mean=35, lead_sd=20, safe_days=60)
    need = Need(100, weekly_demand=20, variance=30)

    assert asked(split(need, [steady, unsteady])) == {1: 100}
    assert asked(split(replace(need, holding_rate=0.0), [steady, unsteady])) == {2: 100}


def test_only_offers_in_time_are_compared():
    soon = offer(1, "Soon", (1, "10"), safe_days=14)
    late = offer(2, "Late", (1, "2"), safe_days=15)

    result = split(Need(100, need_by_days=14, weekly_demand=20), [late, soon])

    assert asked(result) == {1: 100}
    assert why_not(result) == {"Late": "too late: safely here in 15 days, needed in 14 days"}


def test_if_nobody_is_in_time_the_soonest_is_asked_and_the_reason_says_so():
    soon = offer(1, "Soon", (1, "10"), safe_days=20)
    late = offer(2, "Late", (1, "2"), safe_days=30)

    result = split(Need(100, need_by_days=14, weekly_demand=20), [late, soon])

    assert asked(result) == {1: 100}
    assert result.shares[0].reason == (
        "100 from Soon at 10.00: safely here in 20 days, needed in 14 days; nobody else can be sooner."
    )


def test_what_is_needed_in_no_days_is_needed_today():
    soon = offer(1, "Soon", (1, "10"), safe_days=5)
    late = offer(2, "Late", (1, "2"), safe_days=15)

    result = split(Need(100, need_by_days=0, weekly_demand=20), [late, soon])

    assert result.shares[0].reason == (
        "100 from Soon at 10.00: safely here in 5 days, needed today; nobody else can be sooner."
    )
    assert why_not(result) == {"Late": "too late: safely here in 15 days, needed today"}


def test_two_days_later_than_the_soonest_are_as_good_when_nobody_is_in_time():
    soon = offer(1, "Soon", (1, "10"), safe_days=20)
    cheap = offer(2, "Cheap", (1, "2"), safe_days=22)

    assert asked(split(Need(100, need_by_days=14, weekly_demand=20), [soon, cheap])) == {2: 100}


def test_a_supplier_on_hold_is_not_asked_and_another_makes_up_for_it():
    held = offer(1, "Held", (1, "5"), usable=False, why_not="on hold: three bad deliveries")
    other = offer(2, "Other", (1, "9"))

    result = split(Need(40), [held, other])

    assert asked(result) == {2: 40}
    assert why_not(result) == {"Held": "on hold: three bad deliveries"}
    assert result.shares[0].reason == "40 from Other at 9.00: the only offer that can be asked."


def test_a_dearer_offer_is_left_out_with_what_it_would_cost():
    result = split(Need(100, weekly_demand=20), [offer(1, "Nordlys", (1, "10")), offer(2, "Dear", (1, "11"))])

    assert result.shares[0].reason == "100 from Nordlys at 10.00: the least cost in all of 2 offers."
    assert why_not(result) == {"Dear": "costs more in all: 11.00 for each unit needed, 10.00 from Nordlys"}


def test_over_capacity_the_rest_goes_to_the_next_offer():
    small = offer(1, "Small", (1, "5"), capacity=60, pack=7)
    next_one = offer(2, "Next", (1, "6"))

    result = split(Need(100, weekly_demand=20), [next_one, small])

    assert asked(result) == {1: 56, 2: 44}
    assert result.shares[0].reason == "56 from Small at 5.00: all it can deliver."
    assert result.short == 0


def test_what_no_offer_can_deliver_is_left_for_a_later_delivery():
    result = split(Need(100), [offer(1, "Small", (1, "5"), capacity=60)])

    assert (asked(result), result.short) == ({1: 60}, 40)


def test_a_capacity_below_the_minimum_makes_an_offer_unusable():
    result = split(Need(20), [offer(1, "Nordlys", (1, "5"), moq=50, pack=12, capacity=55)])

    assert (result.shares, result.short) == ((), 20)
    assert why_not(result) == {"Nordlys": "it can deliver 48 in whole packs, and its minimum is 50"}


def test_the_next_offer_is_asked_for_the_rest_only_and_keeps_its_own_minimum():
    small = offer(1, "Small", (1, "5"), capacity=90)
    bulky = offer(2, "Bulky", (1, "6"), moq=50)

    assert asked(split(Need(100, weekly_demand=20), [small, bulky])) == {1: 90, 2: 50}


def test_one_order_is_better_than_two_when_the_second_order_costs_more_than_it_saves():
    small = offer(1, "Small", (1, "5.00"), capacity=60, order_cost=Decimal(61))
    large = offer(2, "Large", (1, "6.00"), order_cost=Decimal(61))

    assert asked(split(Need(100, weekly_demand=20), [small, large])) == {2: 100}


def test_the_rest_too_goes_where_it_costs_least_in_all():
    gift = offer(1, "Gift", (1, "1.00"), capacity=50)
    small = offer(2, "Small", (1, "5.00"), capacity=60, order_cost=Decimal(61))
    large = offer(3, "Large", (1, "6.00"), order_cost=Decimal(61))

    assert asked(split(Need(150, weekly_demand=20), [gift, small, large])) == {1: 50, 3: 100}


def test_no_line_carries_a_price_of_zero_because_a_row_was_missing():
    result = split(Need(10), [offer(1, "No price"), offer(2, "Zero", (1, "0.00")), offer(3, "Nordlys", (1, "10"))])

    assert asked(result) == {3: 10}
    assert why_not(result) == {"No price": "no price is known", "Zero": "one of its prices is zero"}


def test_below_its_lowest_tier_an_offer_has_no_price_so_the_tier_is_its_minimum():
    share = split(Need(10, weekly_demand=5), [offer(1, "Nordlys", (40, "10"))]).shares[0]

    assert (share.quantity, share.unit_price) == (40, Decimal(10))
    assert "its minimum is 40" in share.reason


# When customers wait


FAST = offer(1, "Blitz", (1, "14.00"), safe_days=5)
CHEAP = offer(2, "Cheap", (1, "8.00"), safe_days=28)


@pytest.mark.parametrize("need_by", [None, 7])
def test_when_customers_wait_the_gap_is_bought_fast_and_the_rest_cheap(need_by: int | None):
    need = Need(100, waiting=12, need_by_days=need_by, weekly_demand=10)

    result = split(need, [CHEAP, FAST])

    assert asked(result) == {1: 12 + 40, 2: 48}
    assert [share.reason for share in result.shares] == [
        "52 from Blitz at 14.00: for customers who wait, until Cheap delivers in 28 days.",
        "48 from Cheap at 8.00: the rest, which can wait, at less cost.",
    ]
    assert all(share.extra == 0 for share in result.shares)


def test_what_the_bridge_brings_beyond_the_gap_shortens_the_rest():
    fast = replace(FAST, pack=20)

    result = split(Need(100, waiting=12, weekly_demand=10), [CHEAP, fast])

    assert asked(result) == {1: 60, 2: 40}
    assert all(share.extra == 0 for share in result.shares)


def test_when_nobody_waits_nothing_is_bridged():
    assert asked(split(Need(100, weekly_demand=10), [CHEAP, FAST])) == {2: 100}


def test_when_the_cheap_offer_is_in_time_for_those_who_wait_nothing_is_bridged():
    assert asked(split(Need(100, waiting=12, need_by_days=30, weekly_demand=10), [CHEAP, FAST])) == {2: 100}


def test_two_days_are_not_worth_a_bridge():
    cheap = replace(CHEAP, safe_days=7)

    assert asked(split(Need(100, waiting=12, weekly_demand=10), [cheap, FAST])) == {2: 100}


def test_all_is_bought_fast_when_the_rest_would_not_pay_for_a_second_order():
    cheap = replace(CHEAP, order_cost=Decimal(500))

    result = split(Need(100, waiting=12, need_by_days=7, weekly_demand=10), [cheap, FAST])

    assert asked(result) == {1: 100}


def test_a_fast_offer_over_its_capacity_bridges_what_it_can():
    fast = replace(FAST, capacity=30)

    result = split(Need(100, waiting=12, weekly_demand=10), [CHEAP, fast])

    assert asked(result) == {1: 30, 2: 70}


def test_an_offer_that_bridges_is_not_asked_again_for_the_rest():
    fast, cheap = replace(FAST, capacity=60), replace(CHEAP, capacity=20)

    result = split(Need(100, waiting=12, weekly_demand=10), [cheap, fast])

    assert (asked(result), result.short) == ({1: 60, 2: 20}, 20)


def test_the_gap_is_never_more_than_the_need():
    assert asked(split(Need(20, waiting=12, weekly_demand=10), [CHEAP, FAST])) == {1: 20}


# Bad facts


@pytest.mark.parametrize(
    "terms", [{"pack": 0}, {"moq": -1}, {"capacity": -5}, {"prices": ((60, Decimal(5)), (1, Decimal(10)))}]
)
def test_impossible_terms_are_refused(terms: dict):
    with pytest.raises(ImpossibleTerms, match="Nordlys"):
        replace(offer(1, "Nordlys", (1, "10")), **terms)


def test_nothing_needed_nothing_ordered():
    assert split(Need(0), [FAST]) == Split((), (UnaskedOffer(1, "Blitz", "nothing is needed"),), 0)


def test_no_offer_at_all_leaves_the_whole_need_open():
    assert split(Need(7), []) == Split((), (), 7)


def test_prices_are_shown_to_the_last_digit_that_matters():
    assert split(Need(1), [offer(1, "A", (1, "0.0125"))]).shares[0].reason.startswith("1 from A at 0.0125:")
    assert split(Need(1), [offer(1, "A", (1, "10.5000"))]).shares[0].reason.startswith("1 from A at 10.50:")


# What always holds


prices = st.dictionaries(st.integers(1, 300), st.decimals("0.01", 50, places=2), max_size=4).map(
    lambda tiers: tuple(sorted(tiers.items()))
)
terms_of_one = st.builds(
    Terms,
    offer_id=st.just(0),
    supplier=st.sampled_from(["Nordlys", "Blitz", "Cheap"]),
    prices=prices,
    moq=st.integers(0, 120),
    pack=st.sampled_from([1, 6, 12, 25]),
    capacity=st.none() | st.integers(0, 200),
    lead_mean=st.floats(0, 60),
    lead_sd=st.floats(0, 20),
    safe_days=st.integers(0, 90),
    order_cost=st.decimals(0, 100, places=2),
    freight=st.decimals(0, 100, places=2),
    usable=st.sampled_from([True, True, True, False]),
)
many_terms = st.lists(terms_of_one, max_size=5).map(
    lambda all_: [replace(each, offer_id=i) for i, each in enumerate(all_)]
)
needs = st.builds(
    Need,
    quantity=st.integers(0, 400),
    need_by_days=st.none() | st.integers(0, 60),
    waiting=st.sampled_from([0, 0, 5, 100]),
    weekly_demand=st.sampled_from([0.0, 0.3, 4.0, 60.0]),
    variance=st.floats(0, 500),
)


@unhurried
@given(needs, many_terms)
def test_every_order_keeps_the_terms_of_its_offer(need: Need, offers: list[Terms]):
    for share in split(need, offers).shares:
        terms = offers[share.offer_id]
        assert share.quantity % terms.pack == 0
        assert share.quantity >= max(terms.moq, 1)
        assert terms.capacity is None or share.quantity <= terms.capacity
        assert (share.unit_price, terms.usable) == (terms.price_for(share.quantity), True)
        assert share.unit_price > 0


@unhurried
@given(needs, many_terms)
def test_the_need_is_covered_unless_all_capacity_is_used(need: Need, offers: list[Terms]):
    result = split(need, offers)

    ordered = sum(asked(result).values())
    assert ordered - sum(share.extra for share in result.shares) == need.quantity - result.short
    if result.short:
        assert asked(result) == {each.offer_id: each.most for each in offers if not each.objection()}


@unhurried
@given(needs, many_terms)
def test_every_offer_is_asked_once_or_left_out_with_a_reason(need: Need, offers: list[Terms]):
    result = split(need, offers)

    accounted = [(each.offer_id, each.reason) for each in result.shares]
    accounted += [(each.offer_id, each.reason) for each in result.left_out]
    assert sorted(offer_id for offer_id, _ in accounted) == [each.offer_id for each in offers]
    assert all(reason for _, reason in accounted)


@unhurried
@given(needs, many_terms, st.randoms())
def test_the_order_of_the_offers_does_not_matter(need: Need, offers: list[Terms], random):
    shuffled = list(offers)
    random.shuffle(shuffled)

    assert split(need, shuffled) == split(need, offers)


@unhurried
@given(needs, many_terms)
def test_more_than_minimum_and_pack_ask_for_stays_within_the_cap_or_costs_less_in_total(need, offers):
    for share in split(need, offers).shares:
        terms = offers[share.offer_id]
        plain = terms.plain_order(share.quantity - share.extra)
        if (
            share.extra
            and share.quantity > plain
            and share.quantity * share.unit_price >= plain * terms.price_for(plain)
        ):
            assert share.extra_weeks is not None
            assert share.extra_weeks <= need.max_cover_weeks


@unhurried
@given(needs.map(lambda need: replace(need, waiting=0, need_by_days=None)), many_terms)
def test_no_single_offer_would_have_cost_less(need: Need, offers: list[Terms]):
    usable = [each for each in offers if not each.objection()]
    shares = split(need, offers).shares
    if not shares:
        return
    later = price_later(usable, need.quantity)
    alone = [best_purchase(each, need.quantity, need, later=later) for each in usable]

    left, paid = need.quantity, 0.0
    for share in shares:
        purchase = best_purchase(offers[share.offer_id], left, need, later=later)
        left, paid = left - purchase.covers, paid + purchase.cost

    assert all(paid <= each.cost + 1e-5 for each in alone if each.covers == need.quantity)
