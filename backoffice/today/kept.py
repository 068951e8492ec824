"""The card of those who look after it all: how many promises were kept."""

from collections.abc import Iterator
from datetime import datetime

from django.utils import timezone

from backoffice.figures import shown
from backoffice.figures.declared import FIGURES

from .cards import Card, address, fresh


def promises(*, at: datetime) -> Iterator[Card]:
    """Give the share of lines that left by the newest day told, over the weeks of the page of figures."""
    each = FIGURES["kept_last"]
    total = fresh("dashboard:kept", lambda: shown.total(each.name, timezone.localdate(at)))
    yield Card(
        "Promises kept",
        shown.said(each, total),
        f"of {total.counted:,.0f} lines due in 13 weeks" if total.counted else "no promised day has passed yet",
        "gray",
        address("figures"),
    )
