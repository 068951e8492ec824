from datetime import date, timedelta

import pytest

from inventory.demand import entries
from inventory.demand.entries import Entry, ImpossibleDemand
from inventory.models import DailyDemand, DemandEntry, ForecastState, Product
from inventory.night import policies
from inventory.tests import make

pytestmark = pytest.mark.django_db

TUESDAY = date(2026, 2, 24)
WEDNESDAY = TUESDAY + timedelta(days=1)


def entry(thing: Product, units: int, *, day: date = TUESDAY, reference: str = "A-1", **fields) -> Entry:
    return Entry("history", reference, thing.pk, make.warehouse().pk, day, units, **fields)


def daily() -> list[tuple[str, date, int]]:
    return list(DailyDemand.objects.order_by("product__sku", "day").values_list("product__sku", "day", "units"))


def test_lines_of_one_order_add_up_within_a_call():
    lamp = make.product("LAMP")

    changed = entries.record([entry(lamp, 3), entry(lamp, 4), entry(lamp, 5, reference="A-2")])

    assert changed == 2
    assert list(DemandEntry.objects.order_by("reference").values_list("reference", "units")) == [("A-1", 7), ("A-2", 5)]
    assert daily() == [("LAMP", TUESDAY, 12)]


def test_feeding_the_same_twice_changes_nothing():
    lamp = make.product("LAMP")
    entries.record([entry(lamp, 3)])
    before = list(DemandEntry.objects.values()), list(DailyDemand.objects.values())

    changed = entries.record([entry(lamp, 3)])

    assert changed == 0
    assert (list(DemandEntry.objects.values()), list(DailyDemand.objects.values())) == before


def test_an_entry_fed_again_is_replaced_and_moves_its_day():
    lamp = make.product("LAMP")
    entries.record([entry(lamp, 3), entry(lamp, 2, reference="A-2")])

    changed = entries.record([entry(lamp, 8, day=WEDNESDAY)])

    assert changed == 1
    assert daily() == [("LAMP", TUESDAY, 2), ("LAMP", WEDNESDAY, 8)]


def test_a_day_whose_last_entry_moves_away_has_no_row():
    lamp = make.product("LAMP")
    entries.record([entry(lamp, 3)])

    entries.record([entry(lamp, 3, day=WEDNESDAY)])

    assert daily() == [("LAMP", WEDNESDAY, 3)]


def test_no_units_take_an_entry_back():
    lamp = make.product("LAMP")
    entries.record([entry(lamp, 3)])

    changed = entries.record([entry(lamp, 0), entry(lamp, 0, reference="never seen")])

    assert changed == 1
    assert not DemandEntry.objects.exists()
    assert daily() == []


def test_a_one_off_is_kept_but_not_rolled_up():
    lamp = make.product("LAMP")

    entries.record([entry(lamp, 900, is_one_off=True), entry(lamp, 2, reference="A-2")])

    assert DemandEntry.objects.count() == 2
    assert daily() == [("LAMP", TUESDAY, 2)]


def test_a_person_marks_an_order_as_one_off_and_the_mark_survives_the_next_feed():
    lamp = make.product("LAMP")
    entries.record([entry(lamp, 900), entry(lamp, 2, reference="A-2")])
    giant = DemandEntry.objects.get(units=900)

    assert entries.mark_one_off([giant.pk], True) == 1
    entries.record([entry(lamp, 901)])

    giant.refresh_from_db()
    assert (giant.units, giant.is_one_off) == (901, True)
    assert daily() == [("LAMP", TUESDAY, 2)]


def test_a_mark_taken_back_counts_again_and_marking_twice_changes_nothing():
    lamp = make.product("LAMP")
    entries.record([entry(lamp, 5, is_one_off=True)])
    ids = [DemandEntry.objects.get().pk]

    assert entries.mark_one_off(ids, True) == 0
    assert daily() == []
    assert entries.mark_one_off(ids, False) == 1
    assert daily() == [("LAMP", TUESDAY, 5)]


@pytest.mark.parametrize("units", [-1, 100_000_001, float("nan")])
def test_impossible_demand_is_refused_with_its_reference(units):
    lamp = make.product("LAMP")

    with pytest.raises(ImpossibleDemand, match="A-1"):
        entry(lamp, units)


def test_only_a_change_in_a_week_already_absorbed_marks_the_forecast_to_be_rebuilt():
    lamp, chair = make.product("LAMP"), make.product("CHAIR")
    for thing in (lamp, chair):
        make.asked_weekly(thing, 3, 4, 5)
    policies.recompute(on=make.TODAY)

    entries.record([entry(lamp, 3, day=make.TODAY)])
    assert not ForecastState.objects.filter(is_stale=True).exists()
    entries.record([entry(lamp, 3, reference="late")])

    assert [state.product for state in ForecastState.objects.filter(is_stale=True)] == [lamp]


def test_any_number_of_entries_takes_a_constant_number_of_statements(django_assert_max_num_queries):
    things = [make.product() for _ in range(60)]
    entries.record([entry(things[0], 1)])
    asked = [
        entry(thing, 2, day=TUESDAY + timedelta(days=day), reference=f"B-{day}") for thing in things for day in range(5)
    ]

    with django_assert_max_num_queries(8):
        entries.record(asked)

    assert DailyDemand.objects.count() == 300


def test_a_load_larger_than_a_block_is_recorded_whole(monkeypatch):
    monkeypatch.setattr(entries, "BLOCK", 7)
    lamp = make.product("LAMP")

    changed = entries.record(entry(lamp, 1, reference=f"A-{number}") for number in range(50))

    assert changed == 50
    assert daily() == [("LAMP", TUESDAY, 50)]
