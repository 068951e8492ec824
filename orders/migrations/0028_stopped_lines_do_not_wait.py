from django.db import migrations, models

from inventory.ground.sql.concurrently import AddIndexConcurrently, RemoveIndexConcurrently


class Migration(migrations.Migration):
    """The new ones are there before the old ones go: no list is slow in between."""

    atomic = False

    dependencies = [
        ('orders', '0027_an_order_may_stop'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='orderline',
            index=models.Index(condition=models.Q(('backordered__gt', 0), ('is_stopped', False)), fields=['pin_rank', 'queue_at', 'id'], name='line_waits'),
        ),
        AddIndexConcurrently(
            model_name='orderline',
            index=models.Index(condition=models.Q(('backordered__gt', 0), ('is_stopped', False)), fields=['promised_date'], include=('backordered', 'uncovered', 'is_held_back', 'order', 'placed_at'), name='line_waits_by_promise'),
        ),
        AddIndexConcurrently(
            model_name='orderline',
            index=models.Index(condition=models.Q(('backordered__gt', 0), ('is_stopped', False)), fields=['placed_at'], name='line_waits_by_age'),
        ),
        AddIndexConcurrently(
            model_name='orderline',
            index=models.Index(condition=models.Q(('backordered__gt', 0), ('is_stopped', False), ('promised_date__isnull', False), models.Q(('safe_date__gt', models.F('promised_date')), ('safe_date__isnull', True), _connector='OR')), fields=['pin_rank', 'queue_at', 'id'], include=('promised_date',), name='line_promise_at_risk'),
        ),
        AddIndexConcurrently(
            model_name='orderline',
            index=models.Index(condition=models.Q(('backordered__gt', 0), ('is_stopped', False), ('promised_date__isnull', True)), fields=['pin_rank', 'queue_at', 'id'], name='line_waits_undated'),
        ),
        AddIndexConcurrently(
            model_name='orderline',
            index=models.Index(condition=models.Q(('backordered__gt', 0), ('is_stopped', False), ('told_at__isnull', True)), fields=['pin_rank', 'queue_at', 'id'], name='line_waits_untold'),
        ),
        AddIndexConcurrently(
            model_name='orderline',
            index=models.Index(condition=models.Q(('is_held_back', False), ('is_stopped', False), ('uncovered__gt', 0)), fields=['pin_rank', 'queue_at', 'id'], name='line_waits_unsupplied'),
        ),
        AddIndexConcurrently(
            model_name='orderline',
            index=models.Index(condition=models.Q(('is_stopped', True), ('open__gt', 0)), fields=['pin_rank', 'queue_at', 'id'], name='line_stopped'),
        ),
        RemoveIndexConcurrently(
            model_name='orderline',
            name='line_waiting',
        ),
        RemoveIndexConcurrently(
            model_name='orderline',
            name='line_waiting_age',
        ),
        RemoveIndexConcurrently(
            model_name='orderline',
            name='line_waiting_by_promise',
        ),
        RemoveIndexConcurrently(
            model_name='orderline',
            name='line_at_risk',
        ),
        RemoveIndexConcurrently(
            model_name='orderline',
            name='line_untold',
        ),
        RemoveIndexConcurrently(
            model_name='orderline',
            name='line_unsupplied',
        ),
        RemoveIndexConcurrently(
            model_name='orderline',
            name='line_undated',
        ),
    ]
