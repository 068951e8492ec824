from django.db import migrations, models
from django.db.models import F, Q

from inventory.ground.sql.concurrently import AddIndexConcurrently


def broke(day):
    return Q(("left_on", None), ("left_on__gt", F(day)), ("given_up_on__isnull", False), _connector="OR")


class Migration(migrations.Migration):
    # the table may be big: its indexes are built beside the work of the shop
    atomic = False

    dependencies = [
        ("backoffice", "0012_what_became_of_promises"),
    ]

    operations = [
        AddIndexConcurrently(model_name="lineoutcome", index=index)
        for index in (
            models.Index(fields=["supplier", "line"], name="line_outcome_by_supplier"),
            models.Index(fields=["line"], name="line_outcome_told_later", condition=Q(("later_mails__gt", 0))),
            models.Index(fields=["line"], name="line_outcome_broke_first", condition=broke("first_due")),
            models.Index(fields=["line"], name="line_outcome_broke_last", condition=broke("last_due")),
        )
    ]
