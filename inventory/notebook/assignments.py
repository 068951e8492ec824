"""
Whose turn it is with a row: a person's or a role's, one at a time. The only writer of ``Assignment``.

Handed on, the one ends and another begins, so that a row keeps who had it. Of two who assign a row at the same moment
the later one has the last word: it waits at the unique index, and hands on what the first has given.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Exists, Model, OuterRef, Q

from inventory.ground.sql import bulk, schema
from inventory.models import Assignment

from . import following, hanging, owners, wording
from .hanging import RowKey
from .owners import Owner

_COLUMNS = schema.columns(
    Assignment,
    "content_type_id",
    "object_id",
    "person_id",
    "role_id",
    "task",
    "due_date",
    "assigned_at",
    "assigned_by_id",
    "is_done",
)


WHOSE = {"mine": "Mine", "nobody": "Nobody’s turn", "somebody": "Somebody’s turn"}
"""What may be asked of a list of rows."""


@transaction.atomic
def assign(
    rows: Collection[RowKey],
    to: Owner,
    *,
    task: str = "",
    due_date: date | None = None,
    by: User | None,
    at: datetime,
) -> int:
    """
    Give rows to somebody; whoever had them has them no more. What is theirs already, for the same, stays as it is.
    A person follows what they are given.

    In a constant number of statements, however many rows.

    :param task: what is to be done, if the row does not say it by itself
    :returns: rows that changed hands, or are for something else, or until another day
    :raises NoWords: if the task is longer than a line (``wording.NoWords``)
    """
    words = wording.line(task, what="What is to be done") if task.strip() else ""
    wanted = set(rows)
    changed = 0
    while wanted:
        standing = Assignment.objects.filter(hanging.on(wanted), ended_at=None)
        locked = list(standing.order_by("pk").select_for_update(no_key=True))
        kept = [each for each in locked if _is_alike(each, to, words, due_date)]
        wanted -= {RowKey(each.content_type_id, each.object_id) for each in kept}
        others = {each.pk for each in locked} - {each.pk for each in kept}
        Assignment.objects.filter(pk__in=bulk.among(others)).update(ended_at=at, ended_by=by)
        new = _begun(sorted(wanted), (to.person_id, to.role_id, words, due_date, at, by.pk if by else None, False))
        changed += len(new)
        wanted -= new
    if changed and to.person_id:
        following.follow(rows, by_id=to.person_id, at=at)
    return changed


def _is_alike(standing: Assignment, to: Owner, task: str, due_date: date | None) -> bool:
    owner = Owner(standing.person_id, standing.role_id)
    return (owner, standing.task, standing.due_date) == (to, task, due_date)


def _begun(rows: Sequence[RowKey], given: tuple[Any, ...]) -> set[RowKey]:
    """Write what begins, but for rows that somebody else has given away in this moment."""
    if not rows:
        return set()
    returning = "ON CONFLICT DO NOTHING RETURNING content_type_id, object_id"
    statement = bulk.inserting(Assignment._meta.db_table, _COLUMNS, [(*row, *given) for row in rows], returning)
    return {RowKey(*row) for row in bulk.fetch(*statement)}


def done(assignment_ids: Collection[int], *, by: User | None, at: datetime) -> int:
    """Say that what was to be done is done; give how many of these stood until now."""
    standing = Assignment.objects.filter(pk__in=assignment_ids, ended_at=None)
    return standing.update(ended_at=at, ended_by=by, is_done=True)


@transaction.atomic
def move(row: RowKey, into: RowKey, *, by: User | None, at: datetime) -> int:
    """Let who had a row that becomes another have that one, unless somebody has it already."""
    own = Assignment.objects.filter(content_type=row.content_type_id, object_id=row.object_id)
    if Assignment.objects.filter(hanging.on([into]), ended_at=None).exists():
        own.filter(ended_at=None).update(ended_at=at, ended_by=by)
    return own.update(content_type=into.content_type_id, object_id=into.object_id)


def whose(model: type[Model], asked: str, who: User) -> Q:
    """Say of rows of this model whose turn it is with them, as one of ``WHOSE`` asks."""
    content_type = ContentType.objects.get_for_model(model)
    standing = Assignment.objects.filter(content_type=content_type, ended_at=None)
    if asked == "mine":
        return Q(pk__in=standing.filter(owners.mine(who)).values("object_id"))
    is_given = Exists(standing.filter(object_id=OuterRef("pk")))
    return ~Q(is_given) if asked == "nobody" else Q(is_given)
