from django.db import migrations, models

from inventory.ground.sql.concurrently import AddCheckConcurrently


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('inventory', '0029_some_units_are_picked'),
    ]

    operations = [
        AddCheckConcurrently(
            model_name='stock',
            constraint=models.CheckConstraint(condition=models.Q(('allocated__gte', models.F('picked'))), name='stock_picked_is_allocated'),
        ),
    ]
