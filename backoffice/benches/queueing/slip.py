"""How long a slip takes that many lines wait for: the preview of a new date, and the same done, as a browser does."""

import re
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any, NamedTuple

from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from backoffice.benches import crew
from backoffice.benches.pages import client_for
from backoffice.benches.reorder import database_cpu
from backoffice.benches.shops import scratch, waiting
from backoffice.benches.shops.waiting import HOT
from orders.models import NoticeLine, NoticeState, Promise

LATER = 40
"""Days from today to the new date."""
CARRIED = re.compile(r'<input type="hidden" name="(once|fingerprint)" value="([^"]*)"')


class Taken(NamedTuple):
    """What one request took; of processors: this process and the database, which under load tell more than the time."""

    seconds: float
    cpu_seconds: float


def measure(options: dict[str, Any], say: Callable[[str], None]) -> dict[str, Any]:
    """Measure in a scratch database of its own, in a process of its own."""
    with scratch.database():
        say(f"Filling a scratch database: {options['slipped']:,} lines wait for one inbound …")
        waiting.fill(options["slipped"], 1, at=timezone.now())
        say("It slips …")
        found: dict[str, Any] = crew.alone(_slip)
        return {"lines": options["slipped"], **found}


def words(found: dict[str, Any]) -> list[str]:
    seen = f"{found['lines']:,} lines wait for it ({found['preview_cpu_seconds']} s of processors)"
    done = f"{found['moved']:,} promises moved, {found['told']:,} customers told"
    return [
        f"slip, shown first          {found['preview_seconds']:>8.2f} s     {seen}",
        f"  and done                 {found['apply_seconds']:>8.2f} s     {done} ({found['apply_cpu_seconds']} s)",
    ]


def _slip() -> dict[str, Any]:
    client = client_for(User.objects.create(username="bench", is_staff=True, is_superuser=True))
    url = reverse("admin:reschedule_inbound", args=[HOT])
    new_date = timezone.localdate() + timedelta(days=LATER)
    typed = {"new_date": new_date.isoformat(), "reason": "The ship is late"}
    _, page = _sent(client, url, None)
    shown, page = _sent(client, url, {**_carried(page), **typed, "preview": "1"})
    before = Promise.objects.count()
    done, _ = _sent(client, url, {**_carried(page), **typed, "apply": "1"})
    return {
        "preview_seconds": shown.seconds,
        "preview_cpu_seconds": shown.cpu_seconds,
        "apply_seconds": done.seconds,
        "apply_cpu_seconds": done.cpu_seconds,
        "moved": Promise.objects.count() - before,
        "told": NoticeLine.objects.exclude(notice__state=NoticeState.SENT).count(),
    }


def _sent(client: Client, url: str, data: dict[str, str] | None) -> tuple[Taken, str]:
    began, worked = time.perf_counter(), _worked()
    response = client.get(url) if data is None else client.post(url, data)
    taken, cpu = time.perf_counter() - began, _worked() - worked
    wanted = 302 if data and "apply" in data else 200
    if response.status_code != wanted:
        raise RuntimeError(f"{url} answered {response.status_code}")
    return Taken(round(taken, 2), round(cpu, 2)), response.content.decode()


def _worked() -> float:
    return time.process_time() + database_cpu()


def _carried(page: str) -> dict[str, str]:
    """What a page carries unseen: its key, and what was shown."""
    return dict(CARRIED.findall(page.partition('id="content"')[2] or page))
