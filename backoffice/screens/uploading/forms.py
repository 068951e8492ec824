"""What the screens of a file ask: which file, which column is which field, and whether to load it."""

from collections.abc import Collection, Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.uploadedfile import UploadedFile

from backoffice.files import layouts, loading
from backoffice.screens import upload_rights
from inventory.ground.tabular import NO_LAYOUT
from inventory.ground.tabular.sheet import normalized

from . import choices as upload_choices
from .reading import DATES, layout_choices


class FileForm(forms.Form):
    """Which kind of file, and the file. A kind that a person may not load is neither offered nor taken."""

    kind = forms.ChoiceField()
    file = forms.FileField(help_text="CSV or XLSX; CSV also packed as .gz or .xz.")
    dates = forms.ChoiceField(
        choices=DATES, required=False, label="Dates such as 01/12/2010", help_text="Asked only where both are possible."
    )
    layout = forms.ChoiceField(
        choices=layout_choices(layouts.LAYOUTS), required=False, label="Exported by", help_text="Most files show it."
    )
    sheet = forms.CharField(
        required=False, max_length=100, help_text="Of a workbook with several. Hidden sheets are never read."
    )
    header_row = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=1000,
        help_text="Where titles stand above the table: the row of its header.",
    )

    counted_at = upload_choices.counted_at()
    is_all_others_zero = upload_choices.box("is_all_others_zero")
    is_sales = upload_choices.box("is_sales")
    not_products = upload_choices.not_products()

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kind, asked = self.fields["kind"], str(self.data.get("kind", ""))
        assert isinstance(kind, forms.ChoiceField)
        kind.choices = [(name, name.capitalize()) for name in upload_rights.kinds(by)]
        if asked in loading.KINDS:
            kind.error_messages["invalid_choice"] = upload_rights.refusal(asked)

    def clean(self) -> dict[str, Any]:
        chosen: dict[str, Any] = super().clean() or {}
        for name in ("counted_at", "is_all_others_zero", "is_sales", "not_products"):
            kinds = [kind for kind, names in upload_choices.OF_KIND.items() if name in names]
            if chosen.get(name) and chosen.get("kind") not in kinds:
                self.add_error(name, f"This is for {' and '.join(kinds)} only.")
        layout, kind = chosen.get("layout"), chosen.get("kind", "")
        if layout not in {"", None, NO_LAYOUT} and all(layout != known.name for known in layouts.of(kind)):
            self.add_error("layout", f"This program's export is no file of {kind}.")
        return chosen

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        size = (file.size or 0) / 2**20
        if size > settings.UPLOAD_LIMIT_MB:
            raise forms.ValidationError(
                f"The file has {size:,.0f} MB; {settings.UPLOAD_LIMIT_MB} MB are the most. "
                "Pack it as .gz or .xz, split it, or load it with manage.py load."
            )
        return file


class ConfirmForm(forms.Form):
    """What was seen, so that nothing else is loaded; and whether rows that are wrong may be left out."""

    seen = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, data: Any, *, seen: str, bad: int, choices: Mapping[str, tuple[str, str]] | None = None) -> None:
        """:param choices: boxes by name, each with its label and what it means"""
        super().__init__(data, initial={"seen": seen})
        for name, (label, help_text) in (choices or {}).items():
            self.fields[name] = forms.BooleanField(label=label, help_text=help_text, required=False)
        is_answered = any(data.get(name) for name in ("is_newer", "is_reused")) if data else False
        if bad:
            self.fields["is_skipping"] = forms.BooleanField(
                label="Without the wrong rows",
                help_text=f"Leaves out {bad:,} and loads the others.",
                required=not is_answered,
            )


class ColumnsForm(forms.Form):
    """For each field, the column of the file that is meant."""

    def __init__(
        self, data: Any, *, kind: str, headers: list[str], mapping: dict[str, str], laid: Collection[str] = ()
    ) -> None:
        """:param laid: fields that a layout gives already"""
        super().__init__(data)
        chosen = {field: header for header, field in mapping.items()}
        by_name = {normalized(header): header for header in headers}
        for column in loading.KINDS[kind].columns:
            self.fields[column.name] = forms.ChoiceField(
                choices=[("", "–"), *((header, header) for header in dict.fromkeys(headers) if header)],
                required=column.is_required and column.name not in laid,
                initial=chosen.get(column.name) or by_name.get(column.name, ""),
                label=in_words(column.name),
                help_text=column.help,
            )

    def clean(self) -> dict[str, Any]:
        chosen: dict[str, Any] = super().clean() or {}
        headers = [header for header in chosen.values() if header]
        if twice := {header for header in headers if headers.count(header) > 1}:
            raise forms.ValidationError(f"“{min(twice)}” is chosen twice.")
        return chosen


def in_words(field: str) -> str:
    """
    Give a field's name as a label.

    >>> in_words("unit_price"), in_words("sku")
    ('Unit price', 'SKU')
    """
    return field.replace("_", " ").capitalize().replace("Sku", "SKU")
