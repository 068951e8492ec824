"""What every response carries, what a request may hold, and how long it may wait."""

import logging
import re
from collections.abc import Callable
from contextlib import suppress
from time import monotonic
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.utils import timezone

from backoffice import logs
from backoffice.people import own_time, signing_in
from inventory.desk import moments, reader

from . import limits, probes, refusing, strangers

logger = logging.getLogger("backoffice.requests")

GIVEN_ID = re.compile(r"[\w-]{1,64}", re.ASCII)
ORDER_PAGE = re.compile(r"orders_(order|orderline|backorder)_")
MOST_TICKED = 5
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


class ContentSecurityPolicy:
    """Allow our own scripts, styles and images, nothing inline and nothing from elsewhere."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        return response


class Probes:
    """Answer who asks whether we are well before anything else looks at the request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return probes.answered(request) or self.get_response(request)


class Logged:
    """
    Give each request an id, which its lines in the log and its answer carry, and log how it was answered.

    An id that somebody sends is taken only behind proxies of ours: they may have given it one.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "") if settings.TRUSTED_PROXIES else ""
        name = given if GIVEN_ID.fullmatch(given) else uuid4().hex[:16]
        began = monotonic()
        with logs.about(request=name) as known:
            request.about = known  # type: ignore[attr-defined]
            response = self.get_response(request)
            taken = round((monotonic() - began) * 1000)
            path = strangers.unsaid(request.path)
            logger.info("%s %s %d in %d ms", request.method, path, response.status_code, taken)
        response.headers["X-Request-ID"] = name
        return response

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: dict[str, Any]) -> None:
        """Note the order or the line that a page is about, or those that were ticked in a list."""
        match = ORDER_PAGE.match((request.resolver_match and request.resolver_match.url_name) or "")
        if match is None:
            return
        ticked: list[str] = []
        with suppress(UnreadablePostError):  # whoever reads it next says so
            ticked = request.POST.getlist("_selected_action")[:MOST_TICKED]
        found = kwargs.get("object_id") or ",".join(ticked)
        if found:
            logs.also_about(**{"order" if match[1] == "order" else "line": str(found)[:100]})


class KnowsReader:
    """Keep who reads while a request is answered: what they may not open is named without a link."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with reader.of(request):
            return self.get_response(request)


class IdleEnd:
    """End the session of whoever was away for ``SESSION_IDLE_MINUTES``, and let the others' go on."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        signing_in.renew(request.session, at=timezone.now())
        return self.get_response(request)


class OwnTime:
    """Write moments in the reader's own zone, too. Django's stays the shop's: days are reckoned in it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with moments.read_in(own_time.carried(request.session)):
            return self.get_response(request)


class AnsweredInWords:
    """
    Limit how long a request waits for others, and answer in words what no page can: a busy shop, an unreadable address.

    A character that PostgreSQL cannot keep stands in no address that we made.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "%00" in request.META.get("QUERY_STRING", "") or "\x00" in request.path:
            return refusing.bad_request(request, BadRequest(refusing.UNREADABLE))
        with limits.limited():
            return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return refusing.answered(request, exception)
