"""
What lines get of what there is, and what that changes: the decision of ``orders.allocation``. Writes nothing.

``planned`` plans whole queues again; ``cover`` gives a line at the tail what is left, whatever the length of the queue.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import fields
from datetime import date, datetime
from operator import attrgetter
from typing import Any, NamedTuple

from orders.mail.notices import Fact
from orders.rules.planning import Demand, Share, Supply, keep, plan

from . import companions, dating, held, promises, writing
from .reading import LineState
from .supply import Key, Supplies


class PassedOver(NamedTuple):
    """A customer whose lines take nothing of these stock rows this time: what lies there came back from them."""

    customer_id: int
    stock_ids: frozenset[int]


ROUNDS = 4
"""How often lines that ship together are planned again in one go."""


def planned(
    queue: Sequence[LineState],
    supplies: Supplies,
    *,
    excess: dict[Key, int],
    moves_on_hand: bool = False,
    by_time: bool = False,
    share: Callable[[Sequence[Demand], Sequence[Supply]], Iterable[Share]] | None = None,
    passed_over: PassedOver | None = None,
    at: datetime,
) -> list[writing.Change]:
    """
    Plan these queues against all supply, without writing: the lines that would change, and how.

    The heart of ``settle``, and of every preview.

    :param moves_on_hand: nobody keeps what is set aside for them; then all open lines must be in the queue
    :param by_time: nobody did or said anything, a day went by
    :param share: hands out the units; a simulation may try another way than the planner's
    :param passed_over: whose lines leave some of the units on hand to others
    """
    changes = []
    decide = _deciding(supplies, by_time=by_time, at=at)
    for product_id, lines in _by_product(queue).items():
        lost = {stock_id: units for (stock_id, _), units in excess.items() if stock_id}
        stand = _unmovable(lines, supplies) if moves_on_hand else _kept(lines, lost, supplies)
        kept = [line.covered_by(claims) for line, claims in zip(lines, stand, strict=True)]
        units = supplies.of(product_id, outstanding=True, allocated=moves_on_hand)
        served = _served(kept, units, supplies, share, at, passed_over=passed_over)
        for before, (_, claims, alone, taken) in zip(lines, served, strict=True):
            if change := decide(before, claims, alone, taken):
                changes.append(change)
    return changes


Decide = Callable[[LineState, dict[Key, int], dict[Key, int] | None, writing.Taken], writing.Change | None]
"""
Of a line and the claims it was served, with those it could have had instead and what it took of holds: what changes,
if any.
"""


def _deciding(supplies: Supplies, *, by_time: bool, at: datetime) -> Decide:
    """
    Give a function that dates a line which is served anew, and says what that means to its customer.

    Lines that are alike in all but whose they are share one decision: it is worked out once for each sort of line. One
    that waits for the rest of its order, or could have had something sooner, is like no other; a stopped one stands as
    long as nothing is taken from it.
    """
    decisions: dict[tuple[Any, ...], writing.Change | None] = {}

    def decided(
        before: LineState, claims: dict[Key, int], alone: dict[Key, int] | None, taken: writing.Taken
    ) -> writing.Change | None:
        line = before.covered_by(claims)
        after = line if line.is_stopped else dating.dated(line, supplies, soonest=alone, at=at)
        change = promises.decide(before, after, supplies, by_time=by_time, at=at)
        # one that takes held units in place of those it gives up stands as before, but the hold does not
        if taken:
            return change._replace(taken=taken)
        return change if change.before != change.after else None

    def decide(
        before: LineState, claims: dict[Key, int], alone: dict[Key, int] | None, taken: writing.Taken
    ) -> writing.Change | None:
        if taken or alone is not None or before.together is not None:
            return decided(before, claims, alone, taken)
        if before.is_stopped and claims == before.claims:
            return None
        sort = (*_SORT(before), *before.claims.items(), None, *claims.items())
        if sort in decisions:
            known = decisions[sort]
            return known and _of_another(before, known)
        change = decisions[sort] = decided(before, claims, alone, taken)
        return change

    return decide


def _of_another(line: LineState, change: writing.Change) -> writing.Change:
    """Give the change of a line that is like the one of this change in all but whose it is."""
    own = line.line_id, line.order_id, line.customer_id
    news = [
        writing.News(
            promise and writing.Given(own[0], *promise[1:]),
            event and writing.HistoryEntry(own[0], *event[1:]),
            fact and Fact._make((*own, *fact[3:])),
        )
        for promise, event, fact in change.news
    ]
    after = change.after.but(line_id=own[0], order_id=own[1], customer_id=own[2], picks=line.picks)
    return writing.Change(line, after, tuple(news))


_OF_ITS_OWN = {"line_id", "order_id", "customer_id", "claims", "together", "picks"}
_SORT = attrgetter(*(each.name for each in fields(LineState) if each.name not in _OF_ITS_OWN))


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
    *,
    passed_over: PassedOver | None,
) -> Iterator[tuple[LineState, dict[Key, int], dict[Key, int] | None, writing.Taken]]:
    """
    Give the lines of one product, in the order they are served, their held units and their shares.

    Beside each stand the claims it has then, and those that it could have had instead, if it may leave units to others.
    """
    handed = held.hand_out(lines, supplies) if supplies.holds else [(line, ()) for line in lines]
    asking = [line for line, _ in handed if line.backordered and not line.is_stopped]
    demands = [dating.wanted(line, supplies, units, at=at) for line in asking]
    if passed_over:
        demands = [
            demand._replace(avoids=passed_over.stock_ids) if line.customer_id == passed_over.customer_id else demand
            for line, demand in zip(asking, demands, strict=True)
        ]
    soonest: dict[int, list[Share]] = {}
    shares = share(demands, units) if share else plan(demands, units, soonest)
    added: dict[int, dict[Key, int]] = defaultdict(dict)
    for item in shares:
        added[item.line_id][item.supply.key] = item.quantity
    for line, taken in handed:
        alone = None
        if line.line_id in soonest:
            alone = _merged(line.claims, {item.supply.key: item.quantity for item in soonest[line.line_id]})
        claims = _merged(line.claims, added[line.line_id]) if line.line_id in added else line.claims
        yield line, claims, alone, taken


def _kept(lines: Sequence[LineState], lost: dict[int, int], supplies: Supplies) -> list[dict[Key, int]]:
    """The claims on hand that stand: all, but where units were lost, the last in the queue lose what is not picked."""
    kept: list[dict[Key, int]] = [{key: units for key, units in line.claims.items() if key[0]} for line in lines]
    for stock_id in lost:
        key = (stock_id, None)
        claims = [(place, claim[key]) for place, claim in enumerate(kept) if key in claim]
        picked = {place: lines[place].picks.get(key, 0) for place, _ in claims if lines[place].picks}
        stand = keep(claims, supplies.shelves[stock_id].allocated, picked)
        for place, _ in claims:
            if place in stand:
                kept[place][key] = stand[place]
            else:
                del kept[place][key]
    return kept


def _unmovable(lines: Sequence[LineState], supplies: Supplies) -> list[dict[Key, int]]:
    """The claims on hand that stand in any case: of stopped orders, in closed warehouses, and what is picked."""
    stand: list[dict[Key, int]] = []
    for line in lines:
        here = {key: units for key, units in line.claims.items() if key[0]}
        fixed = {key for key in here if line.is_stopped or not supplies.is_open(supplies.warehouse_of(key))}
        stand.append(
            {key: here[key] if key in fixed else line.picks[key] for key in here if key in fixed | line.picks.keys()}
        )
    return stand


def _merged(claims: dict[Key, int], more: dict[Key, int]) -> dict[Key, int]:
    return {**claims, **{key: claims.get(key, 0) + units for key, units in more.items()}}


def shrunk_roads(queue: Iterable[LineState], supplies: Supplies) -> dict[Key, int]:
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
            for line, claims, alone, taken in _served(some, units, supplies, None, at, passed_over=None):
                served = line.covered_by(claims)
                covered[line.line_id] = dating.dated(served, supplies, soonest=alone, at=at), taken
        found = [covered[line.line_id] for line in lines]
        if not is_ship_complete and not wanted_date:
            break
        again = companions.awaiting(
            lines, [line for line, _ in found], is_ship_complete=is_ship_complete, wanted_date=wanted_date
        )
        if again == list(lines):
            break
        lines = again
    return found
