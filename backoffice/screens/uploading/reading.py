"""How a file on its way in is to be read, where the file itself does not show it: sheet, header, layout, dates."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from backoffice.files import incoming, layouts
from backoffice.models import Upload
from inventory.desk import once
from inventory.desk.operations import ask
from inventory.ground.tabular import NO_LAYOUT, SeveralSheets, Source, Unreadable

DATES = [
    ("", "the file shows it"),
    ("day-first", "day first: 31/12/2010"),
    ("month-first", "month first: 12/31/2010"),
]


class ReadingForm(forms.Form):
    """What somebody may have to say of a file; most show it themselves."""

    sheet = forms.ChoiceField(required=False, help_text="Of a workbook with several. Hidden sheets are never read.")
    header_row = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=1000,
        help_text="Where titles stand above the table: the row of its header.",
    )
    layout = forms.ChoiceField(required=False, label="Exported by")
    dates = forms.ChoiceField(choices=DATES, required=False, label="Dates such as 01/12/2010")

    def __init__(self, data: Any, *, upload: Upload, sheets: list[str]) -> None:
        super().__init__(data, initial={name: upload.mapping.get(name) or None for name in self.base_fields})
        choices: dict[str, list[tuple[str, str]]] = {
            "sheet": [("", "the only one"), *((name, name) for name in sheets)],
            "layout": layout_choices(layouts.of(upload.kind)),
        }
        for name, listed in choices.items():
            field = self.fields[name]
            if isinstance(field, forms.ChoiceField):
                field.choices = listed


def layout_choices(found: Any) -> list[tuple[str, str]]:
    """Name the layouts there are to choose from."""
    named = [(layout.name, layout.about[0].upper() + layout.about[1:]) for layout in found]
    return [("", "the header shows it"), *named, (NO_LAYOUT, "None: take the columns by their names")]


def asked(request: HttpRequest, upload: Upload, error: Unreadable) -> HttpResponse | None:
    """Send a person who must say something to where it is asked; None if the file is no table at all."""
    step = incoming.step(upload, error)
    if not step:
        return None
    messages.warning(request, str(error))
    return HttpResponseRedirect(reverse(f"admin:backoffice_upload_{step}", args=[upload.pk]))


def show(admin: ModelAdmin, request: HttpRequest, upload: Upload, *, back: str) -> HttpResponse:
    """Ask how the file is to be read, and look at it again."""
    form = ReadingForm(request.POST if request.method == "POST" else None, upload=upload, sheets=_sheets(upload))

    def choose() -> HttpResponse:
        upload.mapping |= {
            name: value or ("" if name != "header_row" else 0) for name, value in form.cleaned_data.items()
        }
        upload.save(update_fields=["mapping"])
        if incoming.is_big(upload):
            incoming.ask_to_look(upload)
        return HttpResponseRedirect(reverse("admin:backoffice_upload_preview", args=[upload.pk]))

    if form.is_valid() and (answer := once.act(request, form, choose, incoming.AtWork)):
        return answer
    return ask(
        admin.admin_site,
        request,
        title=f"How to read {upload.name}",
        explanation="Say only what the file does not show.",
        form=form,
        submit="Look again",
        back=back,
        opts=admin.opts,
    )


def _sheets(upload: Upload) -> list[str]:
    try:
        book = Source(upload.path, upload.name, sheet=upload.mapping.get("sheet", "")).book
    except SeveralSheets as error:
        return error.names
    except Unreadable:
        return []
    return book.names if book else []
