"""
The door of every act: a page that does something is done once, however often it is sent.

Every acting form carries ``{{ once_field }}``, a key that was made for the person who looks. ``door`` stands before
each view of the site: it spends the key in the transaction of the act, gives it back if nothing was done, and gives
whoever sends the page again the first one's answer. A view asks ``may`` before it acts and says ``done`` after it;
without a key it may not. ``pages`` does both for the pages that Django brings.
"""

import hashlib
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import wraps
from time import sleep
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import PermissionDenied
from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.html import format_html, strip_tags
from django.utils.http import int_to_base36
from django.utils.safestring import SafeData, SafeString, mark_safe

from inventory import spent
from inventory.models import SpentKey

FIELD = "once"
ASKING = ("preview", "every", "more")
"""Buttons that only ask: the page is shown again, and its key is for what follows."""
LATE = timedelta(minutes=5)
"""A clock of another machine may be so far ahead."""
PATIENCE = timedelta(seconds=30)
"""So long who sends a page again waits for the end of what it began; what takes longer may be lost."""
LOOK_AGAIN = timedelta(milliseconds=200)

NO_KEY = (
    "Nothing was done: this page was opened too long ago, or by somebody else. "
    "Please look at it again, and send it once more if it is still right."
)
USED = "This page was sent before, with other content: “{told}” Nothing was done now. If you mean this too, send it."
UNENDED = "What this page started before has not said how it ended. Nothing was started again: look at that first."
AGAIN = "It was sent twice and done once."
MOVED = "The facts have moved since you looked. Nothing was done: here is how they stand now."

View = Callable[..., HttpResponse]


@dataclass(slots=True)
class Sent:
    """
    A page on its way in: its key is spent, or ``refusal`` says why it may not act.

    :ivar is_done: the view did it
    :ivar is_refused: the domain refused, and the view said so by itself
    """

    key: str = ""
    refusal: str = ""
    is_done: bool = False
    is_refused: bool = False


def fresh(by: AbstractBaseUser, at: datetime) -> str:
    """Make a key for one page that this person looks at."""
    return _signer(by).sign(f"{int_to_base36(int(at.timestamp()))}-{get_random_string(20)}")


def _signer(by: AbstractBaseUser) -> Signer:
    return Signer(salt=f"{__name__}:{by.pk}")


def known(signed: str, by: AbstractBaseUser, at: datetime) -> str:
    """Give the key that was made for this person not too long ago; nothing if it was not."""
    try:
        key = _signer(by).unsign(signed)
        age = at - spent.made_at(key)
    except (BadSignature, ValueError):
        return ""
    return key if -LATE <= age < spent.KEPT else ""


def field(request: HttpRequest) -> dict[str, Any]:
    """Context processor: the hidden field of an acting form, made when a template asks for it."""

    def once_field() -> SafeString:
        return format_html('<input type="hidden" name="{}" value="{}">', FIELD, fresh(_person(request), timezone.now()))

    return {"once_field": once_field}


def _person(request: HttpRequest) -> AbstractBaseUser:
    return cast(AbstractBaseUser, request.user)


# --- the door -----------------------------------------------------------------------------


def door(view: View) -> View:
    """Stand before a view of the site: what it does when it is sent, it does once."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method != "POST" or any(button in request.POST for button in ASKING):
            return view(request, *args, **kwargs)
        at = timezone.now()
        sent = Sent(known(request.POST.get(FIELD, ""), _person(request), at))
        request.once = sent  # type: ignore[attr-defined]
        if not sent.key:
            sent.refusal = NO_KEY
            return view(request, *args, **kwargs)
        commits = getattr(view, "commits_by_itself", False)
        with nullcontext() if commits else transaction.atomic():
            first = _claim_in_turn(request, sent, at) if commits else _claim(request, sent, at)
            if first is None:
                return _through(view, request, sent, *args, **kwargs)
        sent.refusal = _why_not(first, request)
        return view(request, *args, **kwargs) if sent.refusal else _same_answer(first, request)

    return guarded


def commits_by_itself(view: View) -> View:
    """
    Mark a view that one transaction cannot take back: its key is spent, and committed, before it begins.

    If it dies in between, the key stays spent without an answer: nothing is started again unseen.
    """
    view.commits_by_itself = True  # type: ignore[attr-defined]
    return view


def _through(view: View, request: HttpRequest, sent: Sent, *args: Any, **kwargs: Any) -> HttpResponse:
    """Let it act; who may not, or asks for what is not there, has spent nothing."""
    try:
        response = view(request, *args, **kwargs)
    except (PermissionDenied, Http404):
        spent.give_back(sent.key)
        raise
    if sent.is_done:
        spent.answer(sent.key, _answer(request, response))
    else:
        spent.give_back(sent.key)
    return response


def _claim(request: HttpRequest, sent: Sent, at: datetime) -> SpentKey | None:
    act = request.resolver_match.view_name if request.resolver_match else ""
    content = _content(request)
    return spent.claim(sent.key, by_id=_person(request).pk, act=act, rows=request.get_full_path(), sent=content, at=at)


def _claim_in_turn(request: HttpRequest, sent: Sent, at: datetime) -> SpentKey | None:
    """Claim a key that is committed before its act: who comes second looks until the first has ended, or is lost."""
    for _ in range(PATIENCE // LOOK_AGAIN):
        first = _claim(request, sent, at)
        if first is None or first.answer is not None or timezone.now() > first.at + PATIENCE:
            return first
        sleep(LOOK_AGAIN.total_seconds())
    return _claim(request, sent, at)


def _content(request: HttpRequest) -> str:
    """Hash what was sent: where to, every field but the keys, and files."""
    digest = hashlib.sha256(request.get_full_path().encode())
    for name, values in sorted(request.POST.lists()):
        if name not in (FIELD, "csrfmiddlewaretoken"):
            digest.update(repr((name, values)).encode())
    for name in sorted(request.FILES):
        for file in request.FILES.getlist(name):
            digest.update(repr((name, file.name)).encode())
            for part in file.chunks():
                digest.update(part)
            file.seek(0)
    return digest.hexdigest()


# --- answers ------------------------------------------------------------------------------


def _answer(request: HttpRequest, response: HttpResponse) -> dict[str, Any]:
    queued: list[Any] = getattr(messages.get_messages(request), "_queued_messages", [])
    told = [[each.level, str(each.message), isinstance(each.message, SafeData)] for each in queued]
    found: dict[str, Any] = {"told": told, "url": getattr(response, "url", "")}
    if _is_popup(response):
        assert isinstance(response, TemplateResponse)
        found["popup"] = (response.context_data or {})["popup_response_data"]
        found["template"] = response.template_name
    return found


def _is_popup(response: HttpResponse) -> bool:
    """Whether this closes a window in which a row was added for another page."""
    return isinstance(response, TemplateResponse) and "popup_response_data" in (response.context_data or {})


def _why_not(first: SpentKey, request: HttpRequest) -> str:
    """Say why a key that was spent before does not get the answer of then; nothing if it does."""
    if first.answer is None:
        return UNENDED
    if first.sent != _content(request):
        return USED.format(told=" ".join(_plain(text, is_safe) for _, text, is_safe in first.answer["told"]))
    return ""


def _plain(text: str, is_safe: bool) -> str:
    return strip_tags(text) if is_safe else text


def _same_answer(first: SpentKey, request: HttpRequest) -> HttpResponse:
    answer = first.answer or {}
    if "popup" in answer:
        return TemplateResponse(request, answer["template"], {"popup_response_data": answer["popup"]})
    unread = list(messages.get_messages(request))  # the first answer may never have been looked at
    for each in unread:
        messages.add_message(request, each.level, each.message)
    for level, text, is_safe in answer["told"]:
        if text not in map(str, unread):
            messages.add_message(request, level, mark_safe(text) if is_safe else text)
    messages.info(request, AGAIN)
    return HttpResponseRedirect(answer["url"])


# --- what a view asks -----------------------------------------------------------------------


def refusal(request: HttpRequest) -> str:
    """Say why this page may not act now; nothing if it may, and then its transaction is open."""
    sent: Sent | None = getattr(request, "once", None)
    return NO_KEY if sent is None else sent.refusal


def hold_back(request: HttpRequest, words: str) -> None:
    """What this page was looked at for has changed since: it may not act, and says so."""
    request.once.refusal = words  # type: ignore[attr-defined]


def may(request: HttpRequest, form: forms.Form) -> bool:
    """Whether this page may act now; if not, its form says why."""
    if words := refusal(request):
        form.add_error(None, words)
    return not words


def done(request: HttpRequest) -> None:
    """It was done: the key stays spent."""
    sent: Sent = request.once  # type: ignore[attr-defined]
    sent.is_done = not sent.is_refused


def refused(request: HttpRequest) -> None:
    """The domain refused in the midst of a page of Django's: what it redirects to is no answer to be given again."""
    request.once.is_refused = True  # type: ignore[attr-defined]


def act(
    request: HttpRequest, form: forms.Form, deed: Callable[[], HttpResponse | None], *refusals: type[Exception]
) -> HttpResponse | None:
    """
    Do it if this page may, and give its answer; None if it was refused, and then the form says why.

    A deed that gives None has done nothing: it asks something first.
    """
    if not may(request, form):
        return None
    try:
        response = deed()
    except refusals as why:
        form.add_error(None, str(why))
        return None
    except forms.ValidationError as why:
        form.add_error(None, why)
        return None
    if response:
        done(request)
    return response


def typed(form: forms.Form) -> list[tuple[str, str]]:
    """What was typed into a valid form, for the fingerprint of what it does."""
    return sorted((name, repr(value)) for name, value in form.cleaned_data.items())


def shown_again(request: HttpRequest) -> HttpResponse | None:
    """Lead back to a page that may not act, and say why; None if it may."""
    if request.method != "POST" or not (words := refusal(request)):
        return None
    messages.warning(request, words)
    return HttpResponseRedirect(request.get_full_path())
