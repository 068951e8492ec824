"""
The mails of the restock list, as the one sender (``inventory.ground.post.sender``) asks for them.

Subscribed mail: each carries the shop's postal address and leaves the list by one click (RFC 8058). An offer is
written when it goes, from what is held then; what is over, or nearly, tells nobody.
"""

from datetime import datetime, timedelta
from urllib.parse import quote

from django.conf import settings
from django.db.models import Min, Sum
from django.template.loader import render_to_string
from django.utils import formats, timezone

from inventory.ground.post import sender
from inventory.ground.post.letter import Composed, Envelope, Words
from inventory.models import Stock
from orders.allocation import offering
from orders.models import Channel, RequestState, RestockLetter, RestockLetterKind, RestockRequest
from orders.wording import phrases

from . import asking, links

LEAST = timedelta(minutes=30)
"""An offer that ends sooner is not told any more: who was never told keeps the place."""


class RestockOutbox(sender.Outbox[RestockLetter]):
    """Mail to who asked to be told, from the shop. In shadow it is held back as mail to customers is."""

    model = RestockLetter
    to = "restock lists"
    is_kept_in_shadow = True

    def envelope(self, letter: RestockLetter) -> Envelope:
        leaving = links.url(letter.request_id, links.LEAVE)
        return Envelope(
            sender.as_the_shop(settings.DEFAULT_FROM_EMAIL),
            [sender.as_the_shop(settings.REPLY_TO_EMAIL)],
            {"List-Unsubscribe": f"<{leaving}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
        )

    def reader(self, letter: RestockLetter) -> str:
        return letter.request.email

    def compose(self, letter: RestockLetter, *, at: datetime) -> Composed | None:
        request = RestockRequest.objects.select_related("product").get(pk=letter.request_id)
        if letter.kind == RestockLetterKind.OFFER and letter.number != request.offers:
            return None  # it was to tell of a wave that is over; the one they are in now has its own
        words = _of(request, letter, at=at)
        return Composed(words) if words and request.email else None


restock_outbox = RestockOutbox()


def _of(request: RestockRequest, letter: RestockLetter, *, at: datetime) -> Words | None:
    if letter.kind == RestockLetterKind.CONFIRM:
        return confirmation(request)
    if request.holds.filter(at=letter.created_at).exists():
        return offer(request, at=at)
    return while_it_lasts(request, letter.created_at, at=at)


def confirmation(request: RestockRequest) -> Words | None:
    """Ask whether they want to be told; None if they have answered."""
    if request.state != RequestState.ASKED:
        return None
    days = asking.TO_CONFIRM.days
    return _words(request, "confirm", f"Shall we tell you when {_called(request)} is back?", days=days)


def offer(request: RestockRequest, *, at: datetime) -> Words | None:
    """Say how many units are kept until when; None if there are none, or hardly any time is left."""
    held = request.holds.filter(units__gt=0, until_at__gt=at + LEAST)
    standing = held.aggregate(units=Sum("units"), until_at=Min("until_at"))
    if request.state != RequestState.OFFERED or not standing["units"]:
        return None
    units, until = standing["units"], timezone.localtime(standing["until_at"])
    kept = phrases.units(units)
    facts = {
        "kept": kept,
        "is_less": units < request.quantity,
        "is_one": units == 1,
        "until": f"{formats.date_format(until, 'l, F j')} at {until:%H:%M} ({until.tzname()})",
        "cart_url": cart_url(request, units),
    }
    return _words(
        request, "offer", f"{kept} of {_called(request)} {'is' if units == 1 else 'are'} kept for you", **facts
    )


def while_it_lasts(request: RestockRequest, told_at: datetime, *, at: datetime) -> Words | None:
    """Say that there is something, and nothing is kept; None if there is none any more, or it is long ago."""
    shelves = Stock.objects.filter(product=request.product_id, warehouse__is_open=True)
    available = max(0, shelves.aggregate(total=Sum("available"))["total"] or 0)
    is_over = offering.waking_hours().after(told_at, settings.OFFER_WAKING_HOURS) <= at
    if request.state != RequestState.OFFERED or not available or is_over:
        return None
    facts = {"cart_url": cart_url(request, request.quantity)}
    return _words(request, "while_it_lasts", f"{_called(request)} is back, while it lasts", **facts)


def cart_url(request: RestockRequest, units: int) -> str:
    """Give the link into the shop's cart, by the pattern of the channel they asked from; "" if it has none."""
    channel = Channel.find(request.channel) if request.channel else None
    if channel is None or not channel.cart_url:
        return ""
    return channel.cart_url.replace("{sku}", quote(request.product.sku, safe="")).replace("{units}", str(units))


def _words(request: RestockRequest, name: str, subject: str, **facts: object) -> Words:
    known = {
        "shop": settings.SHOP_NAME,
        "address": settings.SHOP_ADDRESS.replace("\\n", "\n").strip(),
        "product": _called(request),
        "sku": request.product.sku,
        "wanted": phrases.units(request.quantity),
        "confirm_url": links.url(request.pk, links.CONFIRM),
        "leave_url": links.url(request.pk, links.LEAVE),
        "asked_on": formats.date_format(timezone.localtime(request.asked_at), "F j, Y"),
    }
    text = render_to_string(f"restock/{name}.txt", known | facts)
    return Words(" ".join(subject.split())[:300], f"{text.strip()}\n")


def _called(request: RestockRequest) -> str:
    return request.product.name or request.product.sku
