"""The page of mappings of columns that were made by hand: rename one, correct it, delete it."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from backoffice.files import loading, mappings
from backoffice.models import ColumnMapping
from inventory.desk.base import Desk
from inventory.ground.tabular.header import is_same


class MappingForm(forms.ModelForm):
    """A name, and one column a line."""

    columns = forms.CharField(
        label="Columns", widget=forms.Textarea, help_text="One a line: the column of the file = the field."
    )

    class Meta:
        model = ColumnMapping
        fields = ("name", "columns")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["columns"] = "\n".join(
            f"{column} = {field}" for column, field in sorted(self.instance.columns.items())
        )

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"].strip()
        if name.lower() == mappings.NONE:
            raise forms.ValidationError(f"“{mappings.NONE}” means that none is to be used. Choose another name.")
        others = ColumnMapping.objects.filter(kind=self.instance.kind, name__iexact=name).exclude(pk=self.instance.pk)
        if others.exists():
            raise forms.ValidationError(f"Another mapping for files of {self.instance.kind} has this name.")
        return name

    def clean_columns(self) -> dict[str, str]:
        known = [column.name for column in loading.KINDS[self.instance.kind].columns]
        columns: dict[str, str] = {}
        for number, line in enumerate(self.cleaned_data["columns"].splitlines(), start=1):
            column, sign, field = (part.strip() for part in line.rpartition("="))
            if not line.strip():
                continue
            if not sign or field not in known:
                raise forms.ValidationError(f"Line {number}: write column = field. Fields: {', '.join(known)}.")
            header = next((each for each in self.instance.headers if is_same(each, column)), None)
            if header is None:
                raise forms.ValidationError(f"Line {number}: these files have no column “{column}”.")
            if header in columns:
                raise forms.ValidationError(f"Line {number}: “{header}” is named twice.")
            columns[header] = field
        return columns


@admin.register(ColumnMapping)
class ColumnMappingAdmin(Desk):
    """Mappings that are offered again with the next file of the same columns."""

    form = MappingForm
    list_display = ("name", "kind", "columns_said", "by", "used_at")
    list_filter = ("kind",)
    list_select_related = ("by",)
    search_fields = ("name",)
    fields = ("name", "kind", "columns", "headers_said", "by", "used_at")
    readonly_fields = ("kind", "headers_said", "by", "used_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @admin.display(description="Columns")
    def columns_said(self, row: ColumnMapping) -> str:
        return ", ".join(f"{column} = {field}" for column, field in row.columns.items())[:200]

    @admin.display(description="Files with these columns")
    def headers_said(self, row: ColumnMapping) -> str:
        return ", ".join(row.headers)[:1000]
