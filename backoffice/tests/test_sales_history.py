"""History that holds sales: weeks that ran out of stock count with what was probably asked for."""

from datetime import timedelta

import numpy as np
import pytest

from backoffice.files import loading
from inventory.formulas import forecast
from inventory.models import DemandEntry, EmptyShelf, ForecastLine, ForecastState, Product, ReorderPolicy
from inventory.night import policies
from inventory.supply import shelves
from inventory.tests import files, make

TODAY = make.TODAY
MONDAY = TODAY - timedelta(days=TODAY.weekday())
WEEK = timedelta(weeks=1)


def test_a_week_that_ran_out_counts_with_what_was_probably_wanted():
    weeks = [[4.0] * 12 + [2.0]]
    censored = np.zeros((1, 13), bool)
    censored[0, 12] = True
    before = forecast.start([weeks[0][:-1]])

    plain, mended = forecast.start(weeks), forecast.start(weeks, censored)

    expected = forecast.estimate_censored(forecast.level(before), np.array([4.0]), np.array([2.0]))
    assert expected[0] > 4
    assert forecast.level(mended)[0] == pytest.approx(forecast.level(forecast.advance(before, expected))[0])
    assert forecast.level(plain)[0] < forecast.level(before)[0] < forecast.level(mended)[0]


def test_a_week_that_sold_more_than_expected_is_never_lowered():
    weeks = [[4.0] * 12 + [40.0]]
    censored = np.ones((1, 13), bool)

    assert forecast.level(forecast.start(weeks, censored))[0] >= forecast.level(forecast.start(weeks))[0]


def history(*, ran_out: int | None) -> list[str]:
    """Ten sold in each of twenty weeks, one in the last four; those with a day that ended without stock, or not."""
    rows = ["reference,sku,quantity,placed_at,ran_out"]
    for ago in range(20, 0, -1):
        day = MONDAY - WEEK * ago + timedelta(days=2)
        rows.append(f"S-{ago},LAMP,{10 if ago > 4 else 1},{day},{'yes' if ran_out and ago <= ran_out else ''}")
    return rows


def learned(tmp_path, *, is_sales: bool, ran_out: int | None = 4) -> float:
    ForecastLine.objects.create(a=1.2, b=1.5, fitted_on=TODAY - timedelta(days=3))
    path = files.text(tmp_path, "\n".join(history(ran_out=ran_out)) + "\n")
    loading.load(loading.File("history", path, is_sales=is_sales), by=None, at=make.MONDAY)
    make.lead_time(Product.objects.get(sku="LAMP"), 14, 17)
    policies.recompute(on=TODAY)
    return float(ReorderPolicy.objects.get().weekly_demand)


@pytest.mark.django_db
def test_sales_of_weeks_without_stock_are_mended_in_the_forecast(tmp_path):
    weekly = learned(tmp_path, is_sales=True)

    assert weekly == pytest.approx(10, rel=0.15)
    assert EmptyShelf.objects.count() == 4
    assert set(DemandEntry.objects.values_list("is_sale", flat=True)) == {True}


@pytest.mark.django_db
def test_orders_are_what_was_asked_for_whatever_the_shelf_held(tmp_path):
    assert learned(tmp_path, is_sales=False) < 7.5


@pytest.mark.django_db
def test_sales_of_weeks_with_stock_are_what_was_asked_for(tmp_path):
    assert learned(tmp_path, is_sales=True, ran_out=None) < 7.5


@pytest.mark.django_db
def test_a_file_loaded_as_orders_and_then_as_sales_is_learned_again(tmp_path):
    as_orders = learned(tmp_path, is_sales=False)
    path = tmp_path / "again.csv"
    path.write_text("\n".join(history(ran_out=4)) + "\n")

    plan = loading.load(loading.File("history", path, is_sales=True), by=None, at=make.MONDAY)
    stale = ForecastState.objects.get().is_stale
    policies.recompute(on=TODAY)

    assert (len(plan.changed), stale) == (20, True)
    assert ReorderPolicy.objects.get().weekly_demand > as_orders


@pytest.mark.django_db
def test_days_without_stock_are_added_once():
    lamp, place = make.product(), make.warehouse()

    assert shelves.add([(lamp.pk, place.pk, TODAY), (lamp.pk, place.pk, TODAY)]) == 1
    assert shelves.add([(lamp.pk, place.pk, TODAY)]) == 0
