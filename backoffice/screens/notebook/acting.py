"""
Writing a note, changing it, taking it away, pinning it; saying whose turn it is with a row, and that it is done.

Each is one operation with a page of its own; the quick form on the page of a row sends to it.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.contrib.auth import get_permission_codename
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from inventory import spent
from inventory.desk import performing
from inventory.desk.day_fields import ComingDayField
from inventory.desk.operations import Operation, allowed, many, person
from inventory.desk.tables import Table, day
from inventory.ground.plurals import counted
from inventory.models import Assignment, Note
from inventory.notebook import assignments, hanging, mentions, notes, wording

from . import boxes, head, subjects
from .owning import OwnerForm, called, owner

NEVER_MAILED = "For those who work here: no note is ever mailed. @ and a user name puts it into that person's inbox."


class Quiet(Operation):
    """Done without a lock: what it writes is decided by an index, or by what the note says."""

    is_logged = False
    counted: ClassVar[tuple[str, ...]] = ()

    def lock(self, rows: Sequence[Any]) -> None:
        pass


class WriteNote(Quiet):
    name, label, submit = "note", "Note…", "Write it down"
    permission = "inventory.write_note"
    explanation = NEVER_MAILED
    refusals = (wording.NoWords,)

    def form(self, rows: Sequence[Any], data: Any) -> forms.Form:
        return boxes.NoteForm(data, about=rows[0])

    def tables(self, rows: Sequence[Any], form: forms.Form) -> list[Table]:
        return [Table("", ("About",), [(str(row),) for row in rows])] if len(rows) > 1 else []

    def act(self, rows: Sequence[Any], form: forms.Form, *, by: User, at: datetime) -> str:
        typed = form.cleaned_data
        on = [hanging.key(row) for row in rows]
        notes.write(on, typed["text"], by=by, at=at, is_pinned=typed["is_pinned"])
        told = _told(typed["text"], by)
        return f"Written down{'' if len(rows) == 1 else f' on {many(rows)}'}.{told}"


class EditNote(Quiet):
    name, label, submit = "edit", "Change…", "Change it"
    permission = WriteNote.permission
    explanation = NEVER_MAILED
    refusals = (wording.NoWords, notes.NoSuchNote, notes.NotTheirNote, notes.NoteHasChanged)

    def title(self, rows: Sequence[Any]) -> str:
        return f"Change a note on {rows[0].row}"

    def form(self, rows: Sequence[Any], data: Any) -> forms.Form:
        text = rows[0].text
        form = boxes.EditForm(data, about=rows[0].row, initial={"text": text, "was": text})
        del form.fields["is_pinned"]
        return form

    def act(self, rows: Sequence[Any], form: forms.Form, *, by: User, at: datetime) -> str:
        typed = form.cleaned_data
        # a browser sends the ends of lines its own way
        was = typed["was"].replace("\r\n", "\n")
        notes.edit(rows[0].pk, typed["text"], was=was, by=by, at=at)
        return f"The note is changed.{_told(typed['text'], by)}"


class RemoveNote(Quiet):
    name, label, submit = "remove", "Take away…", "Take it away"
    permission = WriteNote.permission
    explanation = "Nobody sees it any more; who wrote it and who took it away is kept."
    counted = ("removed_at",)
    is_risky = True

    def lock(self, rows: Sequence[Any]) -> None:
        list(Note.objects.filter(pk__in=[row.pk for row in rows]).select_for_update(no_key=True))

    def title(self, rows: Sequence[Any]) -> str:
        return f"Take a note away from {rows[0].row}"

    def tables(self, rows: Sequence[Any], form: forms.Form) -> list[Table]:
        standing = [(row.text, called(row.author), day(row.at)) for row in rows if row.removed_at is None]
        return [Table("", ("Note", "By", "At"), standing, empty="It is taken away already.")]

    def act(self, rows: Sequence[Any], form: forms.Form, *, by: User, at: datetime) -> str:
        gone = notes.remove([row.pk for row in rows], by=by, at=at)
        return "The note is taken away." if gone else "Somebody has taken it away already."


class PinNote(Quiet):
    name, label, submit = "pin", "Pin", "Pin it"
    permission = WriteNote.permission
    counted = ("is_pinned",)

    def title(self, rows: Sequence[Any]) -> str:
        return "Let the note stand with the others" if rows[0].is_pinned else "Pin the note above the others"

    def tables(self, rows: Sequence[Any], form: forms.Form) -> list[Table]:
        standing = [(row.text, called(row.author)) for row in rows if row.removed_at is None]
        return [Table("", ("Note", "By"), standing, empty="It is taken away.")]

    def act(self, rows: Sequence[Any], form: forms.Form, *, by: User, at: datetime) -> str:
        is_pinned = not rows[0].is_pinned
        notes.pin([row.pk for row in rows], is_pinned)
        return "It is pinned." if is_pinned else "It is pinned no more."


class AssignForm(OwnerForm):
    task = forms.CharField(
        label="What is to be done",
        required=False,
        max_length=wording.MOST_OF_A_LINE,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )
    due_date = ComingDayField(label="Until", required=False)


class AssignRows(Quiet):
    name, label, submit = "assign", "Give to…", "Give"
    permission = "inventory.assign_row"
    explanation = "One at a time has it: who had it before has it no more. It stands in their inbox until it is done."
    refusals = (wording.NoWords,)

    def __init__(self, me: User) -> None:
        self.me = me

    def form(self, rows: Sequence[Any], data: Any) -> forms.Form:
        opts = rows[0]._meta.concrete_model._meta
        sees = f"{opts.app_label}.{get_permission_codename('view', opts)}"
        return AssignForm(data, needs=(sees, self.permission), me=self.me)

    def lock(self, rows: Sequence[Any]) -> None:
        """Let nobody else give these rows away meanwhile."""
        model = rows[0]._meta.concrete_model
        list(model._base_manager.filter(pk__in=[row.pk for row in rows]).order_by("pk").select_for_update(no_key=True))

    def counters(self, rows: Sequence[Any], form: forms.Form) -> Sequence[tuple[object, ...]]:
        """Who has them now: of two who give the same row away, the second looks again."""
        standing = Assignment.objects.filter(hanging.on([hanging.key(row) for row in rows]), ended_at=None)
        return [tuple(row.pk for row in rows), *standing.order_by("pk").values_list("pk", "object_id")]

    def tables(self, rows: Sequence[Any], form: forms.Form) -> list[Table]:
        return [Table("", ("About",), [(str(row),) for row in rows])] if len(rows) > 1 else []

    def act(self, rows: Sequence[Any], form: forms.Form, *, by: User, at: datetime) -> str:
        assert isinstance(form, AssignForm)
        to, name = form.chosen()
        typed = form.cleaned_data
        on = [hanging.key(row) for row in rows]
        assignments.assign(on, to, task=typed["task"], due_date=typed["due_date"], by=by, at=at)
        return f"{name} has {'it' if len(rows) == 1 else many(rows)} now."


class FinishAssignment(Quiet):
    name, label, submit = "done", "Done…", "It is done"
    permission = AssignRows.permission
    counted = ("ended_at", "person_id", "role_id")
    explanation = "It leaves the inbox of who has it. That it was done, by whom and when, is kept."

    def title(self, rows: Sequence[Any]) -> str:
        return f"Done: {rows[0].row}"

    def tables(self, rows: Sequence[Any], form: forms.Form) -> list[Table]:
        columns = ("Whose turn", "What", "Until")
        return [Table("", columns, [(owner(row), row.task, row.due_date) for row in rows])]

    def act(self, rows: Sequence[Any], form: forms.Form, *, by: User, at: datetime) -> str:
        ended = assignments.done([row.pk for row in rows], by=by, at=at)
        return "It is done." if ended else "It was done already, or somebody else has it now."


def _told(text: str, by: User) -> str:
    """Say whom a note tells, and who of those it names could not be told."""
    found = mentions.named(text)
    head.forget([by, *found.people])
    said = []
    if people := [called(user) for user in found.people if user.pk != by.pk]:
        said.append(f" It is in the inbox of {_list(people)}.")
    if found.gone:
        said.append(f" {_list(found.gone)} {'does' if len(found.gone) == 1 else 'do'} not work here any more.")
    if found.unknown:
        said.append(f" Nobody here is called {_list([f'@{name}' for name in found.unknown])}.")
    return "".join(said)


def _list(words: Sequence[str]) -> str:
    few, more = words[:5], len(words) - 5
    end = [counted(more, "other")] if more > 0 else []
    parts = [*few, *end]
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


# --- the pages ---------------------------------------------------------------------------------


def on_rows(request: HttpRequest, label: str, *, site: AdminSite, what: str) -> HttpResponse:
    """Write a note on rows, or give them to somebody."""
    operation = WriteNote() if what == "note" else AssignRows(person(request))
    allowed(request, operation.permission)
    if not request.GET.get("ids"):
        messages.warning(request, "Select at least one row first.")
        return HttpResponseRedirect(subjects.list_of(request, label))
    return run(site, request, operation, lambda: subjects.rows(request, label))


def on_note(request: HttpRequest, pk: int, *, site: AdminSite, what: type[Operation]) -> HttpResponse:
    """Change a note, pin it or take it away; whoever sends a page that is older than its end is told so there."""

    def read() -> list[Note]:
        rows = Note.objects.filter(pk=pk)
        found = (
            (rows if request.method == "POST" else rows.filter(removed_at=None))
            .select_related("author")
            .prefetch_related("row")
        )
        return [note for note in found if note.row and _sees(request, note.row)]

    return run(site, request, what(), read, on=lambda rows: rows[0].row)


def finish(request: HttpRequest, pk: int, *, site: AdminSite) -> HttpResponse:
    """Say that what was to be done with a row is done."""

    def read() -> list[Assignment]:
        found = Assignment.objects.filter(pk=pk).select_related("person", "role").prefetch_related("row")
        return [each for each in found if each.row and _sees(request, each.row)]

    return run(site, request, FinishAssignment(), read, on=lambda rows: rows[0].row)


def _sees(request: HttpRequest, row: Any) -> bool:
    model = subjects.of(row)
    return model is not None and subjects.may_see(request, model)


def run(
    site: AdminSite,
    request: HttpRequest,
    operation: Operation,
    read: Callable[[], list[Any]],
    *,
    on: Callable[[Sequence[Any]], Any] = lambda rows: rows[0],
) -> HttpResponse:
    """Ask, or act, and lead back to the notes of the row."""

    def back(rows: Sequence[Any]) -> str:
        name, pk = subjects.page(on(rows))
        if len(rows) > 1:
            return reverse(f"admin:{name.removesuffix('_change')}_changelist")
        return f"{reverse(f'admin:{name}', args=[pk])}#notes"

    answer = performing.run(site, request, operation, read, back=back)
    if answer is None:
        raise Http404("It is there no more: it was taken away, or it is not shown to you.")
    return answer


def fingerprint(row: Any) -> str:
    """What the quick form on the page of a row carries: a note rests on nothing but the row."""
    operation = WriteNote()
    label = row._meta.concrete_model._meta.label  # the queue shows lines as another model
    return spent.fingerprint(label, operation.name, operation.counters([row], operation.form([row], None)))
