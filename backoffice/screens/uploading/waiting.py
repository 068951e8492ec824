"""The page of a big file: how far a worker is with it, what it found, and the yes to load that."""

from functools import partial

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from backoffice.files import incoming
from backoffice.models import Upload
from inventory.desk import once
from inventory.desk.operations import ask, person

from . import choices, preview
from .forms import ConfirmForm

LOOK_AGAIN_SECONDS = "3"


def show(admin: ModelAdmin, request: HttpRequest, upload: Upload, *, back: str) -> HttpResponse:
    """Show where it stands; on POST, have a worker look or load."""
    found = upload.report if upload.state == Upload.State.LOOKED else {}
    may_load = preview.may_load(found)
    seen, bad = found.get("seen", ""), preview.skippable(found)
    form = ConfirmForm(request.POST if request.method == "POST" else None, seen=seen, bad=bad)
    form.fields["seen"].required = False
    if found:
        form.fields |= choices.fields(upload.kind, upload.mapping)
    if "is_skipping" in form.fields:
        form.fields["is_skipping"].required = False  # not before what was chosen has been looked at
    if request.method == "POST" and form.is_valid():
        deed = partial(_start, request, upload, form, may_load=may_load)
        if answer := once.act(request, form, deed, incoming.AtWork):
            return answer
    elif upload.state == Upload.State.ASKING:
        messages.warning(request, upload.error)
        return HttpResponseRedirect(reverse(f"admin:backoffice_upload_{upload.report['step']}", args=[upload.pk]))
    if upload.is_at_work:
        return _waiting(admin, request, upload, form, back)
    lead = upload.error or ("Nothing is loaded yet." if found else "The file is big: a worker looks at it.")
    return ask(
        admin.admin_site,
        request,
        title=f"{upload.kind.capitalize()} from {upload.name}",
        explanation=" ".join([lead, *([f"{found['told']}.", *found["notes"]] if found else [])]),
        form=form,
        tables=preview.tables(found) if found else (),
        submit="Load it" if may_load else "Look at it" if not found else "Look again",
        more="Choose columns…",
        back=back,
        opts=admin.opts,
    )


def _start(request: HttpRequest, upload: Upload, form: ConfirmForm, *, may_load: bool) -> HttpResponse:
    chosen = form.cleaned_data
    said = choices.said(upload.kind, chosen) if upload.state == Upload.State.LOOKED else {}
    if said and choices.differs(upload.kind, upload.mapping, said):
        upload.mapping |= said
        upload.save(update_fields=["mapping"])
        incoming.ask_to_look(upload)
        messages.success(request, f"{upload.name} is looked at again with what you chose; nothing is loaded yet.")
        return HttpResponseRedirect(reverse("admin:backoffice_upload_preview", args=[upload.pk]))
    if not may_load:
        incoming.ask_to_look(upload)
    else:
        skipping = bool(chosen.get("is_skipping"))
        if "is_skipping" in form.fields and not skipping:
            messages.error(request, "Some rows are wrong. Put them right, or load the file without the wrong rows.")
            return HttpResponseRedirect(reverse("admin:backoffice_upload_preview", args=[upload.pk]))
        incoming.ask_to_load(upload, seen=chosen["seen"], is_skipping=skipping, by=person(request))
    messages.success(request, f"{upload.name} is with a worker now. You may leave this page.")
    return HttpResponseRedirect(reverse("admin:backoffice_upload_preview", args=[upload.pk]))


def _waiting(admin: ModelAdmin, request: HttpRequest, upload: Upload, form: ConfirmForm, back: str) -> TemplateResponse:
    percent, words = incoming.how_far(upload)
    response = ask(
        admin.admin_site,
        request,
        title=f"{upload.kind.capitalize()} from {upload.name}",
        explanation=f"It is {upload.get_state_display()}. {words}. You may leave this page; the list of files shows "
        "what became of it.",
        form=form,
        submit="",
        percent=percent,
        back=back,
        opts=admin.opts,
    )
    response.template_name = "admin/waiting.html"
    response["Refresh"] = LOOK_AGAIN_SECONDS
    return response
