"""The one receiver of ``supply_changed``: supply moved, so the queue is settled again."""

from datetime import datetime
from typing import Any

from django.contrib.auth.models import User

from inventory.signals import supply_changed

from . import allocation


def settle(sender: Any, *, product_ids: set[int], cause: str, by: User | None, at: datetime, **kwargs: Any) -> None:
    allocation.settle(product_ids, cause=cause, by=by, at=at)


def connect() -> None:
    supply_changed.connect(settle, dispatch_uid="orders.settle")
