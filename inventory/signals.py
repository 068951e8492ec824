"""
``supply_changed``: the only signal. It carries news of supply upwards, to the customers who wait.

Sent inside the transaction, once per use case, after its last write, for all its products, by
``stock``, ``inbound`` and its hands, ``transfers`` and ``counts``, and by ``calendars`` for a block of products at a
time; received by one function in ``orders.receivers``.
Arguments: ``product_ids: set[int]``, ``cause: str`` (such as "count:812" or "inbound:77:3", so that the
news it makes can be told once), ``by: User | None``, ``at: datetime``.
"""

from django.dispatch import Signal

supply_changed = Signal()
