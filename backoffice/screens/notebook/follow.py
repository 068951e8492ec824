"""Following rows, or no longer: for whoever may see them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.contrib.auth import get_permission_codename
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from inventory.notebook import following, hanging

from . import acting, subjects


class FollowRows(acting.Quiet):
    name, label, submit = "follow", "Follow", "Follow"
    explanation = (
        "It is in the mail of the day, if you want one (“Your settings”, behind your name): notes of others, "
        "whose turn it is, alerts that are solved."
    )

    def __init__(self, label: str) -> None:
        opts = subjects.BY_LABEL[label]._meta
        self.permission = f"{opts.app_label}.{get_permission_codename('view', opts)}"

    def act(self, rows: Sequence[Any], form: forms.Form, *, by: User, at: datetime) -> str:
        following.follow([hanging.key(row) for row in rows], by_id=by.pk, at=at)
        return f"You follow {'it' if len(rows) == 1 else 'them'} now."


class StopFollowing(FollowRows):
    name, label, submit = "stop_following", "Stop following", "Stop"
    explanation = (
        "While it is your turn, or a note there names you that you have not read, you hear of it all the same."
    )

    def act(self, rows: Sequence[Any], form: forms.Form, *, by: User, at: datetime) -> str:
        following.stop([hanging.key(row) for row in rows], by=by)
        return f"You follow {'it' if len(rows) == 1 else 'them'} no longer."


def on_rows(request: HttpRequest, label: str, *, site: AdminSite, what: type[FollowRows]) -> HttpResponse:
    """Follow rows, or no longer."""
    chosen_in = subjects.list_of(request, label)  # refuses what is not seen, or is nothing to write on
    if not request.GET.get("ids"):
        messages.warning(request, "Select at least one row first.")
        return HttpResponseRedirect(chosen_in)
    return acting.run(site, request, what(label), lambda: subjects.rows(request, label))
