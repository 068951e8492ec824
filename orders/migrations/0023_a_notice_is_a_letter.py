from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0022_keys_know_one_dash'),
    ]

    operations = [
        migrations.AddField(
            model_name='notice',
            name='attached',
            field=models.JSONField(blank=True, db_default=models.Value([], output_field=models.JSONField()), default=list, editable=False),
        ),
        migrations.AddField(
            model_name='notice',
            name='language',
            field=models.CharField(blank=True, db_default='', default='', editable=False, max_length=10),
        ),
        migrations.AlterField(
            model_name='notice',
            name='state',
            field=models.CharField(choices=[('queued', 'Queued'), ('claimed', 'Being sent'), ('sent', 'Sent'), ('in_doubt', 'In doubt: it may or may not have gone out'), ('dead', 'Could not be delivered'), ('call', 'To call: there is no e-mail address'), ('bounced', 'Came back: its address did not take it'), ('complained', 'Called spam by who got it'), ('superseded', 'Overtaken by newer news'), ('shadowed', 'Shadowed: composed, and not sent')], default='queued', max_length=12),
        ),
    ]
