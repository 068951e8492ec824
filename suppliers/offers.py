"""
What one offer can do for one need: how many units, at what price, and what that costs in all. Pure.

Money is ``Decimal`` where it is paid and ``float`` where it is only weighed.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache

from inventory.formulas.reorder import order_quantity

DAYS_A_WEEK = 7
WEEKS_A_YEAR = 52
MOST_UNITS = 2_147_483_647
"""As many as one line of an order can say."""
# Variance of the demand level itself, for each further week of lead time (rules §3.4).
LEVEL_DRIFT = 0.1


class ImpossibleTerms(ValueError):
    """Terms that cannot be: a pack of nothing, a minimum below zero."""


@dataclass(frozen=True, slots=True)
class Terms:
    """
    A supplier's terms for one product, as they stand today.

    ``prices`` are (from units, unit price), lowest first. ``freight`` and ``order_cost`` are
    per order. All are in its ``currency``, of which one is worth ``rate`` where offers are compared.
    ``safe_days`` run from today to the day the goods are safely here; ``lead_mean``
    and ``lead_sd`` are what the record says, in days. ``why_not`` says why it is not
    ``usable``: on hold, closed that day.
    """

    offer_id: int
    supplier: str
    prices: tuple[tuple[int, Decimal], ...]
    moq: int = 1
    pack: int = 1
    capacity: int | None = None
    lead_mean: float = 0.0
    lead_sd: float = 0.0
    safe_days: float = 0.0
    order_cost: Decimal = Decimal(0)
    freight: Decimal = Decimal(0)
    currency: str = ""
    rate: Decimal = Decimal(1)
    usable: bool = True
    why_not: str = ""

    def __post_init__(self) -> None:
        if self.pack < 1 or self.moq < 0 or (self.capacity or 0) < 0 or list(self.prices) != sorted(self.prices):
            raise ImpossibleTerms(f"The terms of {self.supplier} cannot be: check minimum, pack, capacity and prices.")

    @property
    def minimum(self) -> int:
        """Fewest units it sells: its MOQ, or where its lowest price begins."""
        return max(self.moq, self.prices[0][0])

    @property
    def most(self) -> float:
        """Units it can deliver in whole packs; infinite where no capacity is stated."""
        return math.inf if self.capacity is None else self.capacity // self.pack * self.pack

    def price_for(self, quantity: int) -> Decimal:
        """Give the unit price of the tier that a quantity of at least the minimum reaches."""
        return [price for start, price in self.prices if start <= quantity][-1]

    def beside(self, units: int) -> "Terms":
        """
        State the terms for further units of an order that holds these already, and costs no further trip.

        >>> terms = Terms(1, "Nordlys", ((1, Decimal(10)), (50, Decimal(8))), moq=48, capacity=60, freight=Decimal(20))
        >>> more = terms.beside(40)
        >>> more.minimum, more.capacity, more.price_for(9), more.price_for(10), more.freight
        (8, 20, Decimal('10'), Decimal('8'), Decimal('0'))
        """
        shifted = {max(1, start - units): price for start, price in self.prices}
        return replace(
            self,
            prices=tuple(shifted.items()),
            moq=max(1, self.moq - units),
            capacity=None if self.capacity is None else max(0, self.capacity - units),
            order_cost=Decimal(0),
            freight=Decimal(0),
        )

    def plain_order(self, units: int) -> int:
        """Round a need up to the minimum and the pack, and down to the capacity (rules §3.8)."""
        return _rounded(units, self.minimum, self.pack, self.capacity)

    def objection(self) -> str:
        """Say why this offer cannot be asked at all; empty if it can."""
        if not self.usable:
            return self.why_not or "not usable"
        if not self.prices:
            return "no price is known"
        if any(price <= 0 for _, price in self.prices):
            return "one of its prices is zero"
        if self.most < max(self.minimum, 1):
            return f"it can deliver {self.most:.0f} in whole packs, and its minimum is {self.minimum}"
        return ""


@dataclass(frozen=True, slots=True)
class Need:
    """
    Units wanted of one product at one warehouse.

    ``waiting`` of them are owed to customers already; ``need_by_days`` counts from today (None:
    no date). ``weekly_demand`` and ``variance`` are m and v of rules §3, ``holding_rate`` is the
    share of its price that a unit costs in a year on the shelf, ``service_factor`` the standard
    deviations held as safety stock. ``max_cover_weeks`` caps what is bought beyond the need,
    unless more costs less in total; ``keeps_weeks`` caps that too: shelf life and storage.
    """

    quantity: int
    need_by_days: float | None = None
    waiting: int = 0
    weekly_demand: float = 0.0
    variance: float = 0.0
    holding_rate: float = 0.2
    max_cover_weeks: float = 26.0
    keeps_weeks: float = math.inf
    service_factor: float = 1.645

    def weeks_to_sell(self, units: float) -> float:
        """Weeks of demand in these units; infinite where nothing sells."""
        if units <= 0:
            return 0.0
        return units / self.weekly_demand if self.weekly_demand > 0 else math.inf

    def has_room_for(self, extra: int, *, is_cheaper: bool) -> bool:
        """Say whether so many units beyond the need may be bought; ``is_cheaper``: they make the order cost less."""
        most = self.keeps_weeks if is_cheaper else min(self.max_cover_weeks, self.keeps_weeks)
        return most == math.inf or self.weeks_to_sell(extra) <= most


@dataclass(frozen=True, slots=True)
class Purchase:
    """
    One order that could be made: ``quantity`` units, of which ``covers`` are needed.

    ``plain`` is what minimum and pack alone make of the need. ``cost`` weighs goods, freight,
    order and stock, less what the extra units are worth later. ``refused`` is a larger
    quantity that would be paid for with less, but would not keep so long, or has no room.
    """

    terms: Terms
    quantity: int
    covers: int
    plain: int
    cost: float
    refused: int = 0

    @property
    def unit_price(self) -> Decimal:
        return self.terms.price_for(self.quantity)

    @property
    def goods(self) -> Decimal:
        return self.quantity * self.unit_price

    @property
    def extra(self) -> int:
        return self.quantity - self.covers

    @property
    def cost_per_unit(self) -> float:
        return self.cost / self.covers


@lru_cache(maxsize=10_000)  # arrays of one are slow, and the same few sizes are asked for again and again
def _rounded(units: int, minimum: int, pack: int, capacity: int | None) -> int:
    return int(order_quantity(units, minimum=minimum, pack=pack, capacity=capacity))


def price_later(offers: Sequence[Terms], units: int) -> Decimal:
    """Give what a unit bought later costs: the lowest price at which one of these offers sells the need."""
    return min(offer.price_for(offer.plain_order(units)) * offer.rate for offer in offers)


def best_purchase(offer: Terms, units: int, need: Need, *, later: Decimal) -> Purchase:
    """
    Choose the quantity that covers these units, or as many as the offer can, at the least cost in all.

    Candidates are the need and every break's lower bound above it, rounded to the pack and
    within the capacity. What the minimum forces on us is bought; more than that only within the
    cap on extra cover, or where all of it costs less than the need alone (rules §4.4).
    """
    plain = offer.plain_order(units)
    breaks = {_rounded(start, offer.minimum, offer.pack, None) for start, _ in offer.prices}
    candidates = [plain, *sorted(quantity for quantity in breaks if plain < quantity <= offer.most)]
    purchases = [weigh(offer, quantity, units, need, plain=plain, later=later) for quantity in candidates]
    goods = purchases[0].goods
    allowed = [
        each
        for each in purchases
        if each.quantity == plain or need.has_room_for(each.extra, is_cheaper=each.goods < goods)
    ]
    best = min(allowed, key=lambda each: (round(each.cost, 6), each.quantity))
    refused = [each for each in purchases if each not in allowed and each.goods < min(goods, best.goods)]
    return replace(best, refused=min(refused, key=lambda each: each.goods).quantity) if refused else best


def weigh(offer: Terms, quantity: int, units: int, need: Need, *, plain: int, later: Decimal) -> Purchase:
    """
    Weigh an order: goods + freight + order cost + stock forced on us − extra units × price later + their holding.

    All of it in the shop's currency.

    Extra units beyond the cap on cover are worth nothing later. The others lie on the shelf
    until the need, less what waiting customers take at once, and half of themselves are sold.
    """
    price = float(offer.price_for(quantity) * offer.rate)
    covers = min(quantity, units)
    extra = quantity - covers
    worth = min(extra, need.weekly_demand * need.max_cover_weeks) * float(later)
    shelf_weeks = min(need.weeks_to_sell(max(0, covers - need.waiting) + extra / 2), WEEKS_A_YEAR)
    forced = _safety_stock(offer, need) * min(need.weeks_to_sell(covers), WEEKS_A_YEAR)
    held = (extra * shelf_weeks + forced) * price * need.holding_rate / WEEKS_A_YEAR
    paid = quantity * price + float((offer.freight + offer.order_cost) * offer.rate)
    return Purchase(offer, quantity, covers, plain, paid - worth + held)


def _safety_stock(offer: Terms, need: Need) -> float:
    """Units that the lead time and its spread force us to hold (rules §3.4, lead time alone)."""
    weeks, spread = offer.lead_mean / DAYS_A_WEEK, offer.lead_sd / DAYS_A_WEEK
    level = 1 + LEVEL_DRIFT * max(0.0, weeks - 1) / 2
    return need.service_factor * math.sqrt(need.variance * weeks * level + (need.weekly_demand * spread) ** 2)
