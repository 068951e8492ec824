"""
Who follows which row: who says so, who writes a note there, to whom it is given; until they stop. The only writer of
``Follow``.
"""

from collections.abc import Collection
from datetime import datetime

from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef

from inventory.ground.sql import bulk, schema
from inventory.models import Assignment, Follow

from . import hanging, mentions, owners
from .hanging import RowKey

_COLUMNS = schema.columns(Follow, "content_type_id", "object_id", "person_id", "since")


def follow(rows: Collection[RowKey], *, by_id: int, at: datetime) -> int:
    """Let a person follow these rows; give how many they did not yet."""
    new = [(*row, by_id, at) for row in sorted(set(rows))]
    return bulk.insert(Follow._meta.db_table, _COLUMNS, new, "ON CONFLICT DO NOTHING")


def stop(rows: Collection[RowKey], *, by: User) -> int:
    """Let a person follow these rows no longer; give how many they did."""
    stopped, _ = Follow.objects.filter(hanging.on(rows), person=by).delete()
    return stopped


def followed(who: User) -> set[RowKey]:
    """
    Give the rows that a person follows: by a word of theirs, and while it is their turn or that of a role of theirs,
    or a note there names them that they have not read.
    """
    columns = ("content_type_id", "object_id")
    own = Follow.objects.filter(person=who).values_list(*columns)
    turns = Assignment.objects.filter(owners.mine(who), ended_at=None).values_list(*columns)
    named = mentions.unread(who).order_by().values_list(*(f"note__{column}" for column in columns))
    return {RowKey(*row) for row in own.union(turns, named)}


def move(row: RowKey, into: RowKey) -> int:
    """Let who follows a row that becomes another follow that one."""
    own = Follow.objects.filter(content_type=row.content_type_id, object_id=row.object_id)
    there = Follow.objects.filter(hanging.on([into]), person=OuterRef("person"))
    own.filter(Exists(there)).delete()
    return own.update(content_type=into.content_type_id, object_id=into.object_id)
