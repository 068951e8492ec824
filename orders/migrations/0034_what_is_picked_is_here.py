from django.db import migrations, models

from inventory.ground.sql.concurrently import AddCheckConcurrently


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('orders', '0033_parcels_on_their_way_out'),
    ]

    operations = [
        AddCheckConcurrently(
            model_name='allocation',
            constraint=models.CheckConstraint(condition=models.Q(('picked', 0), models.Q(('picked__lte', models.F('quantity')), ('stock__isnull', False)), _connector='OR'), name='allocation_picked_is_here'),
        ),
    ]
