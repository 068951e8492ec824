"""Working days come to a live shop: its warehouses work as they did, and its closures must make sense."""

import pytest
from django.db import IntegrityError, transaction

pytestmark = pytest.mark.proof

BEFORE, NEWEST = [("inventory", "0022_reorder_points_are_called_so")], "0023_warehouses_work_on_their_own_days"


@pytest.mark.embedded
def test_a_warehouse_from_before_works_monday_to_friday_and_needs_no_day_to_receive(migrate):
    migrate(BEFORE).get_model("inventory", "Warehouse").objects.create(code="BER", handling_days=3)

    apps = migrate([("inventory", NEWEST)])
    row = apps.get_model("inventory", "Warehouse").objects.get()
    closures = apps.get_model("inventory", "WarehouseClosure").objects

    said = row.week, row.country, row.region, row.cut_off, row.receiving_days, row.handling_days, row.calendar_revision
    assert said == ("1111100", "", "", None, 0, 3, 0)
    closures.create(warehouse=row, starts_on="2026-03-04", ends_on="2026-03-04")
    with pytest.raises(IntegrityError), transaction.atomic():
        closures.create(warehouse=row, starts_on="2026-03-04", ends_on="2026-03-03")
    row.week = "0000000"
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save()
