"""
What customers read where no page of theirs can answer: an address that says nothing, a shop that is busy, an error.

They know nothing of a back office, so there is neither its frame nor a way to sign in. Asks the database nothing.
"""

import logging
import sys
from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from orders.waiting_list import links as restock_links
from orders.wording import links

logger = logging.getLogger("django.request")

HEADERS = {
    "Cache-Control": "no-store, private",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
}
DOORS = (links.PATH, restock_links.PATH)
SCRIPTS = f"{restock_links.PATH}ask/"
"""Where a script of a shop sends its JSON, and reads some."""
NOT_OPEN, WAIT, WRONG = "This page is not open", "Please wait a moment", "Something went wrong"
WORDS = {
    HTTPStatus.BAD_REQUEST: (
        NOT_OPEN,
        "What was sent here cannot be read, so nothing was done. Please open it anew from our mail or our shop.",
    ),
    HTTPStatus.FORBIDDEN: (NOT_OPEN, "This is not open to everybody. Nothing was done."),
    HTTPStatus.NOT_FOUND: (
        NOT_OPEN,
        "There is no page here. Perhaps a part of its address was lost: please open it from our mail or our shop.",
    ),
    HTTPStatus.SERVICE_UNAVAILABLE: (
        WAIT,
        "Many things happen here at this moment, and nothing was done. Please go back, and try again in a moment.",
    ),
    HTTPStatus.INTERNAL_SERVER_ERROR: (
        WRONG,
        "The fault is ours. Please try again in a while; if it stays so, answer one of our mails: a person reads it.",
    ),
}


def is_theirs(request: HttpRequest) -> bool:
    """Say if an address is one of the customers' pages, or would be if it were whole."""
    return request.path_info.startswith(DOORS)


def answered(request: HttpRequest, status: HTTPStatus) -> HttpResponse:
    """Say in plain words what came of it."""
    title, words = WORDS[status]
    response: HttpResponse
    if request.path_info == SCRIPTS:
        response = JsonResponse({"errors": {"": [words]}}, status=status)
    else:
        context = {"shop": settings.SHOP_NAME, "title": title, "words": words}
        response = render(request, "pages/closed.html", context, status=status)
    return kept_to_themselves(response)


def kept_to_themselves(response: HttpResponse) -> HttpResponse:
    """Let nobody keep, index or pass on what a link opens, nor Django's log name it: it would log the whole address."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response


def failed(request: HttpRequest) -> HttpResponse:
    """Answer an error, and log it: Django does not, of what is kept to themselves."""
    logger.error("Failed at %s", unsaid(request.path), exc_info=sys.exc_info())
    return answered(request, HTTPStatus.INTERNAL_SERVER_ERROR)


def unsaid(path: str) -> str:
    """Give the path of a request as a log may keep it: who has a link can act by it."""
    return restock_links.unsaid(links.unsaid(path))
