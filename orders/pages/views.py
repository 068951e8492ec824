"""
The page of an order over HTTP: GET and a look show, "do" decides. Nobody signs in; the link is the key.

No cookie is set and none is asked for: who can send a form here has the link, and each form carries the number of its
act. So a page works in the reader of any mail program, without a script.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import wraps
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.views.decorators.csrf import csrf_exempt

from inventory.desk import throttle
from orders.mail.letters import LANGUAGE
from orders.models import Order, PageAct
from orders.models.address import FIELDS
from orders.wording import links

from . import deciding, shown
from . import standing as standings
from .acts import ALL, BY_NAME
from .deeds import CONFIRMED, NotNow, PageDeed
from .forms import PageForm, answer, keep
from .standing import OrderStanding

METHODS = ("GET", "HEAD", "POST")
MOST = 60
"""Openings of one link within a minute."""
DONE = "done"
"""The parameter that names the act whose page leads here."""
HEADERS = {
    "Cache-Control": "no-store, private",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
}
MOVED = "Something has changed since you opened this page, so nothing was done just now. This is how it stands:"
NOT_OURS = "This link opens nothing. Perhaps a part of it was lost on its way: please open it from our newest mail."
ENDED = "This link has ended. If you need something, please answer one of our mails: a person reads it."
TOO_OFTEN = "This page was opened very often within a minute. Please wait until the next one."

View = Callable[..., HttpResponse]


def opened_by_link(view: View) -> View:
    """Let a view be opened by a link that is good, and give it that order; any other link is answered kindly."""

    @csrf_exempt
    @wraps(view)
    def opened(request: HttpRequest, token: str, **more: Any) -> HttpResponse:
        with translation.override(LANGUAGE):
            response = _opened(request, token, **more)
        for name, value in HEADERS.items():
            response.headers[name] = value
        response._has_been_logged = True  # type: ignore[attr-defined]  # Django would log the link with what it answers
        return response

    def _opened(request: HttpRequest, token: str, **more: Any) -> HttpResponse:
        if request.method not in METHODS:
            return HttpResponseNotAllowed(METHODS)
        link = links.named(token)
        if link is None:
            return _closed(request, NOT_OURS, HTTPStatus.NOT_FOUND)
        if throttle.is_beyond(f"order-page:{link.order_id}", MOST):
            return _closed(request, TOO_OFTEN, HTTPStatus.TOO_MANY_REQUESTS, typed=_typed(request))
        order = standings.named(link)
        if order is None:
            return _closed(request, ENDED, HTTPStatus.GONE, typed=_typed(request))
        return view(request, token, order, **more)

    return opened


def _closed(request: HttpRequest, words: str, status: HTTPStatus, *, typed: Sequence[str] = ()) -> HttpResponse:
    context = {"shop": settings.SHOP_NAME, "words": words, "typed": typed}
    response = render(request, "pages/closed.html", context, status=status)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        response.headers["Retry-After"] = "60"
    return response


def _typed(request: HttpRequest) -> list[str]:
    """Give what was typed in words, which a page without its form shows, so that nobody has to find them again."""
    return [words for name in ("question", *FIELDS) if (words := request.POST.get(name, "").strip())]


@opened_by_link
def look(request: HttpRequest, token: str, order: Order) -> HttpResponse:
    """Show how the order stands."""
    at = timezone.now()
    standing = standings.of(order, at=at)
    if standing.is_over(at):
        return _closed(request, ENDED, HTTPStatus.GONE)
    offered = {deed.name: _act_url(token, deed) for deed in ALL if not deed.why_not(standing)}
    context = {
        **_frame(token, standing),
        "sentence": shown.sentence(standing),
        "sorry": shown.sorry(standing),
        "lines": shown.lines(standing),
        "told": shown.told(standing),
        "done": _done(request, standing),
        "acts": [(act, timezone.localdate(act.at)) for act in standing.acts],
        "offered": offered,
        "question": BY_NAME["agree"].heading(standing),
        "offers": list(_offers(token, standing)) if "offer" in offered else [],
        "missing_url": _missing_url(token, standing) if "cancel" in offered else "",
        "cancels_missing": shown.cancels_missing(standing),
        "labels": {deed.name: deed.way(standing) for deed in ALL if deed.name in offered},
    }
    return render(request, "pages/look.html", context)


@opened_by_link
def act(request: HttpRequest, token: str, order: Order, name: str) -> HttpResponse:
    """Ask about one act, show what it would do, and do it."""
    at = timezone.now()
    deed = BY_NAME.get(name)
    standing = standings.of(order, at=at)
    if standing.is_over(at):
        return _closed(request, ENDED, HTTPStatus.GONE, typed=_typed(request))
    if deed is None:
        return HttpResponseRedirect(_look_url(token))
    if request.method == "POST" and deciding.DO in request.POST:
        return _decide(request, token, order, deed, at)
    sent = request.POST if request.method == "POST" else request.GET
    return _ask(request, token, standing, deed, sent=sent)


def _decide(request: HttpRequest, token: str, order: Order, deed: PageDeed, at: datetime) -> HttpResponse:
    try:
        decided = deciding.decide(deed, order, request.POST, at=at)
    except deciding.StandsOtherwise:
        return _ask(request, token, standings.of(order, at=at), deed, sent=request.POST, words=MOVED)
    except NotNow as why:
        return _ask(request, token, standings.of(order, at=at), deed, sent=request.POST, words=str(why))
    return HttpResponseRedirect(f"{_look_url(token)}?{DONE}={decided.act.number}", status=HTTPStatus.SEE_OTHER)


def _ask(
    request: HttpRequest, token: str, standing: OrderStanding, deed: PageDeed, *, sent: QueryDict, words: str = ""
) -> HttpResponse:
    """Show the form of an act, or what it would do; why it did nothing, if it did nothing."""
    why_not = deed.why_not(standing)
    asks = deed.form_class.asks
    form = deed.form_class(standing, sent if not asks or sent else None)
    is_clear = not why_not and form.is_valid()
    context = {
        **_frame(token, standing),
        "deed": deed,
        "heading": deed.heading(standing),
        "why_not": why_not,
        "words": words if words != why_not else "",
        "form": form,
        "typed": _typed(request),
        "would": _would(standing, deed, form) if is_clear else [],
        "asks": asks,
        "seen": deciding.seen(deed, standing),
        "again_url": _act_url(token, deed),
        "sentence": shown.sentence(standing) if words or why_not else "",
    }
    return render(request, "pages/act.html", context, status=HTTPStatus.CONFLICT if words else HTTPStatus.OK)


def _would(standing: OrderStanding, deed: PageDeed, form: PageForm) -> list[str]:
    """Say what it would do, and that a mail says so, if one does and what it does has not said it."""
    is_confirmed = standing.is_mailed and not deed.is_told(form)
    return [*deed.would(standing, form), *([CONFIRMED] if is_confirmed else [])]


def _frame(token: str, standing: OrderStanding) -> dict[str, Any]:
    return {"shop": settings.SHOP_NAME, "order": standing.order, "look_url": _look_url(token)}


def _done(request: HttpRequest, standing: OrderStanding) -> PageAct | None:
    """Give the act that led here; a number that names none says nothing."""
    asked = request.GET.get(DONE, "")
    return next((act for act in standing.acts if str(act.number) == asked), None)


def _look_url(token: str) -> str:
    return reverse("order_page", args=[token])


def _act_url(token: str, deed: PageDeed) -> str:
    return reverse("order_page_act", args=[token, deed.name])


def _offers(token: str, standing: OrderStanding) -> Iterator[tuple[str, str, str, str]]:
    """Give what is offered, for what, and the ways to say yes and no."""
    for offer in standing.offers:
        path = f"{_act_url(token, BY_NAME['offer'])}?{answer(offer)}="
        yield shown.offered(offer), shown.waits_for(offer.line), f"{path}take", f"{path}no"


def _missing_url(token: str, standing: OrderStanding) -> str:
    """Lead to the page that cancels what is not here, and keeps what is; "" if that is all or nothing."""
    query = QueryDict(mutable=True)
    for line in standing.waiting:
        query[keep(line)] = str(line.open - line.backordered)
    return f"{_act_url(token, BY_NAME['cancel'])}?{query.urlencode()}" if query else ""
