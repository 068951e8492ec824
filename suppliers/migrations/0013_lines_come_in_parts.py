import django.db.models.deletion
from django.db import migrations, models

from inventory.ground.sql.concurrently import AddIndexConcurrently


class Migration(migrations.Migration):
    """Every line that stands is whole, and keeps its inbound; the index holds parts alone and is built in no time."""

    atomic = False

    dependencies = [
        ('suppliers', '0012_damaged_units_are_replaced'),
    ]

    operations = [
        migrations.AddField(
            model_name='purchaseorderline',
            name='part_of',
            field=models.ForeignKey(blank=True, db_index=False, help_text='The line that was ordered, of which this one is a part with a day of its own.', null=True, on_delete=django.db.models.deletion.CASCADE, related_name='split_off', to='suppliers.purchaseorderline'),
        ),
        AddIndexConcurrently(
            model_name='purchaseorderline',
            index=models.Index(condition=models.Q(('part_of__isnull', False)), fields=['part_of'], name='purchase_line_parts'),
        ),
    ]
