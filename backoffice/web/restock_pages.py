"""
The restock list over HTTP: a form for a shop's page and a JSON endpoint, and what the links of its mails open.

Nobody signs in and no script is needed. A GET shows and changes nothing, since link scanners follow links; a POST
acts, once however often it is sent. Whoever asks hears the same words, whatever product or address there is.
"""

import json
from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from ipaddress import ip_network
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.views.decorators.csrf import csrf_exempt

from backoffice.people import signing_in
from inventory.desk import throttle
from inventory.ground import keys
from orders.mail.letters import LANGUAGE
from orders.models import Channel, RestockRequest
from orders.models.waiting import LIVE, MOST_UNITS
from orders.waiting_list import asking, links

from . import strangers

View = Callable[..., HttpResponse]
FROM_ADDRESS, FROM_NETWORK, TO_ADDRESS = 10, 60, 5
"""Sign-ups within a minute from one address, from its network, and for one mail address."""
MOST_BYTES = 10_000
NO = frozenset(["", "0", "n", "no", "f", "false", "off", "none", "null", "undefined"])
"""What pages send for a box that is not ticked, where they send anything."""
TOO_OFTEN = "That was very often within a minute. Please wait until the next one, then ask again."
ASKED = (
    "Thank you. If this can be asked for, a mail is on its way to {email}: please open the link in it to confirm. "
    "Then you are on the list."
)
ON_THE_LIST = "You are on the list. We write to you when it can be had again."
LEFT = "You are off the list. You will hear nothing more of it from us."
ENDED = {
    links.CONFIRM: "This link has ended. If you still want to be told, please ask once more in our shop.",
    links.LEAVE: "You are off this list already, or a part of the link was lost. If mails still come, please open the "
    "link in the newest of them.",
}
"""What a link of each purpose says that names no request, or no longer."""


def _plain(value: str) -> None:
    """:raises ValidationError: if there is a sign in it that no name has, such as the end of a line"""
    if not value.isprintable():
        raise ValidationError("There is a sign in it that cannot be read. Please type it anew.")


class ConsentBox(forms.CheckboxInput):
    """A box to tick: what a shop's page sends for an answer of no is no tick, as 0 or off."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> bool:
        said = data.get(name, "")
        return bool(said) and str(said).strip().casefold() not in NO


class WishForm(forms.Form):
    """What a shop's page sends."""

    sku = forms.CharField(max_length=64, validators=[_plain], strip=True)
    email = forms.EmailField(
        max_length=254,
        label="Your e-mail address",
        validators=[_plain],
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    quantity = forms.IntegerField(
        min_value=1,
        max_value=MOST_UNITS,
        initial=1,
        label="How many would you like?",
        error_messages={"max_value": f"Up to {MOST_UNITS} can be asked for. For more, please write to us."},
    )
    language = forms.CharField(required=False, validators=[_plain])
    channel = forms.CharField(required=False, validators=[_plain])
    consent = forms.BooleanField(
        widget=ConsentBox,
        label=asking.CONSENT,
        error_messages={"required": "Please tick this: without it we may not write to you."},
    )

    HIDDEN = ("sku", "language", "channel")

    def clean_language(self) -> str:
        return self._as_long_as("language", 10)

    def clean_channel(self) -> str:
        return self._as_long_as("channel", 40)

    def _as_long_as(self, name: str, most: int) -> str:
        """Leave out what a page says unseen where it is too long to be one: who asks could not put it right."""
        said: str = self.cleaned_data[name]
        return said if len(said) <= most else ""

    def wish(self, page: str) -> asking.RestockWish:
        given = self.cleaned_data
        return asking.RestockWish(
            given["sku"], given["email"], given["quantity"], given["language"], given["channel"], consent_from=page
        )


def public(*methods: str, is_always_open: bool = False) -> Callable[[View], View]:
    """Let a view be opened by anybody while the shop keeps restock lists; one, whatever it keeps."""

    def opened_by_anybody(view: View) -> View:
        @csrf_exempt
        @wraps(view)
        def opened(request: HttpRequest, **more: Any) -> HttpResponse:
            if request.method not in methods:
                return strangers.kept_to_themselves(HttpResponseNotAllowed(methods))
            if not (is_always_open or asking.is_open()):
                raise Http404("There is no restock list here.")
            with translation.override(LANGUAGE):
                return strangers.kept_to_themselves(view(request, **more))

        return opened

    return opened_by_anybody


@public("GET", "HEAD", "POST")
def form(request: HttpRequest) -> HttpResponse:
    """Ask for what a request needs; sent by a page of the shop or by this one, keep it."""
    if request.method != "POST":
        given = {name: request.GET.get(name, "")[:64] for name in WishForm.HIDDEN}
        return _form(request, WishForm(initial=given), given)
    wanted = WishForm(request.POST)
    given = {name: request.POST.get(name, "")[:64] for name in WishForm.HIDDEN}
    if not wanted.is_valid():
        return _form(request, wanted, given, HTTPStatus.UNPROCESSABLE_ENTITY)
    page = request.headers.get("Origin", "") or "a form"
    if not _keep(request, wanted.wish(page)):
        return _said(request, "Please wait a moment", TOO_OFTEN, HTTPStatus.TOO_MANY_REQUESTS)
    return _said(request, "Please look into your mail", ASKED.format(email=wanted.cleaned_data["email"]))


def _form(
    request: HttpRequest, wanted: WishForm, given: dict[str, str], status: HTTPStatus = HTTPStatus.OK
) -> HttpResponse:
    context = {"shop": settings.SHOP_NAME, "form": wanted, "given": given, "holds": settings.WAVES_HOLD}
    return render(request, "pages/restock_form.html", context, status=status)


@public("POST", "OPTIONS")
def endpoint(request: HttpRequest) -> HttpResponse:
    """Keep a wish that a script of a shop sends as JSON; the origin of a channel may read the answer."""
    origin = request.headers.get("Origin", "")
    answer = HttpResponse(status=HTTPStatus.NO_CONTENT) if request.method == "OPTIONS" else _answered(request, origin)
    answer.headers["Vary"] = "Origin"
    if origin and Channel.objects.filter(shop_origin=origin).exists():
        answer.headers["Access-Control-Allow-Origin"] = origin
        answer.headers["Access-Control-Allow-Methods"] = "POST"
        answer.headers["Access-Control-Allow-Headers"] = "Content-Type"
        answer.headers["Access-Control-Max-Age"] = "3600"
    return answer


def _answered(request: HttpRequest, origin: str) -> HttpResponse:
    try:
        sent = json.loads(request.body[:MOST_BYTES])
    except (ValueError, RecursionError):  # thousands of brackets in one another
        sent = None
    if not isinstance(sent, dict):
        return JsonResponse({"errors": {"": ["This is no JSON object."]}}, status=HTTPStatus.BAD_REQUEST)
    wanted = WishForm({name: value for name, value in sent.items() if isinstance(value, str | int)})
    if not wanted.is_valid():
        return JsonResponse({"errors": wanted.errors}, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    if not _keep(request, wanted.wish(origin or "a script")):
        return JsonResponse({"errors": {"": [TOO_OFTEN]}}, status=HTTPStatus.TOO_MANY_REQUESTS)
    return JsonResponse({"words": ASKED.format(email=wanted.cleaned_data["email"])}, status=HTTPStatus.ACCEPTED)


def _keep(request: HttpRequest, wish: asking.RestockWish) -> bool:
    """Keep a wish, unless there are too many from there; whether it is known or not is not told."""
    if _is_too_often(request, wish.email):
        return False
    asking.ask(wish, at=timezone.now())
    return True


def _is_too_often(request: HttpRequest, email: str) -> bool:
    address = signing_in.address(request) or "unknown"
    width = 48 if ":" in address else 24
    network = address if address == "unknown" else str(ip_network(f"{address}/{width}", strict=False))
    limits = (
        (f"from:{address}", FROM_ADDRESS),
        (f"net:{network}", FROM_NETWORK),
        (f"to:{keys.key(email)}", TO_ADDRESS),
    )
    # each is counted, also where another one is over
    beyond = [throttle.is_beyond(f"restock:{what}", most) for what, most in limits]
    return any(beyond)


@public("GET", "HEAD", "POST")
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Show what a link confirms; posted, confirm it."""
    request_id = links.named(token, links.CONFIRM)
    if request_id is not None and request.method == "POST":
        done = asking.confirm(request_id, at=timezone.now())
        return _said(request, "You are on the list", ON_THE_LIST) if done else _ended(request, links.CONFIRM)
    return _look(request, request_id, "confirm", "Do you want to be told?", "Yes, tell me")


@public("GET", "HEAD", "POST", is_always_open=True)
def leave(request: HttpRequest, token: str) -> HttpResponse:
    """Show a button; posted, by it or by the one click of a mail program (RFC 8058), leave the list."""
    request_id = links.named(token, links.LEAVE)
    if request_id is not None and request.method == "POST":
        left = asking.leave(request_id, at=timezone.now())
        return _said(request, "You are off the list", LEFT) if left else _ended(request, links.LEAVE)
    return _look(request, request_id, "leave", "Leave the list?", "Leave the list")


def _look(request: HttpRequest, request_id: int | None, name: str, title: str, label: str) -> HttpResponse:
    row = RestockRequest.objects.select_related("product").filter(pk=request_id or 0).exclude(key="").first()
    if row is None or (name == links.CONFIRM and row.state not in LIVE):
        return _ended(request, name)
    context = {"shop": settings.SHOP_NAME, "title": title, "row": row, "label": label, "name": name}
    return render(request, "pages/restock_act.html", context)


def _ended(request: HttpRequest, name: str) -> HttpResponse:
    return _said(request, "This page is not open", ENDED[name], HTTPStatus.GONE)


def _said(request: HttpRequest, title: str, words: str, status: HTTPStatus = HTTPStatus.OK) -> HttpResponse:
    context = {"shop": settings.SHOP_NAME, "title": title, "words": words}
    response = render(request, "pages/restock_said.html", context, status=status)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        response.headers["Retry-After"] = "60"
    return response
