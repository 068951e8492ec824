"""Whose something is, in words, and the form that asks whose it is to be."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib.auth.models import Group, User

from inventory.notebook.owners import Owner

BACKEND = "django.contrib.auth.backends.ModelBackend"
NOT_THEIRS = "Choose somebody of this list: who you chose may not act on this, or does not work here any more."


class OwnerForm(forms.Form):
    """
    Asks for a role, or for a person who works here, among those who may act; oneself stands first.

    :param needs: all that one must be allowed to
    """

    owner = forms.ChoiceField(label="To whom", error_messages={"invalid_choice": NOT_THEIRS})

    def __init__(self, data: Any = None, *, needs: Iterable[str], me: User | None = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        staff, groups = User.objects.filter(is_active=True, is_staff=True), Group.objects.order_by("name")
        for permission in sorted(set(needs)):
            app, _, codename = permission.partition(".")
            staff = staff.filter(pk__in=User.objects.with_perm(permission, backend=BACKEND).values("pk"))
            groups = groups.filter(permissions__content_type__app_label=app, permissions__codename=codename)
        self.people = {f"person-{user.pk}": called(user) for user in staff.order_by("first_name", "username")}
        self.roles = {f"role-{group.pk}": group.name for group in groups}
        field: Any = self.fields["owner"]
        mine = f"person-{me.pk}" if me else ""
        first = [(mine, f"Me ({self.people[mine]})")] if mine in self.people else []
        others = [each for each in self.people.items() if each[0] != mine]
        field.choices = [*first, ("Roles", list(self.roles.items())), ("People", others)]

    def chosen(self) -> tuple[Owner, str]:
        """Give who it is, and how they are called."""
        asked = self.cleaned_data["owner"]
        pk = int(asked.rpartition("-")[2])
        if asked in self.roles:
            return Owner(role_id=pk), self.roles[asked]
        return Owner(person_id=pk), self.people[asked]


def called(user: User) -> str:
    return user.get_full_name() or user.get_username()


def owner(row: Any) -> str:
    """Name whose an assignment or an alert is."""
    return row.role.name if row.role else called(row.person) if row.person else ""
