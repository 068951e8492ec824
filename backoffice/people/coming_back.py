"""
What somebody had typed when their session ended: kept while they sign in again, and sent only if they say so.

Nothing is kept here: it goes to the sign-in page and back in the forms themselves. It can do nothing that the page it
was typed into could not: its one-time key was made for one person.
"""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from inventory.desk import once

FIELD = "kept"
MOST_FIELDS = 500
MOST_CHARACTERS = 200_000
ENDED = (
    "You were signed out: your session has ended. Nothing was done, and what you typed is kept. Sign in again to go on."
)
BACK = "You are signed in again. Nothing was done yet, and what you typed is kept."
SEND = "Send what I typed"
UNTYPED = (once.FIELD, "fingerprint", "action", "apply", *once.ASKING)
"""Fields of our pages that nobody types into, nor into what begins with an underscore or counts the rows of a form."""


def is_own(request: HttpRequest) -> bool:
    """Whether what is sent comes from a page that was made for whoever sends it: no other site can make its key."""
    sent, by = request.POST.get(once.FIELD, ""), request.user
    return bool(by.is_authenticated and once.known(sent, by, timezone.now()))


def typed(request: HttpRequest) -> list[tuple[str, str]]:
    """Give what a form of ours was sent with, so that it can be sent again; nothing if not all of it can be kept."""
    found = [
        (name, value) for name, values in request.POST.lists() for value in values if name != "csrfmiddlewaretoken"
    ]
    is_kept = (
        once.FIELD in request.POST
        and not request.FILES
        and len(found) <= MOST_FIELDS
        and sum(len(name) + len(value) for name, value in found) <= MOST_CHARACTERS
        and not any("password" in name for name, _ in found)
    )
    return found if is_kept else []


def asked(site: Any, request: HttpRequest) -> HttpResponse | None:
    """Ask who had their session end over a form to sign in again; None if there is nothing to keep."""
    found = typed(request) if request.method == "POST" else []
    if not found:
        return None
    return sign_in(
        site, request, urlencode(found), to=request.get_full_path(), words=ENDED, status=HTTPStatus.FORBIDDEN
    )


def sign_in(site: Any, request: HttpRequest, kept: str, *, to: str, words: str, status: HTTPStatus) -> HttpResponse:
    """Show the page to sign in, with what waits beside it; ``words`` say why it stands there."""
    context = {
        **site.each_context(request),
        "title": "Log in",
        "app_path": f"{reverse('admin:login')}?{urlencode({'next': to})}",
        "next": to,
        "form": site.login_form(request),
        **waiting(kept),
        "ended": words,
    }
    return render(request, "admin/login.html", context, status=status)


def waiting(kept: str) -> dict[str, Any]:
    """Give what a page to sign in shows of what was kept, and hands on."""
    return {FIELD: kept, "typed": legible(_read(kept))}


def _read(kept: str) -> list[tuple[str, str]]:
    return parse_qsl(kept, keep_blank_values=True)[:MOST_FIELDS]


def legible(found: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """
    Give what a person has typed or chosen of what was sent, each under the name of its field.

    >>> legible([("once", "a:b"), ("lines-0-sku", "LAMP"), ("starts_on", "2026-03-01"), ("note", " "), ("_save", "1")])
    [('Lines 0 sku', 'LAMP'), ('Starts on', '2026-03-01')]
    """
    return [
        (name.replace("_", " ").replace("-", " ").capitalize(), value)
        for name, value in found
        if value.strip() and name not in UNTYPED and not name.startswith("_") and not name.endswith(("_FORMS", "-id"))
    ]


def shown(site: Any, request: HttpRequest, to: str) -> HttpResponse | None:
    """Show who has signed in again what they typed before, and where it goes; None if they brought nothing."""
    found = _read(request.POST.get(FIELD, ""))
    if not found:
        return None
    context = {"title": "What you typed", "words": BACK, "again": to, "is_kept": True, "kept": found, "send": SEND}
    context["typed"] = legible(found)
    return render(request, "admin/refused.html", {**site.each_context(request), **context})
