"""Files in the admin: choose one, look at what it would change, then load it. Only the last step writes."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from backoffice.files import incoming, loading, mappings, previews
from backoffice.models import Upload
from backoffice.screens import upload_rights
from backoffice.web.limits import patient
from inventory.desk import careful, moments, once, reader
from inventory.desk.base import Kept
from inventory.desk.operations import Elsewhere, ask, person
from inventory.desk.tables import Table, link
from inventory.ground.tabular import Sheet, Source, Unreadable
from inventory.resources import Plan

from . import choices as upload_choices
from . import preview, reading, waiting
from .forms import ColumnsForm, ConfirmForm, FileForm

WAITING: dict[str, str] = {
    Upload.State.LOOKING: "a worker looks at it",
    Upload.State.LOADING: "a worker loads it",
    Upload.State.FAILED: "failed: look why",
}
HOW = ("dates", "sheet", "header_row", "layout", "is_all_others_zero", "is_sales", "not_products")


@admin.register(Upload)
class UploadAdmin(Kept):
    """Files on their way in, and those that were loaded."""

    list_display = ["name", "kind", "by", "uploaded_at", "loaded_at", "told"]
    list_filter = ["kind"]
    list_select_related = ["by"]
    fields = readonly_fields = ("name", "kind", "by", "uploaded_at", "loaded_at", "told")
    elsewhere = (
        Elsewhere(
            "Look and load", "backoffice_upload_preview", upload_rights.UPLOAD, lambda upload: not upload.loaded_at
        ),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return person(request).has_perm(upload_rights.UPLOAD)

    def buttons(self, request: HttpRequest, row: Upload) -> list[tuple[str, str]]:
        return super().buttons(request, row) if upload_rights.may(person(request), row.kind) else []

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_add_permission(request) or bool(super().has_view_permission(request, obj))

    @admin.display(description="What happened")
    def told(self, upload: Upload) -> str:
        if not upload.loaded_at:
            stopped = "stopped: look why" if upload.error else "not loaded yet: look and load"
            words = WAITING.get(upload.state, stopped)
            if not all(map(reader.may, upload_rights.asked(upload.kind))):
                return words.partition(":")[0]
            return link(words, "backoffice_upload_preview", upload.pk)
        # PostgreSQL keeps no order of the figures: the words do.
        return str(upload.report["told"])

    def tables(self, request: HttpRequest, row: Any) -> list[Table]:
        problems = row.report.get("problems", [])
        return [Table("Rows left out", ["What was wrong"], [[line] for line in problems])] if problems else []

    def get_urls(self) -> list[URLPattern]:
        views = {"preview": self.preview_view, "columns": self.columns_view, "reading": self.reading_view}
        own = [
            path(
                f"<int:pk>/{name}/",
                self.admin_site.admin_view(patient(self._waiting(view))),
                name=f"backoffice_upload_{name}",
            )
            for name, view in views.items()
        ]
        return own + super().get_urls()

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Take a file; nothing of it is loaded yet."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        posted = request.method == "POST"
        by = person(request)
        form = FileForm(request.POST if posted else None, request.FILES if posted else None, by=by)

        def take() -> HttpResponse:
            file, counted_at = form.cleaned_data["file"], form.cleaned_data["counted_at"]
            upload = Upload.objects.create(
                kind=form.cleaned_data["kind"],
                name=file.name[:200],
                file=file,
                mapping={name: form.cleaned_data[name] for name in HOW}
                | {"columns": {}, "counted_at": counted_at.isoformat() if counted_at else ""},
                by=by,
                uploaded_at=timezone.now(),
            )
            if incoming.is_big(upload):
                incoming.ask_to_look(upload)
            return _to("preview", upload)

        if posted and form.is_valid() and (answer := once.act(request, form, take)):
            return answer
        kinds = [
            [kind, resource.about, ", ".join(column.name for column in resource.columns if column.is_required)]
            for kind, resource in loading.KINDS.items()
            if upload_rights.may(by, kind)
        ]
        return ask(
            self.admin_site,
            request,
            title="Load a file",
            explanation="You will see what the file would change before anything is loaded.",
            form=form,
            tables=[Table("What can be loaded", ["Kind", "What it does", "Columns it must have"], kinds)],
            submit="Look at it",
            back=self.list_url(),
            opts=self.opts,
        )

    def preview_view(self, request: HttpRequest, upload: Upload) -> HttpResponse:
        """Show what the file would change; on POST, look again and load it."""
        if request.method == "POST" and "more" in request.POST:
            return _to("columns", upload)
        if upload.state != Upload.State.NEW or incoming.is_big(upload):
            return waiting.show(self, request, upload, back=self.list_url())
        now, resource = timezone.now(), loading.KINDS[upload.kind]
        try:
            plan = incoming.looked(upload, at=now)
        except Unreadable as error:
            return reading.asked(request, upload, error) or self._refused(request, upload, str(error))
        found, choices = previews.made(upload, plan), upload_choices.of(plan, resource)
        seen = found["seen"]
        if request.method == "POST":
            bad = len(plan.problems.rows) or int("is_skipping" in request.POST)
            form = ConfirmForm(request.POST, seen=seen, bad=bad, choices=choices)
            if form.is_valid() and form.cleaned_data["seen"] != seen:
                self.message_user(request, "Something changed since you looked. Please look again.", messages.WARNING)
                return _to("preview", upload)
            if not form.is_valid() or not once.may(request, form):
                return self._preview(request, upload, found, form)
            if chosen := [name for name in choices if form.cleaned_data[name]]:
                # what follows from these is in the preview that was seen
                plan = loading.look(upload_choices.chosen(incoming.file_of(upload), chosen), at=now)
                bad = int("is_skipping" in request.POST)
            if response := self._load(request, upload, plan, is_skipping=bool(bad)):
                return response
        # What shows only while loading is in the plan by now, and may be left out too.
        found = previews.made(upload, plan)
        bad, choices = preview.skippable(found), upload_choices.of(plan, resource)
        return self._preview(request, upload, found, ConfirmForm(None, seen=seen, bad=bad, choices=choices))

    def columns_view(self, request: HttpRequest, upload: Upload) -> HttpResponse:
        """Ask which column is which field."""
        if upload.is_at_work:
            return _to("preview", upload)
        if request.method == "POST" and "more" in request.POST:
            return _to("reading", upload)
        file = incoming.file_of(upload)
        try:
            sheet = Sheet(Source(file.path, upload.name, sheet=file.sheet), (), loading.reading(file, mapping={}))
        except Unreadable as error:
            return reading.asked(request, upload, error) or self._refused(request, upload, str(error))
        headers = sheet.headers[: sheet.table.width]
        mapping, explanation = upload.mapping["columns"], "Say which column of the file is which field."
        if not mapping and (kept := loading.mapped_before(file, sheet.source)):
            mapping, explanation = kept.columns, mappings.said(kept)
        posted = request.POST if request.method == "POST" else None
        laid = sheet.table.fields
        form = ColumnsForm(posted, kind=upload.kind, headers=headers, mapping=mapping, laid=laid)

        def choose() -> HttpResponse:
            upload.mapping["columns"] = {header: field for field, header in form.cleaned_data.items() if header}
            upload.mapping["named"] = mappings.NONE  # what was said now counts, if it was nothing too
            upload.save(update_fields=["mapping"])
            if incoming.is_big(upload):
                incoming.ask_to_look(upload)
            return _to("preview", upload)

        if form.is_valid() and (answer := once.act(request, form, choose, incoming.AtWork)):
            return answer
        return ask(
            self.admin_site,
            request,
            title=f"Columns of {upload.name}",
            explanation=explanation,
            form=form,
            submit="Look again",
            more="How to read it…",
            back=self.list_url(),
            opts=self.opts,
        )

    def reading_view(self, request: HttpRequest, upload: Upload) -> HttpResponse:
        """Ask for the sheet, the row of the header, the layout."""
        if upload.is_at_work:
            return _to("preview", upload)
        return reading.show(self, request, upload, back=self.list_url())

    def _waiting(self, view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        """Stand before a view of a file that waits to be loaded; who comes after it was loaded sees that it was."""

        @wraps(view)
        def found(request: HttpRequest, pk: int) -> HttpResponse:
            if not self.has_add_permission(request):
                raise PermissionDenied
            upload = careful.found(Upload.objects.all(), pk)
            upload_rights.ask(person(request), upload.kind)
            if upload.loaded_at is None:
                return view(request, upload)
            self.message_user(request, _loaded_before(upload))
            return _to("change", upload)

        return found

    def _load(self, request: HttpRequest, upload: Upload, plan: Plan, *, is_skipping: bool) -> HttpResponse | None:
        """Load what was looked at, once; None if it shows only now that it cannot be."""
        now = timezone.now()
        try:
            with transaction.atomic():
                claimed = Upload.objects.filter(pk=upload.pk, loaded_at__isnull=True).update(
                    loaded_at=now, confirmed_by=person(request)
                )
                if claimed:
                    resource = loading.KINDS[upload.kind]
                    loading.apply(plan, resource, is_skipping_bad=is_skipping, by=person(request), at=now)
                    Upload.objects.filter(pk=upload.pk).update(state=Upload.State.LOADED, report=previews.report(plan))
        except (loading.Refused, Unreadable) as error:
            self.message_user(request, str(error), messages.ERROR)
            return None
        once.done(request)
        told = f"Loaded {upload.name}: {previews.figures(plan)}."
        if not claimed:
            told = _loaded_before(Upload.objects.get(pk=upload.pk))
        self.message_user(request, told, messages.SUCCESS if claimed else messages.WARNING)
        return HttpResponseRedirect(self.list_url())

    def _preview(self, request: HttpRequest, upload: Upload, found: dict[str, Any], form: ConfirmForm) -> HttpResponse:
        ways = {"is_skipping", "is_newer", "is_reused"}
        may_load = bool(found["rows"]) and (not found["problems_in_all"] or not ways.isdisjoint(form.fields))
        return ask(
            self.admin_site,
            request,
            title=f"{upload.kind.capitalize()} from {upload.name}",
            explanation=" ".join([f"Nothing is loaded yet. {found['told']}.", *found["notes"]]),
            form=form,
            tables=preview.tables(found),
            submit="Load it" if may_load else "Look again",
            more="Choose columns…",
            back=self.list_url(),
            opts=self.opts,
        )

    def _refused(self, request: HttpRequest, upload: Upload, told: str) -> HttpResponse:
        """The file is no table at all: it is thrown away, and the reason shown where another can be chosen."""
        self.message_user(request, f"Nothing was taken. {told}", messages.ERROR)
        upload.file.delete(save=False)
        upload.delete()
        return HttpResponseRedirect(reverse("admin:backoffice_upload_add"))


def _to(step: str, upload: Upload) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse(f"admin:backoffice_upload_{step}", args=[upload.pk]))


def _loaded_before(upload: Upload) -> str:
    who = f" by {upload.confirmed_by.get_username()}" if upload.confirmed_by else ""
    when = f", on {moments.said(upload.loaded_at)}" if upload.loaded_at else ""
    return f"{upload.name} was loaded already{who}{when}."
