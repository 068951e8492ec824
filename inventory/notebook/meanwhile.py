"""
What was done to rows since a page about them was opened: said to whoever it holds back, so that they know whom to ask.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, NamedTuple

from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType

MOST = 3
"""Of what was done, the newest that is said."""


class Deed(NamedTuple):
    """
    What somebody did, newest first where several happened at one moment.

    :ivar by: nobody, where a customer did it or it followed from something else
    """

    at: datetime
    by: User | None
    words: str


def logged(rows: Sequence[Any], since: datetime) -> Iterator[Deed]:
    """Give what the admin's history has of these rows."""
    if not rows:
        return
    kind = ContentType.objects.get_for_model(rows[0])
    ids = [str(row.pk) for row in rows]
    newest = LogEntry.objects.filter(content_type=kind, object_id__in=ids, action_time__gte=since)
    for entry in newest.select_related("user").order_by("-pk")[:MOST]:
        yield Deed(entry.action_time, entry.user, entry.get_change_message())


def told(deeds: Iterable[Deed], *, me: User) -> str:
    """Say who did what, the oldest first; "" if nothing was done."""
    newest = sorted(dict.fromkeys(deeds), key=lambda deed: deed.at, reverse=True)[:MOST][::-1]
    said = [
        _who(by, me) + ", ".join(f"“{deed.words.strip(' .:')}”" for deed in own)
        for by, own in groupby(newest, key=lambda deed: deed.by)
    ]
    return f"Meanwhile {'; '.join(said)}." if said else ""


def _who(by: User | None, me: User) -> str:
    if by is None:
        return ""
    return "you, on another page: " if by.pk == me.pk else f"{by.get_full_name() or by.get_username()}: "
