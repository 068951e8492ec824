"""People and their groups: a way in that asks what is needed, Django's own pages, a way out that keeps who did what."""

from functools import partial
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html

from backoffice.people import inviting, roles, staff
from inventory.desk import once
from inventory.desk.careful import Careful
from inventory.desk.operations import ask, person
from inventory.desk.pages import OncePages
from inventory.ground import keys

from . import welcoming

admin.site.unregister(User)
admin.site.unregister(Group)


GIVEN = ("is_superuser", "groups", "user_permissions")
"""What makes somebody able to do more."""


class NewPerson(forms.Form):
    """Who comes: their name, where they are reached, what they do."""

    name = forms.CharField(max_length=inviting.LONGEST)
    email = forms.EmailField(
        label="E-mail", max_length=inviting.LONGEST, help_text="They sign in with it. A link goes there."
    )
    roles = forms.MultipleChoiceField(
        label="What they do",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "There is no such role. Choose among those that stand here."},
    )

    def __init__(self, *args: Any, givable: QuerySet[Group], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.groups = {str(group.pk): group for group in givable.order_by("name")}
        field: Any = self.fields["roles"]
        field.choices = [
            (pk, format_html("<strong>{}</strong> {}", group.name, roles.in_words(group)))
            for pk, group in self.groups.items()
        ]

    def clean_name(self) -> str:
        name = keys.clean(self.cleaned_data["name"])
        if not name:
            raise forms.ValidationError("A name has letters.")
        return name


@admin.register(User)
class PersonAdmin(OncePages, Careful, UserAdmin):
    """Who may sign in. Whoever did something here can be let go, and stays named."""

    list_display = ("username", "called", "does", "last_login", "is_active")
    list_filter = ("groups", "is_active", "is_superuser")
    readonly_fields = ("last_login", "date_joined")
    delete_confirmation_template = "admin/auth/user/leave.html"
    change_form_template = "admin/auth/user/person.html"

    def get_urls(self) -> list[URLPattern]:
        link = self.admin_site.admin_view(partial(welcoming.link, self))
        return [path("<int:pk>/link/", link, name="auth_user_link"), *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        people: QuerySet[User] = super().get_queryset(request)
        return people.prefetch_related("groups")

    @admin.display(description="name", ordering="first_name")
    def called(self, row: User) -> str:
        return row.get_full_name()

    @admin.display(description="what they do")
    def does(self, row: User) -> str:
        names = sorted(group.name for group in row.groups.all())
        return ", ".join(["Everything"] if row.is_superuser else names) or "nothing: they are in no group"

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Ask who comes and what they do; then show, once, the link by which they choose a password."""
        if not (self.has_add_permission(request) and self.has_change_permission(request)):
            raise PermissionDenied
        form = NewPerson(request.POST if request.method == "POST" else None, givable=_givable(person(request)))

        def add() -> HttpResponse:
            given = form.cleaned_data
            who = inviting.add(given["name"], given["email"], [form.groups[pk] for pk in given["roles"]])
            self.log_addition(request, who, "Let in.")
            self.message_user(request, f"{who.first_name} may sign in.", messages.SUCCESS)
            return welcoming.invite(request, who)

        if form.is_valid() and (answer := once.act(request, form, add, inviting.AddressTaken)):
            return answer
        return ask(
            self.admin_site,
            request,
            title="Let somebody in",
            explanation="They get a link by which they choose their own password; you see it once, too.",
            form=form,
            submit="Let them in",
            back=reverse("admin:auth_user_changelist"),
            opts=self.opts,
        )

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Who may do everything is changed by their like alone: their password and their link, too."""
        return super().has_change_permission(request, obj) and _reaches(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody takes themselves off the list: there might be nobody left who can undo it."""
        return super().has_delete_permission(request, obj) and _reaches(request, obj) and obj != request.user

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """What somebody may do is given by who may do everything; others give only their own roles, to new people."""
        fields = super().get_readonly_fields(request, obj)
        return fields if person(request).is_superuser else (*fields, *GIVEN)

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

    def _let_go(self, request: HttpRequest, people: list[User]) -> None:
        for each in people:
            told = staff.remove(each)
            self.log_change(request, each, told)
            self.message_user(request, told, messages.SUCCESS)


def _givable(by: User) -> QuerySet[Group]:
    """The roles that this person may give to a new one."""
    return Group.objects.all() if by.is_superuser else by.groups.all()


def _reaches(request: HttpRequest, who: Any) -> bool:
    return who is None or not who.is_superuser or person(request).is_superuser


@admin.register(Group)
class GroupDesk(OncePages, Careful, GroupAdmin):
    """What people of one role may do."""
