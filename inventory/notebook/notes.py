"""
Notes that people write about rows: plain text, never mailed, taken away and not deleted. The only writer of ``Note``.

Who wrote one may change it; who takes one away is kept with it.
"""

from collections.abc import Collection
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, OuterRef

from inventory.ground.sql import bulk, schema
from inventory.models import Note

from . import following, mentions, wording
from .hanging import RowKey

_COLUMNS = schema.columns(Note, "content_type_id", "object_id", "text", "author_id", "at", "is_pinned", "key")


class NoSuchNote(Exception):
    """It was taken away, or never written."""


class NotTheirNote(Exception):
    """Somebody else wrote it: nobody changes another's words."""


class NoteHasChanged(Exception):
    """It does not say any more what was on the screen; the words say what it says now."""


@transaction.atomic
def write(
    rows: Collection[RowKey], text: str, *, by: User, at: datetime, is_pinned: bool = False, key: str = ""
) -> int:
    """
    Write a note on each of these rows, and put it before those whom it names.

    Who writes has read what named them there, and follows the row from then on.

    :param key: of this act of writing: sent again with the same one, a row that has its note gets no second
    :returns: notes that are new
    :raises NoWords: if there are none, or too many (``wording.NoWords``); nothing is written then
    """
    words = wording.text(text)
    people = mentions.named(words).people
    wanted = sorted(set(rows))
    found = [(*row, words, by.pk, at, is_pinned, key[:120]) for row in wanted]
    if not found:
        return 0
    returning = "ON CONFLICT DO NOTHING RETURNING id"
    new = [pk for (pk,) in bulk.fetch(*bulk.inserting(Note._meta.db_table, _COLUMNS, found, returning))]
    mentions.answered(wanted, by=by, at=at)
    following.follow(wanted, by_id=by.pk, at=at)
    if people:
        mentions.tell(new, people, by=by)
    return len(new)


@transaction.atomic
def edit(note_id: int, text: str, *, was: str, by: User, at: datetime) -> None:
    """
    Change one's own note.

    :param was: what it said when its page was opened
    :raises NoWords: if there are none, or too many (``wording.NoWords``)
    :raises NoSuchNote: if it is gone
    :raises NotTheirNote: if somebody else wrote it
    :raises NoteHasChanged: if it says something else by now
    """
    words = wording.text(text)
    standing = Note.objects.filter(pk=note_id, removed_at=None)
    if words != was and standing.filter(author=by, text=was).update(text=words, edited_at=at):
        mentions.tell([note_id], mentions.named(words).people, by=by)
        return
    note = standing.first()
    if note is None:
        raise NoSuchNote("This note was taken away.")
    if note.author_id != by.pk:
        raise NotTheirNote(f"{note.author.get_full_name() or note.author} wrote this note. Write one of your own.")
    if note.text != words:
        raise NoteHasChanged(f"This note was changed since you opened it. It says now: {note.text}")


def remove(note_ids: Collection[int], *, by: User, at: datetime) -> int:
    """Take notes away; give how many stood until now."""
    standing = Note.objects.filter(pk__in=note_ids, removed_at=None)
    return standing.update(removed_at=at, removed_by=by)


def move(row: RowKey, into: RowKey) -> int:
    """Let what was written on a row that becomes another stand on that one, what was taken away too; give how many."""
    own = Note.objects.filter(content_type=row.content_type_id, object_id=row.object_id)
    same = Note.objects.filter(content_type=into.content_type_id, object_id=into.object_id, key=OuterRef("key"))
    own.filter(Exists(same)).exclude(key="").update(key="")  # one act wrote on both: the two notes stay two
    return own.update(content_type=into.content_type_id, object_id=into.object_id)


def pin(note_ids: Collection[int], is_pinned: bool) -> int:
    """Keep notes above the others of their row, or no longer; give how many moved."""
    standing = Note.objects.filter(pk__in=note_ids, removed_at=None)
    return standing.exclude(is_pinned=is_pinned).update(is_pinned=is_pinned)
