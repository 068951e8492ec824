from datetime import date, timedelta

from inventory.ground.drawing import timeline
from inventory.ground.drawing.timeline import Week

MONDAY = date(2026, 3, 2)


def weeks(*demand: float | None) -> list[Week]:
    return [Week(MONDAY + timedelta(weeks=index), demand=units) for index, units in enumerate(demand)]


def draw(found: list[Week], **given) -> timeline.Timeline:
    known = {"today": MONDAY + timedelta(weeks=2), "on_hand": None, "point": None, "up_to": None}
    return timeline.draw(found, **{**known, **given})


def test_what_is_not_known_is_not_drawn():
    picture = draw(weeks(None, None, None))

    assert (picture.demand.is_empty, picture.stock.is_empty) == (True, True)
    assert (picture.bars, picture.levels, picture.here) == ((), (), None)
    assert picture.expected == picture.band == picture.past == picture.coming == picture.sold_down == ""


def test_a_week_without_a_customer_is_data_and_has_no_bar():
    picture = draw(weeks(4, 0, 2))

    assert not picture.demand.is_empty
    assert [bar.title for bar in picture.bars] == ["02 Mar 2026: 4 units", "16 Mar 2026: 2 units so far"]
    assert [bar.series for bar in picture.bars] == [0, 1]


def test_bars_stand_on_the_base_of_their_panel():
    picture = draw(weeks(4, 2, 1))

    assert [bar.y + bar.height for bar in picture.bars] == [timeline.DEMAND_BASE] * 3
    assert [bar.height for bar in picture.bars] == [170, 85, 42.5]


def test_stock_that_is_owed_more_than_it_has_goes_below_nothing():
    later = Week(MONDAY + timedelta(weeks=2), stock=-5)

    picture = draw([Week(MONDAY), Week(MONDAY + timedelta(weeks=1)), later], on_hand=5)

    assert [row.label for row in picture.stock.rows] == ["-5", "0", "5"]
    assert picture.here == timeline.STOCK_TOP
    assert picture.coming == f"M{picture.now:.1f} {picture.here} L946.0 {timeline.STOCK_BASE}"


def test_the_words_of_two_levels_close_together_stand_above_and_below():
    near, far = draw(weeks(1, 1, 1), point=99, up_to=100), draw(weeks(1, 1, 1), point=10, up_to=100)

    assert [level.text for level in near.levels] == ["order at 99", "up to 100"]
    assert near.levels[0].text_y > near.levels[0].y
    assert far.levels[0].text_y < far.levels[0].y


def test_events_of_the_same_weeks_share_a_label():
    found = [Week(MONDAY + timedelta(weeks=index), events=(1, 2) if index < 2 else (3,)) for index in range(3)]

    assert [shade.label for shade in draw(found).shades] == ["1, 2", "3"]
