import pytest

from inventory.formulas.explanations import explain, why_changed

PARTS = {
    "reason": "computed",
    "point": 42,
    "safety_stock": 9,
    "batch": 39,
    "weekly_demand": 9.8,
    "variance": 14.0,
    "lead_days": 17.0,
    "lead_sd_days": 3.0,
    "review_days": 7.0,
    "uplift": 1.0,
    "target": 0.95,
    "measure": "fill",
}


def test_the_sentence_adds_up():
    assert explain(PARTS) == (
        "Order at 42: 9.8 a week over 3.4 weeks (2.4 weeks until it arrives, 1 week until the next look)"
        " makes 33, and 9 more so that 95 % of units ship from the shelf."
    )


@pytest.mark.parametrize(
    ("safety", "words"),
    [(-2, "makes 44, and 2 fewer are enough so that"), (0, "makes 42, and no more are needed so that")],
)
def test_a_target_may_be_met_with_less_than_the_demand(safety, words):
    assert words in explain({**PARTS, "safety_stock": safety})


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"weekly_demand": 12.0}, "Demand up by 22 %: 9.8 → 12 a week"),
        ({"weekly_demand": 4.9}, "Demand down by 50 %: 9.8 → 4.9 a week"),
        ({"variance": 60.0}, "Demand varies more from week to week"),
        ({"variance": 4.0}, "Demand varies less from week to week"),
        ({"lead_days": 28.0}, "Lead time longer: 3.4 weeks → 5 weeks with the review"),
        ({"lead_days": 7.0}, "Lead time shorter: 3.4 weeks → 2 weeks with the review"),
        ({"lead_sd_days": 9.0}, "Lead time less certain: ± 3 → ± 9 days"),
        ({"lead_sd_days": 1.0}, "Lead time more certain: ± 3 → ± 1 days"),
        ({"uplift": 1.8}, "An event begins to count: demand × 1.8"),
        ({"target": 0.98, "safety_stock": 15}, "Target changed: 95 % fill → 98 % fill"),
        ({"measure": "cycle", "safety_stock": 15}, "Target changed: 95 % fill → 95 % cycle"),
        ({"batch": 78}, "Order quantity changed: 39 → 78"),
        ({"weekly_demand": 12.0, "lead_days": 18.0}, "Demand up by 22 %: 9.8 → 12 a week"),
        ({"reason": "unsupplied"}, "Nobody supplies it any more"),
        ({"reason": "discontinued"}, "Discontinued"),
        ({"reason": "dormant"}, "Nobody asked for it for a year"),
    ],
)
def test_the_part_that_moved_the_reorder_point_most_is_its_reason(changed, words):
    assert why_changed(PARTS, {**PARTS, **changed}) == words


@pytest.mark.parametrize(
    ("before", "words"),
    [
        ({}, "First computed"),
        ({**PARTS, "reason": "unsupplied"}, "A supplier is known now"),
        ({**PARTS, "reason": "dormant"}, "People ask for it again"),
        ({**PARTS, "reason": "no_demand"}, "People ask for it now"),
        ({**PARTS, "reason": "discontinued"}, "No longer discontinued"),
        ({**PARTS, "uplift": 2.0}, "An event ends: demand × 2 → 1"),
        ({**PARTS, "frozen": {"point": 9, "until": "2026-03-01", "reason": "Fair"}}, "No longer frozen"),
    ],
)
def test_what_had_no_number_before_says_what_is_new(before, words):
    assert why_changed(before, PARTS) == words


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        # more is sold, but more evenly: that is what lets fewer do
        ({"point": 40, "weekly_demand": 10.0, "variance": 4.0}, "Demand varies less from week to week"),
        ({"point": 40, "target": 0.97, "variance": 4.0}, "Demand varies less from week to week"),
        (
            {"point": 44, "weekly_demand": 9.7, "lead_days": 17.5},
            "Lead time longer: 3.4 weeks → 3.5 weeks with the review",
        ),
        ({"point": 41, "weekly_demand": 9.9, "batch": 78}, "Order quantity changed: 39 → 78"),
        ({"point": 41, "weekly_demand": 9.9}, "Demand up by 1 %: 9.8 → 9.9 a week; all in all fewer are enough"),
        ({"point": 44}, "Nothing that it rests on moved much"),
        ({"point": 44, "weekly_demand": 9.7}, "Demand down by 1 %: 9.8 → 9.7 a week; all in all more are needed"),
    ],
)
def test_what_pulled_the_other_way_is_no_reason(changed, words):
    assert why_changed(PARTS, {**PARTS, **changed}) == words


@pytest.mark.parametrize(
    ("was", "now", "words"),
    [
        ({"weekly_demand": 1.43}, {"weekly_demand": 1.38}, "Demand down by 3 %: 1.43 → 1.38 a week"),
        ({"weekly_demand": 0.0143}, {"weekly_demand": 0.0138}, "Demand down by 3 %: 0.0143 → 0.0138 a week"),
        ({"lead_days": 50.0}, {"lead_days": 50.02}, "Lead time longer: 57 days → 57.02 days with the review"),
        ({"lead_sd_days": 3.01}, {"lead_sd_days": 3.04}, "Lead time less certain: ± 3.01 → ± 3.04 days"),
        ({"season": 1.21}, {"season": 1.22}, "The season turns: demand × 1.21 → 1.22"),
    ],
)
def test_a_reason_never_says_the_same_twice(was, now, words):
    assert why_changed({**PARTS, **was}, {**PARTS, **now}) == words


@pytest.mark.parametrize(
    ("was", "now", "words"),
    [
        (1.0, 0.8, "An event begins to count: demand × 0.8"),
        (0.8, 1.0, "An event ends: demand × 0.8 → 1"),
        (1.17, 1.11, "Less of an event lies ahead: demand × 1.17 → 1.11"),
        (1.11, 1.17, "More of an event lies ahead: demand × 1.11 → 1.17"),
        (0.9, 0.8, "More of an event lies ahead: demand × 0.9 → 0.8"),
        (1.2, 0.8, "Another event lies ahead: demand × 1.2 → 0.8"),
    ],
)
def test_an_event_may_lower_demand_and_pass_by_and_by(was, now, words):
    assert why_changed({**PARTS, "uplift": was}, {**PARTS, "uplift": now}) == words


@pytest.mark.parametrize(
    ("uplift", "season", "words"),
    [
        (1.04, 1.0, "9.8 a week, 1.04 times that for events, over"),
        (1.004, 0.996, "9.8 a week over"),
        (1.0, 1.04, "9.8 a week, × 1.04 for the season, over"),
    ],
)
def test_a_factor_is_told_that_does_something(uplift, season, words):
    assert words in explain({**PARTS, "uplift": uplift, "season": season})


def test_what_sells_once_a_year_does_not_sell_nothing():
    assert explain({**PARTS, "weekly_demand": 0.00143}).startswith("Order at 42: 0.0014 a week over")


def test_a_cap_says_a_service_that_is_not_the_one_aimed_at():
    capped = {**PARTS, "uncapped": 60, "busiest": 20, "busiest_weeks": 4, "fill": 0.94987, "safety_stock": 0}

    assert explain(capped).endswith(
        "makes 42, and no more; lumpy: capped at twice its largest 4 weeks (20),"
        " so that 94.99 % of units ship from the shelf, not 95 %."
    )


SOON = {**PARTS, "lead_days": 2.0, "review_days": 1.0, "point": 6, "safety_stock": 4, "expected": 1.89}


def test_a_weekend_ahead_is_told_since_the_sentence_adds_up():
    assert explain(SOON).startswith(
        "Order at 6: 9.8 a week, × 0.45 for the weekdays ahead, over 3 days (2 days until it arrives, 1 day until"
    )
    assert "1.5 times that for events, × 0.45 for the weekdays ahead, over" in explain(
        {**SOON, "uplift": 1.5, "expected": 2.835}
    )


@pytest.mark.parametrize("changed", [{"expected": 4.2}, {"expected": None}, {"lead_days": 13.0}])
def test_weekdays_that_make_no_difference_are_not_told(changed):
    assert "weekdays" not in explain({**SOON, **changed})


def test_a_point_that_follows_the_weekdays_says_so():
    assert why_changed(SOON, {**SOON, "expected": 4.2, "point": 9}) == "Other weekdays lie ahead: demand × 0.45 → 1"
