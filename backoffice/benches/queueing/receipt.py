"""How long a receipt takes that fills half of a long queue, what it holds in memory, and what doing it again costs."""

import resource
import time
from collections.abc import Callable
from typing import Any

from django.utils import timezone

from backoffice.benches import crew
from backoffice.benches.shops import scratch, waiting
from backoffice.benches.shops.waiting import HOT
from inventory.supply import inbound
from orders import allocation
from orders.models import Allocation, LineEvent, NoticeLine, Promise


def measure(options: dict[str, Any], say: Callable[[str], None]) -> dict[str, Any]:
    """Measure in a scratch database of its own, in a process of its own."""
    units = max(1, options["waiting"] // 2)
    with scratch.database():
        say(f"Filling a scratch database: {options['waiting']:,} lines wait for one inbound …")
        waiting.fill(options["waiting"], 1, at=timezone.now())
        say(f"Receiving {units:,} units of it …")
        found: dict[str, Any] = crew.alone(lambda: _receive(units))
        return {"waiting": options["waiting"], "units": units, **found}


def words(found: dict[str, Any]) -> list[str]:
    what = f"{found['units']:,} of {found['waiting']:,} waiting lines"
    return [
        f"receipt that fills         {found['seconds']:>8.2f} s     {what}, peak {found['peak_mb']:,} MB",
        f"the same plan again        {found['again_seconds']:>8.2f} s     {found['again_changed']} lines changed",
    ]


def _receive(units: int) -> dict[str, Any]:
    at = timezone.now()
    began = time.perf_counter()
    inbound.receive([inbound.Receipt(HOT, units)], by=None, at=at)
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    began = time.perf_counter()
    changed = allocation.settle([HOT], cause="bench:again", by=None, at=at)
    again = time.perf_counter() - began
    return {
        "seconds": round(seconds, 2),
        "peak_mb": peak,
        "again_seconds": round(again, 2),
        "again_changed": changed,
        "allocated": Allocation.objects.filter(stock__isnull=False).count(),
        "told": NoticeLine.objects.filter(kind="restocked").count(),
        "promises": Promise.objects.filter(basis="on_hand").count(),
        "events": LineEvent.objects.filter(kind="allocated").count(),
    }
