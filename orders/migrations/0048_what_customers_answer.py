from django.db import migrations, models


class Migration(migrations.Migration):
    """Words more that a kind may be: no row is written, and no table."""

    dependencies = [
        ('orders', '0046_the_restock_list'),
    ]

    operations = [
        migrations.AlterField(
            model_name='pageact',
            name='kind',
            field=models.CharField(choices=[('agreed', 'Agreed to the new date'), ('now', 'Asked to ship what is here'), ('together', 'Asked to ship all together'), ('canceled', 'Canceled units'), ('asked', 'Asked a question'), ('address', 'Asked for another address'), ('hears', 'Chose what to hear')], max_length=10),
        ),
    ]
