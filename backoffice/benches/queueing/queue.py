"""What the queue costs: an order, a receipt and a slip that many wait for, the screen of those who wait, the night."""

import os
from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.db import connection

from . import placing, receipt, screen, slip, weighing

LEGS = {"placing": placing, "receipt": receipt, "screen": screen, "slip": slip, "night": weighing}
HELP = (
    "Place orders from one and from several processes, receive what half of a long queue waits for, open the queue "
    "screen of a big shop, let an inbound slip that many wait for, let two nights look at all open lines: each in a "
    "scratch database that is dropped at the end. Filling the tables is not timed."
)


def add_arguments(parser: ArgumentParser) -> None:
    for name, default, what in (
        ("waiting", 100_000, "lines that wait for the hot product"),
        ("skus", 1_000, "products of the shop that places orders"),
        ("orders", 300, "orders placed one after the other, on each of the two products"),
        ("processes", 4, "processes that place orders at once"),
        ("rounds", 3, "turns of each kind of work"),
        ("lines", 1_000_000, "order lines of the shop whose screen is opened; two of ten wait"),
        ("repeat", 15, "how often the screen is opened"),
        ("slipped", 20_000, "lines that wait for the inbound that slips"),
        ("open", 200_000, "open lines that the nights look at"),
    ):
        parser.add_argument(f"--{name}", type=int, default=default, help=f"{what} (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=4, help="length of a turn (default: %(default)s)")
    parser.add_argument("--only", choices=LEGS, action="append", help="measure this alone; may be given twice")


def run(options: dict[str, Any], say: Callable[[str], None]) -> dict[str, Any]:
    """Measure each leg, and the machine's load before and after."""
    load = [round(os.getloadavg()[0], 1)]
    found = {name: leg.measure(options, say) for name, leg in LEGS.items() if name in (options["only"] or LEGS)}
    return {"database": connection.vendor, "load": [*load, round(os.getloadavg()[0], 1)], **found}


def words(result: dict[str, Any]) -> str:
    before, after = result["load"]
    rows = [row for name, leg in LEGS.items() if name in result for row in leg.words(result[name])]
    return "\n".join((f"{result['database']}, load {before} before and {after} after", *rows))
