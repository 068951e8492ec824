from datetime import date

import numpy as np

from inventory.formulas import figures


def columns(**changed: object) -> dict[str, np.ndarray]:
    """One SKU with plain figures."""
    plain = {name: np.array([1.0]) for name in figures.NAMES} | {"frozen_point": [np.nan], "frozen_until": [np.nan]}
    return {name: np.asarray(values) for name, values in (plain | changed).items()}


def parts(**changed: object) -> dict[str, object]:
    row = figures.pack(columns(**changed))[0]
    return figures.as_parts(row.tolist(), sender="Nordlys", frozen_reason="Fair in Oslo")


def test_figures_are_rounded_for_people_and_what_is_unknown_is_none():
    found = parts(reason=[0], variance=[1 / 3], fill=[np.nan], cycle=[np.inf], uplift=[-0.00001])

    assert (found["variance"], found["fill"], found["cycle"], found["uplift"]) == (0.3333, None, None, 0.0)


def test_codes_are_words_and_whole_figures_whole():
    found = parts(reason=[-1], distribution=[2], measure=[1], owed=[5], sender=[4e9])

    assert (found["reason"], found["distribution"], found["measure"]) == ("unsupplied", "gamma", "cycle")
    assert (found["owed"], type(found["owed"]), found["sender"]) == (5, int, "Nordlys")


def test_a_frozen_value_is_one_part_with_its_day_and_reason():
    until = figures.ordinals(np.array(["2026-03-03"], "M8[D]"))

    found = parts(frozen_point=[40], frozen_until=until)

    assert until.tolist() == [date(2026, 3, 3).toordinal()]
    assert found["frozen"] == {"point": 40, "until": "2026-03-03", "reason": "Fair in Oslo"}
    assert "frozen" not in parts()


def test_a_row_that_was_never_computed_has_no_parts():
    assert figures.as_parts(figures.one(b"")) == {}
    assert figures.of(b"", "variance") is None


def test_a_row_written_before_a_figure_was_known_lacks_only_that_one():
    stored = figures.pack(columns(variance=[2.5])).tobytes()[: -8 * (len(figures.NAMES) - figures.NAMES.index("cycle"))]

    assert figures.of(stored, "variance") == 2.5
    assert figures.of(stored, "cycle") is None
    assert figures.as_parts(figures.one(stored))["cycle"] is None


def test_words_become_codes_and_are_counted():
    codes = figures.codes("distribution", np.array(["gamma", "", "negative binomial"]))

    rows = np.concatenate([figures.pack(columns(reason=[code])) for code in (0, 0, 3)])

    assert codes.tolist() == [2, 0, 1]
    assert figures.tally("reason", rows) == {"computed": 2, "no_demand": 1}
    assert figures.is_known(rows).all()
