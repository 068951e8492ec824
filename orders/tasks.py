"""The jobs of the clock that belong to orders: each asks the time, makes one call and returns counts."""

from celery import shared_task
from django.utils import timezone

from . import notices


@shared_task
def send_notices() -> dict[str, int]:
    """Drain the e-mail outbox. Runs every minute; safe to run twice at once."""
    return notices.send_due(at=timezone.now())
