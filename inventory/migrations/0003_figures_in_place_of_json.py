"""
Numbers packed in place of JSON and sentences; forecasts forget what they knew and are learned again.

The first night after this reads all history once and fills in the figures; until then the reorder points stand, and
their page says nothing of how they came about. Nothing is rewritten here but the catalog.
"""

import django.db.models.deletion
from django.db import migrations, models


def leave_room(apps, schema_editor):
    """
    Fill pages only in part, so that a new version of a row finds room beside the old one.

    PostgreSQL then writes no index, and a week's night rewrites every forecast.
    """
    if schema_editor.connection.vendor == "postgresql":
        for name in ("ForecastState", "ReorderPolicy"):
            table = schema_editor.quote_name(apps.get_model("inventory", name)._meta.db_table)
            schema_editor.execute(f"ALTER TABLE {table} SET (fillfactor = 50)")


class Migration(migrations.Migration):

    dependencies = [
        ('inventory', '0002_classes_of_skus'),
    ]

    operations = [
        migrations.RunSQL("DELETE FROM inventory_forecaststate", migrations.RunSQL.noop),
        migrations.RemoveField(
            model_name='forecaststate',
            name='state',
        ),
        migrations.RemoveField(
            model_name='reorderpolicy',
            name='explanation',
        ),
        migrations.RemoveField(
            model_name='reorderpolicy',
            name='parts',
        ),
        migrations.AddField(
            model_name='forecaststate',
            name='cleaned_of',
            field=models.BigIntegerField(default=0, help_text='The events its weeks were divided by, as a fingerprint.'),
        ),
        migrations.AddField(
            model_name='forecaststate',
            name='memory',
            field=models.BinaryField(default=b''),
        ),
        migrations.AddField(
            model_name='reorderpolicy',
            name='figures',
            field=models.BinaryField(default=b''),
        ),
        migrations.AddField(
            model_name='reorderpolicy',
            name='sender',
            field=models.CharField(blank=True, default='', max_length=120),
        ),
        migrations.AlterField(
            model_name='forecaststate',
            name='product',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='forecast_states', to='inventory.product'),
        ),
        migrations.AlterField(
            model_name='forecaststate',
            name='warehouse',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='forecast_states', to='inventory.warehouse'),
        ),
        migrations.AlterField(
            model_name='policychange',
            name='policy',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='changes', to='inventory.reorderpolicy'),
        ),
        migrations.AlterField(
            model_name='reorderpolicy',
            name='computed_on',
            field=models.DateField(blank=True, help_text='The night that gave these numbers.', null=True),
        ),
        migrations.AlterField(
            model_name='reorderpolicy',
            name='product',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='policies', to='inventory.product'),
        ),
        migrations.AlterField(
            model_name='reorderpolicy',
            name='warehouse',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='policies', to='inventory.warehouse'),
        ),
        migrations.CreateModel(
            name='ReorderBlock',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('on', models.DateField()),
                ('after', models.BigIntegerField()),
                ('until', models.BigIntegerField()),
                ('line_a', models.FloatField(help_text='The line that variances were shrunk to.')),
                ('line_b', models.FloatField()),
                ('is_done', models.BooleanField(default=False)),
                ('error', models.CharField(blank=True, max_length=500)),
                ('counts', models.JSONField(default=dict)),
                ('levels', models.BinaryField(default=b'', help_text='What the shop-wide figures of this night are fitted from.')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('on', 'after'), name='reorder_block_once_a_night')],
            },
        ),
        migrations.AlterField(
            model_name='reorderpolicy',
            name='frozen_reason',
            field=models.CharField(blank=True, db_default='', max_length=200),
        ),
        migrations.RunPython(leave_room, migrations.RunPython.noop),
    ]
