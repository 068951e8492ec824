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
