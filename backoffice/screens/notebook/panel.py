"""What was written on a row and whose turn it is with it: the panel on its page, read in one statement."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.contrib.auth.models import User
from django.db.models import BooleanField, DateField, DateTimeField, QuerySet, Value
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from inventory.models import Alert, Assignment, Note
from inventory.notebook import hanging
from inventory.notebook.hanging import RowKey

from . import acting, subjects

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
    fingerprint: str
    form: Any


def of(request: HttpRequest, row: Any) -> NotesPanel | None:
    """Read the panel of a row; None where nothing is written on such rows."""
    model = subjects.of(row) if row is not None and row.pk else None
    by = request.user
    if model is None or not isinstance(by, User):
        return None
    rows = list(_asked(hanging.key(row)))
    notes = [
        ShownNote(pk, text, " ".join(filter(None, (first, last))) or name, who == by.pk, is_pinned, at, edited_at)
        for is_note, pk, text, who, first, last, name, is_pinned, at, edited_at, _ in rows
        if is_note
    ]
    notes.sort(key=lambda note: (note.is_pinned, note.pk), reverse=True)
    today = timezone.localdate()
    turns = [
        OpenTurn(pk, task, " ".join(filter(None, (first, last))) or name, due, due is not None and due < today)
        for is_note, pk, task, _, first, last, name, _, _, _, due in rows
        if not is_note
    ]
    has_turns = model is not Alert
    may_give = has_turns and by.has_perm(acting.AssignRows.permission)
    return NotesPanel(
        notes[:SHOWN],
        notes[SHOWN:],
        turns[0] if turns else None,
        has_turns,
        _url("note_write", model, row) if by.has_perm(acting.WriteNote.permission) else "",
        _url("assign_rows", model, row) if may_give else "",
        acting.fingerprint(row),
        acting.NoteForm(auto_id="note_%s"),
    )


def _asked(key: RowKey) -> QuerySet[Any, Any]:
    """Notes, and the one turn, under the same columns."""
    notes = Note.objects.filter(hanging.on([key]), removed_at=None).values_list(
        Value(True, BooleanField()),
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
        Value(False, BooleanField()),
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
    return notes.union(given, all=True)


def _url(name: str, model: Any, row: Any) -> str:
    return f"{reverse(f'admin:{name}', args=[model._meta.label_lower])}?ids={row.pk}"
