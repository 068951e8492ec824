"""
Moments as people read them: in the shop's time, and beside it in their own, where that is another.

Days stay the shop's. The zone that is active is the shop's too: what is reckoned while somebody looks is the shop's.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import DateTimeField, Model
from django.utils import formats, timezone

_OWN: ContextVar[ZoneInfo | None] = ContextVar("own_zone", default=None)


@contextmanager
def read_in(zone: str) -> Iterator[None]:
    """Whoever reads what is written inside lives in this zone; "" in the shop's."""
    token = _OWN.set(ZoneInfo(zone) if zone else None)
    try:
        yield
    finally:
        _OWN.reset(token)


def said(value: datetime) -> str:
    """Write a moment: "3 Mar 2026, 14:05", or "3 Mar 2026, 14:05 Berlin · 08:05 yours"."""
    here = timezone.localtime(value)
    shop, own = formats.date_format(here, "DATETIME_FORMAT"), _OWN.get()
    there = timezone.localtime(value, own) if own else here
    if there.utcoffset() == here.utcoffset():
        return shop
    yours = formats.date_format(there, "H:i" if there.date() == here.date() else "j M, H:i")
    return f"{shop} {place(settings.TIME_ZONE)} · {yours} yours"


def place(zone: str) -> str:
    """
    Name a zone as people do.

    >>> place("America/New_York"), place("UTC")
    ('New York', 'UTC')
    """
    return zone.rpartition("/")[2].replace("_", " ")


def column(model: type[Model], name: Any) -> Any:
    """Give what shows this column of a page or a list, if it holds moments and its reader has a zone of their own."""
    if _OWN.get() is None or not isinstance(name, str):
        return name
    field = next((each for each in model._meta.concrete_fields if each.name == name), None)
    return _shown(name, str(field.verbose_name)) if isinstance(field, DateTimeField) else name


@cache
def _shown(name: str, label: str) -> Callable[[Model], str]:
    def show(row: Model) -> str:
        value = getattr(row, name)
        return said(value) if value else "-"

    shown: Any = show
    shown.__name__, shown.short_description, shown.admin_order_field = name, label, name
    return show
