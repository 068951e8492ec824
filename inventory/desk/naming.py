"""What a row belongs to, named as a link: in the columns of lists, and among the fields of a page."""

from collections.abc import Iterator
from typing import Any

from django.contrib.admin.helpers import AdminForm, AdminReadonlyField, Fieldline, Fieldset
from django.db.models import ForeignKey
from django.utils.safestring import SafeString

from .tables import link


def to(row: Any) -> SafeString:
    """Name another row, with a link to its page."""
    return link(row, f"{row._meta.app_label}_{row._meta.model_name}_change", row.pk)


class LinkedColumn:
    """The column of a list that names what its rows belong to; sorted as the field itself."""

    def __init__(self, field: ForeignKey) -> None:
        self.field = field
        self.__name__ = field.name
        self.short_description = field.verbose_name
        self.admin_order_field = field.name

    def __call__(self, row: Any) -> Any:
        other = getattr(row, self.field.name)
        return "" if other is None else to(other)


class _Field(AdminReadonlyField):
    def get_admin_url(self, remote_field: Any, remote_obj: Any) -> Any:
        return to(remote_obj)


class _LinkingLine(Fieldline):
    def __iter__(self) -> Iterator[Any]:
        for each in super().__iter__():
            if not isinstance(each, AdminReadonlyField):
                yield each
                continue
            yield _Field(self.form, each.field["field"], is_first=each.is_first, model_admin=self.model_admin)


class _Set(Fieldset):
    fields: Any

    def __iter__(self) -> Iterator[Any]:
        for each in self.fields:
            yield _LinkingLine(self.form, each, self.readonly_fields, model_admin=self.model_admin)


class LinkedForm(AdminForm):
    """The fields of a page; what may not be changed and names another row is a link for those who may open it."""

    def __init__(self, plain: AdminForm) -> None:
        super().__init__(plain.form, plain.fieldsets, {}, plain.readonly_fields, plain.model_admin)
        self.prepopulated_fields = plain.prepopulated_fields

    def __iter__(self) -> Iterator[Any]:
        options: Any
        for name, options in self.fieldsets:
            yield _Set(self.form, name, readonly_fields=self.readonly_fields, model_admin=self.model_admin, **options)
