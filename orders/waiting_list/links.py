"""
The links that mails of the restock list carry: signed, each of one request and good for one thing. Writes nothing.

With another ``SECRET_KEY`` they open nothing, unless that is kept in ``SECRET_KEY_FALLBACKS``.
"""

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.utils.http import base36_to_int, int_to_base36

PATH = "/restock/"
CONFIRM, LEAVE = "confirm", "leave"
MOST_SIGNS = 100
"""No token of ours is longer."""


def token(request_id: int, purpose: str) -> str:
    return _signer(purpose).sign(int_to_base36(request_id))


def url(request_id: int, purpose: str) -> str:
    """Give the whole address, as a mail carries it."""
    return f"{settings.SITE_URL}{PATH}{purpose}/{token(request_id, purpose)}/"


def named(given: str, purpose: str) -> int | None:
    """Say which request a token names; None: it was not made here, for this, or not as it stands."""
    if len(given) > MOST_SIGNS:
        return None
    try:
        return base36_to_int(_signer(purpose).unsign(given))
    except (BadSignature, ValueError):
        return None


def unsaid(path: str) -> str:
    """
    Give the path of a request as a log may keep it: who has a link can act by it.

    >>> unsaid("/restock/leave/1.xyz/"), unsaid("/restock/"), unsaid("/admin/")
    ('/restock/leave/…/', '/restock/', '/admin/')
    """
    for purpose in (CONFIRM, LEAVE):
        if path.startswith(f"{PATH}{purpose}/"):
            return f"{PATH}{purpose}/…/"
    return path


def _signer(purpose: str) -> Signer:
    return Signer(salt=f"orders.waiting_list:{purpose}", sep=".")
