from django.db import migrations, models

from inventory.ground.sql.concurrently import AddIndexConcurrently


class Migration(migrations.Migration):

    # A column that the database fills by itself, and an index that is built beside the work of the shop.
    atomic = False

    dependencies = [
        ('inventory', '0025_receipts_can_be_taken_back'),
    ]

    operations = [
        migrations.AddField(
            model_name='stock',
            name='bin',
            field=models.CharField(blank=True, db_default='', default='', max_length=40),
        ),
        AddIndexConcurrently(
            model_name='stock',
            index=models.Index(fields=['bin'], name='stock_by_bin'),
        ),
    ]
