from django.db import migrations, models

TARGETS = {
    "AX": 0.98, "AY": 0.97, "AZ": 0.95,
    "BX": 0.97, "BY": 0.95, "BZ": 0.93,
    "CX": 0.95, "CY": 0.92, "CZ": 0.90,
}


def seed(apps, schema_editor):
    """Aim high where a unit short costs most and a unit spare is soon sold."""
    targets = apps.get_model("inventory", "ServiceTarget")
    targets.objects.bulk_create([targets(cell=cell, target=target) for cell, target in TARGETS.items()])


class Migration(migrations.Migration):

    dependencies = [
        ('inventory', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='ServiceTarget',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('cell', models.CharField(choices=[('AX', 'AX'), ('AY', 'AY'), ('AZ', 'AZ'), ('BX', 'BX'), ('BY', 'BY'), ('BZ', 'BZ'), ('CX', 'CX'), ('CY', 'CY'), ('CZ', 'CZ')], max_length=2, unique=True, verbose_name='class')),
                ('target', models.FloatField(help_text='A share between 0 and 1, such as 0.95.')),
            ],
            options={
                'ordering': ['cell'],
            },
        ),
        migrations.AddField(
            model_name='forecastline',
            name='value_of_a',
            field=models.FloatField(help_text='Money a year; empty: no SKU earns anything.', null=True),
        ),
        migrations.AddField(
            model_name='forecastline',
            name='value_of_b',
            field=models.FloatField(null=True),
        ),
        migrations.AddField(
            model_name='reorderpolicy',
            name='abc',
            field=models.CharField(blank=True, choices=[('A', 'A: most of the value'), ('B', 'B: some of it'), ('C', 'C: the rest')], db_default='', default='', max_length=1, verbose_name='value class'),
        ),
        migrations.AddField(
            model_name='reorderpolicy',
            name='xyz',
            field=models.CharField(blank=True, choices=[('X', 'X: even demand'), ('Y', 'Y: uneven'), ('Z', 'Z: now and then')], db_default='', default='', max_length=1, verbose_name='evenness class'),
        ),
        migrations.AlterField(
            model_name='reorderpolicy',
            name='target',
            field=models.FloatField(blank=True, help_text='Service target of this product here, such as 0.95; empty: that of its class.', null=True),
        ),
        migrations.AddIndex(
            model_name='reorderpolicy',
            index=models.Index(condition=models.Q(('abc', 'A')), fields=['product'], name='policy_popular'),
        ),
        migrations.AddConstraint(
            model_name='servicetarget',
            constraint=models.CheckConstraint(condition=models.Q(('target__gt', 0), ('target__lt', 1)), name='service_target_between_0_and_1', violation_error_message='The service target is a share between 0 and 1, such as 0.95.'),
        ),
        migrations.RunPython(seed, migrations.RunPython.noop),
    ]
