"""Keeping what a list shows under a name, for oneself or for all of a role; changing such a view, removing it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin import AdminSite, ModelAdmin
from django.contrib.auth import get_permission_codename
from django.contrib.auth.models import Group, User
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from inventory.desk import performing
from inventory.desk.lists import views
from inventory.desk.operations import person
from inventory.desk.tables import Table
from inventory.models import SavedView
from inventory.notebook import owners, saved_views, wording
from inventory.notebook.owners import Owner

from .acting import Quiet

MINE = "mine"


class ViewForm(forms.Form):
    name = forms.CharField(label="Name", max_length=saved_views.MOST_OF_A_NAME)
    is_default = forms.BooleanField(label="The list opens with it", required=False)


class KeepForm(ViewForm):
    """Asks whose a view is to be: one's own, or that of a role one has."""

    owner = forms.ChoiceField(label="For whom", initial=MINE)
    field_order = ("name", "owner", "is_default")

    def __init__(self, data: Any = None, *, me: User) -> None:
        super().__init__(data)
        self.me = me
        roles = Group.objects.filter(user=me).order_by("name").values_list("pk", "name")
        field: Any = self.fields["owner"]
        field.choices = [(MINE, "Me"), *((str(pk), f"All of {name}") for pk, name in roles)]

    def chosen(self) -> Owner:
        asked = self.cleaned_data["owner"]
        return owners.person(self.me) if asked == MINE else Owner(role_id=int(asked))


class OnList(Quiet):
    """Done to views of a list, by whoever may see the list."""

    refusals = (wording.NoWords, saved_views.NoSuchView, saved_views.NameIsTaken)

    def __init__(self, request: HttpRequest, model: type[Model]) -> None:
        opts = model._meta.concrete_model._meta  # type: ignore[union-attr]
        self.permission = f"{opts.app_label}.{get_permission_codename('view', opts)}"
        self.me, self.query = person(request), views.asked(request.GET)
        self.model = model

    @property
    def of_list(self) -> str:
        return str(self.model._meta.verbose_name_plural)


class KeepView(OnList):
    name, label, submit = "keep", "Keep this view…", "Keep it"
    explanation = "It stands above the list, with how many rows it has. A name that you have already is this view then."
    is_new = True

    def title(self, rows: Sequence[Any]) -> str:
        return f"Keep this view of {self.of_list}"

    def form(self, rows: Sequence[Any], data: Any) -> forms.Form:
        return KeepForm(data, me=self.me)

    def act(self, rows: Sequence[Any], form: forms.Form, *, by: User, at: datetime) -> str:
        assert isinstance(form, KeepForm)
        typed, owner, name = form.cleaned_data, form.chosen(), views.list_name(self.model)
        how = {"is_default": typed["is_default"], "by": by, "at": at}
        view = saved_views.save(typed["name"], name, self.query, owner=owner, **how)
        self.made = [view]
        return f"“{view.name}” stands above the list now{'' if owner.person_id else ', for all who have that role'}."


class ChangeView(OnList):
    name, label, submit = "change", "Change…", "Change it"
    counted: ClassVar[tuple[str, ...]] = ("name", "query", "is_default")
    form_class = ViewForm

    def title(self, rows: Sequence[Any]) -> str:
        return f"Change the view “{rows[0]}” of {self.of_list}"

    def form(self, rows: Sequence[Any], data: Any) -> forms.Form:
        return ViewForm(data, initial={"name": rows[0].name, "is_default": rows[0].is_default})

    def act(self, rows: Sequence[Any], form: forms.Form, *, by: User, at: datetime) -> str:
        view, typed = rows[0], form.cleaned_data
        saved_views.rename(view.pk, typed["name"], by=by, at=at)
        if typed["is_default"]:
            saved_views.open_with(view.pk)
        else:
            saved_views.open_plainly(view.pk)
        return "The view is changed."


class RemoveView(OnList):
    name, label, submit = "remove", "Remove…", "Remove it"
    counted = ChangeView.counted
    is_risky = True

    def title(self, rows: Sequence[Any]) -> str:
        return f"Remove the view “{rows[0]}” of {self.of_list}"

    def tables(self, rows: Sequence[Any], form: forms.Form) -> list[Table]:
        whose = [(row.name, f"all of {row.role.name}" if row.role else "you") for row in rows]
        return [Table("", ("View", "Stands above the list for"), whose, note="The rows of the list stay as they are.")]

    def act(self, rows: Sequence[Any], form: forms.Form, *, by: User, at: datetime) -> str:
        saved_views.remove([row.pk for row in rows])
        return f"“{rows[0]}” is removed."


def keep(request: HttpRequest, name: str, *, site: AdminSite) -> HttpResponse:
    """Keep what the address asks of a list."""
    desk = _desk(request, name)
    operation = KeepView(request, desk.model)
    if not operation.query:
        messages.warning(request, "Nothing is asked of this list yet: narrow it or sort it first, then keep that.")
        return HttpResponseRedirect(_list(name))
    return performing.made(site, request, operation, back=lambda rows: f"{_list(name)}?{operation.query}")


def on_view(request: HttpRequest, pk: int, *, site: AdminSite, what: type[OnList]) -> HttpResponse:
    """Change or remove a view of one's own, or of a role one has."""
    mine = SavedView.objects.filter(owners.mine(person(request)), pk=pk).select_related("role")
    view = mine.first()
    if view is None:
        if SavedView.objects.filter(pk=pk).exists():
            raise PermissionDenied("This view is somebody else's. Nothing was done.")
        raise Http404("This view is there no more.")
    desk, is_gone = _desk(request, view.list_name), what is RemoveView
    operation = what(request, desk.model)

    def back(rows: Sequence[Any]) -> str:
        is_done = request.method == "POST" and is_gone
        return f"{_list(view.list_name)}{views.PLAIN if is_done or not view.query else f'?{view.query}'}"

    return performing.run(site, request, operation, lambda: list(mine), back=back) or _gone()


def _gone() -> HttpResponse:
    raise Http404("This view is there no more.")


def _desk(request: HttpRequest, name: str) -> ModelAdmin:
    for model, desk in admin.site._registry.items():
        if views.list_name(model) == name:
            if not desk.has_view_permission(request):
                raise PermissionDenied
            return desk
    raise Http404("There is no such list.")


def _list(name: str) -> str:
    return reverse(f"admin:{name}_changelist")
