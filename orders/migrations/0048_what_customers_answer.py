import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Words more that a kind may be, and an empty table: no row is written."""

    dependencies = [
        ('inventory', '0033_senders_are_asked'),
        ('orders', '0047_why_lines_wait'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name='lineevent',
            name='kind',
            field=models.CharField(choices=[('placed', 'Placed'), ('allocated', 'Units set aside'), ('lost', 'Units lost'), ('date', 'New date'), ('priority', 'Priority changed'), ('pinned', 'Pinned to a place'), ('ranked', 'Moved in the queue'), ('canceled', 'Canceled'), ('quantity', 'Quantity changed'), ('substitute', 'Substituted'), ('offered', 'Substitute offered'), ('shipped', 'Shipped'), ('reversed', 'Never left'), ('went_lost', 'Lost on the way'), ('returned', 'Came back'), ('corrected', 'Tracking number corrected'), ('cause', 'Cause')], max_length=10),
        ),
        migrations.AlterField(
            model_name='pageact',
            name='kind',
            field=models.CharField(choices=[('agreed', 'Agreed to the new date'), ('now', 'Asked to ship what is here'), ('together', 'Asked to ship all together'), ('canceled', 'Canceled units'), ('asked', 'Asked a question'), ('address', 'Asked for another address'), ('hears', 'Chose what to hear'), ('answered', 'Answered an offer')], max_length=10),
        ),
        migrations.CreateModel(
            name='SubstituteOffer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('unit_price', models.DecimalField(decimal_places=2, max_digits=12)),
                ('at', models.DateTimeField()),
                ('end', models.CharField(blank=True, choices=[('taken', 'Taken'), ('declined', 'Declined'), ('withdrawn', 'Withdrawn')], default='', max_length=10)),
                ('ended_at', models.DateTimeField(null=True)),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('line', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='substitute_offers', to='orders.orderline')),
                ('product', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='inventory.product')),
            ],
            options={
                'ordering': ['pk'],
                'default_permissions': (),
                'constraints': [models.UniqueConstraint(condition=models.Q(('end', '')), fields=('line',), name='substitute_offer_one_per_line'), models.CheckConstraint(condition=models.Q(models.Q(('end', ''), ('ended_at', None)), models.Q(models.Q(('end', ''), _negated=True), ('ended_at__gte', models.F('at'))), _connector='OR'), name='substitute_offer_ends_once'), models.CheckConstraint(condition=models.Q(('unit_price__gte', 0)), name='substitute_offer_price_is_one')],
            },
        ),
    ]
