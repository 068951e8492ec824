"""Days of a file that two people read in two ways: years of two digits, and midnights of another zone."""

from datetime import date

import pytest

from inventory.ground.tabular import Column, Dates, Problems, Reading, Sheet, Source
from inventory.tests import files

TODAY = date(2026, 11, 27)


def read(tmp_path, cells, *, is_past=False, order=""):
    path = files.text(tmp_path, "day\n" + "".join(f'"{cell}"\n' for cell in cells))
    columns = [Column("day", Dates(is_past=is_past), "")]
    sheet, problems = Sheet(Source(path), columns, Reading(today=TODAY, date_order=order)), Problems()
    days = [str(record.values["day"]) for record in sheet.records(problems)]
    return days or [str(problem) for problem in problems]


@pytest.mark.parametrize("cell", ["26-11-15", "26/11/15", "26.11.15"])
def test_a_year_of_two_digits_that_may_stand_first_is_refused_with_both_readings(tmp_path, cell):
    assert read(tmp_path, [cell, "26-11-20"], is_past=True)[0] == (
        f'Row 2, column "day": "{cell}" — expected a year of four digits, or that you say the day comes first; this '
        "may be 15 November 2026 or 26 November 2015."
    )


def test_a_day_to_come_with_its_year_first_is_refused_too(tmp_path):
    assert read(tmp_path, ["27-01-05"])[0].endswith("this may be 5 January 2027 or 27 January 2005.")


def test_one_date_that_cannot_begin_with_its_year_decides_for_its_column(tmp_path):
    assert read(tmp_path, ["22/11/15", "30/11/15"], is_past=True) == ["2015-11-22", "2015-11-30"]


def test_who_says_that_the_day_comes_first_is_believed(tmp_path):
    assert read(tmp_path, ["26-11-15"], is_past=True, order="day-first") == ["2015-11-26"]


@pytest.mark.parametrize("cell", ["25/11/26", "11/25/26", "25.11.26"])
def test_a_day_of_this_year_is_read_as_ever(tmp_path, cell):
    assert read(tmp_path, [cell], is_past=True) == ["2026-11-25"]


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("2026-12-10T00:00:00+02:00", "2026-12-10"),
        ("2026-12-10T00:00:00Z", "2026-12-10"),
        ("Thu Dec 10 2026 00:00:00 GMT+0100 (CET)", "2026-12-10"),
        ("2026-12-10T03:00:00Z", "2026-12-09"),
    ],
)
def test_a_midnight_is_of_the_day_it_is_written_with_and_another_hour_of_the_shops(tmp_path, settings, cell, day):
    settings.TIME_ZONE = "America/New_York"

    assert read(tmp_path, [cell]) == [day]
