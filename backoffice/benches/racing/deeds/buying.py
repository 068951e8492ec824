"""What buyers do with purchase orders: send them, hear from the supplier, take in what arrives, cancel."""

from django.contrib.auth.models import User

from suppliers import purchasing, splitting
from suppliers.models import Offer, PurchaseOrderLine

from .hand import HOT, SEEN, Hand


def buy(hand: Hand) -> bool:
    """Draft, approve and send an order of up to three products; others may have put lines into the draft."""
    by, place = User.objects.get(), hand.dice.choice(hand.places)
    products = {hand.product() for _ in range(hand.dice.randint(1, 3))}
    offers = Offer.objects.filter(product__in=products, supplier=hand.pick(hand.suppliers)).order_by("pk")
    lines = [
        purchasing.DraftLine(
            offer_id=offer.pk,
            warehouse_id=place,
            quantity=hand.dice.randint(1, 15 if offer.product_id == HOT else 40),
        )
        for offer in offers
    ]
    (draft,) = purchasing.propose(lines, by=by, at=hand.at)
    purchasing.approve([draft.pk], by=by, at=hand.at)
    return bool(purchasing.send([draft.pk], by=by, at=hand.at))


def confirm(hand: Hand) -> bool:
    line = _outstanding(hand)
    return bool(purchasing.confirm(line.purchase_order_id, {line.pk: hand.soon()}, by=None, at=hand.at))


def confirm_in_parts(hand: Hand) -> bool:
    """Some of a line comes on a day, and the rest on none that the supplier has said."""
    line = _outstanding(hand)
    assert line.inbound
    units = line.inbound.outstanding
    some = hand.dice.randint(1, max(1, units - 1))
    parts = [splitting.ConfirmedPart(some, hand.soon()), splitting.ConfirmedPart(units - some, None)]
    return bool(splitting.split(line.pk, parts, by=None, at=hand.at))


def take_delivery(hand: Hand) -> bool:
    """All that is outstanding of a line, or a part of it."""
    line = _outstanding(hand)
    assert line.inbound
    units = hand.dice.randint(1, line.inbound.outstanding) if hand.dice.random() < 0.3 else line.inbound.outstanding
    return bool(purchasing.receive(line.purchase_order_id, {line.pk: (units, 0)}, by=None, at=hand.at))


def cancel_purchase(hand: Hand) -> bool:
    """The supplier will not deliver the rest of a line."""
    line = _outstanding(hand)
    order_id, told = line.purchase_order_id, "sold out there"
    return bool(purchasing.cancel(order_id, line_ids=[line.pk], reason=told, by=None, at=hand.at))


def _outstanding(hand: Hand) -> PurchaseOrderLine:
    rows = PurchaseOrderLine.objects.filter(inbound__outstanding__gt=0, product=hand.product())
    return hand.pick(rows.select_related("inbound")[:SEEN])
