"""
What was written on a row, whose turn it is with it, whether the reader follows it: the panel on its page, read in one
statement.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.contrib.auth.models import User
from django.db.models import BooleanField, CharField, DateField, DateTimeField, IntegerField, QuerySet, Value
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from inventory.models import Alert, Assignment, Follow, Note
from inventory.notebook import hanging
from inventory.notebook.hanging import RowKey

from . import acting, boxes, subjects

NOTE, TURN, FOLLOWED = 1, 2, 3
SHOWN = 20
"""Notes that are seen at once; the older ones are folded away."""


@dataclass(frozen=True, slots=True)
class ShownNote:
    pk: int
    text: str
    author: str
    is_own: bool
    is_pinned: bool
    at: datetime
    edited_at: datetime | None


@dataclass(frozen=True, slots=True)
class OpenTurn:
    """Whose turn it is, for what and until when."""

    pk: int
    task: str
    owner: str
    due_date: date | None
    is_late: bool


@dataclass(frozen=True, slots=True)
class NotesPanel:
    """
    What the panel shows.

    :ivar has_turns: such rows are given to people; an alert says by itself whose it is
    :ivar note_url: where a note is written; "": this person writes none
    """

    notes: list[ShownNote]
    older: list[ShownNote]
    turn: OpenTurn | None
    has_turns: bool
    note_url: str
    assign_url: str
    follow_url: str
    is_followed: bool
    fingerprint: str
    form: Any


def of(request: HttpRequest, row: Any) -> NotesPanel | None:
    """Read the panel of a row; None where nothing is written on such rows."""
    model = subjects.of(row) if row is not None and row.pk else None
    by = request.user
    if model is None or not isinstance(by, User):
        return None
    rows = list(_asked(hanging.key(row), by))
    notes = [
        ShownNote(pk, text, " ".join(filter(None, (first, last))) or name, who == by.pk, is_pinned, at, edited_at)
        for what, pk, text, who, first, last, name, is_pinned, at, edited_at, _ in rows
        if what == NOTE
    ]
    notes.sort(key=lambda note: (note.is_pinned, note.pk), reverse=True)
    today = timezone.localdate()
    turns = [
        OpenTurn(pk, task, " ".join(filter(None, (first, last))) or name, due, due is not None and due < today)
        for what, pk, task, _, first, last, name, _, _, _, due in rows
        if what == TURN
    ]
    is_followed = any(what == FOLLOWED for what, *_ in rows)
    has_turns = model is not Alert
    may_give = has_turns and by.has_perm(acting.AssignRows.permission)
    return NotesPanel(
        notes[:SHOWN],
        notes[SHOWN:],
        turns[0] if turns else None,
        has_turns,
        _url("note_write", model, row) if by.has_perm(acting.WriteNote.permission) else "",
        _url("assign_rows", model, row) if may_give else "",
        _url("row_leave" if is_followed else "row_follow", model, row),
        is_followed,
        acting.fingerprint(row),
        boxes.NoteForm(about=row, auto_id="note_%s"),
    )


def _asked(key: RowKey, by: User) -> QuerySet[Any, Any]:
    """Notes, the one turn, and the reader's following it, under the same columns."""
    notes = Note.objects.filter(hanging.on([key]), removed_at=None).values_list(
        Value(NOTE, IntegerField()),
        "pk",
        "text",
        "author_id",
        "author__first_name",
        "author__last_name",
        "author__username",
        "is_pinned",
        "at",
        "edited_at",
        Value(None, DateField()),
    )
    given = Assignment.objects.filter(hanging.on([key]), ended_at=None).values_list(
        Value(TURN, IntegerField()),
        "pk",
        "task",
        "person_id",
        "person__first_name",
        Coalesce("role__name", "person__last_name"),
        "person__username",
        Value(False, BooleanField()),
        "assigned_at",
        Value(None, DateTimeField()),
        "due_date",
    )
    nothing = Value("", CharField())
    followed = Follow.objects.filter(hanging.on([key]), person=by).values_list(
        Value(FOLLOWED, IntegerField()),
        "pk",
        nothing,
        "person_id",
        nothing,
        nothing,
        nothing,
        Value(False, BooleanField()),
        "since",
        Value(None, DateTimeField()),
        Value(None, DateField()),
    )
    return notes.union(given, followed, all=True)


def _url(name: str, model: Any, row: Any) -> str:
    return f"{reverse(f'admin:{name}', args=[model._meta.label_lower])}?ids={row.pk}"
