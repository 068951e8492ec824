"""
The one path by which allocations change.

Placing, canceling, shipping, receiving, counting, rescheduling, re-prioritizing: each ends here. ``settle``
plans whole queues again and stores only the difference, so calling it twice changes nothing and tells nobody
twice; ``cover`` gives a line at the tail what is left, whatever the length of the queue.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q

from inventory.ground.sql import bulk
from inventory.models import Product
from inventory.supply import inbound
from orders.mail import notices
from orders.models import OrderLine, Unsettled
from orders.rules.planning import Demand, Share, Supply, keep, plan

from . import companions, dating, held, promises, reading, supply, writing
from .reading import LineState
from .supply import Key, Supplies

BY_TIME = ("time:", f"{inbound.REDATED}:", "dated:", "together:")
"""How the causes begin of what no person, supplier or parcel brought about: a day went by."""
ROUNDS = 4
"""How often lines that ship together are planned again in one go."""


@transaction.atomic
@bulk.uncollected()
def settle(
    product_ids: Collection[int],
    *,
    cause: str,
    moves_on_hand: bool = False,
    dates_all: bool = False,
    by: User | None,
    at: datetime,
) -> int:
    """
    Plan the queues of these products again and store what differs, with the news it makes.

    Units on hand stay with whom they are allocated to, unless stock was lost; then the last in the queue
    lose first. Inbound is handed out anew in queue order. Lines that ship together with one that moved are
    settled too (``orders.allocation.companions``).

    :param moves_on_hand: a person with the permission wants units on hand handed out anew too
    :param dates_all: time has passed: lines set aside are dated again, too
    :returns: how many lines changed
    """
    wanted = Product.objects.lock(product_ids)
    changes = _settle(wanted, cause, by, at, moves_on_hand=moves_on_hand, dates_all=dates_all)
    return len(changes) + settle_companions(changes, cause=cause, by=by, at=at)


def settle_companions(changes: Sequence[writing.Change], *, cause: str, by: User | None, at: datetime) -> int:
    """
    Settle the lines that ship together with changed ones, in this transaction as far as nobody else is at them.

    One change may move the next; after a few rounds, and where another transaction holds a product, the clock
    goes on.

    :returns: how many lines changed
    """
    settled = 0
    left: set[int] = set()
    for turn in range(1, ROUNDS):
        affected = companions.of(changes)
        free = companions.lock_free(affected)
        left |= affected - free
        changes = _settle(free, f"{cause}{notices.AFTER}{turn}", by, at)
        settled += len(changes)
    companions.leave(left | companions.of(changes), at=at)
    return settled


def _settle(
    locked: set[int],
    cause: str,
    by: User | None,
    at: datetime,
    *,
    moves_on_hand: bool = False,
    dates_all: bool = False,
) -> Sequence[writing.Change]:
    if not locked:
        return []
    excess, short = reading.shrunk_shelves(locked)
    queue = reading.queue(locked, short=locked if moves_on_hand or dates_all else short)
    by_time = cause.startswith(BY_TIME)
    # a day that went by takes no units away: it concerns those who wait, and nobody else
    concerned = {line.product_id for line in queue} if by_time and not excess else locked
    if not concerned or not (queue or excess or held.is_any(concerned)):
        return []  # nobody waits and nobody has too much: what there is need not be read
    supplies = held.without_lost(supply.read(concerned, claimed=reading.claimed(queue)))
    changes = planned(queue, supplies, excess=excess, moves_on_hand=moves_on_hand, by_time=by_time, at=at)
    excess |= _shrunk_roads(queue, supplies)
    writing.apply(changes, supplies=supplies, excess=excess, cause=cause, by=by, at=at)
    return changes


def planned(
    queue: Sequence[LineState],
    supplies: Supplies,
    *,
    excess: dict[Key, int],
    moves_on_hand: bool = False,
    by_time: bool = False,
    share: Callable[[Sequence[Demand], Sequence[Supply]], Iterable[Share]] | None = None,
    at: datetime,
) -> list[writing.Change]:
    """
    Plan these queues against all supply, without writing: the lines that would change, and how.

    The heart of ``settle``, and of every preview.

    :param moves_on_hand: nobody keeps what is set aside for them; then all open lines must be in the queue
    :param by_time: nobody did or said anything, a day went by
    :param share: hands out the units; a simulation may try another way than the planner's
    """
    changes = []
    stands = promises.standing(supplies, by_time=by_time, at=at)
    for product_id, lines in _by_product(queue).items():
        lost = {stock_id: units for (stock_id, _), units in excess.items() if stock_id}
        stand = _unmovable(lines, supplies) if moves_on_hand else _kept(lines, lost, supplies)
        kept = [line.covered_by(claims) for line, claims in zip(lines, stand, strict=True)]
        units = supplies.of(product_id, outstanding=True, allocated=moves_on_hand)
        for before, (line, alone, taken) in zip(lines, _served(kept, units, supplies, share, at), strict=True):
            if not taken and line.claims == before.claims and stands(before):
                continue
            after = dating.dated(line, supplies, soonest=alone, at=at)
            change = promises.decide(before, after, by_time=by_time, at=at)
            # one that takes held units in place of those it gives up stands as before, but the hold does not
            if taken or change.before != change.after:
                changes.append(replace(change, taken=taken) if taken else change)
    return changes


def _by_product(lines: Iterable[LineState]) -> dict[int, list[LineState]]:
    by_product: dict[int, list[LineState]] = defaultdict(list)
    for line in lines:
        by_product[line.product_id].append(line)
    return by_product


def _served(
    lines: Sequence[LineState],
    units: Sequence[Supply],
    supplies: Supplies,
    share: Callable[[Sequence[Demand], Sequence[Supply]], Iterable[Share]] | None,
    at: datetime,
) -> Iterator[tuple[LineState, dict[Key, int] | None, writing.Taken]]:
    """
    Give the lines of one product, in the order they are served, their held units and their shares.

    Beside each stand the claims that it could have had instead, if it may leave units to others.
    """
    handed = held.hand_out(lines, supplies)
    demands = [dating.wanted(line, supplies, units, at=at) for line, _ in handed if line.backordered]
    soonest: dict[int, list[Share]] = {}
    shares = share(demands, units) if share else plan(demands, units, soonest)
    added: dict[int, dict[Key, int]] = defaultdict(dict)
    for item in shares:
        added[item.line_id][item.supply.key] = item.quantity
    for line, taken in handed:
        alone = None
        if line.line_id in soonest:
            alone = _merged(line.claims, {item.supply.key: item.quantity for item in soonest[line.line_id]})
        served = line.covered_by(_merged(line.claims, added[line.line_id])) if line.line_id in added else line
        yield served, alone, taken


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


def cover(
    lines: Sequence[LineState],
    supplies: Supplies,
    *,
    is_ship_complete: bool = False,
    wanted_date: date | None = None,
    at: datetime,
) -> list[tuple[LineState, writing.Taken]]:
    """
    Give new lines at the tail of the queue what nobody has claimed, and their dates; lines of one product share it.

    The lines of an order that ships together wait for each other: what one could have decides what another takes,
    so they are covered again until nothing moves.
    """
    found: list[tuple[LineState, writing.Taken]] = []
    for _ in range(ROUNDS):
        covered: dict[int, tuple[LineState, writing.Taken]] = {}
        for product_id, some in _by_product(lines).items():
            units = supplies.of(product_id, outstanding=False)
            for line, alone, taken in _served(some, units, supplies, None, at):
                covered[line.line_id] = dating.dated(line, supplies, soonest=alone, at=at), taken
        found = [covered[line.line_id] for line in lines]
        again = companions.awaiting(
            lines, [line for line, _ in found], is_ship_complete=is_ship_complete, wanted_date=wanted_date
        )
        if again == list(lines):
            break
        lines = again
    return found


def settle_undated(*, at: datetime, block: int = 200, block_done: Callable[[], None] | None = None) -> int:
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
        if block_done:
            block_done()
    return changed


def settle_companions_left(*, at: datetime) -> int:
    """Settle the products that were left to the clock because another transaction held them; commits by product."""
    changed = 0
    for product_id in list(Unsettled.objects.order_by("pk").values_list("product_id", flat=True)):
        with transaction.atomic():
            Product.objects.lock([product_id])
            left = Unsettled.objects.filter(product=product_id).first()
            if left:
                left.delete()
                cause = f"companions:{product_id}:{at:%y%m%d%H%M%S%f}"
                with notices.silence(is_on=left.is_silent):
                    changed += settle([product_id], cause=cause, by=None, at=at)
    return changed


def settle_together(*, at: datetime, block: int = 200, block_done: Callable[[], None] | None = None) -> int:
    """
    Settle the lines of orders that ship complete or are wanted later: their time to take units may have come.

    Commits by block, so that no lock is held long.
    """
    together = Q(order__is_ship_complete=True) | Q(order__wanted_date__isnull=False)
    waiting = OrderLine.objects.backordered().filter(together)
    product_ids = sorted(set(waiting.order_by().values_list("product_id", flat=True)))
    changed = 0
    for first in range(0, len(product_ids), block):
        some = product_ids[first : first + block]
        changed += settle(some, cause=f"together:{some[0]}:{at.date()}", by=None, at=at)
        if block_done:
            block_done()
    return changed
