"""How a new person comes in: the link, shown once to who made it, and the page on which they choose a password."""

from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.forms import SetPasswordForm
from django.contrib.auth.models import User
from django.contrib.auth.views import PasswordResetConfirmView
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse, reverse_lazy

from backoffice.people import inviting
from inventory.desk import once
from inventory.desk.operations import ask, person

STASH = "invited"
"""In the session of who made a link: whose it is, and whether it was mailed. The link itself is kept nowhere."""
WHOLE = "It lets them choose a password, works once, and for {lasts}. A link they had before ends when one is used."


def invite(request: HttpRequest, who: User) -> HttpResponse:
    """Mail a link to this person, and lead to the page that shows it once."""
    request.session[STASH] = {"pk": who.pk, "is_mailed": False}
    transaction.on_commit(partial(_mail, request, who))
    return HttpResponseRedirect(reverse("admin:auth_user_link", args=[who.pk]))


def _mail(request: HttpRequest, who: User) -> None:
    is_mailed = bool(who.email) and inviting.mail(who, by=person(request)) and inviting.goes_out()
    request.session[STASH] = {"pk": who.pk, "is_mailed": is_mailed}


def link(desk: Any, request: HttpRequest, pk: int) -> HttpResponse:
    """Show the link that was just made, once; or ask whether to make one."""
    who = User.objects.filter(pk=pk).first()
    if who is None:
        raise Http404
    if not desk.has_change_permission(request, who):
        raise PermissionDenied
    stash = request.session.get(STASH) or {}
    if request.method == "GET" and stash.get("pk") == pk:
        del request.session[STASH]
        return _shown(desk, request, who, is_mailed=stash["is_mailed"])
    return _asked(desk, request, who)


def _asked(desk: Any, request: HttpRequest, who: User) -> HttpResponse:
    form = forms.Form(request.POST if request.method == "POST" else None)

    def make() -> HttpResponse:
        if not (who.is_active and who.is_staff):
            raise forms.ValidationError("They may not sign in. Tick “Active” and “Staff status” on their page first.")
        desk.log_change(request, who, "A link to choose a password was made.")
        return invite(request, who)

    if form.is_valid() and (answer := once.act(request, form, make)):
        return answer
    return ask(
        desk.admin_site,
        request,
        title=f"A link for {who.get_short_name() or who}",
        explanation=f"For somebody who is new, or has forgotten their password. {WHOLE.format(lasts=inviting.lasts())}",
        form=form,
        submit="Make a link",
        back=reverse("admin:auth_user_change", args=[who.pk]),
        opts=desk.opts,
    )


def _shown(desk: Any, request: HttpRequest, who: User, *, is_mailed: bool) -> HttpResponse:
    words = f"It was mailed to {who.email}, too." if is_mailed else "It was not mailed: hand it over yourself."
    response = ask(
        desk.admin_site,
        request,
        title=f"The link for {who.get_short_name() or who}",
        explanation=WHOLE.format(lasts=inviting.lasts()),
        form=forms.Form(),
        submit="",
        back=reverse("admin:auth_user_change", args=[who.pk]),
        opts=desk.opts,
        way_in=request.build_absolute_uri(inviting.path(who)),
        words=f"This page shows it once. {words} They sign in as {who.get_username()}.",
    )
    response.template_name = "admin/auth/user/link.html"
    return response


class Welcome(PasswordResetConfirmView):
    """Let who holds a link choose a password; then they sign in with it."""

    template_name = "admin/welcome.html"
    success_url = reverse_lazy("admin:login")
    title = "Choose your password"

    def get_user(self, uidb64: str) -> Any:
        who = super().get_user(uidb64)
        return who if who and who.is_active else None

    def form_valid(self, form: SetPasswordForm) -> HttpResponse:
        response = super().form_valid(form)
        messages.success(self.request, f"Your password is set. Sign in as {form.user.get_username()}.")
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {"lasts": inviting.lasts(), **super().get_context_data(**kwargs)}
