"""The jobs of the clock that belong to orders: each asks the time, makes one call and returns counts."""

from celery import shared_task
from django.utils import timezone

from . import allocation
from .fulfillment import go_on_due, holds
from .mail import notices


@shared_task
def send_notices() -> dict[str, int | str]:
    """Send all mail that is due, whose ever it is. Runs every minute; safe to run twice at once."""
    return notices.send_due(at=timezone.now())


@shared_task
def settle_left() -> dict[str, int]:
    """
    Give back what was held until yesterday, let the orders go on whose day has come, settle what was left to the clock.

    Runs every minute; safe to run twice at once.
    """
    at = timezone.now()
    return {
        "released": holds.expire(at=at),
        "went_on": go_on_due(at=at),
        "changed": allocation.settle_companions_left(at=at),
    }
