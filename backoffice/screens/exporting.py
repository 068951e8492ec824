"""Every list as a file, for whoever may see it. The queue has a file, and a permission, of its own."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest

from inventory.desk.careful import Careful
from inventory.desk.lists import files, views


def export(request: HttpRequest, name: str, kind: str) -> FileResponse:
    """Give a list as its address narrows and sorts it."""
    for model, desk in admin.site._registry.items():
        if views.list_name(model) == name and isinstance(desk, Careful) and desk.is_exported:
            if not desk.has_view_permission(request):
                raise PermissionDenied
            if kind not in files.MOST:
                raise Http404("A list can be had as csv or xlsx.")
            return files.file(request, desk, kind)
    raise Http404("There is no such list.")
