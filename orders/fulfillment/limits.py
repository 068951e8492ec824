"""
How much of a product may be sold: what is here, and of what is not as many as may wait.

The one answer for all who sell: placing, adding to an order, and what a shop may say of a product
(``availability``). It does not depend on when a customer wants it: units that a line leaves to others for now are
units that it could have.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from django.db.models import Sum
from django.utils.formats import date_format

from orders import allocation
from orders.allocation import dating
from orders.allocation.reading import LineState
from orders.allocation.supply import BackorderTerms, Key, Supplies
from orders.models import OrderLine, WarehouseRule
from orders.rules.planning import Demand, Supply, plan

MOST_DAYS_AHEAD = 30
"""So many days before it is wanted a unit of a product that may not wait is taken from the shelf, and not earlier."""

ANY_NUMBER = BackorderTerms(most=None, covered_days=None)
"""Of what is sold on these terms nothing is refused."""


class BackorderLimit(Exception):
    """A line asks for more than may be sold now. ``possible``: units that may."""

    def __init__(self, message: str, *, product_id: int, units: int, possible: int) -> None:
        super().__init__(message)
        self.product_id, self.units, self.possible = product_id, units, possible


class WantedTooLate(BackorderLimit):
    """A product that may not wait would be kept off the shelf for longer than ``MOST_DAYS_AHEAD`` days."""


def refuse_over_policy(
    lines: Sequence[LineState],
    names: Mapping[int, str],
    supplies: Supplies,
    *,
    wanted: Mapping[int, date] | None = None,
    more: str = "",
    at: datetime,
) -> None:
    """
    Enforce the backorder policy of each product in the locked step that writes the line.

    :param lines: new ones, as they are covered if each takes its units at once
    :param names: what each product is called in a refusal
    :param wanted: orders that are wanted later, and when
    :param more: put before "asked for" where the units come on top of others
    :raises BackorderLimit: for the first product of which more units would wait than may
    """
    some = _by_product(lines)
    for product_id, own in some.items():
        refuse_hoarding(own, names[product_id], supplies, wanted or {}, at)
    for product_id, most in possible(lines, supplies, at=at).items():
        units = sum(line.open for line in some[product_id])
        if units > most:
            raise BackorderLimit(
                f"{names[product_id]}: {units:,}{more} asked for, {most:,}{more} can be sold now.",
                product_id=product_id,
                units=units,
                possible=most,
            )


def possible(lines: Sequence[LineState], supplies: Supplies, *, at: datetime) -> dict[int, int]:
    """
    Say how many units of each product may be sold, of those that these lines ask for; all of them if it is not named.

    :param lines: new ones, as they are covered if each takes its units at once
    """
    short = {
        product_id: some for product_id, some in _by_product(lines).items() if any(line.backordered for line in some)
    }
    already = _already_waiting({pk: some for pk, some in short.items() if supplies.terms[pk].most}, supplies)
    found = {}
    for product_id, some in short.items():
        most, covered_days = supplies.terms[product_id]
        here = sum(line.allocated for line in some)
        if covered_days is not None:
            found[product_id] = here + _covered(some, covered_days, supplies, at)
        elif most is not None:
            found[product_id] = here + max(0, most - already.get(product_id, 0))
    return found


def at_once(lines: Sequence[LineState], supplies: Supplies, *, at: datetime) -> list[LineState]:
    """Give the lines of one order as they were covered if each took its units at once, and waited for no other."""
    alone = [line.but(together=None, claims={}) for line in lines]
    return [line for line, _ in allocation.cover(alone, supplies, at=at)]


def refuse_hoarding(
    lines: Sequence[LineState], name: str, supplies: Supplies, wanted: Mapping[int, date], at: datetime
) -> None:
    """:raises WantedTooLate: if a product that may not wait would stand aside for longer than it may"""
    today = dating.day_of(at)
    last = today + timedelta(days=MOST_DAYS_AHEAD)
    late = [line for line in lines if line.order_id in wanted and wanted[line.order_id] > last]
    if not late:
        return
    units = supplies.of(lines[0].product_id, outstanding=False)
    if not any(dating.may_wait(line, supplies.terms[line.product_id], units, today) for line in late):
        day = date_format(max(wanted[line.order_id] for line in late), "j F Y")
        raise WantedTooLate(
            f"{name} is sold from the shelf only, and is set aside for {MOST_DAYS_AHEAD} days at most: "
            f"an order for {day} can be placed from {MOST_DAYS_AHEAD} days before.",
            product_id=lines[0].product_id,
            units=sum(line.open for line in lines),
            possible=0,
        )


def _by_product(lines: Sequence[LineState]) -> dict[int, list[LineState]]:
    by_product: dict[int, list[LineState]] = defaultdict(list)
    for line in lines:
        by_product[line.product_id].append(line)
    return by_product


def _covered(lines: Sequence[LineState], days: int, supplies: Supplies, at: datetime) -> int:
    """Units of these lines of one product that inbound brings soon enough."""
    today = dating.day_of(at)
    units = supplies.of(lines[0].product_id, outstanding=False)
    soon = {supply.key for supply in units if dating.covers(supply, days, today)}
    return sum(units for line in lines for key, units in line.claims.items() if key in soon)


def _already_waiting(wanted: Mapping[int, Sequence[LineState]], supplies: Supplies) -> dict[int, int]:
    """Units that wait for each of these products, but for those that are here and left to others for now."""
    if not wanted:
        return {}
    waiting = OrderLine.objects.waiting_for(wanted)
    found: dict[int, int] = dict(waiting.order_by().values_list("product").annotate(units=Sum("backordered")))
    left: dict[int, list[Demand]] = defaultdict(list)
    if supplies.held_back & wanted.keys():
        columns = ("product", "pk", "backordered", "order__warehouse", "order__warehouse_rule")
        held_back = waiting.filter(is_held_back=True).in_queue_order()
        for product_id, pk, units, place, rule in held_back.values_list(*columns):
            left[product_id].append(Demand(pk, units, place, rule == WarehouseRule.PREFERRED))
    for product_id, demands in left.items():
        free = _free(product_id, wanted[product_id], supplies)
        found[product_id] -= sum(share.quantity for share in plan(demands, free))
    return found


def _free(product_id: int, lines: Sequence[LineState], supplies: Supplies) -> list[Supply]:
    """Units on hand that nobody has, once these lines have theirs, some of them perhaps held for their customer."""
    taken: dict[Key, int] = defaultdict(int)
    for line in lines:
        for key, units in line.claims.items():
            taken[key] += units
    here = [supply for supply in supplies.of(product_id, outstanding=False) if supply.stock_id]
    return [supply._replace(quantity=max(0, supply.quantity - taken[supply.key])) for supply in here]
