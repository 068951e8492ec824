import django.db.models.deletion
from django.db import migrations, models

from inventory.ground.sql.concurrently import AddIndexConcurrently, UnindexConcurrently


class Migration(migrations.Migration):
    """A product's rows are found by the index of its places; nobody asks for the beginning of a reference."""

    atomic = False

    dependencies = [
        ('inventory', '0018_people_are_named_in_notes'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='movement',
            index=models.Index(fields=['reference'], name='movement_by_reference'),
        ),
        UnindexConcurrently(
            model_name='movement',
            name='reference',
            field=models.CharField(blank=True, max_length=80),
        ),
        UnindexConcurrently(
            model_name='movement',
            name='product',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='movements', to='inventory.product'),
        ),
        UnindexConcurrently(
            model_name='stock',
            name='product',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='stock', to='inventory.product'),
        ),
    ]
