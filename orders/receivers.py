"""The one receiver of ``supply_changed``: supply moved, so the queue is settled again."""

from datetime import datetime
from typing import Any

from django.contrib.auth.models import User

from inventory.signals import supply_changed
from inventory.supply import calendars

from . import allocation


def settle(sender: Any, *, product_ids: set[int], cause: str, by: User | None, at: datetime, **kwargs: Any) -> None:
    # other working days concern what is set aside, too
    dates_all = cause.partition(":")[0] == calendars.CALENDAR
    allocation.settle(product_ids, cause=cause, dates_all=dates_all, by=by, at=at)


def connect() -> None:
    supply_changed.connect(settle, dispatch_uid="orders.settle")
