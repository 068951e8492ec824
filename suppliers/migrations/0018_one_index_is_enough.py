import django.db.models.deletion
from django.db import migrations, models

from inventory.ground.sql.concurrently import UnindexConcurrently


class Migration(migrations.Migration):
    """What a wider index begins with needs no index of its own (``orders`` 0053)."""

    atomic = False

    dependencies = [
        ('suppliers', '0017_touched_lines_have_an_index'),
    ]

    operations = [
        UnindexConcurrently(
            model_name='askeddate',
            name='line',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='asked', to='suppliers.purchaseorderline'),
        ),
        UnindexConcurrently(
            model_name='lesson',
            name='offer',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='lessons', to='suppliers.offer'),
        ),
        UnindexConcurrently(
            model_name='lesson',
            name='supplier',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='lessons', to='suppliers.supplier'),
        ),
        UnindexConcurrently(
            model_name='offer',
            name='supplier',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='offers', to='suppliers.supplier'),
        ),
        UnindexConcurrently(
            model_name='orderletter',
            name='purchase_order',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='letters', to='suppliers.purchaseorder'),
        ),
        UnindexConcurrently(
            model_name='pricebreak',
            name='offer',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='prices', to='suppliers.offer'),
        ),
    ]
