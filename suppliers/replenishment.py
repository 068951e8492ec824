"""
Needs become proposals: every night, draft purchase orders over the suppliers that fit, each line with its reason.

What is on order already counts, so nothing is ordered twice; the drafts of an older night give way to the new
ones, except what a person wrote or changed: that is told what is needed now, and the rest is proposed beside it.
What stands on the same ground as last night stands; only the rest is weighed again. Drafts are written by
``suppliers.proposals``.
"""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np
from django.db import transaction
from django.utils import timezone

from inventory.formulas.explanations import BUY_TO_ORDER
from inventory.formulas.reorder import is_long
from inventory.ground.sql import bulk
from inventory.ground.sql.columns import Table
from inventory.models import Product, Warehouse
from inventory.night import skus
from inventory.night.skus import Block, Bools, Ints, taken

from . import grounds, needs, proposals, sourcing, terms
from .drafts import Needed, Sku
from .grounds import UNITS_OF_MONEY
from .models import PurchaseOrder, PurchaseOrderLine
from .proposals import Proposal
from .shortages import Short, Shortage
from .terms import Quote

MOST_LISTED = 200
REMEMBERED = timedelta(days=28)
"""So long a proposal says that somebody has canceled the one before."""


@dataclass(slots=True)
class _Found:
    """What the night proposes, and what it leaves out: how often, and in words."""

    needs: int = 0
    lines: int = 0
    counts: dict[str, int] = field(
        default_factory=lambda: {"discontinued": 0, "no_offer": 0, "short": 0, "warehouse_closed": 0}
    )
    left_out: list[str] = field(default_factory=list)
    canceled: Mapping[int, PurchaseOrder] = field(default_factory=dict)

    def leave_out(self, kind: str, sentence: str) -> None:
        self.counts[kind] += 1
        if len(self.left_out) < MOST_LISTED:
            self.left_out.append(sentence)


@transaction.atomic
def propose(*, on: date, at: datetime, block_done: Callable[[], None] | None = None) -> dict[str, Any]:
    """
    Draft what must be bought for the business date ``on``; running it twice changes nothing.

    The drafts are locked before anything is read, so that nobody types, edits or approves between the two.

    :param block_done: called while it goes on, after each block of at most 10,000 SKUs
    :returns: SKUs in need, lines proposed, what that changed in the drafts, how many SKUs could not be bought and
        why, and ``left_out``: the first 200 of those as sentences
    """
    hand = proposals.ProposalWriter(on=on, at=at)
    shop, suppliers = needs.shop(on=on, at=at), grounds.of_suppliers(on)
    found = _Found(canceled=_canceled(on))
    needed: dict[Sku, Needed] = {}
    for block in skus.blocks():
        with bulk.uncollected():
            wanted = needs.find(block, shop, on=on)
            needed |= wanted.needed
            _propose(block, wanted.short, suppliers, hand, found)
        if block_done:
            block_done()
    changes = hand.close(needed)
    return {
        "needs": found.needs,
        "lines": found.lines,
        "created": changes.created,
        "updated": changes.updated,
        "removed": changes.removed,
        **found.counts,
        "left_out": found.left_out,
    }


def _propose(
    block: Block, short: Short, suppliers: Mapping[int, int], hand: proposals.ProposalWriter, found: _Found
) -> None:
    """Write the proposals of one block: what stands on its old ground stays, the rest is weighed."""
    standing = hand.standing(block)
    if not len(short) and not len(standing["id"]):
        return
    ground = grounds.of(block, short, suppliers)
    kept, is_kept = _unmoved(short, ground, standing)
    weighed = np.flatnonzero(~is_kept)
    lines = _weigh([short.shortage(row) for row in weighed.tolist()], ground[weighed], hand.on, found)
    hand.write(lines, standing=standing, kept=kept.tolist())
    found.needs += len(short)
    found.lines += len(lines) + len(kept)


def _unmoved(short: Short, ground: Ints, standing: Table) -> tuple[Ints, Bools]:
    """Return which standing lines are still what would be proposed, and which SKUs are all in those."""
    ours = short.places(standing["product"], standing["warehouse"])
    known = np.bincount(ours[ours >= 0], minlength=len(short))
    expected = grounds.of_lines(
        taken(ground, ours, 0), taken(known, ours, 0), standing["offer"], standing["units"], standing["price"]
    )
    stands = (ours >= 0) & (standing["ground"] == expected)
    is_kept = (known > 0) & (np.bincount(ours[stands], minlength=len(short)) == known)
    return np.flatnonzero(stands & taken(is_kept, ours, False)), is_kept


def _weigh(shortages: Sequence[Shortage], ground: Ints, on: date, found: _Found) -> list[Proposal]:
    """Find out what to buy for each of these, from whom, and tell what cannot be bought."""
    product_ids = {shortage.sku[0] for shortage in shortages}
    products = _named(product_ids)
    warehouses = Warehouse.objects.in_bulk()
    quotes = terms.of(product_ids, on=on)
    called_off = _called_off(product_ids, found.canceled)
    lines: list[Proposal] = []
    for shortage, own in zip(shortages, ground.tolist(), strict=True):
        (product, is_discontinued), warehouse = products[shortage.sku[0]], warehouses[shortage.sku[1]]
        needed = f"{product} in {warehouse}: {shortage.rest} needed"
        if is_discontinued:
            found.leave_out("discontinued", f"{needed}, but it is discontinued.")
        elif not warehouse.is_open:
            found.leave_out("warehouse_closed", f"{needed}, but the warehouse is closed.")
        else:
            proposed = _split(shortage, quotes.get(shortage.sku[0], ()), needed, found, own)
            said = called_off.get(shortage.sku)
            lines += [each._replace(reason=f"{each.reason} {said}") for each in proposed] if said else proposed
    return _grounded(lines)


def _canceled(on: date) -> dict[int, PurchaseOrder]:
    """Give the drafts that somebody canceled lately, by their keys: mostly none, and no block is asked about them."""
    since = timezone.make_aware(datetime.combine(on - REMEMBERED, time()))
    return PurchaseOrder.objects.filter(canceled_at__gte=since, sent_at=None).in_bulk()


def _called_off(product_ids: Collection[int], canceled: Mapping[int, PurchaseOrder]) -> dict[Sku, str]:
    """Say of each SKU which order of it was canceled before it was sent, and why: somebody has said no to this."""
    if not canceled:
        return {}
    lines = PurchaseOrderLine.objects.filter(product__in=bulk.among(product_ids), purchase_order__in=list(canceled))
    rows = lines.order_by("purchase_order__canceled_at", "pk").values_list("product", "purchase_order", "quantity")
    said = {}
    for product_id, order_id, units in rows:
        order = canceled[order_id]
        assert order.canceled_at
        day = timezone.localtime(order.canceled_at)
        _, _, why = order.note.rpartition("\n")[2].partition(": ")
        said[product_id, order.warehouse_id] = (
            f"{order}, with {units:,} of it, was canceled on {day.day} {day:%b %Y}: “{why}”."
        )
    return said


def _named(product_ids: Collection[int]) -> dict[int, tuple[str, bool]]:
    """Give the SKU of each product, and whether it is discontinued."""
    rows = Product.objects.filter(pk__in=bulk.among(product_ids)).values_list("pk", "sku", "is_discontinued")
    return {pk: (sku, is_discontinued) for pk, sku, is_discontinued in rows}


def _grounded(lines: Sequence[Proposal]) -> list[Proposal]:
    """Give each line the number to keep with it, in place of that of its SKU; 0 stays."""
    count = Counter(line.sku for line in lines)
    columns = [
        (line.ground, count[line.sku], line.offer_id, line.quantity, int(line.unit_price * UNITS_OF_MONEY))
        for line in lines
    ]
    marks = grounds.of_lines(*np.array(columns, np.int64).reshape(-1, 5).T)
    return [line._replace(ground=line.ground and mark) for line, mark in zip(lines, marks.tolist(), strict=True)]


def _beside(by_hand: Mapping[int, int], offer: sourcing.Terms) -> sourcing.Terms:
    """State the terms of an offer beside the units of it that a person has in a draft, which the rest joins."""
    units = by_hand.get(offer.offer_id, 0)
    return offer.beside(units) if units and offer.prices else offer


def _split(shortage: Shortage, quotes: Sequence[Quote], needed: str, found: _Found, ground: int) -> list[Proposal]:
    """Spread one need over the offers; what they cannot deliver is told every night, so it is weighed every night."""
    split = sourcing.split(shortage.as_need(), [_beside(shortage.by_hand, quote.terms) for quote in quotes])
    if not split.shares:
        reasons = "; ".join(f"{each.supplier} {_is(each.reason)}" for each in split.left_out)
        found.leave_out("no_offer", f"{needed}, but {reasons or 'nobody offers it'}.")
    elif split.short:
        found.leave_out("short", f"{needed}, {split.short} of them nobody can deliver for now.")
    why = _why(shortage)
    supplier_of = {quote.terms.offer_id: quote.supplier_id for quote in quotes}
    return [
        Proposal(
            sku=shortage.sku,
            supplier_id=supplier_of[share.offer_id],
            offer_id=share.offer_id,
            quantity=share.quantity,
            unit_price=share.unit_price,
            reason=f"{why} {share.reason}",
            parts=_parts(shortage, share, split),
            ground=0 if split.short else ground,
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
    if not policy.is_frozen and is_long(policy.point + policy.batch, mean=policy.weekly_demand):
        told.append(BUY_TO_ORDER)
    told += [f"{code} has {units} to spare: a transfer may be sooner." for code, units in shortage.spare.items()]
    return " ".join(told)


def _for_whom(shortage: Shortage) -> str:
    if not shortage.waiting:
        return ""
    some = "all" if shortage.waiting >= shortage.quantity else f"{shortage.waiting} of them"
    return f", {some} for customers who wait"


def _parts(shortage: Shortage, share: sourcing.SupplierShare, split: sourcing.Split) -> dict[str, Any]:
    return {
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
