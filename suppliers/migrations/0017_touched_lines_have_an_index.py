from django.db import migrations, models

from inventory.ground.sql.concurrently import AddIndexConcurrently


class Migration(migrations.Migration):
    """The night looks for what people have in drafts, among all that it wrote there itself."""

    atomic = False

    dependencies = [
        ('suppliers', '0016_quotes_are_learned_anew'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='purchaseorderline',
            index=models.Index(condition=models.Q(('is_touched', True)), fields=['purchase_order'], name='purchase_line_touched'),
        ),
    ]
