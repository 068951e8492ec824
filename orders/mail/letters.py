"""
What a notice says: facts become one e-mail, in words that a customer can act on.

The words live in ``templates/email/<kind>.*``: ``subject.txt``, ``headline.txt``, ``intro.txt`` (why we write),
``line.txt`` (one line's news, in its numbers) and, where a kind ends in words of its own, ``closing.txt``. ``base.txt``
and ``base.html`` put them together. All else about a kind is declared in ``orders.models.kinds``.

Reads; writes nothing.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone, translation

from inventory.ground.post.letter import Words
from orders.models import Notice, NoticeKind, NoticeLine, NoticeState, OrderLine
from orders.models.kinds import ENDS, EVENTS, EXPLAINED, LOSSES, Beside
from orders.wording import phrases, window

from . import beside, causes, told

OWN_WISH = "terms"
"""The cause of what follows for an order whose own terms were changed; it goes on with the order."""
LANGUAGE = "en-us"
"""The language the templates are written in: its months and its thousands."""


@dataclass(frozen=True, slots=True)
class MailedLine:
    """One line of an order as the mail shows it."""

    product: str
    sku: str
    words: str


@dataclass(frozen=True, slots=True)
class MailedOrder:
    """One order in the mail."""

    reference: str
    note: str = ""
    items: list[MailedLine] = field(default_factory=list)
    details: list[str] = field(default_factory=list)


def preview(notice: Notice, *, at: datetime) -> Words:
    """
    Show the mail: the stored text once it was handed to the mail server, before that what would go out now.

    A notice that newer news overtook shows what it would have said.
    """
    if notice.body_text and notice.state not in (NoticeState.QUEUED, NoticeState.CALL, NoticeState.SUPERSEDED):
        return Words(notice.subject, notice.body_text, notice.body_html)
    facts = list(notice.lines.select_related(*told.RELATED).order_by("pk"))
    live = [fact for fact in facts if not fact.is_superseded]
    news = told.as_of_now(live, at=at).told or live or facts
    return write(notice, news, at=at) if news else Words("", "Another mail tells all of it.", "")


def leaving(notice_ids: Collection[int], *, at: datetime) -> list[tuple[Notice, Words]]:
    """Write the mails of these few queued notices as they would go now; none where nothing is news."""
    facts = NoticeLine.objects.filter(notice__in=notice_ids, is_superseded=False)
    rows = facts.select_related(*told.RELATED, "notice__customer").order_by("notice__customer", "notice__kind", "pk")
    groups = [list(own) for _, own in groupby(rows, key=lambda fact: fact.notice_id)]
    said = told.of_lines({fact.line_id for own in groups for fact in own})
    news = [(own[0].notice, told.as_of_now(own, at=at, said=said).told) for own in groups]
    lines = lines_of(news)
    return [(notice, write(notice, own, at=at, lines=lines)) for notice, own in news if own]


def lines_of(news: Iterable[tuple[Notice, Sequence[NoticeLine]]]) -> beside.LinesOf:
    """Read, for many mails at once, the lines of the orders of which they tell more than their news."""
    told_more = (own for notice, own in news if own and _kind(notice, own).declared.beside is not Beside.NONE)
    return beside.lines_of(fact.order_id for own in told_more for fact in own)


def write(notice: Notice, facts: Sequence[NoticeLine], *, at: datetime, lines: beside.LinesOf | None = None) -> Words:
    """
    Put these facts of a notice into words; they come with ``told.RELATED`` loaded.

    :param lines: of their orders, where they were read for many mails at once
    """
    kind = _kind(notice, facts)
    rest = beside.others(notice, facts, lines, wanted=kind.declared.beside, at=at)
    is_canceled = beside.is_canceled(facts)
    with translation.override(LANGUAGE):
        context = {
            "shop": settings.SHOP_NAME,
            "customer": notice.customer.name,
            "color": kind.declared.color,
            "intro": f"email/{kind}.intro.txt",
            "has_parcels": kind.declared.has_parcels,
            "orders": _grouped(facts, rest, kind),
            "what": _what(facts),
            "reference": beside.reference(fact.order.reference for fact in facts),
            "facts": facts,
            "tone": _tone(facts),
            "is_taken_back": all(fact.is_taken_back for fact in facts),
            "is_canceled": is_canceled,
            "is_partly_canceled": any(beside.is_canceled_in_part(fact) for fact in facts),
            "money": beside.money() if is_canceled else "",
            "waiting": sum(fact.waiting for fact in (*facts, *rest)),
        }
        closings = (f"email/{kind}.closing.txt", "email/standing.closing.txt")
        context |= {
            "headline": _one_line(render_to_string(f"email/{kind}.headline.txt", context)),
            "closing": _one_line(render_to_string(closings)),
        }
        subject = _one_line(render_to_string(f"email/{kind}.subject.txt", context))
        text = _paragraphs(render_to_string("email/base.txt", context))
        return Words(subject[:300], text, render_to_string("email/base.html", context))


def _kind(notice: Notice, facts: Sequence[NoticeLine]) -> NoticeKind:
    """
    Say what a mail is to its reader as it leaves.

    What is replaced may come no more, and what is canceled may be told with what comes in its place. What is lost was
    told before: to who has heard nothing it is the first word of what waits.
    """
    if notice.kind in ENDS:
        is_replaced = any(fact.kind == NoticeKind.SUBSTITUTED for fact in facts)
        return NoticeKind.SUBSTITUTED if is_replaced else NoticeKind.CANCELED
    if notice.kind in LOSSES:
        was_told = any(fact.was_date or fact.was_waiting is not None for fact in facts)
        return NoticeKind.LOST if was_told else NoticeKind.BACKORDERED
    return NoticeKind(notice.kind)


def _grouped(facts: Sequence[NoticeLine], rest: Sequence[NoticeLine], kind: NoticeKind) -> list[MailedOrder]:
    """Put facts under their orders, in the order of their lines, with the lines of which a first mail tells too."""
    groups = []
    in_order = sorted((*facts, *rest), key=lambda fact: (fact.order_id, fact.line.position, fact.pk or 0))
    for _, own in groupby(in_order, key=lambda fact: fact.order_id):
        listed = list(own)
        items = [MailedLine(_name(fact), fact.line.product.sku, _words(fact, kind)) for fact in listed]
        details = list(dict.fromkeys(detail for fact in listed for detail in _details(fact)))
        details = _told_once(details) if kind.declared.has_parcels else details
        groups.append(MailedOrder(listed[0].order.reference, _note(listed, kind), items, details))
    return groups


def _note(listed: Sequence[NoticeLine], kind: NoticeKind) -> str:
    """Say what holds for an order as a whole."""
    order = listed[0].order
    context = {
        "is_first": kind.declared.beside is Beside.ALL,
        "tells_of_others": kind.declared.beside is not Beside.NONE,
        "ships_complete": order.is_ship_complete,
        "wanted": phrases.day(order.wanted_date, _today(listed[0])) if order.wanted_date else "",
        "is_partly_here": any(fact.ready and not fact.is_rest_elsewhere for fact in listed),
    }
    return _one_line(render_to_string("email/note.txt", context))


def _today(fact: NoticeLine) -> date:
    return timezone.localtime(fact.notice.created_at).date()


def _told_once(details: Sequence[str]) -> list[str]:
    """
    Leave out the parcels of a line that are all among those of another line.

    >>> _told_once(["UPS 1", "UPS 1, UPS 2", "GLS 3"])
    ['UPS 1, UPS 2', 'GLS 3']
    >>> _told_once(["UPS 2", "UPS 1, UPS 2 and one parcel without a tracking number"])
    ['UPS 1, UPS 2 and one parcel without a tracking number']
    """
    parcels = {detail: set(re.split(r", | and (?=one |\d)", detail)) for detail in details}
    return [each for each in details if not any(parcels[each] < other for other in parcels.values())]


def _details(fact: NoticeLine) -> Iterable[str]:
    if fact.kind not in EVENTS and not beside.is_typed_for_the_customer(fact):
        return ()
    return [detail for detail in fact.reasons or (fact.detail,) if detail]


def _name(fact: NoticeLine) -> str:
    return fact.line.product.name or fact.line.product.sku


def _words(fact: NoticeLine, kind: NoticeKind) -> str:
    """Word one line: a loss as what its mail is, anything else, also what is told with it, as what it is."""
    words = kind if fact.kind in LOSSES else fact.kind
    return _one_line(render_to_string(f"email/{words}.line.txt", _numbers(fact)))


def _numbers(fact: NoticeLine) -> dict[str, Any]:
    """
    What one line's sentence may use.

    ``total``: units open when it happened, those that it took away included; ``is_rest``: some of what was
    ordered shipped or was canceled earlier, so that "your 7" would be the wrong number. ``is_lost``: more wait than
    the customer knew. How the rest stands is said once, by the newest mail.
    """
    instead_of = _instead_of(fact)
    total = fact.ready + fact.waiting if instead_of else beside.open_before(fact)
    ready, waiting = (0, 0) if fact.is_rest_elsewhere else (fact.ready, fact.waiting)
    left = ready + waiting
    today = _today(fact)
    dates = (fact.likely_date, fact.promised_date)
    return {
        "units": fact.units,
        "canceled": fact.canceled,
        "ready": ready,
        "waiting": waiting,
        "left": left,
        "rest": rest(waiting, left),
        "total": total,
        "all": "Both" if total == 2 else f"All {total:,}",
        "is_rest": total < fact.line.quantity,
        "whole": f"your {total:,}" if total == fact.line.quantity else f"the {total:,} you are still waiting for",
        "window": window.in_words(*dates, today=today),
        "was": window.in_words(None, fact.was_date, today=today),
        "is_lost": fact.was_date is not None if fact.was_waiting is None else fact.waiting > fact.was_waiting,
        "is_moved": fact.was_date is not None and fact.was_date != fact.promised_date,
        "because": causes.because(fact) if fact.kind in EXPLAINED else "",
        "instead_of": instead_of.product.name or instead_of.product.sku if instead_of else "",
        "price": fact.line.unit_price if instead_of and fact.line.unit_price != instead_of.unit_price else None,
        "currency": settings.SHOP_CURRENCY,
        "was_price": instead_of.unit_price if instead_of else None,
    }


def _instead_of(fact: NoticeLine) -> OrderLine | None:
    """The line that this one takes the place of; None for that line itself, whose fact carries the reason."""
    if fact.instead_of:
        return fact.instead_of
    if fact.kind != NoticeKind.SUBSTITUTED or fact.detail:
        return None
    return fact.line.addition.beside if hasattr(fact.line, "addition") else None


def rest(waiting: int, left: int) -> str:
    """Name what waits of what is left of a line."""
    if waiting == left:
        return "it" if left == 1 else "them"
    return "the other one" if waiting == 1 else f"the other {waiting:,}"


def _what(facts: Sequence[NoticeLine]) -> str:
    facts = [fact for fact in facts if _instead_of(fact)] or facts
    if len(facts) > 1:
        return f"{len(facts):,} items"
    fact = facts[0]
    return f"{NoticeKind(fact.kind).declared.about(fact):,} × {beside.shortened(_name(fact))}"


def _tone(facts: Iterable[NoticeLine]) -> str:
    """Whether the dates are all "asked" for, "sooner", "later", "first", "unknown" or "none"; else "mixed"."""
    tones = {_tone_of(fact) for fact in facts}
    return tones.pop() if len(tones) == 1 else "mixed"


def _tone_of(fact: NoticeLine) -> str:
    if fact.event.startswith(f"{OWN_WISH}:{fact.order_id}:"):
        return "asked"
    if fact.promised_date is None:
        return "unknown" if fact.was_date else "none"
    if fact.was_date is None:
        return "first"
    return "sooner" if fact.promised_date < fact.was_date else "later"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _paragraphs(text: str) -> str:
    """Drop the blank lines that template tags leave: one between paragraphs is enough."""
    lines = [line.rstrip() for line in text.strip().splitlines()]
    kept = [line for place, line in enumerate(lines) if line or lines[place - 1]]
    return "\n".join(kept) + "\n"
