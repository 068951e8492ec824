from django.db import migrations, models

from inventory.ground.sql.concurrently import AddIndexConcurrently


class Migration(migrations.Migration):

    # the table may be big: its index is built beside the work of the shop
    atomic = False

    dependencies = [
        ("orders", "0011_mail_is_braked_and_bounces"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='notice',
            index=models.Index(condition=models.Q(('provider_id', ''), _negated=True), fields=['provider_id'], name='notice_by_provider'),
        ),
    ]
