"""So many who ask for few units, which come in three receipts; processes are killed, offers end, orders come in."""

import os
import random
import signal
import tempfile
import time
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.db import connection, connections
from django.db.models import Min, Sum
from django.test import override_settings
from django.utils import timezone

from backoffice.benches import crew
from backoffice.benches.racing import aftermath
from backoffice.benches.shops import scratch
from inventory.ground import keys
from inventory.models import Inbound, MovementKind, Product, Stock, Warehouse
from inventory.supply import inbound, stock
from orders.models import Hold, Order, RestockLetter, RestockList, RestockRequest
from orders.waiting_list import asking

from . import hands, postbox, witness
from .clock import Clock

HELP = (
    "Let many ask for few units that come in three receipts, while several processes keep the list, send its mails, "
    "order, leave and ask, and some of them are killed; then check that no unit was offered twice, that every offer "
    "was kept until its deadline, that nobody was told twice or out of turn, and that all units are sold or on sale "
    "three days later. Before it, a receipt that frees one big wave is timed. It needs PostgreSQL."
)
WITHIN = timedelta(days=3)
BEFORE = 0.25
"""A part of each round lies before the deadline that it is about."""
LOOKS = 0.02
"""Seconds between two looks at the whole."""


def add_arguments(parser: ArgumentParser) -> None:
    for name, default, what in (
        ("askers", 10_000, "people on the list at the start"),
        ("units", 200, "units that come, in three receipts"),
        ("processes", 8, "processes at work at once"),
        ("wave", 5_000, "people in the wave that is timed (0: none is)"),
        ("one-in", 10, "one in so many of those who are told orders"),
        ("seed", 1, "who is killed when follows from it"),
    ):
        parser.add_argument(f"--{name}", type=int, default=default, help=f"{what} (default: %(default)s)")
    parser.add_argument("--round-seconds", type=float, default=5, help="around each deadline (default: %(default)s)")
    parser.add_argument("--unguarded", action="store_true", help="take the lock out, to see it fail: the control")


def run(options: dict[str, Any], say: Callable[[str], None]) -> dict[str, Any]:
    if connection.vendor != "postgresql":
        raise CommandError("It needs PostgreSQL: what happened is noted by the database itself.")
    opened = override_settings(
        RESTOCK_LIST=True,
        SHOP_ADDRESS="Quay 4",
        TIME_ZONE="UTC",
        EMAIL_BACKEND="backoffice.benches.restocking.postbox.Postbox",
        MAIL="live",
    )
    found: dict[str, Any] = {"load": round(os.getloadavg()[0], 1), "seed": options["seed"]}
    if options["wave"]:
        with scratch.database(), opened:
            say(f"A receipt that frees a wave of {options['wave']:,} …")
            found["wave"] = _wave(options["wave"])
    with scratch.database(), opened, tempfile.TemporaryDirectory() as folder:
        os.environ[postbox.FOLDER] = folder
        say(f"{options['askers']:,} ask for {options['units']:,} units …")
        return found | _race(options, Path(folder), say)


def words(result: dict[str, Any]) -> str:
    wave = result.get("wave")
    rows = [f"load {result['load']}, seed {result['seed']}"]
    if wave:
        rows.append(f"a receipt that frees a wave of {wave['offers']:,}: {wave['seconds']} s")
    rows += [
        f"{result['askers']:,} asked for {result['units']:,} units, {result['seconds']} s",
        f"{result['offered']:,} offers of {result['offered_units']:,} units, {result['told']:,} mails",
        f"{result['rounds']} rounds, {result['killed']} processes killed",
        f"done: {_listed(result['done'])}",
        f"{result['sold']:,} sold, {result['on_sale']:,} on sale, {result['held']:,} held after {WITHIN.days} days",
        f"faults: {_listed(result['faults'])}",
    ]
    return "\n".join(rows)


def _listed(found: dict[str, int]) -> str:
    return ", ".join(f"{name} {times:,}" for name, times in found.items() if times) or "none"


def _begins() -> datetime:
    return timezone.now().astimezone(UTC).replace(hour=9, minute=0, second=0, microsecond=0)


def _world(askers: int, *, at: datetime, wanted: Callable[[int], int]) -> tuple[Product, Warehouse]:
    """One product in one place, an empty shelf of it, and a list on which so many wait."""
    place = Warehouse.objects.create(code="BEN", name="Bench", rank=1)
    product = Product.objects.create(sku="LAMP", name="Lamp")
    stock.adjust([stock.Post(product.pk, place.pk, 1, MovementKind.OPENING)], by=None, at=at)
    stock.adjust([stock.Post(product.pk, place.pk, -1, MovementKind.DAMAGE)], by=None, at=at)
    asked_at = at - timedelta(days=1)
    RestockRequest.objects.bulk_create(
        [
            RestockRequest(
                product=product,
                email=f"asker{n}@example.com",
                key=keys.key(f"asker{n}@example.com"),
                quantity=wanted(n),
                language="en-us",
                consent=asking.CONSENT,
                state="waiting",
                asked_at=asked_at,
                confirmed_at=asked_at,
                changed_at=asked_at,
            )
            for n in range(askers)
        ],
        batch_size=1_000,
    )
    RestockList.objects.create(product=product)
    return product, place


def _coming(product: Product, place: Warehouse, units: int, *, at: datetime) -> Inbound:
    expected = inbound.Expectation(
        product.pk, place.pk, units, "BENCH", "Nordlys", sent_at=at, expected_date=at.date() + timedelta(days=1)
    )
    [made] = inbound.expect([expected], by=None, at=at)
    return made


def _wave(offers: int) -> dict[str, Any]:
    """Time one receipt that frees so many units for the list, of which twice as many wait."""
    at = _begins()
    product, place = _world(2 * offers, at=at, wanted=lambda n: 1)
    row = _coming(product, place, 2 * offers, at=at)
    began = time.perf_counter()
    inbound.receive([inbound.Receipt(row.pk, row.outstanding)], by=None, at=at)
    seconds = round(time.perf_counter() - began, 2)
    return {"offers": Hold.objects.count(), "seconds": seconds}


def _race(options: dict[str, Any], folder: Path, say: Callable[[str], None]) -> dict[str, Any]:
    dice, begins = random.Random(options["seed"]), _begins()
    witness.begin()
    product, place = _world(options["askers"], at=begins, wanted=lambda n: dice.randint(1, 3))
    parts = [options["units"] // 3 + (number < options["units"] % 3) for number in range(3)]
    receipts = tuple(
        (_coming(product, place, units, at=begins).pk, begins + timedelta(minutes=1, hours=5 * number))
        for number, units in enumerate(parts)
    )
    clock = Clock(folder, begins)
    world = hands.ListWorld(
        product.pk, product.sku, place.pk, receipts, receipts[-1][1] + timedelta(days=1), options["one_in"]
    )
    team = Team(world, clock, dice, options)
    began = time.perf_counter()
    ends = receipts[-1][1] + WITHIN
    rounds = 0
    try:
        while (moment := _next(receipts, at=clock.now)) and moment < ends:
            rounds += 1
            clock.move_to(moment - timedelta(seconds=BEFORE * options["round_seconds"]))
            team.round()
            say(f"{clock.now:%d %H:%M} …")
        clock.move_to(ends)
        team.round()
    finally:
        team.ends()
    faults = witness.tell(clock) + team.seen + Counter(postbox.read("errors"))
    faults["deadlocks"] = aftermath.deadlocks()
    faults["oversold"] = aftermath.oversold()
    shelf = Stock.objects.get()
    faults["units held after three days"] = shelf.held
    faults.update(aftermath.findings(clock.now))
    offered = Hold.objects.filter(request__isnull=False)
    return {
        "askers": options["askers"],
        "units": options["units"],
        "rounds": rounds,
        "killed": team.killed,
        "seconds": round(time.perf_counter() - began, 1),
        "offered": offered.values("request", "at").distinct().count(),
        "offered_units": offered.aggregate(units=Sum("quantity"))["units"] or 0,
        "told": sum(1 for _ in postbox.offers()),
        "unsure": RestockLetter.objects.filter(state="in_doubt").count(),
        "asked_and_ordered": Order.objects.filter(channel=hands.CHANNEL).count(),
        "done": dict(Counter(postbox.read("done"))),
        "sold": shelf.allocated,
        "on_sale": shelf.available,
        "held": shelf.held,
        "faults": {name: times for name, times in faults.items() if times},
    }


def _next(receipts: tuple[tuple[int, datetime], ...], *, at: datetime) -> datetime | None:
    """Give the next moment at which something is to happen: a receipt, or the end of an offer."""
    came = set(Inbound.objects.filter(outstanding=0).values_list("pk", flat=True))
    coming = [max(at, when) for inbound_id, when in receipts if inbound_id not in came]
    ends = Hold.objects.filter(units__gt=0, request__isnull=False).aggregate(first=Min("until_at"))["first"]
    return min([*coming, *([ends] if ends else [])], default=None)


class Team:
    """
    The processes at work, of which some are killed and followed by others.

    :ivar killed: how many were
    :ivar seen: what was broken as the whole was looked at
    """

    def __init__(self, world: hands.ListWorld, clock: Clock, dice: random.Random, options: dict[str, Any]) -> None:
        self.world, self.clock, self.dice, self.options = world, clock, dice, options
        self.killed = 0
        self.seen: Counter[str] = Counter()
        self._at_work: dict[int, Any] = {}
        for number in range(options["processes"]):
            self._begin(number)

    def _begin(self, number: int) -> None:
        connections.close_all()  # a copy of this process opens one of its own
        seed = f"{self.options['seed']}:{self.killed}"
        given = {"is_unguarded": self.options["unguarded"]}
        process = crew.FORKED.Process(
            target=hands.work, args=(self.world, self.clock, number, seed), kwargs=given, daemon=True
        )
        process.start()
        self._at_work[number] = process

    def round(self) -> None:
        """Let them work for a round, look at the whole all the time, and kill two of them."""
        length = self.options["round_seconds"]
        began = time.perf_counter()
        fatal = sorted(self.dice.uniform(0.1, 0.9) * length for _ in range(2))
        while (passed := time.perf_counter() - began) < length:
            self.seen.update(witness.look())
            if fatal and passed >= fatal[0]:
                fatal.pop(0)
                self._kill(self.dice.choice(list(self._at_work)))
            time.sleep(LOOKS)

    def _kill(self, number: int) -> None:
        process = self._at_work[number]
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        self.killed += 1
        self._begin(number)

    def ends(self) -> None:
        self.clock.stop()
        for process in self._at_work.values():
            process.join(30)
            if process.exitcode is None:
                process.kill()
                process.join()
