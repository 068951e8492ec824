"""
The pages that Django brings (add, change, edit in the list, delete): each done once, and only on what it showed.

A page that changes a row carries a fingerprint of the values it was opened with. If somebody else has changed one of
them since, nothing is saved, and it says what stands there now. One that deletes carries a fingerprint of what would
go, which is read again with the rows locked: if it differs, nothing is deleted, and the question is asked anew.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import BadRequest
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from inventory import spent
from inventory.notebook import meanwhile

from . import once
from .careful import is_key
from .operations import person

CHANGED = "Somebody has changed this since you opened it. Nothing was saved.{now} Save again if yours shall stand."
GOES_OTHERWISE = "What would go is not what you were shown. Nothing was deleted: here is how it stands now."


def has_changed(request: HttpRequest) -> bool:
    """Whether this page was held back because what it showed has changed since."""
    return once.refusal(request).startswith(CHANGED.partition("{")[0])


class OnceDeletions(admin.ModelAdmin):
    """An admin that deletes what it showed."""

    def delete_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.asked_anew(request, object_id) or super().delete_view(request, object_id, *args, **kwargs)

    def asked_anew(self, request: HttpRequest, object_id: str) -> HttpResponse | None:
        """Lead back to the question if it may not be acted on now; None if it may."""
        if request.method == "POST" and not once.refusal(request) and is_key(pk := unquote(object_id)):
            once.hold_back(request, self._goes_otherwise(request, [pk]))
        return once.shown_again(request)

    def render_delete_form(self, request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
        context["fingerprint"] = _listed([context["object"].pk], context["deleted_objects"])
        return super().render_delete_form(request, context)

    def _goes_otherwise(self, request: HttpRequest, pks: Sequence[str]) -> str:
        """Lock the rows, so that nothing more can hang on them, and say if other than what was shown would go."""
        list(self.model._base_manager.filter(pk__in=pks).order_by("pk").select_for_update().values_list("pk"))
        rows = list(self.get_queryset(request).filter(pk__in=pks))
        if not all(self.has_delete_permission(request, row) for row in rows):
            return ""
        listed = self.get_deleted_objects(rows, request)[0]
        as_shown = request.POST.get("fingerprint") == _listed([row.pk for row in rows], listed)
        return "" if as_shown else GOES_OTHERWISE


class OncePages(OnceDeletions):
    """An admin whose pages are done once."""

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        words = once.refusal(request) if request.method == "POST" else ""
        return type(form)(form.__name__, (_Refused, form), {"refusal": words}) if words else form

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if request.method == "POST" and object_id and not once.refusal(request):
            once.hold_back(request, self._changed_since(request, object_id))
        return super().changeform_view(request, object_id, *args, **kwargs)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if kwargs.get("obj") is not None:
            formsets = [inline.formset for inline in context["inline_admin_formsets"]]
            context["fingerprint"] = _fingerprint(context["adminform"].form, formsets)
        return super().render_change_form(request, context, *args, **kwargs)

    def _changed_since(self, request: HttpRequest, object_id: str) -> str:
        """Lock the row, and say what has changed since its page was opened; nothing if it stands as it was shown."""
        pk = unquote(object_id)
        if not is_key(pk):
            return ""
        list(self.model._base_manager.filter(pk=pk).select_for_update(no_key=True).values_list("pk"))
        row = self.get_queryset(request).filter(pk=pk).first()
        if row is None or not self.has_change_permission(request, row):
            return ""
        form = self.get_form(request, row, change=True)(request.POST, request.FILES, instance=row)
        formsets = [
            formset(instance=row, prefix=formset.get_default_prefix(), queryset=inline.get_queryset(request))
            for formset, inline in self.get_formsets_with_inlines(request, row)
        ]
        if request.POST.get("fingerprint") == _fingerprint(form, formsets):
            return ""
        opened_at = spent.made_at(request.once.key)  # type: ignore[attr-defined]
        done = meanwhile.told(meanwhile.logged([row], opened_at), me=person(request))
        now = [f"{form[name].label} is now {_said(form, name)}." for name in form.changed_data]
        return CHANGED.format(now="".join(f" {words}" for words in (done, *now) if words))

    def get_changelist_formset(self, request: HttpRequest, **kwargs: Any) -> Any:
        formset: Any = super().get_changelist_formset(request, **kwargs)
        return type(formset.__name__, (_AsShown, formset), {})

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Actions lead to pages of their own; what is typed into the list acts here."""
        if "_save" in request.POST:
            if again := once.shown_again(request):
                return again
            list(self.model._base_manager.order_by("pk").select_for_update(no_key=True).filter(pk__in=_rows(request)))
        return super().changelist_view(request, *args, **kwargs)

    # What Django writes into the history was done.

    def log_addition(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        once.done(request)
        return super().log_addition(request, *args, **kwargs)

    def log_change(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        once.done(request)
        return super().log_change(request, *args, **kwargs)

    def log_deletions(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        once.done(request)
        return super().log_deletions(request, *args, **kwargs)


def _said(form: Any, name: str) -> str:
    """Say what stands in a field, as its page shows it: a row by its name, a choice by its label."""
    value, field = form.initial.get(name), form.fields[name]
    if isinstance(field, forms.ModelChoiceField):
        chosen = value if isinstance(value, list | QuerySet) else [value]
        keys = [getattr(each, "pk", each) for each in chosen if each]
        rows: Any = cast("QuerySet[Any]", field.queryset).model._base_manager
        return ", ".join(map(str, rows.filter(pk__in=keys))) or "empty"
    if isinstance(value, bool):
        return "ticked" if value else "not ticked"
    if value in (None, "") or not isinstance(value, str | int):
        return str(value or "empty")
    return str(dict(getattr(field, "choices", ())).get(value, value))


class _Refused:
    """Mixed into the form of a page that may not act: it says why, and is not valid."""

    refusal: str

    def clean(self) -> Any:
        cleaned = super().clean()  # type: ignore[misc]
        self.add_error(None, self.refusal)  # type: ignore[attr-defined]
        return cleaned


class _AsShown:
    """Mixed into the rows that are typed into a list: what they showed must stand there still."""

    forms: list[Any]
    data: Any

    @property
    def fingerprint(self) -> str:
        return _fingerprint(None, [self])

    def clean(self) -> None:
        super().clean()  # type: ignore[misc]
        if self.data.get("fingerprint") != self.fingerprint:
            raise forms.ValidationError(once.MOVED)


def _fingerprint(form: Any, formsets: Iterable[Any]) -> str:
    """Name the values that a page was opened with: of its row and of the rows that hang on it."""
    return spent.fingerprint(
        form and (form.instance._meta.label, _initial(form)),
        [[_initial(each) for each in formset.forms if each.instance.pk] for formset in formsets],
    )


def _initial(form: Any) -> tuple[object, ...]:
    fields = sorted(name for name in form.fields if name not in ("id", "DELETE"))
    return form.instance.pk, [(name, _plain(form.initial.get(name))) for name in fields]


def _plain(value: Any) -> str:
    """Rows by their numbers, in order; anything else as it is."""
    return repr(sorted(row.pk for row in value)) if isinstance(value, list | QuerySet) else repr(value)


def _rows(request: HttpRequest) -> list[int]:
    """
    The rows of the list that were sent, by number.

    :raises BadRequest: if one is named by what can be no key: Django would ask the database for it
    """
    sent = [str(pk) for name, pk in request.POST.items() if name.startswith("form-") and name.endswith("-id")]
    if not all(map(is_key, filter(None, sent))):
        raise BadRequest("A row that was sent is none of this list. Open the list again.")
    return [int(pk) for pk in sent if pk]


def _listed(pks: Iterable[int], listed: Any) -> str:
    return spent.fingerprint(sorted(pks), sorted(_flat(listed)))


def _flat(listed: Any) -> Iterator[str]:
    """Give every word of a list of lists."""
    for each in listed:
        if isinstance(each, str):
            yield str(each)
        else:
            yield from _flat(each)
