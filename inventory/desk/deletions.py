"""
The pages that delete, each done once, and only what it showed.

What hangs on a row may have changed since somebody was asked about it: the question carries a fingerprint of the list
of what would go, which is read again with the rows locked. If it differs, nothing is deleted and the question is asked
anew.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.http import HttpRequest, HttpResponse

from inventory import spent

from . import once
from .careful import is_key

GOES_OTHERWISE = "What would go is not what you were shown. Nothing was deleted: here is how it stands now."


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
        context["fingerprint"] = _fingerprint([context["object"].pk], context["deleted_objects"])
        return super().render_delete_form(request, context)

    def _goes_otherwise(self, request: HttpRequest, pks: Sequence[str]) -> str:
        """Lock the rows, so that nothing more can hang on them, and say if other than what was shown would go."""
        list(self.model._base_manager.filter(pk__in=pks).order_by("pk").select_for_update().values_list("pk"))
        rows = list(self.get_queryset(request).filter(pk__in=pks))
        if not all(self.has_delete_permission(request, row) for row in rows):
            return ""
        listed = self.get_deleted_objects(rows, request)[0]
        as_shown = request.POST.get("fingerprint") == _fingerprint([row.pk for row in rows], listed)
        return "" if as_shown else GOES_OTHERWISE


def _fingerprint(pks: Iterable[int], listed: Any) -> str:
    return spent.fingerprint(sorted(pks), sorted(_flat(listed)))


def _flat(listed: Any) -> Iterator[str]:
    """Give every word of a list of lists."""
    for each in listed:
        if isinstance(each, str):
            yield str(each)
        else:
            yield from _flat(each)
