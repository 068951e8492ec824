"""
Another product that a customer may take for what waits: offered and withdrawn by staff, taken or declined by them.

The only writer of ``SubstituteOffer``. What is taken is done as staff do it (``orders.fulfillment.substitution``).
"""

from collections.abc import Collection
from datetime import datetime
from decimal import Decimal

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet

from inventory.models import Product
from orders import allocation
from orders.allocation import promises, writing
from orders.allocation.reading import LineState
from orders.fulfillment.lines import LineUnits
from orders.fulfillment.substitution import NotASubstitute, substitute
from orders.mail import notices
from orders.models import EventKind, NoticeKind, OfferEnd, OrderLine, SubstituteOffer
from orders.wording import phrases

TAKEN = "you chose it on the page of your order"
"""What the mail says of why it is replaced."""


class OfferIsOver(Exception):
    """It was taken, declined or withdrawn, or nothing of its line waits any more."""


def offer_substitute(
    line_ids: Collection[int],
    product_id: int,
    *,
    unit_price: Decimal | None = None,
    reason: str,
    by: User | None,
    at: datetime,
) -> int:
    """
    Offer customers another product for what waits of their lines, in place of what was offered before.

    Nothing of a line changes until its customer takes it, by their page; a mail tells them of it.

    :param unit_price: for all of them; None: what each costs now
    :returns: lines for which it is offered
    :raises NotASubstitute: if one of them is its own product, or nothing of it waits; nothing is written then
    """
    if unit_price is not None and unit_price < 0:
        raise NotASubstitute("A price is 0 or more.")
    with allocation.locked(lines=line_ids, at=at) as queue:
        other = Product.objects.filter(pk=product_id).first()
        rows = OrderLine.objects.in_bulk(queue.lines)
        if other is None or not rows:
            raise NotASubstitute("The other product is not known.")
        _end(SubstituteOffer.objects.filter(line__in=rows, end=""), OfferEnd.WITHDRAWN, at=at)
        for line_id, line in sorted(queue.lines.items()):
            if line.product_id == product_id:
                raise NotASubstitute(f"{other} is what was ordered: choose another product.")
            if not line.backordered or line.is_stopped:
                raise NotASubstitute("Nothing of this line waits: there is nothing to offer another product for.")
            was = rows[line_id].unit_price
            price = was if unit_price is None else unit_price
            made = SubstituteOffer.objects.create(line_id=line_id, product=other, unit_price=price, by=by, at=at)
            words = phrases.priced(other.name or other.sku, price, was, settings.SHOP_CURRENCY)
            fact = promises.fact(line, line, NoticeKind.OFFERED, line.backordered, detail=words)
            queue.change(line, line, _history(line, f"offered: {words}. {reason}"), writing.News(fact=fact))
            queue.commit(cause=made.event, by=by, replans=False)
    return len(rows)


@transaction.atomic
def withdraw_offers(line_ids: Collection[int], *, reason: str, by: User | None, at: datetime) -> int:
    """
    Let customers no longer take what they were offered; the mail of it does not go, if it has not gone.

    :returns: offers that stood
    """
    with allocation.locked(lines=line_ids, at=at) as queue:
        ended = _end(SubstituteOffer.objects.filter(line__in=line_ids, end=""), OfferEnd.WITHDRAWN, at=at)
        for gone in ended:
            line = queue.lines[gone.line_id]
            queue.change(line, line, _history(line, f"offer withdrawn: {gone.product}. {reason}"))
            queue.commit(cause=gone.event, by=by, replans=False)
    return len(ended)


@transaction.atomic
def take_offer(offer_id: int, *, at: datetime) -> int:
    """
    Give a customer the product that they were offered, in place of what waits.

    :returns: units replaced
    :raises OfferIsOver: if they are not offered it any more; nothing is written then
    :raises BackorderLimit: if the other product may not be backordered so far
    :raises UnitsPicked: if what is to go is picked
    """
    offers = SubstituteOffer.objects.standing().select_related("line").filter(pk=offer_id)
    Product.objects.lock(pk for both in offers.values_list("product", "line__product") for pk in both)
    found = offers.all().first()  # as it stands now that nothing may arrive for it: what is here is not replaced
    if found is None:
        raise OfferIsOver
    wanted = [LineUnits(found.line_id, found.line.backordered)]
    try:
        units = substitute(wanted, found.product_id, unit_price=found.unit_price, reason=TAKEN, by=None, at=at)
    except NotASubstitute as why:
        raise OfferIsOver from why
    _ended_once(offer_id, OfferEnd.TAKEN, at=at)
    return units


@transaction.atomic
def decline_offer(offer_id: int, *, at: datetime) -> None:
    """:raises OfferIsOver: if they are not offered it any more"""
    _ended_once(offer_id, OfferEnd.DECLINED, at=at)


def _ended_once(offer_id: int, end: OfferEnd, *, at: datetime) -> None:
    if not _end(SubstituteOffer.objects.filter(pk=offer_id, end=""), end, at=at):
        raise OfferIsOver


def _end(offers: QuerySet[SubstituteOffer], end: OfferEnd, *, at: datetime) -> list[SubstituteOffer]:
    """End these offers, each once; what no mail has told of them is not told any more."""
    ended = list(offers.select_for_update(no_key=True, of=("self",)).select_related("product").order_by("pk"))
    SubstituteOffer.objects.filter(pk__in=[each.pk for each in ended]).update(end=end, ended_at=at)
    notices.take_back({each.line_id: each.event for each in ended})
    return ended


def _history(line: LineState, text: str) -> writing.News:
    return writing.history(line, EventKind.OFFERED, text[:300], line.backordered)
