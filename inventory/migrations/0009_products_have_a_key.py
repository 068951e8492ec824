from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("inventory", "0008_people_who_did_something_are_kept"),
    ]

    operations = [
        migrations.AddField(
            model_name='product',
            name='key',
            field=models.CharField(blank=True, editable=False, max_length=192, null=True),
        ),
    ]
