import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('backoffice', '0008_where_people_live'),
    ]

    operations = [
        # the column stays for one release: processes of before read it while this comes
        migrations.SeparateDatabaseAndState(
            state_operations=[migrations.RemoveField(model_name='clocktick', name='telling_until')],
        ),
        migrations.CreateModel(
            name='StaffLetter',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('language', models.CharField(blank=True, db_default='', default='', editable=False, max_length=10)),
                ('state', models.CharField(choices=[('queued', 'Queued'), ('claimed', 'Being sent'), ('sent', 'Sent'), ('in_doubt', 'In doubt: it may or may not have gone out'), ('dead', 'Could not be delivered'), ('call', 'To call: there is no e-mail address'), ('bounced', 'Came back: its address did not take it'), ('complained', 'Called spam by who got it'), ('superseded', 'Overtaken by newer news'), ('shadowed', 'Shadowed: composed, and not sent')], default='queued', max_length=12)),
                ('due_at', models.DateTimeField()),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('claimed_until', models.DateTimeField(blank=True, null=True)),
                ('claim', models.CharField(blank=True, max_length=36)),
                ('intent_at', models.DateTimeField(blank=True, null=True)),
                ('sent_at', models.DateTimeField(blank=True, null=True)),
                ('error', models.CharField(blank=True, max_length=500)),
                ('refused_at', models.DateTimeField(blank=True, null=True)),
                ('message_id', models.CharField(blank=True, max_length=200)),
                ('provider_id', models.CharField(blank=True, db_default='', default='', max_length=200)),
                ('recipient', models.CharField(blank=True, max_length=254)),
                ('subject', models.CharField(blank=True, max_length=300)),
                ('body_text', models.TextField(blank=True)),
                ('body_html', models.TextField(blank=True)),
                ('attached', models.JSONField(blank=True, db_default=models.Value([], output_field=models.JSONField()), default=list, editable=False)),
                ('created_at', models.DateTimeField()),
            ],
            options={
                'ordering': ['-pk'],
                'abstract': False,
                'default_permissions': (),
                'indexes': [models.Index(condition=models.Q(('state', 'queued')), fields=['due_at'], name='staffletter_due'), models.Index(condition=models.Q(('state', 'claimed')), fields=['claimed_until'], name='staffletter_claimed'), models.Index(fields=['state', '-id'], name='staffletter_by_state'), models.Index(condition=models.Q(('provider_id', ''), _negated=True), fields=['provider_id'], name='staffletter_by_provider')],
            },
        ),
        migrations.CreateModel(
            name='ToldTrouble',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('is_over', models.BooleanField()),
                ('letter', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='troubles', to='backoffice.staffletter')),
                ('trouble', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='told_in', to='backoffice.trouble')),
            ],
            options={
                'default_permissions': (),
                'constraints': [models.UniqueConstraint(fields=('letter', 'trouble'), name='trouble_told_once_a_letter')],
            },
        ),
    ]
