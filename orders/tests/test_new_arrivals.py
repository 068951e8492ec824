"""The day on which parcels arrive came to a live shop: those that had left, and their mails, are as they were."""

import pytest
from django.db import IntegrityError, transaction

from orders.tests.test_new_columns import live_shop

pytestmark = pytest.mark.proof

BEFORE = [("orders", "0036_a_channel_for_each_that_orders_name")]
NEWEST = [("orders", "0037_how_long_carriers_take")]


def test_parcels_that_have_left_have_no_day_and_a_time_is_said_once(migrate):
    live_shop(migrate(BEFORE))

    apps = migrate(NEWEST)

    shipments, times = (apps.get_model("orders", name).objects for name in ("Shipment", "TransitTime"))
    assert list(shipments.order_by("pk").values_list("tracking", "arrives_by")) == [
        (tracking, None) for tracking in ("1Z 999", "1z999", "", "", "GLS 7")
    ]
    times.create(carrier="UPS", carrier_key="UPS", days=2)
    times.create(carrier="UPS", carrier_key="UPS", country="FR", days=60)
    for days, country in ((2, "FR"), (61, "DE")):
        with pytest.raises(IntegrityError), transaction.atomic():
            times.create(carrier="ups", carrier_key="UPS", country=country, days=days)
    back = migrate(BEFORE).get_model("orders", "Shipment").objects
    assert back.count() == 5
