"""The clock of the shop, in SQL."""

from django.db import connection
from django.utils import timezone


def day_of(moment: str) -> str:
    """Give the SQL of the day of a moment, on the clock of the shop."""
    zone = timezone.get_default_timezone_name()
    if connection.vendor == "postgresql":
        return f"({moment} AT TIME ZONE '{zone}')::date"
    return f"django_datetime_cast_date({moment}, '{zone}', 'UTC')"
