"""
Who is named in a note: ``@`` and a user name puts it before that person, until they have read it or answered it.

The only writer of ``Mention``.
"""

import re
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import NamedTuple

from django.contrib.auth.models import User
from django.db.models import QuerySet

from inventory.ground.sql import bulk
from inventory.models import Mention

from . import hanging
from .hanging import RowKey
from .wording import NoWords

MOST = 50
"""People whom one note may name."""
_NAME = re.compile(r"(?<![\w.@+-])@([\w.@+-]{1,150})")


class NamedPeople(NamedTuple):
    """
    Whom a text names.

    :ivar people: those who work here
    :ivar gone: user names, as they were typed, of people who do not work here any more
    :ivar unknown: what is nobody's user name
    """

    people: list[User]
    gone: list[str]
    unknown: list[str]


def named(text: str) -> NamedPeople:
    """
    Read the names in a text, in any case; what ends a sentence is no part of one.

    They are compared here: the databases know the case of few alphabets.

    :raises NoWords: if it names more than ``MOST``
    """
    typed = list(dict.fromkeys(_NAME.findall(User.normalize_username(text))))
    if len(typed) > MOST:
        raise NoWords(f"A note names at most {MOST} people; this one has {len(typed):,} names.")
    users = list(User.objects.filter(is_staff=True).order_by("is_active", "-pk")) if typed else []
    known = {user.username.casefold(): user for user in users} | {user.username: user for user in users}
    found = NamedPeople([], [], [])
    for name in typed:
        bare = name.rstrip("._@+-")
        user = next((known[form] for form in (name, name.casefold(), bare, bare.casefold()) if form in known), None)
        if user is None:
            found.unknown.append(bare or name)
        elif not user.is_active:
            found.gone.append(user.username)
        elif user not in found.people:
            found.people.append(user)
    return found


def tell(note_ids: Collection[int], people: Iterable[User], *, by: User) -> None:
    """Put these notes before these people, but for who wrote them; and before nobody whom they name no more."""
    wanted = [user.pk for user in people if user.pk != by.pk]
    Mention.objects.filter(note__in=bulk.among(note_ids), read_at=None).exclude(person__in=wanted).delete()
    rows = [Mention(note_id=note_id, person_id=pk) for note_id in sorted(note_ids) for pk in sorted(wanted)]
    Mention.objects.bulk_create(rows, ignore_conflicts=True)


def unread(who: User) -> QuerySet[Mention]:
    """Give what this person has not read yet, the newest first; notes that were taken away are told no more."""
    return Mention.objects.filter(person=who, read_at=None, note__removed_at=None).order_by("-pk")


def read(mention_ids: Collection[int], *, by: User, at: datetime) -> int:
    """Say that a person has read what names them; give how many they had not until now."""
    return Mention.objects.filter(pk__in=mention_ids, person=by, read_at=None).update(read_at=at)


def answered(rows: Collection[RowKey], *, by: User, at: datetime) -> int:
    """Say that a person has read what names them on these rows, since they have written there themselves."""
    return unread(by).filter(hanging.on(rows, "note__")).order_by().update(read_at=at)
