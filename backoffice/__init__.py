"""The composition root: settings, the clock, the screens that see every side."""

from .celery import app as celery_app

__all__ = ["celery_app"]
