"""
One-time keys: an act is done once, however often its page is sent. The only writer of ``SpentKey``.

A key is claimed in the transaction of the act, before it: who sends the same page at the same moment waits at the
unique index until the first has ended, and is then given its answer. A refusal gives the key back.
"""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils.http import base36_to_int

from inventory.ground.sql import bulk, schema

from .models import SpentKey

KEPT = timedelta(days=30)
"""How long an answer is remembered; a key is no key any more at that age, so that no act is ever forgotten too soon."""

_COLUMNS = schema.columns(SpentKey, "key", "by_id", "act", "rows", "sent", "at")


def made_at(key: str) -> datetime:
    """
    Say when a page was made that carries this key, to the second.

    :raises ValueError: if it is no key
    """
    return datetime.fromtimestamp(base36_to_int(key.partition("-")[0]), tz=UTC)


def claim(key: str, *, by_id: int, act: str, rows: str, sent: str, at: datetime) -> SpentKey | None:
    """
    Spend a key, in one statement; None if it is spent by this, else who was first.

    Waits while another transaction is about to spend it.
    """
    suffix = "ON CONFLICT (key) DO NOTHING"
    row = (key, by_id, act[:120], rows, sent, at)
    while not bulk.insert(SpentKey._meta.db_table, _COLUMNS, [row], suffix):
        if first := SpentKey.objects.filter(key=key).first():
            return first
    return None


def answer(key: str, given: dict[str, Any]) -> None:
    """Remember what the act was answered."""
    SpentKey.objects.filter(key=key).update(answer=given)


def give_back(key: str) -> None:
    """Nothing was done: the page may be sent again."""
    SpentKey.objects.filter(key=key).delete()


def sweep(*, at: datetime) -> int:
    """Forget what was answered more than ``KEPT`` ago; a daily job."""
    return SpentKey.objects.filter(at__lt=at - KEPT).delete()[0]


def fingerprint(*facts: object) -> str:
    """Give a short name to what somebody is shown: another one means that something changed since."""
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:16]
