"""
Who signs in, from where, and how long it holds: the only place that hears of sign-ins (decision record 0051).

Wrong passwords are counted by account and address together (django-axes, in the database): whoever types a colleague's
name elsewhere shuts nobody's door but their own. A session ends when nobody used it for ``SESSION_IDLE_MINUTES``; using
it renews its row every ten minutes at most.
"""

import logging
from datetime import datetime, timedelta
from http import HTTPStatus
from ipaddress import ip_address, ip_network
from typing import Any

from axes.models import AccessAttempt
from django.conf import settings
from django.contrib import admin
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in, user_login_failed
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from . import coming_back, own_keys, own_time

logger = logging.getLogger(__name__)

RENEWED = "renewed_at"
RENEWED_EVERY = timedelta(minutes=10)
RENEWALS = 12
"""At least so many before a session ends: a short one would end between two clicks."""
HOUSE = 64
"""Bits of an address of IPv6 that a house is given; the rest is its own to choose, for each click another."""
LONGEST_NAME = 150
"""Of an account; nobody has a longer one."""
FORGOTTEN_AFTER = timedelta(days=1)


def address(request: HttpRequest) -> str | None:
    """
    Give the address that a request comes from.

    Each of our proxies (``TRUSTED_PROXIES`` says how many) adds whom it heard from at the end of a list; what stands
    before that anybody may have written.
    """
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "").strip()
    hops = [hop.strip() for hop in forwarded.split(",")] if forwarded else []
    hops.append(request.META.get("REMOTE_ADDR", ""))
    trusted = int(settings.TRUSTED_PROXIES)
    # fewer hops than proxies: it did not come through all of them, and who spoke to us is all that is known
    return _read(hops[-1 - trusted]) if trusted < len(hops) else _read(hops[-1])


def _read(hop: str) -> str | None:
    """Read an address as proxies write it: bare, in brackets, with a port; None if it is none."""
    hop = hop.partition("%")[0]  # which cable a neighbor is at: no database keeps that
    host, _, port = hop.rpartition(":")
    for each in (hop, hop.strip("[]"), host.strip("[]") if port.isdecimal() else ""):
        try:
            found = ip_address(each)
        except ValueError:
            continue
        return str(getattr(found, "ipv4_mapped", None) or found)  # a socket for both writes ::ffff:192.0.2.1
    return None


def door(request: HttpRequest) -> str | None:
    """Give what wrong passwords are counted by: the address, of IPv6 that of the house."""
    found = address(request)
    return str(ip_network(f"{found}/{HOUSE}", strict=False).network_address) if found and ":" in found else found


def account(request: HttpRequest, credentials: dict[str, Any] | None = None) -> str:
    """Give the name somebody signs in with, as far as a name goes."""
    name = (credentials or request.POST).get("username") or ""
    return str(name).replace("\x00", "")[:LONGEST_NAME]


def own_spelling(name: str) -> str:
    """
    Give a name as its account writes it: phones begin an address with a capital.

    What is called just so is meant, and of two that differ by their case alone neither is guessed.
    """
    alike = list(User.objects.filter(username__iexact=name).values_list("username", flat=True)[:2])
    return name if name in alike or len(alike) != 1 else alike[0]


def locked_out(request: HttpRequest, response: HttpResponse | None, credentials: Any = None) -> HttpResponse:
    """Say that it was tried too often, and when to come back."""
    minutes = int(settings.AXES_COOLOFF_TIME.total_seconds() // 60)
    words = (
        f"{settings.AXES_FAILURE_LIMIT} sign-ins with this name failed from where you are. "
        f"Wait {minutes} minutes, then try again. Elsewhere the account works as before."
    )
    status = HTTPStatus.TOO_MANY_REQUESTS
    if kept := request.POST.get(coming_back.FIELD):
        words, to = (
            f"{words} What you typed before is kept, as long as this page is open.",
            request.POST.get("next", ""),
        )
        answer = coming_back.sign_in(admin.site, request, kept, to=to, words=words, status=status)
    else:
        context = {"title": "Too many wrong passwords", "words": words, "again": request.get_full_path()}
        answer = render(request, "admin/refused.html", context, status=status)
    answer["Retry-After"] = str(minutes * 60)
    return answer


def renew(session: SessionBase, *, at: datetime) -> None:
    """Let the session of somebody who is at work go on; its row is written every ten minutes at most."""
    every = min(RENEWED_EVERY, timedelta(seconds=settings.SESSION_COOKIE_AGE) / RENEWALS)
    if SESSION_KEY in session and session.get(RENEWED, 0) <= (at - every).timestamp():
        session[RENEWED] = at.timestamp()


def sweep(*, at: datetime) -> int:
    """Delete what wrong passwords were counted by, a day later."""
    return int(AccessAttempt.objects.filter(attempt_time__lt=at - FORGOTTEN_AFTER).delete()[0])


def connect() -> None:
    user_logged_in.connect(_signed_in, dispatch_uid="a session begins")
    user_login_failed.connect(_failed, dispatch_uid="a sign-in failed")


def _signed_in(sender: Any, request: HttpRequest, user: User, **kwargs: Any) -> None:
    request.session[RENEWED] = timezone.now().timestamp()
    own_time.carry(request.session, own_time.of(user))
    own_keys.carry(request.session, own_keys.are_off(user))
    logger.info("“%s” signed in from %s", user.get_username(), address(request))


def _failed(sender: Any, credentials: dict[str, Any], request: HttpRequest | None = None, **kwargs: Any) -> None:
    if request is None:
        return  # a command or a test: nobody came through a door
    word = "refused: too many failed" if getattr(request, "axes_locked_out", False) else "failed"
    logger.warning("A sign-in as “%s” from %s %s", account(request, credentials), address(request), word)
