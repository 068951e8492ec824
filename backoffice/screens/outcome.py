"""
What a receipt or a new date does to the customers who wait: looked at first, then done exactly so.

The preview is the act itself, taken back (``orders.queue.rehearsal``); what is added here are the words. Applying it
carries the fingerprint of what was shown; if the facts have moved, the new outcome is shown.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from inventory.desk.naming import to
from inventory.desk.tables import Table, chip, day, item, lines, link
from inventory.ground.plurals import counted
from inventory.ground.sql import bulk
from inventory.notebook.meanwhile import Deed
from orders.admin.rows import recovered
from orders.answering.meanwhile import of_queues
from orders.models import NoticeKind, NoticeLine, OrderLine
from orders.queue import questions, rehearsal
from orders.queue.effects import Effects, Moved
from orders.wording import phrases

SHOWN = 200
"""Rows that are written out; sums count all."""
NAMED = 5
"""Lines of a mail that are named; the others are counted."""


@dataclass(frozen=True)
class CustomersOutcome:
    """
    What happened, or would happen; ``product_ids``: of the queues in which it can move lines. ``fingerprint`` is that
    of what would.
    """

    effects: Effects
    product_ids: Collection[int]
    fingerprint: str = ""

    @property
    def moves_lines(self) -> bool:
        """Whether it is an act by which those who wait can move."""
        return bool(self.product_ids)

    @property
    def moved(self) -> Sequence[Moved]:
        return self.effects.moved

    @property
    def is_done(self) -> bool:
        return self.effects.is_done

    @cached_property
    def sums(self) -> dict[str, int]:
        """Count it over all lines, those that are not written out among them: once for each sort of lines that move."""
        sorts = Counter((each.was, each.now, each.breaks) for each in self.moved)
        alike = [(Moved(0, was, now, breaks=breaks), many) for (was, now, breaks), many in sorts.items()]
        here = [(each.now.here - each.was.here, many) for each, many in alike]
        return {
            "later": sum(many for each, many in alike if each.days > 0),
            "most_days": max((each.days for each, _ in alike if each.days > 0 and each.now.safe_date), default=0),
            "sooner": sum(many for each, many in alike if each.days < 0),
            "given": sum(units * many for units, many in here if units > 0),
            "lost": -sum(units * many for units, many in here if units < 0),
            "promises": sum(many for each, many in alike if each.was.promised_date != each.now.promised_date),
            "broken": sum(many for each, many in alike if each.breaks),
        }

    def mails_in_words(self) -> str:
        count = self.effects.mails
        if not count:
            return "No customer hears anything new."
        return f"{count:,} {'mail goes' if count == 1 else 'mails go'} out."

    def tables(self) -> list[Table]:
        if not self.moves_lines:
            return [self._mails()]
        return [self._lines(), *self._places(), *self._added(), self._mails()]

    def meanwhile(self, since: datetime) -> Iterable[Deed]:
        """Give what was done to those who wait there since."""
        return of_queues(self.product_ids, since)

    def _lines(self) -> Table:
        """Whom it moves: who is pushed back most first, all others as they stand in the queue."""
        shown = sorted(self.moved, key=lambda each: -max(0, each.days))[:SHOWN]
        named = _with_names(each.line_id for each in shown)
        rest = len(self.moved) - len(shown)
        names_cover = any(each.cover for each in shown)
        gets = "Gets or loses" if self.sums["lost"] else "Gets now"
        return Table(
            "Lines that move",
            (
                *("Order", "Customer", "Product", gets, "Keeps waiting", "Arrives", "Promised"),
                *(["Covered by"] if names_cover else []),
            ),
            [
                (
                    link(line.order, "orders_backorder_change", line.pk),
                    to(line.order.customer),
                    item(line.product),
                    each.now.here - each.was.here or None,
                    each.now.waiting,
                    _arrives(each),
                    _promised(each),
                    *([recovered(each.cover)] if names_cover else []),
                )
                for each in shown
                if (line := named.get(each.line_id))
            ],
            empty="No waiting line gets units or another date by this.",
            note=f"… and {rest:,} more; the sums above count all." if rest else "",
            numbers=(gets, "Keeps waiting"),
        )

    def _places(self) -> list[Table]:
        """The lines that were asked about, where they come to stand elsewhere in their queue."""
        named = _with_names(self.effects.places)
        was = questions.places(list(named.values()))
        moved = [
            (link(line.order, "orders_backorder_change", pk), item(line.product), f"{was[pk][0]:,} → {now:,} of {of:,}")
            for pk, (now, of) in self.effects.places.items()
            if (line := named.get(pk)) and pk in was and was[pk][0] != now
        ]
        return [Table("Places in the queue", ("Order", "Product", "Place"), moved)] if moved else []

    def _added(self) -> list[Table]:
        """The lines that it makes."""
        if not self.effects.added:
            return []
        return [
            Table(
                "New lines",
                ("Order", "Customer", "Product", "Units", "Waits", "Arrives", "Promised", "Price", "Place"),
                [
                    (
                        line.order.reference,
                        to(line.order.customer),
                        item(line.product),
                        line.quantity,
                        line.backordered,
                        (day(line.safe_date) or "no date") if line.backordered else "here",
                        day(line.promised_date) or "no date",
                        line.unit_price,
                        "{:,} of {:,}".format(*place) if (place := self.effects.places.get(line.pk)) else "",
                    )
                    for line in self.effects.added[:SHOWN]
                ],
                note=f"… and {rest:,} more." if (rest := len(self.effects.added) - SHOWN) > 0 else "",
                numbers=("Units", "Waits", "Price"),
            )
        ]

    def _mails(self) -> Table:
        shown = list(self.effects.by_mail.items())[:SHOWN]
        rest = self.effects.mails - len(shown)
        return Table(
            "Mails that go out",
            ("Customer", "E-mail", "Goes", "About", "Lines"),
            [
                (
                    to(facts[0].notice.customer),
                    facts[0].notice.customer.email or "none: to call",
                    _when(self.effects.goes_at.get(mail), self.effects.news[0].notice.created_at),
                    ", ".join(dict.fromkeys(NoticeKind(fact.notice.kind).label for fact in facts)),
                    _named([_of(fact) for fact in facts]),
                )
                for mail, facts in shown
            ],
            empty="No customer hears anything new.",
            note=f"… and {rest:,} more." if rest else "",
        )


def _of(fact: NoticeLine) -> SafeString:
    return link(f"{fact.order.reference} {fact.line.product.sku}", "orders_backorder_change", fact.line_id)


def _when(goes_at: datetime | None, now: datetime) -> str:
    return phrases.moment(goes_at) if goes_at and goes_at > now else "at once"


def _named(facts: Sequence[SafeString]) -> SafeString:
    """Name the first lines of a mail, and count the others."""
    more = f" and {len(facts) - NAMED} more" if len(facts) > NAMED else ""
    return format_html("{}{}", format_html_join(", ", "{}", ((fact,) for fact in facts[:NAMED])), more)


def _with_names(ids: Iterable[int]) -> dict[int, OrderLine]:
    return OrderLine.objects.select_related("order__customer", "product").in_bulk(list(ids))


def _arrives(each: Moved) -> SafeString | str:
    """From when to when a line moves and, where it keeps waiting for a known day, by how many days."""
    if not each.now.waiting:
        return "here"
    was, now = (day(side.safe_date) or "no date" if side.waiting else "here" for side in (each.was, each.now))
    change = was if was == now else f"{was} → {now}"
    if not (each.days and each.was.waiting and each.was.safe_date and each.now.safe_date):
        return change
    return lines([change, f"{counted(abs(each.days), 'day')} {'later' if each.days > 0 else 'sooner'}"])


def _promised(each: Moved) -> SafeString | str:
    change = _change(each.was.promised_date, each.now.promised_date)
    return lines([change, chip("breaks", "red")]) if each.breaks else change


def _change(was: date | None, now: date | None) -> str:
    if was == now:
        return day(now) or "no date"
    return f"{day(was) or 'no date'} → {day(now) or 'no date'}"


def of(
    act: Callable[[], object],
    *,
    product_ids: Collection[int],
    line_ids: Collection[int] = (),
    at: datetime,
    facts: Callable[[], object],
    agreed: str | None = None,
) -> CustomersOutcome:
    """
    Do ``act``, which stamps what it writes with ``at``, and keep it only if its outcome is the one agreed to.

    :param facts: reads what the act rests on, under its locks
    :param agreed: the fingerprint of the outcome a person has seen; None only looks
    """
    with bulk.uncollected():
        effects = rehearsal.rehearse(act, at=at, agreed=agreed, facts=facts, line_ids=line_ids, product_ids=product_ids)
        shown = "" if effects.is_done else effects.fingerprint
    return CustomersOutcome(effects, product_ids, fingerprint=shown)
