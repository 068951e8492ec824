"""The jobs of the clock that belong to orders: each asks the time, makes one call and returns counts."""

from celery import shared_task
from django.utils import timezone

from . import allocation
from .fulfillment import cancel_due, go_on_due, holds, release_due
from .mail import notices
from .waiting_list import forgetting, holding


@shared_task
def send_notices() -> dict[str, int | str]:
    """Send all mail that is due, whose ever it is. Runs every minute; safe to run twice at once."""
    return notices.send_due(at=timezone.now())


@shared_task
def settle_left() -> dict[str, int]:
    """
    Give back what was held until yesterday, and what was not paid in time; cancel what was never paid; let the orders
    go on whose day has come; settle what was left to the clock.

    Runs every minute; safe to run twice at once.
    """
    at = timezone.now()
    return {
        "released": holds.expire(at=at),
        "not_paid_in_time": release_due(at=at),
        "never_paid": cancel_due(at=at),
        "went_on": go_on_due(at=at),
        "changed": allocation.settle_companions_left(at=at),
    }


@shared_task
def keep_restock_lists() -> dict[str, int]:
    """
    End the offers of restock lists whose time is over, note what became of them, offer what came free, forget what is
    of no use any more.

    Runs every minute; safe to run twice at once.
    """
    at = timezone.now()
    return {
        "expired": holding.expire(at=at),
        "closed": holding.close(at=at),
        "offered": holding.go_on(at=at),
        "forgotten": forgetting.forget(at=at),
    }
