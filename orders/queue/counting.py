"""
How many lines answer each question of the queue, and the whole of it in a few figures. Reads only.

What is counted is remembered for all who look, for ``FRESH_SECONDS``. Nothing that is remembered hides a line: it says
how many there are, or which of two ways leads to them sooner, and a list asks for its lines whatever it says.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.cache import cache
from django.db.models import Count, Exists, F, Min, OuterRef, Q, QuerySet, Sum

from inventory.ground.sql import paging
from orders.allocation.dating import day_of
from orders.models import OrderLine

from .questions import PARTS, QUESTIONS

FRESH_SECONDS = 30
"""How old a count on a tab or a card may be."""
WORTH = Sum(F("open") * F("unit_price"), default=Decimal())
"""What of lines has not left, at its price."""
KNOWN, TO_DECIDE = "queue:figures", "queue:decide"


@dataclass(frozen=True, slots=True)
class Summary:
    """
    The whole queue in a few figures: units, lines, and when the oldest was placed.

    ``past_lines``, ``past_orders``: whose promise is broken, be it that they wait or that what is here has not left
    (``past_here``: lines of these alone, ``past_here_value``: what of those has not left, at its price).
    """

    units: int
    lines: int
    past_lines: int
    past_orders: int
    past_here: int
    past_here_value: Decimal
    undated_lines: int
    undated_units: int
    uncovered_units: int
    oldest_at: datetime | None


@dataclass(frozen=True, slots=True)
class QueueFigures:
    """The sum, and how many lines answer each question, up to ``paging.BOUND`` + 1; all of one look."""

    summary: Summary
    counts: dict[str, int]


def figures(*, at: datetime) -> QueueFigures:
    """
    Count the queue, at most ``FRESH_SECONDS`` ago, in three statements.

    What the sum counts is not counted again: what is here and past its promise costs more than all else together.
    """
    found: QueueFigures | None = cache.get(KNOWN)
    if found is None:
        total = _sum(at)
        some = {
            "waiting": total.lines,
            "undated": total.undated_lines,
            "past_waiting": total.past_lines - total.past_here,
            "past_here": total.past_here,
        }
        others = {name: OrderLine.objects.filter(ask(at)) for name, ask in PARTS.items() if name not in some}
        some |= paging.bounded_counts(others)
        counted = {name: sum(some[part] for part in each.parts or (name,)) for name, each in QUESTIONS.items()}
        found = QueueFigures(total, {name: min(count, paging.BOUND + 1) for name, count in counted.items()})
        cache.set(KNOWN, found, FRESH_SECONDS)
    return found


def counts(*, at: datetime) -> dict[str, int]:
    """How many lines answer each question, up to ``paging.BOUND`` + 1; at most ``FRESH_SECONDS`` old."""
    return figures(at=at).counts


def summary(*, at: datetime) -> Summary:
    """Sum up the queue; at most ``FRESH_SECONDS`` old."""
    return figures(at=at).summary


def to_decide(*, at: datetime) -> int:
    """How many lines need a decision, as every page says: without a look at what is here."""
    known: QueueFigures | None = cache.get(KNOWN)
    if known is not None:
        return known.counts["decide"]
    found: int | None = cache.get(TO_DECIDE)
    if found is None:
        parts = {part: OrderLine.objects.filter(PARTS[part](at)) for part in QUESTIONS["decide"].parts}
        found = min(sum(paging.bounded_counts(parts).values()), paging.BOUND + 1)
        cache.set(TO_DECIDE, found, FRESH_SECONDS)
    return found


def _sum(at: datetime) -> Summary:
    past = PARTS["past_waiting"](at)
    # what all of them are is not asked again of each: the index answers
    by_now = Q(promised_date__lt=day_of(at))
    row = OrderLine.objects.backordered().aggregate(
        units=Sum("backordered", default=0),
        lines=Count("backordered"),
        past_lines=Count("backordered", filter=by_now),
        past_orders=Count("order", filter=by_now, distinct=True),
        undated_lines=Count("backordered", filter=Q(promised_date=None)),
        undated_units=Sum("backordered", filter=Q(promised_date=None), default=0),
        uncovered_units=Sum("uncovered", filter=Q(is_held_back=False), default=0),
        oldest_at=Min("placed_at"),
    )
    here = OrderLine.objects.filter(PARTS["past_here"](at))
    counted = OrderLine.objects.filter(past, order=OuterRef("order"))
    more = here.aggregate(
        lines=Count("pk"), orders=Count("order", filter=~Q(Exists(counted)), distinct=True), value=WORTH
    )
    row["past_here_value"] = more["value"]
    row["past_here"] = more["lines"]
    row["past_lines"] += more["lines"]
    row["past_orders"] += more["orders"]
    return Summary(**row)


def asked(name: str, *, at: datetime) -> Q:
    """
    Ask a question so that an index answers, whether many lines do or few.

    Many are soon met on the way through the queue. Where a question of several parts is answered by few, that would be
    a walk past everybody who waits: each part has an index of its own.
    """
    question = QUESTIONS[name]
    if not question.parts or counts(at=at)[name] > paging.BOUND:
        return question.ask(at)
    first, *others = (OrderLine.objects.filter(PARTS[part](at)).values("pk") for part in question.parts)
    return Q(pk__in=first.union(*others, all=True))


def count(lines: QuerySet[Any], key: str) -> int:
    """
    How many lines answer a narrowed question, up to ``paging.BOUND`` + 1; at most ``FRESH_SECONDS`` old.

    That there is none is not remembered: who searches again for what has just come in is not sent to look elsewhere.
    """
    name = f"queue:count:{hashlib.sha256(key.encode()).hexdigest()}"
    found: int | None = cache.get(name)
    if not found:
        found = anew(lines)
        if found:
            cache.set(name, found, FRESH_SECONDS)
    return found


def anew(lines: QuerySet[Any]) -> int:
    """How many lines these are just now, up to ``paging.BOUND`` + 1."""
    return paging.bounded_counts({"lines": lines})["lines"]


def forget() -> None:
    """Count again at the next look: somebody has just changed the queue by hand."""
    cache.delete_many([KNOWN, TO_DECIDE])
