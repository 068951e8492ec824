import django.db.models.deletion
from django.db import migrations, models

from inventory.ground.sql.concurrently import UnindexConcurrently


class Migration(migrations.Migration):
    """What a wider index begins with needs no index of its own (``orders`` 0053)."""

    atomic = False

    dependencies = [
        ('backoffice', '0014_lists_behind_figures_say_what_they_count'),
        ('inventory', '0034_one_index_is_enough'),
    ]

    operations = [
        UnindexConcurrently(
            model_name='arrivalforecast',
            name='inbound',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='forecasts', to='inventory.inbound'),
        ),
        UnindexConcurrently(
            model_name='toldtrouble',
            name='letter',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='troubles', to='backoffice.staffletter'),
        ),
        UnindexConcurrently(
            model_name='uploadblock',
            name='upload',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='blocks', to='backoffice.upload'),
        ),
    ]
