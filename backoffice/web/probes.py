"""
Two addresses for whoever watches from outside: ``/healthz``, this process answers, and ``/readyz``, the shop goes on.

They stand before everything else, so that any host name may be asked for, without TLS and without a session. Anybody
learns whether all is well; what is not, somebody who is signed in, or has ``READY_TOKEN``.
"""

import logging
from http import HTTPStatus

from django.conf import settings
from django.contrib import auth
from django.contrib.sessions.backends.db import SessionStore
from django.db import Error, connection
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from backoffice.watching import watch
from backoffice.watching.watch import Watched

from . import limits

logger = logging.getLogger(__name__)


def answered(request: HttpRequest) -> HttpResponse | None:
    """Answer if it is one of the two that is asked for."""
    probe = {"/healthz": _alive, "/readyz": _ready}.get(request.path_info)
    if probe is None:
        return None
    response = probe(request) if request.method in ("GET", "HEAD") else HttpResponseNotAllowed(["GET", "HEAD"])
    response.headers["Cache-Control"] = "no-store"
    response._has_been_logged = True  # type: ignore[attr-defined]  # Django's own: else each minute is an error in the log
    return response


def _alive(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok\n", content_type="text/plain")


def _ready(request: HttpRequest) -> HttpResponse:
    found = _looked()
    is_ok = all(each.is_ok for each in found)
    status = HTTPStatus.OK if is_ok else HTTPStatus.SERVICE_UNAVAILABLE
    if _may_know(request):
        told = [{"name": each.name, "ok": each.is_ok, "words": each.words} for each in found]
        return JsonResponse({"ok": is_ok, "checks": told}, status=status)
    return HttpResponse("ok\n" if is_ok else "not ok\n", content_type="text/plain", status=status)


def _looked() -> list[Watched]:
    try:
        with limits.limited():
            connection.ensure_connection()
            return [Watched("database", True, "The database answers."), *watch.standing(at=timezone.now())]
    except Error as error:
        logger.error("The database does not answer: %s", error)
        return [Watched("database", False, f"The database does not answer: {error}")]


def _may_know(request: HttpRequest) -> bool:
    """Whether it is asked by somebody of the staff, or with the token."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    sent = token.encode("latin-1", "replace")  # the bytes of a header, one a sign
    if settings.READY_TOKEN and scheme.lower() == "bearer" and constant_time_compare(sent, settings.READY_TOKEN):
        return True
    key = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
    if not key:
        return False
    try:
        request.session = SessionStore(key)
        user = auth.get_user(request)
    except Error:
        return False
    return user.is_active and getattr(user, "is_staff", False)
