"""People and their groups: Django's own pages, careful as ours are, and a way out that keeps who did what."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.actions import delete_selected as ask_first
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from backoffice import staff
from inventory.admin import once
from inventory.admin.careful import Careful
from inventory.admin.operations import person
from inventory.admin.pages import OncePages

admin.site.unregister(User)
admin.site.unregister(Group)


@admin.register(User)
class PersonAdmin(OncePages, Careful, UserAdmin):
    """Who may sign in. Whoever did something here can be let go, and stays named."""

    readonly_fields = ("last_login", "date_joined")
    actions = ("delete_selected",)
    delete_confirmation_template = "admin/auth/user/leave.html"
    delete_selected_confirmation_template = "admin/auth/user/leave_selected.html"

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody takes themselves off the list: there might be nobody left who can undo it."""
        return super().has_delete_permission(request, obj) and (obj is None or obj != request.user)

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:  # noqa: A002
        return once.shown_again(request) or super().user_change_password(request, id, form_url)

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[Any]]:
        """Say what would become of each: nothing of what they did goes with them."""
        told = [staff.asks(each) for each in objs]
        return told, {"people": len(told)}, set(), []

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Show what becomes of the person; on POST, do it and say so."""
        if request.method != "POST":
            return super().delete_view(request, object_id, extra_context)
        who = self.get_object(request, object_id)
        if not self.has_delete_permission(request, who):
            raise PermissionDenied
        if again := self.asked_anew(request, object_id):
            return again
        if who is not None:
            self._let_go(request, [who])
        return HttpResponseRedirect(reverse("admin:auth_user_changelist"))

    @admin.action(description="Delete selected people", permissions=["delete"])
    def delete_selected(self, request: HttpRequest, people: QuerySet[User]) -> TemplateResponse | None:
        if not request.POST.get("post"):
            return ask_first(self, request, people)
        if people.filter(pk=person(request).pk).exists():
            self.message_user(request, "You stay on the list: nobody takes themselves off it.", messages.WARNING)
        self._let_go(request, list(people.exclude(pk=person(request).pk)))
        return None

    def _let_go(self, request: HttpRequest, people: list[User]) -> None:
        for each in people:
            told = staff.remove(each)
            self.log_change(request, each, told)
            self.message_user(request, told, messages.SUCCESS)


@admin.register(Group)
class GroupDesk(OncePages, Careful, GroupAdmin):
    """What people of one role may do."""
