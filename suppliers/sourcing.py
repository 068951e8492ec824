"""
Who is asked for how much; one supplier makes up for another. Pure: nothing is written here.

What it decides is rules §4.3 and §4.4. What a single offer can do for a need is in ``suppliers.offers``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import ceil, fsum, inf

from inventory.ground.plurals import plural

from .offers import DAYS_A_WEEK, Need, Purchase, Terms, best_purchase, price_later, weigh

__all__ = ["Need", "Split", "SupplierShare", "Terms", "UnaskedOffer", "split"]

# Customers are not told of a change of two days (rules §2.9), so it is not worth paying for.
TOLERANCE_DAYS = 2
# First choices weighed where capacities make it take several offers; one fewer at each step.
BREADTH = 5


@dataclass(frozen=True, slots=True)
class SupplierShare:
    """
    What one supplier is asked for, and why in one sentence.

    ``extra`` units are more than needed; they last ``extra_weeks`` (None: nothing of them sells).
    """

    offer_id: int
    quantity: int
    unit_price: Decimal
    reason: str
    extra: int
    extra_weeks: float | None


@dataclass(frozen=True, slots=True)
class UnaskedOffer:
    """An offer that is not asked, and why."""

    offer_id: int
    supplier: str
    reason: str


@dataclass(frozen=True, slots=True)
class Split:
    """Every offer is in ``shares`` or in ``left_out``; ``short`` units nobody can deliver for now."""

    shares: tuple[SupplierShare, ...]
    left_out: tuple[UnaskedOffer, ...]
    short: int


@dataclass(frozen=True, slots=True)
class _Choice:
    """Purchases in the order they are asked for, the role of each in words, and the units nobody can deliver."""

    purchases: tuple[Purchase, ...]
    roles: tuple[str, ...]
    short: int

    @property
    def cost(self) -> float:
        return fsum(each.cost for each in self.purchases)


def split(need: Need, offers: Sequence[Terms]) -> Split:
    """
    Spread a need over the offers: those in time at the least cost in all, then whoever is soonest.

    When customers wait and a cheaper offer comes later, the gap until then is bought from the
    faster one and the rest from the cheaper one, if that costs less than buying all of it fast.
    The answer does not depend on the order of the offers.
    """
    offers = sorted(offers, key=_tie)
    judged = [(each, each.objection()) for each in offers]
    objections = [UnaskedOffer(each.offer_id, each.supplier, objection) for each, objection in judged if objection]
    usable = [each for each, objection in judged if not objection]
    if need.quantity <= 0 or not usable:
        idle = [UnaskedOffer(each.offer_id, each.supplier, "nothing is needed") for each in usable]
        return Split((), (*objections, *idle), max(0, need.quantity))
    choice = _choose(need, usable)
    shares = [
        _share(purchase, role, need, rivals=len(usable))
        for purchase, role in zip(choice.purchases, choice.roles, strict=True)
    ]
    asked = {each.terms.offer_id for each in choice.purchases}
    passed_over = [
        UnaskedOffer(each.offer_id, each.supplier, _why_passed_over(each, need, usable, choice))
        for each in usable
        if each.offer_id not in asked
    ]
    return Split(tuple(shares), (*objections, *passed_over), choice.short)


def _choose(need: Need, usable: Sequence[Terms]) -> _Choice:
    later = price_later(usable, need.quantity)
    purchases = _soonest(need.quantity, usable, need, later)
    roles = tuple(_role(each, need, usable) for each in purchases)
    plain = _Choice(purchases, roles, need.quantity - sum(each.covers for each in purchases))
    bridged = _bridge(need, usable, later)
    if bridged and (bridged.short, round(bridged.cost, 6)) < (plain.short, round(plain.cost, 6)):
        return bridged
    return plain


def _soonest(units: int, offers: Sequence[Terms], need: Need, later: Decimal) -> tuple[Purchase, ...]:
    """Buy from the offers in time; what they cannot deliver, from those that come soonest after."""
    if not units or not offers:
        return ()
    first = _first_asked(offers, need)
    bought = _cheapest(units, first, need, later)
    left = units - sum(each.covers for each in bought)
    return (*bought, *_soonest(left, [each for each in offers if each not in first], need, later))


def _first_asked(offers: Sequence[Terms], need: Need) -> list[Terms]:
    """List the offers in time; if none is, or customers wait for no particular day, those about as soon as any."""
    someday = -inf if need.waiting else inf
    latest = someday if need.need_by_days is None else need.need_by_days
    in_time = [each for each in offers if each.safe_days <= latest]
    soonest = min(each.safe_days for each in offers)
    return in_time or [each for each in offers if each.safe_days <= soonest + TOLERANCE_DAYS]


def _cheapest(
    units: int, offers: Sequence[Terms], need: Need, later: Decimal, breadth: int = BREADTH
) -> tuple[Purchase, ...]:
    """Cover the units at the least cost in all; each plan covers them, or as many as all offers together can."""
    firsts = sorted((best_purchase(each, units, need, later=later) for each in offers), key=_rank)
    plans = []
    for first in firsts[: max(breadth, 1)]:
        left = units - first.covers
        others = [each for each in offers if each is not first.terms]
        plans.append((first, *(_cheapest(left, others, need, later, breadth - 1) if left else ())))
    return min(plans, key=_total, default=())


def _bridge(need: Need, usable: Sequence[Terms], later: Decimal) -> _Choice | None:
    """Buy the gap until the cheap offer arrives from faster ones, the rest at the least cost; None if it has no use."""
    if not need.waiting:
        return None
    fast = _first_asked(usable, need)
    cheap = [each.terms for each in _cheapest(need.quantity, usable, need, later) if each.terms not in fast]
    if not cheap:
        return None
    awaited = min(cheap, key=_tie)
    gap = min(need.quantity, need.waiting + ceil(need.weekly_demand * awaited.safe_days / DAYS_A_WEEK))
    sooner = [each for each in usable if each.safe_days < awaited.safe_days]
    bridge = []
    left = need.quantity
    for each in _soonest(gap, sooner, need, later):
        # What the bridge brings beyond the gap is not extra: it shortens the rest.
        bridge.append(weigh(each.terms, each.quantity, left, need, plain=each.plain, later=later))
        left -= bridge[-1].covers
    others = [each for each in usable if each not in [bought.terms for bought in bridge]]
    rest = _cheapest(left, others, need, later) if left else ()
    until = f"for customers who wait, until {awaited.supplier} delivers in {_days(awaited.safe_days)}"
    roles = (*(until for _ in bridge), *("the rest, which can wait, at less cost" for _ in rest))
    return _Choice((*bridge, *rest), roles, left - sum(each.covers for each in rest))


def _tie(offer: Terms) -> tuple[float, str, int]:
    return (offer.safe_days, offer.supplier, offer.offer_id)


def _rank(purchase: Purchase) -> tuple[float, tuple[float, str, int]]:
    return (round(purchase.cost_per_unit, 6), _tie(purchase.terms))


def _total(plan: Sequence[Purchase]) -> tuple[float, int, list[tuple[float, str, int]]]:
    return (round(fsum(each.cost for each in plan), 6), len(plan), [_tie(each.terms) for each in plan])


def _role(purchase: Purchase, need: Need, usable: Sequence[Terms]) -> str:
    """Say what part a purchase plays where time decides; empty where cost alone does."""
    arrives = purchase.terms.safe_days
    if need.need_by_days is not None and arrives > need.need_by_days:
        return f"safely here in {_days(arrives)}, {_needed(need.need_by_days)}; nobody else can be sooner"
    if need.waiting and need.need_by_days is None and len(usable) > 1:
        return f"customers wait, and it is safely here in {_days(arrives)}"
    return ""


def _share(purchase: Purchase, role: str, need: Need, *, rivals: int) -> SupplierShare:
    weeks = need.weeks_to_sell(purchase.extra)
    facts = [role, _why_quantity(purchase), _extra(purchase, weeks), _refusal(purchase, need)]
    if not any(facts):
        facts = [f"the least cost in all of {rivals} offers" if rivals > 1 else "the only offer that can be asked"]
    price = _money(purchase.unit_price, purchase.terms.currency)
    reason = f"{purchase.quantity} from {purchase.terms.supplier} at {price}: {'; '.join(filter(None, facts))}."
    extra_weeks = None if weeks == inf else weeks
    return SupplierShare(
        purchase.terms.offer_id, purchase.quantity, purchase.unit_price, reason, purchase.extra, extra_weeks
    )


def _why_quantity(purchase: Purchase) -> str:
    offer, plain, quantity = purchase.terms, purchase.plain, purchase.quantity
    if quantity > plain:
        tier = max(start for start, _ in offer.prices if start <= quantity)
        if purchase.goods < plain * offer.price_for(plain):
            return f"the tier from {tier} makes {quantity} cheaper than {plain}"
        return f"the tier from {tier} saves more than holding {quantity - plain} more costs"
    if not purchase.extra:
        return "all it can deliver" if quantity == offer.most else ""
    if offer.minimum > purchase.covers:
        return f"its minimum is {offer.minimum}"
    return f"it sells packs of {offer.pack}"


def _extra(purchase: Purchase, weeks: float) -> str:
    if not purchase.extra:
        return ""
    cover = "and none of it sells now" if weeks == inf else f"{weeks:.1f} weeks of extra cover"
    return f"{purchase.extra} more than needed, {cover}"


def _refusal(purchase: Purchase, need: Need) -> str:
    if not purchase.refused:
        return ""
    price = _money(purchase.terms.price_for(purchase.refused), purchase.terms.currency)
    return f"{purchase.refused} at {price} would cost less to buy, but keeps for {need.keeps_weeks:g} weeks only"


def _why_passed_over(offer: Terms, need: Need, usable: Sequence[Terms], choice: _Choice) -> str:
    if need.need_by_days is not None and offer.safe_days > need.need_by_days:
        return f"too late: safely here in {_days(offer.safe_days)}, {_needed(need.need_by_days)}"
    asked = " and ".join(each.terms.supplier for each in choice.purchases)
    alone = best_purchase(offer, need.quantity, need, later=price_later(usable, need.quantity)).cost_per_unit
    chosen = choice.cost / sum(each.covers for each in choice.purchases)
    if alone > chosen:
        return f"costs more in all: {alone:.2f} for each unit needed, {chosen:.2f} from {asked}"
    if offer.safe_days > max(each.terms.safe_days for each in choice.purchases):
        return f"slower: safely here in {_days(offer.safe_days)}, and customers wait"
    return f"not needed beside {asked}"


def _money(price: Decimal, currency: str) -> str:
    """Show a price with its cents, and with more digits only where it has them."""
    return " ".join(filter(None, (f"{price:.2f}" if price == round(price, 2) else f"{price.normalize():f}", currency)))


def _needed(days: float) -> str:
    return "needed today" if ceil(days) <= 0 else f"needed in {_days(days)}"


def _days(days: float) -> str:
    whole = ceil(days)
    return f"{whole} {plural(whole, 'day')}"
