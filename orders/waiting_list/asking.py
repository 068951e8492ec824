"""Ask to be told, confirm it, leave the list. Whoever asks hears the same words, whatever there is or is not."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Sum

from inventory.ground import keys
from inventory.models import Product, Stock
from orders import allocation
from orders.allocation import offering
from orders.models import (
    Hold,
    RequestState,
    RestockLetter,
    RestockLetterKind,
    RestockList,
    RestockRequest,
)
from orders.models.waiting import LIVE

from . import holding

CONSENT = "Tell me by e-mail, for this product only, when it can be had again. I can leave at any time."
TO_CONFIRM = timedelta(days=2)
"""How long a request waits for its confirmation, before it is forgotten."""
MOST_UNCONFIRMED = 5
"""Requests of one address that wait for their confirmation at once: more would be mail that nobody asked for."""
AGAIN_AFTER = timedelta(minutes=30)
MOST_LETTERS = 3
"""Confirmations that one request is sent."""


@dataclass(frozen=True, slots=True)
class RestockWish:
    """What somebody asks for; ``consent_from`` is the page on which they agreed to ``CONSENT``."""

    sku: str
    email: str
    quantity: int
    language: str = ""
    channel: str = ""
    consent_from: str = ""


@transaction.atomic
def ask(wish: RestockWish, *, at: datetime) -> RestockRequest | None:
    """
    Keep a wish and ask for its confirmation by mail. Asked again, the first one stands, and is asked about again once
    half an hour has passed.

    :returns: the request; None if nothing is known by that name, or the address has too much to confirm already
    """
    product = Product.find(wish.sku)
    key = keys.key(wish.email)
    if product is None or not key:
        return None
    standing = RestockRequest.objects.filter(product=product, key=key, state__in=LIVE).first()
    if standing:
        return _asked_again(standing, at)
    if RestockRequest.objects.filter(key=key, state=RequestState.ASKED).count() >= MOST_UNCONFIRMED:
        return None
    language = wish.language if wish.language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
    try:
        with transaction.atomic():
            made = RestockRequest.objects.create(
                product=product,
                email=wish.email,
                key=key,
                quantity=wish.quantity,
                language=language,
                channel=wish.channel,
                consent=CONSENT,
                consent_from=wish.consent_from[:200],
                asked_at=at,
                changed_at=at,
            )
    except IntegrityError:  # somebody asked the same in this moment
        return RestockRequest.objects.filter(product=product, key=key, state__in=LIVE).first()
    _write_to(made, 1, at)
    return made


def _asked_again(standing: RestockRequest, at: datetime) -> RestockRequest:
    if standing.state == RequestState.ASKED:
        last = standing.letters.filter(kind=RestockLetterKind.CONFIRM).order_by("-number").first()
        number = last.number if last else 0
        if number < MOST_LETTERS and (last is None or last.created_at <= at - AGAIN_AFTER):
            _write_to(standing, number + 1, at)
    return standing


def _write_to(asked: RestockRequest, number: int, at: datetime) -> None:
    """Owe the mail that asks for a confirmation: the answer to what they have just done goes at any hour."""
    RestockLetter.objects.get_or_create(
        request=asked,
        kind=RestockLetterKind.CONFIRM,
        number=number,
        defaults={"language": "", "due_at": at, "created_at": at},
    )


def confirm(request_id: int, *, at: datetime) -> RestockRequest | None:
    """
    Put a request on the list of its product; confirmed again, nothing changes.

    :returns: the request as it stands on the list; None if it waited too long, or is on it no longer
    """
    product_id = RestockRequest.objects.filter(pk=request_id).values_list("product_id", flat=True).first()
    if product_id is None:
        return None
    with transaction.atomic():
        Product.objects.lock([product_id])
        asked = RestockRequest.objects.filter(pk=request_id, state=RequestState.ASKED, asked_at__gt=at - TO_CONFIRM)
        is_first = not RestockRequest.objects.filter(product=product_id, state=RequestState.WAITING).exists()
        if asked.update(state=RequestState.WAITING, confirmed_at=at, changed_at=at):
            _begin(product_id, is_first=is_first)
    on_it = RestockRequest.objects.filter(pk=request_id, state__in=[RequestState.WAITING, RequestState.OFFERED])
    return on_it.select_related("product").first()


def _begin(product_id: int, *, is_first: bool) -> None:
    """What is available to everybody as somebody comes onto an empty list stays so: it was not freed for them."""
    shelves = Stock.objects.filter(product=product_id, warehouse__is_open=True)
    on_sale = shelves.aggregate(total=Sum("available"))["total"] or 0
    _, is_new = RestockList.objects.get_or_create(product_id=product_id, defaults={"on_sale": on_sale})
    if is_first and not is_new:
        RestockList.objects.filter(product=product_id).update(on_sale=on_sale)


def leave(request_id: int, *, at: datetime) -> bool:
    """
    Take a request off its list at once; what is held for it goes to the next in the queue in the same transaction.

    :returns: whether there was one; left again, nothing changes
    """
    product_id = RestockRequest.objects.filter(pk=request_id).values_list("product_id", flat=True).first()
    if product_id is None:
        return False
    with allocation.locked([product_id], at=at) as queue:
        RestockRequest.objects.filter(pk=request_id, state__in=LIVE).update(state=RequestState.LEFT, changed_at=at)
        if holding.give_back(Hold.objects.filter(request=request_id)):
            queue.commit(cause=f"restock-left:{request_id}", by=None)
    return True


def is_open() -> bool:
    """Whether the shop keeps restock lists."""
    return offering.is_open()
