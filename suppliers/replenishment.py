"""
Needs become proposals: every night, draft purchase orders over the suppliers that fit, each line with its reason.

What is on order already counts, so nothing is ordered twice; the drafts of an older night give way to the new
ones, except what a person wrote or changed: that is told what is needed now, and the rest is proposed beside it.
Drafts are written by ``suppliers.drafts``.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import transaction

from inventory.models import Product, Warehouse

from . import drafts, needs, sourcing, terms
from .needs import Shortage

MOST_LISTED = 200
BLOCK = 1_000
"""SKUs whose offers are compared at once."""


@dataclass(slots=True)
class _Found:
    """What the night proposes, and what it leaves out: how often, and in words."""

    lines: list[drafts.DraftLine] = field(default_factory=list)
    counts: dict[str, int] = field(
        default_factory=lambda: {"discontinued": 0, "no_offer": 0, "short": 0, "warehouse_closed": 0}
    )
    left_out: list[str] = field(default_factory=list)

    def leave_out(self, kind: str, sentence: str) -> None:
        self.counts[kind] += 1
        self.left_out.append(sentence)


@transaction.atomic
def propose(*, on: date, at: datetime, block_done: Callable[[], None] | None = None) -> dict[str, Any]:
    """
    Draft what must be bought for the business date ``on``; running it twice changes nothing.

    The drafts are locked before anything is read, so that nobody types, edits or approves between the two.

    :param block_done: called while it goes on, after each thousand SKUs at least
    :returns: SKUs in need, lines proposed, what that changed in the drafts, how many SKUs could not be bought and
        why, and ``left_out``: the first 200 of those as sentences
    """
    drafts.lock_all()
    wanted = needs.find(on=on, at=at)
    found = _Found()
    for first in range(0, len(wanted.shortages), BLOCK):
        _source(wanted.shortages[first : first + BLOCK], on, found)
        if block_done:
            block_done()
    changes = drafts.replace_proposals(found.lines, needed=wanted.needed, on=on, at=at)
    return {
        "needs": len(wanted.shortages),
        "lines": len(found.lines),
        "created": changes.created,
        "updated": changes.updated,
        "removed": changes.removed,
        **found.counts,
        "left_out": found.left_out[:MOST_LISTED],
    }


def _source(shortages: Sequence[Shortage], on: date, found: _Found) -> None:
    product_ids = {shortage.sku[0] for shortage in shortages}
    products = Product.objects.in_bulk(product_ids)
    warehouses = Warehouse.objects.in_bulk()
    quotes = terms.of(product_ids, on=on)
    for shortage in shortages:
        product, warehouse = products[shortage.sku[0]], warehouses[shortage.sku[1]]
        needed = f"{product} in {warehouse}: {shortage.rest} needed"
        if product.is_discontinued:
            found.leave_out("discontinued", f"{needed}, but it is discontinued.")
        elif not warehouse.is_open:
            found.leave_out("warehouse_closed", f"{needed}, but the warehouse is closed.")
        else:
            offers = [_beside(shortage.by_hand, quote.terms) for quote in quotes.get(product.pk, ())]
            _split(shortage, offers, needed, on, found)


def _beside(by_hand: Mapping[int, int], offer: sourcing.Terms) -> sourcing.Terms:
    """State the terms of an offer beside the units of it that a person has in a draft, which the rest joins."""
    units = by_hand.get(offer.offer_id, 0)
    return offer.beside(units) if units and offer.prices else offer


def _split(shortage: Shortage, offers: Sequence[sourcing.Terms], needed: str, on: date, found: _Found) -> None:
    split = sourcing.split(shortage.as_need(), offers)
    if not split.shares:
        reasons = "; ".join(f"{each.supplier} {_is(each.reason)}" for each in split.left_out)
        found.leave_out("no_offer", f"{needed}, but {reasons or 'nobody offers it'}.")
    elif split.short:
        found.leave_out("short", f"{needed}, {split.short} of them nobody can deliver for now.")
    why = _why(shortage)
    found.lines += [
        drafts.DraftLine(
            offer_id=share.offer_id,
            warehouse_id=shortage.sku[1],
            quantity=share.quantity,
            unit_price=share.unit_price,
            reason=f"{why} {share.reason}",
            parts=_parts(shortage, share, split, on),
        )
        for share in split.shares
    ]


def _is(reason: str) -> str:
    return f"is {reason}" if reason.startswith(("on hold", "closed")) else f"cannot be asked: {reason}"


def _why(shortage: Shortage) -> str:
    """Say in words why the SKU is bought; the share's own sentence says from whom."""
    policy = shortage.policy
    level = "frozen reorder point" if policy.is_frozen else "reorder point"
    reached = f"is below the {level} {policy.point}" if shortage.position < policy.point else f"has reached the {level}"
    told = [f"Position {shortage.position} {reached}: {shortage.quantity} needed{_for_whom(shortage)}."]
    if shortage.by_hand:
        told.append(f"{shortage.drafted} of them stand in drafts that a person wrote.")
    if shortage.planned:
        told.append(f"{shortage.planned} that come later anyway are taken off.")
    told += [f"{code} has {units} to spare: a transfer may be sooner." for code, units in shortage.spare.items()]
    return " ".join(told)


def _for_whom(shortage: Shortage) -> str:
    if not shortage.waiting:
        return ""
    some = "all" if shortage.waiting >= shortage.quantity else f"{shortage.waiting} of them"
    return f", {some} for customers who wait"


def _parts(shortage: Shortage, share: sourcing.Share, split: sourcing.Split, on: date) -> dict[str, Any]:
    return {
        "night": on.isoformat(),
        "position": shortage.position,
        "reorder_point": shortage.policy.point,
        "batch": shortage.policy.batch,
        "need": shortage.quantity,
        "waiting": shortage.waiting,
        "planned": shortage.planned,
        "extra": share.extra,
        "extra_weeks": None if share.extra_weeks is None else round(share.extra_weeks, 1),
        "not_asked": [f"{each.supplier}: {each.reason}" for each in split.left_out],
        **({"by_hand": shortage.drafted} if shortage.by_hand else {}),
    }
