import django.db.models.deletion
from django.db import migrations, models

from inventory.ground.sql.concurrently import UnindexConcurrently


class Migration(migrations.Migration):
    """What a wider index begins with needs no index of its own: each line and each fact that is written keeps it, too."""

    atomic = False

    dependencies = [
        ('orders', '0052_two_more_causes'),
    ]

    operations = [
        UnindexConcurrently(
            model_name='allocation',
            name='line',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='allocations', to='orders.orderline'),
        ),
        UnindexConcurrently(
            model_name='consent',
            name='promise',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='consents', to='orders.promise'),
        ),
        UnindexConcurrently(
            model_name='notice',
            name='customer',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='notices', to='orders.customer'),
        ),
        UnindexConcurrently(
            model_name='noticeline',
            name='line',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='notice_lines', to='orders.orderline'),
        ),
        UnindexConcurrently(
            model_name='orderline',
            name='order',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='orders.order'),
        ),
        UnindexConcurrently(
            model_name='pageact',
            name='order',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='page_acts', to='orders.order'),
        ),
        UnindexConcurrently(
            model_name='parcelline',
            name='parcel',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='orders.parcel'),
        ),
        UnindexConcurrently(
            model_name='refund',
            name='order',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='refunds', to='orders.order'),
        ),
        UnindexConcurrently(
            model_name='refundline',
            name='refund',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='orders.refund'),
        ),
        UnindexConcurrently(
            model_name='restockletter',
            name='request',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='letters', to='orders.restockrequest'),
        ),
    ]
