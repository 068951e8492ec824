"""
What people read instead of a page: an address that says nothing, or a shop that is busy; and how to go on.

What says that the shop is busy asks the database nothing: it may be what is. Who is signed in and asks for what is
not there, not theirs or no question stays in the house: the page has its menu, and leads to what they look for.
"""

import logging
import sys
from http import HTTPStatus
from typing import Any

from django.contrib import admin
from django.contrib.admin.exceptions import DisallowedModelAdminLookup
from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation, TooManyFieldsSent
from django.db import DatabaseError, DataError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import SafeString

from backoffice.people import coming_back
from inventory.desk.careful import Missing
from inventory.desk.lists import views
from inventory.desk.lists.views import GoneView
from inventory.desk.tables import link
from inventory.models import SavedView

from . import strangers

logger = logging.getLogger(__name__)

BUSY_STATES = frozenset({"55P03", "57014", "40001", "40P01"})
"""PostgreSQL: a lock waited for too long, a statement that ran too long, a serialization failure, a deadlock."""
BUSY_WORDS = ("database is locked", "database table is locked")
"""SQLite, where another writer did not end in time."""
RETRY_SECONDS = 10
KEPT_FIELDS = 500
"""Fields of a form that the page keeps, so that it can be sent again."""
AWAY = "Nothing can be read or done until it is back. What you sent was not done; go back and send it again then."
FAILED = (
    "The fault is ours, and the log has it. Look at how things stand before you do again what you were about to do."
)
UNREADABLE = "This address, or what was sent with it, holds characters or numbers that nothing here can hold."


def is_busy(error: BaseException | None) -> bool:
    """Say whether a statement gave way to others, so that its transaction was taken back and can be tried again."""
    if not isinstance(error, OperationalError):
        return False
    cause = error.__cause__
    return getattr(cause, "sqlstate", None) in BUSY_STATES or any(words in str(error) for words in BUSY_WORDS)


def is_unreadable(error: BaseException | None) -> bool:
    """Say whether a value reached the database that no column can hold."""
    return isinstance(error, DataError | UnicodeError) or (isinstance(error, OverflowError) and "SQLite" in str(error))


def busy(request: HttpRequest) -> HttpResponse:
    """Say that nothing was done because others are at the same rows, and keep what was typed."""
    if strangers.is_theirs(request):
        return _later(strangers.answered(request, HTTPStatus.SERVICE_UNAVAILABLE))
    kept = [(name, value) for name, values in request.POST.lists() for value in values if _may_keep(name)]
    is_kept = request.method == "POST" and not request.FILES and len(kept) <= KEPT_FIELDS
    context = {
        "title": "Busy: nothing was done",
        "words": "Somebody else is at work on the same products or orders, and this waited too long for them. "
        "Nothing was done. Try again in a moment.",
        "again": request.get_full_path(),
        "kept": kept if is_kept else [],
        "is_kept": is_kept,
    }
    return _later(render(request, "admin/refused.html", context, status=HTTPStatus.SERVICE_UNAVAILABLE))


def _later(response: HttpResponse) -> HttpResponse:
    response["Retry-After"] = str(RETRY_SECONDS)
    return response


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Say that an address or a form cannot be understood, and in which words if we know them."""
    if strangers.is_theirs(request):
        return strangers.answered(request, HTTPStatus.BAD_REQUEST)
    words = UNREADABLE
    if isinstance(exception, BadRequest) and exception.args and "multipart" not in str(exception).lower():
        words = str(exception)
    elif isinstance(exception, DisallowedModelAdminLookup):
        words = "This list cannot be looked up by what the address asks."
    elif isinstance(exception, TooManyFieldsSent):
        words = "That form has more fields than are taken at once."
    elif isinstance(exception, SuspiciousOperation):
        words = "This address asks for something that is not given out."
    context = _house(request) | {"title": "This cannot be answered", "words": f"{words} Nothing was done."}
    if isinstance(exception, GoneView):
        context |= {"title": "This view fits no more", "elsewhere": _without(request, exception.view)}
    return render(request, "admin/refused.html", context, status=HTTPStatus.BAD_REQUEST)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Say that this is not for everybody, and who can change that."""
    if strangers.is_theirs(request):
        return strangers.answered(request, HTTPStatus.FORBIDDEN)
    words = "Your role may not open this. Nothing was done."
    if isinstance(exception, PermissionDenied) and exception.args:
        words = str(exception)
    words += " Whoever manages people can give you the permission."
    context = _house(request) | {"title": "This is not yours to open", "words": words}
    return render(request, "admin/refused.html", context, status=HTTPStatus.FORBIDDEN)


STALE = "This page was opened before you signed in, or this browser keeps no cookies. Nothing was done."
STALE_SIGN_IN = "Somebody has signed in here on another page since this one was opened. Nothing was done."


def stale(request: HttpRequest, reason: str = "") -> HttpResponse:
    """
    Say that a form carries a token of before, and keep what was typed if the form was made for who sends it.

    Another site may send us any form; it cannot make the one-time key of ours, and what it sends is not kept.
    """
    if strangers.is_theirs(request):
        return strangers.answered(request, HTTPStatus.FORBIDDEN)
    context = _house(request) | {"title": "This page is too old", "words": STALE, "again": request.get_full_path()}
    if request.path == reverse("admin:login"):
        to = request.POST.get("next", "")
        is_ours = url_has_allowed_host_and_scheme(to, {request.get_host()}, require_https=request.is_secure())
        context |= {"words": STALE_SIGN_IN, "again": to if is_ours else reverse("admin:index")}
    elif coming_back.is_own(request) and (kept := coming_back.typed(request)):
        context |= {"words": f"{STALE} What you typed is kept.", "kept": kept, "is_kept": True}
        context["typed"] = coming_back.legible(kept)
    return render(request, "admin/refused.html", context, status=HTTPStatus.FORBIDDEN)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Say that there is no such page, or no longer."""
    if strangers.is_theirs(request):
        return strangers.answered(request, HTTPStatus.NOT_FOUND)
    words = "What this address led to is not here, or no longer."
    context = _house(request) | {"title": "There is no such page", "words": words}
    if context.get("has_permission") and isinstance(exception, Missing):
        context |= {"words": str(exception), "elsewhere": _search(request, exception)}
    return render(request, "admin/refused.html", context, status=HTTPStatus.NOT_FOUND)


def _search(request: HttpRequest, missing: Missing) -> SafeString | str:
    """Lead to the list in which the row would stand, asked for what the address called it."""
    opts = missing.model._meta
    desk = admin.site.get_model_admin(missing.model) if admin.site.is_registered(missing.model) else None
    if desk is None or not desk.has_view_permission(request):
        return ""
    asked = {"q": missing.asked} if desk.search_fields else {}
    return link(f"Look in {opts.verbose_name_plural}", f"{opts.app_label}_{opts.model_name}_changelist", **asked)


def _without(request: HttpRequest, view: SavedView) -> SafeString:
    """Lead to where a view is removed, and to its list as it is by itself."""
    remove = link("Remove this view", "view_remove", view.pk)
    return format_html('{} · <a href="{}{}">Open the list without it</a>', remove, request.path, views.PLAIN)


def _house(request: HttpRequest) -> dict[str, Any]:
    """Give what the menu of the house needs, for who is signed in; nothing for anybody else."""
    try:
        return admin.site.each_context(request) if admin.site.has_permission(request) else {}
    except (AttributeError, DatabaseError):  # before anybody knows who asks; or the database is what is away
        return {}


def failed(request: HttpRequest) -> HttpResponse:
    """Answer an error that reached no page: in words if the shop is only busy."""
    error = sys.exc_info()[1]
    if is_busy(error):
        return busy(request)
    if strangers.is_theirs(request):
        return strangers.failed(request)
    if is_unreadable(error):  # before any page was asked: a cookie, say
        return _by_itself(HTTPStatus.BAD_REQUEST, "This cannot be answered", f"{UNREADABLE} Nothing was done.")
    if isinstance(error, OperationalError | InterfaceError):
        return _later(_by_itself(HTTPStatus.SERVICE_UNAVAILABLE, "The database does not answer", AWAY))
    return _by_itself(HTTPStatus.INTERNAL_SERVER_ERROR, "Something went wrong", FAILED)


def _by_itself(status: HTTPStatus, title: str, words: str) -> HttpResponse:
    """Answer without asking who reads: the database, or their session, may be what fails."""
    return HttpResponse(render_to_string("admin/refused.html", {"title": title, "words": words}), status=status)


def _may_keep(name: str) -> bool:
    return name != "csrfmiddlewaretoken" and "password" not in name


def answered(request: HttpRequest, error: Exception) -> HttpResponse | None:
    """Answer what a page ran into in words, if it is one of these; None leaves it an error."""
    if is_busy(error):
        logger.warning("Busy at %s: %s", strangers.unsaid(request.path), error)
        return busy(request)
    if is_unreadable(error):
        logger.warning("Unreadable at %s: %s", strangers.unsaid(request.path), error, exc_info=error)
        return bad_request(request, error)
    return None
