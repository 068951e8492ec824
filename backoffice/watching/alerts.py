"""
What stands and waits for a person now, raised and solved.

``look`` asks every kind (``kinds``) for what stands now and syncs: the clock runs it every five minutes, and the night
at its end. Writes through ``inventory.notebook.alerts`` alone.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, Group, User
from django.db.models import QuerySet

from backoffice.people import roles
from inventory.models import Alert
from inventory.notebook import alerts, hanging, owners
from inventory.notebook.alerts import Matter
from inventory.notebook.owners import Owner

from .kinds import KINDS, LOST, LOST_KINDS, AlertKind


def look(*, at: datetime) -> dict[str, int]:
    """Raise what stands and is not raised, solve what is gone; give how many of each. Safe to run twice at once."""
    ended = {kind.name: kind.ended for kind in KINDS}
    return alerts.sync(ended, lambda: _stands(at), at=at)._asdict()


def _stands(at: datetime) -> Iterator[Matter]:
    by_role = _owners()
    for kind in KINDS:
        found = list(kind.find(at=at))
        rows = hanging.keys(kind.model, [each.pk for each in found])
        for each, row in zip(found, rows, strict=True):
            yield Matter(kind.name, row, each.words, each.due_date, by_role[kind.role])


def _owners() -> dict[str, Owner]:
    """Give the roles by name; one that somebody has deleted or renamed is made again."""
    wanted = {kind.role for kind in KINDS}
    groups = list(Group.objects.filter(name__in=wanted))
    if len(groups) < len(wanted):
        roles.keep()
        groups = list(Group.objects.filter(name__in=wanted))
    return {group.name: owners.role(group) for group in groups}


def seen_by(reader: User | AbstractBaseUser | AnonymousUser) -> list[AlertKind]:
    """Give the kinds that this person may see: what a sentence tells is not for everybody who may see its row."""
    if not isinstance(reader, User) or not reader.has_perm("inventory.view_alert"):
        return []
    return [kind for kind in KINDS if reader.has_perm(kind.permission)]


def asked_by(reader: User | AbstractBaseUser | AnonymousUser) -> list[tuple[str, str]]:
    """Give the kinds that this person may ask the list for, by name and label: all mail that did not arrive first."""
    kinds = seen_by(reader)
    lost = [(LOST, "Mail to customers did not arrive")] if {*kinds} >= LOST_KINDS else []
    return [*lost, *((kind.name, kind.label) for kind in kinds)]


def meant(asked: str) -> list[str]:
    """The names of the kinds that an address asks for."""
    return sorted(kind.name for kind in LOST_KINDS) if asked == LOST else [asked]


def open_by_kind() -> dict[str, QuerySet[Alert, Any]]:
    """Give the alerts of each kind that nobody has solved or taken, as ``flag`` calls it, to be counted."""
    return {flag(kind): Alert.objects.filter(kind=kind.name, solved_at=None, taken_by=None) for kind in KINDS}


def flag(kind: AlertKind) -> str:
    return f"alert:{kind.name}"
