import django.db.models.deletion
from django.db import migrations, models

from inventory.ground.sql.concurrently import UnindexConcurrently


class Migration(migrations.Migration):
    """What a wider index begins with needs no index of its own (``orders`` 0053)."""

    atomic = False

    dependencies = [
        ('inventory', '0033_senders_are_asked'),
    ]

    operations = [
        UnindexConcurrently(
            model_name='countedline',
            name='sheet',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='inventory.countsheet'),
        ),
        UnindexConcurrently(
            model_name='leadtime',
            name='product',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='lead_times', to='inventory.product'),
        ),
    ]
