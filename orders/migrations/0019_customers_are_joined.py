from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0018_silence_follows_a_silent_load"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="customer",
            options={"ordering": ["name"], "permissions": [("join_customer", "Can join two customers who are one")]},
        ),
    ]
