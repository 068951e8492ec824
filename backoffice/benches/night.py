"""
What the whole night costs, step by step: ``nightly.run`` itself in a scratch database.

Three nights of a made-up shop whose products each have some suppliers: the first, on which all is new; the first of a
new week; and a night in between, with a day of sales before it. Nobody approves the drafts, so what is needed adds up.
"""

import os
import resource
import time
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import connection

from backoffice import nightly
from backoffice.benches.shops.supplied import fill, pass_time
from inventory.night import skus

from .reorder import MONDAY, MOST_SKUS, MOST_WEEKS, NIGHTS, database_cpu, number
from .shops import scratch

HELP = (
    "Run the whole night of a made-up shop three times, in a scratch database that is dropped at the end, and print "
    "each step: seconds, CPU seconds, queries; and the most memory held. Filling the tables is not timed."
)
HOUR = 3
MOST_OFFERS = 20
REORDER = ("patterns", "policies")
"""The steps that ``bench reorder`` measures."""


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--skus", type=number(MOST_SKUS), default=2000, help="how many (default: %(default)s)")
    parser.add_argument(
        "--offers", type=number(MOST_OFFERS), default=2, help="suppliers of each product (default: %(default)s)"
    )
    parser.add_argument("--weeks", type=number(MOST_WEEKS), default=104, help="weeks of history (default: %(default)s)")


def run(options: dict[str, Any], say: Callable[[str], None]) -> dict[str, Any]:
    """Fill a scratch database and return one row a night."""
    count, offers, weeks = options["skus"], options["offers"], options["weeks"]
    with scratch.database():
        say(f"Filling a scratch database with {count:,} SKUs of {offers} suppliers each × {weeks} weeks …")
        fill(count, offers, weeks)
        nights = []
        for name, later in NIGHTS.items():
            on = MONDAY + timedelta(days=later)
            if later:
                pass_time(count, until=on, is_new_week=later == 7)
            nights.append(night(name, on))
        shop = {"skus": count, "offers": offers, "weeks": weeks, "database": connection.vendor}
        return {**shop, "blocks": len(skus.blocks()), "nights": nights}


def words(result: dict[str, Any]) -> str:
    shop = f"{result['skus']:,} SKUs of {result['offers']} suppliers each × {result['weeks']} weeks"
    lines = [f"{shop}, {result['blocks']} blocks, {result['database']}"]
    for each in result["nights"]:
        lines.append(
            f"\n{each['night']}: {each['seconds']:.2f} s, {each['share']:.2f} × its reorder part, {each['queries']:,}"
            f" queries, peak {each['peak_mb']:,} MB, load {each['load']}"
        )
        lines.append(f"  {'step':<12}{'seconds':>9}{'CPU s':>8}{'database':>10}{'queries':>9}")
        lines += [
            f"  {step:<12}{found['seconds']:>9.2f}{found['cpu_seconds']:>8.2f}{found['database_cpu_seconds']:>10.2f}"
            f"{found['queries']:>9,}"
            for step, found in each["steps"].items()
        ]
    return "\n".join(lines)


def night(name: str, on: date) -> dict[str, Any]:
    """Run the night of this business date, and measure each of its steps."""
    meter = _Meter()
    at = datetime.combine(on, datetime.min.time(), UTC) + timedelta(hours=HOUR)
    with connection.execute_wrapper(meter.count):
        counts = nightly.run(on=on, at=at, progress=meter.tell)
    meter.end()
    steps = {step.name: meter.of(step.title) for step in nightly.STEPS}
    reorder = sum(steps[step]["seconds"] for step in REORDER)
    seconds = sum(step["seconds"] for step in steps.values())
    return {
        "night": name,
        "seconds": round(seconds, 3),
        "share": round(seconds / reorder, 2),
        "queries": sum(step["queries"] for step in steps.values()),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "load": round(os.getloadavg()[0], 1),
        "steps": steps,
        "needs": counts["proposals"]["needs"],
        "lines": counts["proposals"]["lines"],
        "written": counts["proposals"]["created"] + counts["proposals"]["updated"],
    }


class _Meter:
    """Adds up what each step takes, by its title; what it asks of the database on its own is not counted."""

    def __init__(self) -> None:
        self.title = ""
        self.found: dict[str, Counter[str]] = {}
        self.is_own = False
        self.since = self._now()

    def count(self, execute: Callable[..., Any], *arguments: Any) -> Any:
        if not self.is_own:
            self.found.setdefault(self.title, Counter())["queries"] += 1
        return execute(*arguments)

    def tell(self, percent: int, title: str) -> None:
        if title != self.title:
            self.end()
            self.title = title

    def end(self) -> None:
        """Book the time since the last step began."""
        now = self._now()
        step = self.found.setdefault(self.title, Counter())
        for name, value in now.items():
            step[name] += value - self.since[name]  # type: ignore[assignment]
        self.since = now

    def of(self, title: str) -> dict[str, Any]:
        step = self.found.get(title, Counter())
        kinds = {"seconds": 3, "cpu_seconds": 3, "database_cpu_seconds": 2}
        return {name: round(float(step[name]), digits) for name, digits in kinds.items()} | {"queries": step["queries"]}

    def _now(self) -> dict[str, float]:
        self.is_own = True
        theirs = database_cpu()
        self.is_own = False
        return {"seconds": time.perf_counter(), "cpu_seconds": time.process_time(), "database_cpu_seconds": theirs}
