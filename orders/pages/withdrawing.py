"""Links to an order's page that staff withdraw: none that was given out opens it any more. Writes ``PageLinks``."""

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from orders.fulfillment.changes import whole
from orders.models import Order, OrderEventKind, PageLinks


@transaction.atomic
def withdraw(order_id: int, *, reason: str, by: User, at: datetime) -> PageLinks:
    """Let no link to an order's page be good that was made until now; its next mail carries a new one."""
    order = Order.objects.select_for_update(no_key=True).get(pk=order_id)
    was = PageLinks.objects.filter(order=order).first()
    edition = was.edition + 1 if was else 1
    links, _ = PageLinks.objects.update_or_create(
        order=order, defaults={"edition": edition, "withdrawn_at": at, "withdrawn_by": by}
    )
    whole.tell_history(order, OrderEventKind.LINKS, reason, by=by, at=at)
    return links
