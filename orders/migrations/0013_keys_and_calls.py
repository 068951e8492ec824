import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("orders", "0012_notices_by_their_providers_id"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='customer',
            name='key',
            field=models.CharField(blank=True, editable=False, max_length=762, null=True),
        ),
        migrations.AddField(
            model_name='order',
            name='key',
            field=models.CharField(blank=True, editable=False, max_length=240, null=True),
        ),
        migrations.AlterField(
            model_name='customer',
            name='email',
            field=models.EmailField(blank=True, help_text='Left empty, nothing is mailed to them: their news are calls to make.', max_length=254, verbose_name='e-mail'),
        ),
        migrations.CreateModel(
            name='CustomerKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('channel', models.CharField(help_text='In small letters.', max_length=40)),
                ('key', models.CharField(help_text="The channel's own number of them, as keys are compared.", max_length=240)),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='keys', to='orders.customer')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('channel', 'key'), name='customer_key_means_one')],
            },
        ),
        migrations.AlterModelOptions(
            name='notice',
            options={'ordering': ['-pk'], 'permissions': [('resend_notice', 'Can send a notice again'), ('call_notice', 'Can say that a customer was called')]},
        ),
        migrations.AddField(
            model_name='notice',
            name='called_by',
            field=models.ForeignKey(blank=True, db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AlterField(
            model_name='notice',
            name='state',
            field=models.CharField(choices=[('queued', 'Queued'), ('claimed', 'Being sent'), ('sent', 'Sent'), ('in_doubt', 'In doubt: it may or may not have gone out'), ('dead', 'Could not be delivered'), ('call', 'To call: its customer has no e-mail address'), ('bounced', 'Came back: its address did not take it'), ('complained', 'Called spam by who got it'), ('superseded', 'Overtaken by newer news')], default='queued', max_length=12),
        ),
    ]
