"""Whom a note may name: those who work here and may see what it is about, found by the beginning of a name."""

from itertools import islice

from django.contrib.auth import get_permission_codename
from django.contrib.auth.models import User
from django.http import HttpRequest, JsonResponse
from django.urls import reverse

from inventory.desk import throttle
from inventory.ground import folding

from . import owning, subjects

SHOWN = 8
LONGEST = 150
BACKEND = "django.contrib.auth.backends.ModelBackend"


def named(request: HttpRequest, label: str) -> JsonResponse:
    """Answer the box of a note: who is called so, among those who may see rows of this kind."""
    subjects.list_of(request, label)  # refuses what is not seen, or is nothing to write on
    piece = request.GET.get("q", "")[:LONGEST]
    if throttle.is_too_much(request):
        return JsonResponse({"people": []}, status=429)
    opts = subjects.BY_LABEL[label]._meta
    who = User.objects.with_perm(f"{opts.app_label}.{get_permission_codename('view', opts)}", backend=BACKEND)
    staff = who.filter(is_staff=True).order_by("first_name", "last_name", "username")
    found = (user for user in staff if _is_called(user, folding.solid(piece)))
    people = [{"name": user.username, "called": owning.called(user)} for user in islice(found, SHOWN)]
    return JsonResponse({"people": people})


def _is_called(user: User, begins: str) -> bool:
    names = (user.username, user.first_name, user.last_name)
    return any(folding.solid(name).startswith(begins) for name in names)


def address(label: str) -> str:
    """Where the box of a note about rows of this model asks."""
    return reverse("admin:note_names", args=[label])
