"""How long the night takes over many open lines: the sweep that time moves promises by, and the chances to break."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.utils import timezone

from backoffice.benches import crew
from backoffice.benches.reorder import database_cpu
from backoffice.benches.shops import scratch, waiting
from orders.models import OrderLine
from orders.promising import sweep

LINES_A_PRODUCT = 100
NIGHTS = {"usual": 0, "day passed": waiting.DAYS_TO_GO + 10}
"""Nights, by days from today: one on which no day has passed, and one on which that of every line has."""


def measure(options: dict[str, Any], say: Callable[[str], None]) -> dict[str, Any]:
    """Measure in a scratch database of its own, in a process of its own."""
    products = max(1, options["open"] // LINES_A_PRODUCT)
    lines = products * min(options["open"], LINES_A_PRODUCT)
    with scratch.database():
        say(f"Filling a scratch database: {lines:,} lines wait for {products:,} products …")
        waiting.fill(lines, products, at=timezone.now(), hot=products)
        say("Two nights …")
        return {"lines": lines, "products": products, "nights": crew.alone(_nights)}


def words(found: dict[str, Any]) -> list[str]:
    return [
        f"night, {night['night']:<20}{night['seconds']:>8.2f} s     sweep {night['sweep_seconds']:.2f} s of "
        f"{night['swept']:,} lines, chances {night['weigh_seconds']:.2f} s of {night['weighed']:,}; "
        f"{found['lines']:,} lines are open"
        f" ({night['cpu_seconds']} s of processors)"
        for night in found["nights"]
    ]


def _nights() -> list[dict[str, Any]]:
    now = timezone.now()
    return [_night(name, now + timedelta(days=later)) for name, later in NIGHTS.items()]


def _night(name: str, at: Any) -> dict[str, Any]:
    began, worked = time.perf_counter(), time.process_time() + database_cpu()
    swept = sweep.sweep(at=at)
    between = time.perf_counter()
    weighed = sweep.weigh(at=at)
    ended = time.perf_counter()
    return {
        "night": name,
        "seconds": round(ended - began, 2),
        "cpu_seconds": round(time.process_time() + database_cpu() - worked, 2),
        "sweep_seconds": round(between - began, 2),
        "weigh_seconds": round(ended - between, 2),
        "swept": swept,
        "weighed": weighed,
        "with_chance": OrderLine.objects.filter(chance_to_break__isnull=False).count(),
    }
