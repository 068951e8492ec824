"""
One mail a day about what somebody follows, for who wants it: the only writer of ``DailyMail``.

The clock writes it once a day, from ``DAILY_MAIL_HOUR`` on. Each person is one transaction, which says until when they
know everything and writes their letter: done twice, by two at once or again after a worker was killed, it is one.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from backoffice.models import DailyMail
from inventory.desk.tables import day
from inventory.ground.plurals import counted

from . import happenings, telling
from .happenings import NewsSpan, RowNews

MOST = 30
"""Rows that one mail tells of; it says how many more there are."""

SETTLED = timedelta(minutes=5)
"""What is younger may not be committed yet: it is told the next day."""


def wants(person: User) -> bool:
    return DailyMail.objects.filter(person=person).exists()


def choose(person: User, wanted: bool, *, at: datetime) -> None:
    """Send a person one mail a day from tomorrow on, or none; what happened before they asked is never in it."""
    if wanted:
        DailyMail.objects.get_or_create(person=person, defaults={"until": at, "on": timezone.localdate(at)})
    else:
        DailyMail.objects.filter(person=person).delete()


def write(*, at: datetime) -> dict[str, int]:
    """Write today's mail to everybody who wants one and has something to hear. Safe to run twice at once."""
    waiting = DailyMail.objects.filter(on__lt=timezone.localdate(at)).order_by("pk").values_list("pk", flat=True)
    return {"letters": sum(_write(pk, at=at) for pk in list(waiting))}


@transaction.atomic
def _write(pk: int, *, at: datetime) -> bool:
    today, until = timezone.localdate(at), at - SETTLED
    rows = DailyMail.objects.filter(pk=pk, on__lt=today)
    wanted = rows.select_related("person").select_for_update(of=("self",), skip_locked=True, no_key=True).first()
    if wanted is None:
        return False  # somebody else is at it, or has done it
    rows.update(on=today, until=max(until, wanted.until))
    who = wanted.person
    if not (who.is_active and who.is_staff and who.email):
        return False
    found = happenings.of(who, NewsSpan(wanted.until, wanted.on, until, today))
    if not any(row.is_news for row in found):
        return False
    telling.write_to(who, _subject(found, day(today)), _text(who, found), at=at)
    return True


def _subject(found: Sequence[RowNews], today: str) -> str:
    return f"[{_shop()}] What you follow, {today}: {_count(sum(row.is_news for row in found))}"


def _text(who: User, found: Sequence[RowNews]) -> str:
    rows = sorted(found, key=lambda row: not row.is_news)
    more = len(rows) - MOST
    url = settings.SITE_URL
    parts = [
        f"Hello {who.get_short_name() or who.get_username()},",
        "since the last mail this has happened to what you follow:",
        *("\n".join([row.name, *(f"- {words}" for words in row.said), f"{url}{row.path}"]) for row in rows[:MOST]),
        *([f"And {_count(more)} more."] if more > 0 else []),
        f"What is yours to do: {url}{reverse('admin:inbox')}",
        f"You asked for this mail, one a day at most. To stop it: {url}{reverse('admin:own_time')}",
        _shop(),
    ]
    return "\n\n".join(parts) + "\n"


def _count(things: int) -> str:
    return counted(things, "thing")


def _shop() -> str:
    return " ".join(settings.SHOP_NAME.split())
