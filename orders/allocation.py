"""
The one path by which allocations change.

Placing, canceling, shipping, receiving, counting, rescheduling, re-prioritizing: each ends here. ``settle``
plans whole queues again and stores only the difference, so calling it twice changes nothing and tells nobody
twice; ``cover`` gives a line at the tail what is left, whatever the length of the queue.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from inventory.models import Product

from . import promises, reading, supply, writing
from .models import OrderLine
from .planning import Demand, Share, Supply, keep, plan
from .reading import LineState
from .supply import Key, Supplies


@transaction.atomic
def settle(
    product_ids: Collection[int], *, cause: str, moves_on_hand: bool = False, by: User | None, at: datetime
) -> int:
    """
    Plan the queues of these products again and store what differs, with the news it makes.

    Units on hand stay with whom they are allocated to, unless stock was lost; then the last in the queue
    lose first. Inbound is handed out anew in queue order.

    :param moves_on_hand: a person with the permission wants units on hand handed out anew too
    :returns: how many lines changed
    """
    wanted = Product.objects.lock(product_ids)
    excess, short = reading.shrunk_shelves(wanted)
    queue = reading.queue(wanted, short=wanted if moves_on_hand else short)
    supplies = supply.read(wanted, claimed=reading.claimed(queue))
    changes = planned(queue, supplies, excess=excess, moves_on_hand=moves_on_hand, at=at)
    excess |= _shrunk_roads(queue, supplies)
    writing.apply(changes, supplies=supplies, excess=excess, cause=cause, by=by, at=at)
    return len(changes)


def planned(
    queue: Sequence[LineState],
    supplies: Supplies,
    *,
    excess: dict[Key, int],
    moves_on_hand: bool = False,
    share: Callable[[Sequence[Demand], Sequence[Supply]], Iterable[Share]] = plan,
    at: datetime,
) -> list[writing.Change]:
    """
    Plan these queues against all supply, without writing: the lines that would change, and how.

    The heart of ``settle``, and of every preview.

    :param moves_on_hand: nobody keeps what is set aside for them; then all open lines must be in the queue
    :param share: hands out the units; a simulation may try another way
    """
    by_product: dict[int, list[LineState]] = defaultdict(list)
    for line in queue:
        by_product[line.product_id].append(line)
    changes = []
    for product_id, lines in by_product.items():
        lost = {stock_id: units for (stock_id, _), units in excess.items() if stock_id}
        stand = _unmovable(lines, supplies) if moves_on_hand else _kept(lines, lost, supplies)
        kept = [line.covered_by(claims) for line, claims in zip(lines, stand, strict=True)]
        demands = [line.demand() for line in kept if line.backordered]
        shares = list(share(demands, supplies.of(product_id, outstanding=True, allocated=moves_on_hand)))
        after = with_shares(kept, shares)
        for before, line in zip(lines, after, strict=True):
            change = promises.decide(before, promises.dated(line, supplies, at=at), at=at)
            if change.before != change.after:
                changes.append(change)
    return changes


def _kept(lines: Sequence[LineState], lost: dict[int, int], supplies: Supplies) -> list[dict[Key, int]]:
    """The claims on hand that stand: all, but for stock rows that lost units the last in the queue lose."""
    kept: list[dict[Key, int]] = [{key: units for key, units in line.claims.items() if key[0]} for line in lines]
    for stock_id in lost:
        key = (stock_id, None)
        claims = [(place, claim[key]) for place, claim in enumerate(kept) if key in claim]
        stand = keep(claims, supplies.shelves[stock_id].allocated)
        for place, _ in claims:
            if place in stand:
                kept[place][key] = stand[place]
            else:
                del kept[place][key]
    return kept


def _unmovable(lines: Sequence[LineState], supplies: Supplies) -> list[dict[Key, int]]:
    """The claims on hand that stand even when all are handed out anew: those where a warehouse is closed."""
    return [
        {
            key: units
            for key, units in line.claims.items()
            if key[0] and not supplies.is_open(supplies.warehouse_of(key))
        }
        for line in lines
    ]


def with_shares(lines: Sequence[LineState], shares: Iterable[Share]) -> list[LineState]:
    """Give the lines their shares, added to what they hold; the order of lines stays."""
    added: dict[int, dict[Key, int]] = defaultdict(dict)
    for share in shares:
        added[share.line_id][share.supply.key] = share.quantity
    return [
        line.covered_by(_merged(line.claims, added[line.line_id])) if line.line_id in added else line for line in lines
    ]


def _merged(claims: dict[Key, int], more: dict[Key, int]) -> dict[Key, int]:
    return {**claims, **{key: claims.get(key, 0) + units for key, units in more.items()}}


def _shrunk_roads(queue: Iterable[LineState], supplies: Supplies) -> dict[Key, int]:
    """Units by which pegs exceed an inbound's counter: it was received, or canceled, in this transaction."""
    pegged: dict[int, int] = defaultdict(int)
    for line in queue:
        for (_, inbound_id), units in line.claims.items():
            if inbound_id:
                pegged[inbound_id] += units
    return {
        (None, inbound_id): units - supplies.roads[inbound_id].committed
        for inbound_id, units in pegged.items()
        if units > supplies.roads[inbound_id].committed
    }


def cover(lines: Sequence[LineState], supplies: Supplies) -> list[LineState]:
    """Give new lines at the tail of the queue what nobody has claimed; lines of one product share it."""
    by_product: dict[int, list[LineState]] = defaultdict(list)
    for line in lines:
        by_product[line.product_id].append(line)
    covered = {}
    for product_id, some in by_product.items():
        shares = plan([line.demand() for line in some], supplies.of(product_id, outstanding=False))
        covered.update({line.line_id: line for line in with_shares(some, shares)})
    return [covered[line.line_id] for line in lines]


def settle_undated(*, at: datetime, block: int = 200) -> int:
    """
    Date the lines that had none, for products that somebody supplies since.

    Commits by block, so that no lock is held long.
    """
    waiting = OrderLine.objects.backordered().filter(safe_date=None, product__lead_times__isnull=False)
    product_ids = sorted(set(waiting.values_list("product_id", flat=True)))
    changed = 0
    for first in range(0, len(product_ids), block):
        some = product_ids[first : first + block]
        changed += settle(some, cause=f"dated:{some[0]}:{at.date()}", by=None, at=at)
    return changed
