from django.db import migrations, models
from django.db.models import F, Q

from inventory.ground.sql.concurrently import AddCheckConcurrently


class Migration(migrations.Migration):
    """The rows that are there are looked at while everybody works."""

    atomic = False

    dependencies = [("orders", "0030_what_became_of_what_left")]

    operations = [
        AddCheckConcurrently(
            model_name="shipmentline",
            constraint=models.CheckConstraint(
                condition=Q(quantity__gte=F("reversed") + F("lost") + F("returned"))
                & Q(reversed__gte=0, found__gte=0, exchanged__gte=0)
                & Q(lost__gte=F("found"), returned__gte=F("exchanged")),
                name="shipment_line_tells_each_unit_once",
            ),
        ),
    ]
