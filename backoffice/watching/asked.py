"""
Suppliers that have to be called, and those that were asked and are silent: grounds of alerts, one an order. Reads only.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from itertools import groupby
from typing import NamedTuple

from django.db.models import F, Q
from django.utils import timezone

from inventory.desk.tables import day
from inventory.ground.post.letter import LetterState
from suppliers.models import AskedDate

from .matters import Waiting

MOST_NAMED = 3
HAS_IT = Q(letter__state__in=(LetterState.SENT, LetterState.IN_DOUBT, LetterState.COMPLAINED))
"""What a supplier has, or may have: in shadow nobody was asked, and what came back has an alert of its own."""

ASKS = {
    "before": "has it left, or will it leave in time?",
    "passed": "where is it?",
    "unsaid": "when does it come?",
}


class OpenQuestion(NamedTuple):
    """One question without an answer, and what its alert says of it."""

    order_id: int
    supplier: str
    reference: str
    line_id: int
    units: int
    sku: str
    day: date | None
    moment: str
    asked_on: date
    silent_from: date
    email: str


COLUMNS = (
    "line__purchase_order_id", "line__purchase_order__supplier__name", "line__purchase_order__reference", "line_id",
    "line__inbound__outstanding", "line__product__sku", "day", "moment", "asked_on", "silent_from",
    "line__purchase_order__supplier__email",
)  # fmt: skip


def to_call(*, at: datetime) -> Iterator[Waiting]:
    """Orders whose supplier has no address: who has to be called, and what to ask."""
    for order_id, own in _by_order(Q(letter=None)):
        last = own[-1]
        asks = ASKS[last.moment]
        why = "" if last.email else ", which has no e-mail address"
        words = f"Call {last.supplier}{why}. “Of {last.reference}, {_named(own)}: {asks}”"
        yield Waiting(order_id, words, max(each.asked_on for each in own))


def silent(*, at: datetime) -> Iterator[Waiting]:
    """Orders whose supplier was asked a working day ago, and has not answered."""
    for order_id, own in _by_order(HAS_IT & Q(silent_from__lte=timezone.localdate(at))):
        asked = max(each.asked_on for each in own)
        last = own[-1]
        words = f"{last.supplier} has not answered. Asked on {day(asked)} about {last.reference}: {_named(own)}."
        yield Waiting(order_id, words, max(each.silent_from for each in own))


def _by_order(among: Q) -> Iterator[tuple[int, list[OpenQuestion]]]:
    rows = AskedDate.objects.unanswered().filter(among)
    # a day that was confirmed since comes after none
    found = rows.order_by(
        "line__purchase_order_id", F("day").asc(nulls_first=True), "line_id", "asked_on", "pk"
    ).values_list(*COLUMNS)
    for order_id, own in groupby((OpenQuestion(*row) for row in found), key=lambda each: each.order_id):
        yield order_id, list(own)


def _named(own: Sequence[OpenQuestion]) -> str:
    lines = {each.line_id: each for each in own}
    said = [
        f"{each.units:,} {each.sku} {f'confirmed for {day(each.day)}' if each.day else 'without a confirmed day'}"
        for each in list(lines.values())[:MOST_NAMED]
    ]
    rest = len(lines) - len(said)
    return ", ".join([*said, *([f"and {rest:,} more"] if rest else [])])
