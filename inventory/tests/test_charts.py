from inventory.ground.drawing import charts


def test_the_scale_of_a_chart_ends_on_a_round_number_above_the_highest_bar():
    assert charts.scale_of(69) == (0, 20, 40, 60, 80)
    assert charts.scale_of(100) == (0, 50, 100)
    assert charts.scale_of(1_204) == (0, 500, 1_000, 1_500)


def test_units_are_whole_so_a_scale_never_has_halves():
    assert charts.scale_of(1) == (0, 1)
    assert charts.scale_of(2) == (0, 1, 2)


def test_a_bar_stands_on_the_base_line_and_the_highest_tick_is_the_top():
    chart = charts.bars([("22", [40, 20]), ("23", [80, 0])], names=["new", "filled"], width=452, height=136)

    heights = [bar.height for bar in chart.bars]
    assert chart.base == 112
    assert heights == [50, 25, 100, 0]
    assert all(bar.y + bar.height == chart.base for bar in chart.bars)
    assert [(row.at, row.label) for row in chart.rows] == [
        (112, "0"), (87, "20"), (62, "40"), (37, "60"), (12, "80"),
    ]  # fmt: skip


def test_bars_of_one_day_stand_side_by_side_inside_their_day():
    chart = charts.bars([("22", [40, 20]), ("23", [80, 0])], names=["new", "filled"], width=452, height=136)

    first, second, third, _ = chart.bars
    assert (first.x, first.width) == (68, 68.4)
    assert second.x == 144
    assert first.x + first.width <= second.x
    assert second.x + second.width <= 244 <= third.x
    assert [tick.at for tick in chart.columns] == [144, 344]


def test_a_bar_says_its_day_its_units_and_its_series():
    chart = charts.bars([("22 Nov", [1234])], names=["new units"])

    assert [bar.title for bar in chart.bars] == ["22 Nov: 1,234 new units"]


def test_no_data_is_not_drawn_as_zero():
    nothing = charts.bars([("22", [None, None])], names=["new", "filled"])
    zero = charts.bars([("22", [0, None])], names=["new", "filled"])

    assert (nothing.is_empty, nothing.bars) == (True, ())
    assert (zero.is_empty, len(zero.bars)) == (False, 1)


def test_every_other_label_is_left_out_when_asked():
    chart = charts.bars([(str(day), [1]) for day in range(4)], names=["new"], every=2)

    assert [tick.label for tick in chart.columns] == ["0", "2"]


def test_a_line_runs_from_margin_to_margin():
    chart = charts.line([("a", 0), ("b", 10), ("c", 5)], width=252, height=136)

    assert chart.line == "M44.0 112.0 L144.0 12.0 L244.0 62.0"


def test_a_line_breaks_where_nothing_is_known():
    chart = charts.line([("a", 10), ("b", None), ("c", 10)], width=252, height=136)

    assert chart.line == "M40.0 12.0 L48.0 12.0 M240.0 12.0 L248.0 12.0", "a lone point is a dash"


def test_the_band_goes_out_along_its_top_and_back_along_its_bottom():
    chart = charts.line([("a", 5), ("b", 5)], band=[(0, 10), (5, 10)], width=252, height=136)

    assert chart.band == "M44.0 12.0 L244.0 12.0 L244.0 62.0 L44.0 112.0 Z"


def test_the_band_may_be_higher_than_the_line():
    chart = charts.line([("a", 1)], band=[(0, 10)], width=252, height=136)

    assert chart.rows[-1].label == "10"


def test_a_line_of_nothing_is_empty():
    chart = charts.line([("a", None)])

    assert (chart.is_empty, chart.line, chart.band) == (True, "", "")
