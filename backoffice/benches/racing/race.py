"""Everything at once: many processes, all ways to change supply and demand, few units; and what that leaves behind."""

import math
import os
import time
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone

from backoffice.benches import crew
from backoffice.benches.shops import filling, scratch
from inventory.models import LeadTime, MovementKind, Product, ProductQuerySet, Warehouse, catalog
from inventory.supply import stock
from orders.models import Customer
from suppliers.models import Offer, PriceBreak, Supplier

from . import aftermath
from .deeds import DEEDS, HOT, PATHS, REFUSED, Hand, NothingThere, shares

HELP = (
    "Let several processes place, cancel, ship, receive, count, move, substitute and so on, all at once, on a few "
    "products in a scratch database; then check that no unit was sold twice, that every deed left its trace and that "
    "the books balance. What is refused does not count as done."
)
PRODUCTS = 8
CUSTOMERS = 500
PATIENCE = 100
"""Deeds in a row that come to nothing before a hand does whatever can be done."""
SOON = 40
"""Deeds that a hand looks ahead when it draws the next: the mix holds at any time, not only at the end."""

TIDIED_SECONDS = 60
"""How often rows that nobody sees any more are cleared away, as PostgreSQL's own cleaner would where it is on."""

Path = tuple[str, ...]


def add_arguments(parser: ArgumentParser) -> None:
    for name, default, what in (
        ("operations", 10_000, "deeds that must be done in all"),
        ("processes", 8, "processes that do them at once"),
        ("units", 500, "units of the hot product on hand at the start"),
        ("seed", 1, "what each process does follows from it"),
    ):
        parser.add_argument(f"--{name}", type=int, default=default, help=f"{what} (default: %(default)s)")
    parser.add_argument("--minutes", type=float, default=60, help="stop then, done or not (default: %(default)s)")
    parser.add_argument("--unguarded", action="store_true", help="take the lock out, to see the race lost: the control")


def run(options: dict[str, Any], say: Callable[[str], None]) -> dict[str, Any]:
    """Race in a scratch database of its own."""
    with scratch.database():
        return race(options, say)


def race(options: dict[str, Any], say: Callable[[str], None]) -> dict[str, Any]:
    """Race in the database at hand, which is empty."""
    load = round(os.getloadavg()[0], 1)
    world = _world(options["units"])
    before = aftermath.traces()
    say(f"{options['operations']:,} operations by {options['processes']} processes …")

    def work(number: int) -> _Tally:
        if options["unguarded"]:
            take_out_the_lock()
        hand = Hand(number, options["seed"], **world)
        quota = _quota(options["operations"], options["processes"], number)
        return _Tally(quota).work(hand, until=began + 60 * options["minutes"])

    began = time.perf_counter()
    tallies: list[_Tally] = crew.side_by_side(
        work, options["processes"], meanwhile=filling.measured, every=TIDIED_SECONDS
    )
    seconds = time.perf_counter() - began
    done, refused, errors = (_summed(getattr(tally, name) for tally in tallies) for name in _Tally.COUNTED)
    total = done.total()
    say(f"{total:,} done in {seconds:.0f} s; checking what they left behind …")
    return {
        "database": connection.vendor,
        "load": [load, round(os.getloadavg()[0], 1)],
        "seed": options["seed"],
        "processes": options["processes"],
        "operations": total,
        "seconds": round(seconds, 1),
        "mix": {", ".join(path): round(100 * sum(done[name] for name in path) / max(total, 1), 2) for path in PATHS},
        "done": {name: done[name] for name in DEEDS},
        "refused": dict(refused.most_common()),
        "errors": dict(errors.most_common()),
        "deadlocks": aftermath.deadlocks(),
        "oversold": aftermath.oversold(),
        "untraced": aftermath.untraced(done, before),
        "audit": aftermath.findings(timezone.now()),
    }


def words(result: dict[str, Any]) -> str:
    before, after = result["load"]
    rate = result["operations"] / result["seconds"]
    rows = [
        f"{result['database']}, load {before} before and {after} after, seed {result['seed']}",
        f"{result['operations']:,} operations by {result['processes']} processes",
        f"{result['seconds']:,.1f} s, {rate:,.0f} a second",
        *(f"  {name:<26}{share:>6.2f} %" for name, share in result["mix"].items()),
        f"refused: {_listed(result['refused'])}",
        f"errors: {_listed(result['errors'])}",
        f"deadlocks: {result['deadlocks']}",
        f"oversold: {result['oversold']} units",
        f"done, but not as often as its traces say: {_listed(result['untraced'])}",
        *(f"{rule}: {broken} broken" for rule, broken in result["audit"].items()),
    ]
    return "\n".join(rows)


def _summed(counts: Iterable[Counter[str]]) -> Counter[str]:
    return sum(counts, Counter())


def _listed(found: dict[str, Any]) -> str:
    return ", ".join(f"{name} {times}" for name, times in found.items()) or "none"


def _world(units: int) -> dict[str, Any]:
    """
    Two warehouses; one hot product with so many units in one, and others of which there are few; two suppliers of all.

    :returns: what a ``Hand`` must know of it
    """
    at = timezone.now()
    User.objects.create(username="race")
    places = [Warehouse.objects.create(code=code, rank=rank) for rank, code in enumerate(("PWM", "BOS"), start=1)]
    products = [Product.objects.create(pk=HOT + number, sku=f"SKU-{number}") for number in range(PRODUCTS)]
    Customer.objects.bulk_create(
        Customer(pk=number, name=f"Customer {number}", email=f"customer{number}@example.com")
        for number in range(1, CUSTOMERS + 1)
    )
    LeadTime.objects.bulk_create(
        LeadTime(
            product=product,
            warehouse=place,
            mean_days=9,
            sd_days=2,
            likely_days=9,
            safe_days=12,
            sender="Nordlys",
            updated_at=at,
        )
        for product in products
        for place in places
    )
    first = [stock.Post(HOT, places[0].pk, units, MovementKind.OPENING)]
    first += [
        stock.Post(product.pk, place.pk, units // 25, MovementKind.OPENING)
        for product in products[1:]
        for place in places
    ]
    stock.adjust([post for post in first if post.quantity], by=None, at=at)
    return {
        "products": [product.pk for product in products],
        "places": [place.pk for place in places],
        "customers": CUSTOMERS,
        "suppliers": _suppliers(products),
    }


def _suppliers(products: Sequence[Product]) -> list[int]:
    found = [Supplier.objects.create(code=code, name=code.title()) for code in ("NORDLYS", "FJORD")]
    offers = Offer.objects.bulk_create(
        Offer(supplier=supplier, product=product, quoted_days=9) for supplier in found for product in products
    )
    PriceBreak.objects.bulk_create(PriceBreak(offer=offer, unit_price=8) for offer in offers)
    return [supplier.pk for supplier in found]


def _quota(operations: int, processes: int, number: int) -> dict[Path, int]:
    """How often this process takes each path: its part of the whole, rounded up but for placing."""
    mine = operations // processes + (number < operations % processes)
    quota = {path: math.ceil(mine * share) for path, share in shares().items() if path != ("place",)}
    return {("place",): max(0, mine - sum(quota.values())), **quota}


@dataclass
class _Tally:
    """What one process has to do, by path; and what it has done, was refused, and what broke, by deed."""

    COUNTED = ("done", "refused", "errors")
    quota: dict[Path, int]
    done: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)

    def work(self, hand: Hand, *, until: float) -> "_Tally":
        mine, idle = sum(self.quota.values()), 0
        while self.done.total() < mine and idle < 2 * PATIENCE and time.perf_counter() < until:
            left = {path: 1 if idle > PATIENCE else self._behind(path, mine) for path in self.quota}
            (path,) = hand.dice.choices(list(left), weights=list(left.values()))
            ways = hand.dice.sample(path, len(path))
            idle = 0 if any(self._tried(name, hand) for name in ways) else idle + 1
        return self

    def _behind(self, path: Path, mine: int) -> float:
        """Count how many times it should have been taken by now, and soon, and was not."""
        soon = min(mine, self.done.total() + SOON)
        return max(0, self.quota[path] * soon / mine - sum(self.done[name] for name in path))

    def _tried(self, name: str, hand: Hand) -> bool:
        try:
            is_done = DEEDS[name](hand)
        except NothingThere:
            return False
        except REFUSED as refused:
            self.refused[type(refused).__name__] += 1
            return False
        except Exception as error:
            self.errors[f"{name}: {type(error).__name__}: {str(error).splitlines()[0][:100]}"] += 1
            return False
        self.done[name] += is_done
        return is_done


def take_out_the_lock() -> None:
    """Make the control: products are read and not locked, and SQLite takes the right to write only when it writes."""

    def no_lock(self: ProductQuerySet, product_ids: Any) -> ProductQuerySet:
        return self.filter(pk__in=product_ids).order_by("pk")

    ProductQuerySet.locked_as = no_lock  # type: ignore[method-assign]
    catalog._locking.cache_clear()
    if connection.vendor == "sqlite":
        connection.close()
        connection.settings_dict["OPTIONS"]["transaction_mode"] = "DEFERRED"
