"""
What a notice says: facts become one e-mail, in words that a customer can act on.

The words live in ``templates/email/<kind>.*``: ``subject.txt``, ``headline.txt``, ``intro.txt`` (why we write),
``line.txt`` (one line's news, in its numbers) and, where a kind ends in words of its own, ``closing.txt``. ``base.txt``
and ``base.html`` put them together. All else about a kind is declared in ``orders.models.kinds``.

Reads; writes nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby
from typing import Any

from django.conf import settings
from django.template import Context
from django.template.loader import render_to_string, select_template
from django.utils import timezone, translation

from inventory.ground.post.letter import Words
from orders.models import Notice, NoticeKind, NoticeLine, NoticeState, OrderLine
from orders.models.kinds import CONFIRMATIONS, DIGESTED, EXPLAINED, LOSSES, STATES, Beside
from orders.rules.transit import latest
from orders.wording import links, phrases, window

from . import beside, causes, meanings, told

MIXED = "news"
"""The words of a mail that tells of what means several things."""
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
    """One order in the mail; ``page``: the address of its own page."""

    reference: str
    page: str
    note: str = ""
    arrives: str = ""
    items: list[MailedLine] = field(default_factory=list)
    details: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class MailedSection:
    """Orders in the mail of which it has the same to tell; ``heading``: empty if that is all it tells."""

    heading: str
    orders: list[MailedOrder]


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


def lines_of(news: Iterable[tuple[Notice, Sequence[NoticeLine]]], *, at: datetime) -> beside.LinesOf:
    """Read, for many mails at once, the lines of the orders of which they tell more than their news."""
    told_more = (beside.told_more(meanings.kind_of(notice, own), own) for notice, own in news if own)
    return beside.lines_of((fact.order_id for own in told_more for fact in own), at=at)


def write(notice: Notice, facts: Sequence[NoticeLine], *, at: datetime, lines: beside.LinesOf | None = None) -> Words:
    """
    Put these facts of a notice into words; they come with ``told.RELATED`` loaded.

    :param lines: of their orders, where they were read for many mails at once
    """
    kind = meanings.kind_of(notice, facts)
    if explained := [fact for fact in facts if fact.kind in EXPLAINED]:
        causes.tell(explained)
    if kind in CONFIRMATIONS:
        beside.read_acts(facts)
    sections = meanings.sections(facts) if facts[0].kind in STATES and notice.kind in DIGESTED else []
    words = MIXED if len(sections) > 1 else str(kind)
    rest = beside.others(notice, facts, kind, lines, at=at)
    is_canceled = beside.is_canceled(facts)
    with translation.override(LANGUAGE):
        context = {
            "shop": settings.SHOP_NAME,
            "customer": notice.customer.name,
            "color": kind.declared.color,
            "intro": f"email/{words}.intro.txt",
            "has_parcels": kind.declared.has_parcels,
            "sections": _sections(sections, facts, rest, kind, at),
            "lead": sections[0].meaning.subject if sections else "",
            "others": len(facts) - len(sections[0].facts) if sections else 0,
            "is_unwelcome": any(each.meaning in meanings.UNWELCOME for each in sections),
            "what": _what(sections[0].facts if words == MIXED else facts),
            "reference": beside.reference(fact.order.reference for fact in facts),
            "facts": facts,
            "tone": meanings.tone(facts),
            "is_taken_back": all(fact.is_taken_back for fact in facts),
            "is_canceled": is_canceled,
            "is_sent_again": beside.is_sent_again(notice, facts),
            "is_partly_canceled": any(beside.is_canceled_in_part(fact) for fact in facts),
            "money": beside.money(notice, facts, at=at),
            "waiting": sum(fact.waiting for fact in (*facts, *rest)),
        }
        closings = (f"email/{words}.closing.txt", "email/standing.closing.txt")
        context |= {
            "headline": _one_line([f"email/{words}.headline.txt"], context),
            "closing": _one_line(closings, context),
        }
        subject = _one_line([f"email/{words}.subject.txt"], context)
        text = _paragraphs(render_to_string("email/base.txt", context))
        return Words(subject[:300], text, render_to_string("email/base.html", context))


def _sections(
    parts: Sequence[meanings.DigestPart],
    facts: Sequence[NoticeLine],
    rest: Sequence[NoticeLine],
    kind: NoticeKind,
    at: datetime,
) -> list[MailedSection]:
    """Put facts under what they mean, if that is several things; what is no news stands beside what is here."""
    if len(parts) < 2:
        return [MailedSection("", _grouped(facts, rest, kind, at))]
    return [
        MailedSection(
            each.meaning.heading,
            _grouped(each.facts, rest if each.meaning is meanings.Meaning.HERE else (), _kind_of(each), at),
        )
        for each in parts
    ]


def _kind_of(part: meanings.DigestPart) -> NoticeKind:
    return NoticeKind.BACKORDERED if part.meaning is meanings.Meaning.WAITS else NoticeKind(part.facts[0].kind)


def _grouped(
    facts: Sequence[NoticeLine], rest: Sequence[NoticeLine], kind: NoticeKind, at: datetime
) -> list[MailedOrder]:
    """Put facts under their orders, in the order of their lines, with the lines of which a first mail tells too."""
    groups = []
    in_order = sorted((*facts, *rest), key=lambda fact: (fact.order_id, fact.line.position, fact.pk or 0))
    for _, own in groupby(in_order, key=lambda fact: fact.order_id):
        listed = list(own)
        items = [_item(fact, kind) for fact in listed]
        details = beside.details(listed, kind)
        arrives = _arrives(listed, at) if kind.declared.has_parcels else ""
        order = listed[0].order
        groups.append(MailedOrder(order.reference, links.url(order), _note(listed, kind), arrives, items, details))
    return groups


def _arrives(listed: Sequence[NoticeLine], at: datetime) -> str:
    """Say by which day all its parcels should be there; "" where one may come on any, or that day has passed."""
    today = timezone.localtime(at).date()
    by = latest(fact.arrives_by for fact in listed)
    return phrases.day(by, today) if by and by >= today else ""


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
    return _one_line(["email/note.txt"], context)


def _today(fact: NoticeLine) -> date:
    return timezone.localtime(fact.notice.created_at).date()


def _item(fact: NoticeLine, kind: NoticeKind) -> MailedLine:
    """Show one line, or what its customer did, under the day on which they did it."""
    if not fact.act:
        return MailedLine(_name(fact), fact.line.product.sku, _words(fact, kind))
    on = f"On {phrases.day(timezone.localtime(fact.act.at).date(), _today(fact))}"
    follows = _one_line([f"email/{kind}.line.txt"], {"did": fact.act.kind})
    return MailedLine(on, on, "\n  ".join([*fact.act.text.splitlines(), *(["", follows] if follows else [])]))


def _name(fact: NoticeLine) -> str:
    return fact.line.product.name or fact.line.product.sku


def _words(fact: NoticeLine, kind: NoticeKind) -> str:
    """Word one line: a loss as what its mail is, anything else, also what is told with it, as what it is."""
    words = kind if fact.kind in LOSSES else fact.kind
    return _one_line([f"email/{words}.line.txt"], _numbers(fact))


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
    comes_in_parts = bool(fact.parts and waiting)
    return {
        "units": fact.units,
        "canceled": fact.canceled,
        "ready": ready,
        "waiting": waiting,
        "left": left,
        "rest": "" if comes_in_parts else rest(waiting, left),
        "total": total,
        "all": "Both" if total == 2 else f"All {total:,}",
        "is_rest": total < fact.line.quantity,
        "whole": f"your {total:,}" if total == fact.line.quantity else f"the {total:,} you are still waiting for",
        "window": window.in_parts(fact.parts, today=today) if comes_in_parts else window.in_words(*dates, today=today),
        "was": window.in_parts([each._replace(likely=None) for each in fact.was_parts], today=today)
        or window.in_words(None, fact.was_date, today=today),
        "is_lost": fact.was_date is not None if fact.was_waiting is None else fact.waiting > fact.was_waiting,
        "is_moved": fact.was_date is not None and (fact.was_date != fact.promised_date or bool(fact.was_parts)),
        "is_later": meanings.is_later(fact),
        "is_rest_elsewhere": fact.is_rest_elsewhere,
        "ships_complete": fact.order.is_ship_complete,
        "because": causes.because(fact) if fact.kind in EXPLAINED else "",
        "detail": fact.detail,
        "late": "" if beside.is_typed_for_the_customer(fact) or fact.kind not in LOSSES else fact.detail,
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


def _one_line(names: Sequence[str], context: dict[str, Any]) -> str:
    """Render the first of these that there is, with names as they are: the mail escapes them, where it is HTML."""
    rendered: str = select_template(names).template.render(Context(context, autoescape=False))
    return " ".join(rendered.split())


def _paragraphs(text: str) -> str:
    """Drop the blank lines that template tags leave: one between paragraphs is enough."""
    lines = [line.rstrip() for line in text.strip().splitlines()]
    kept = [line for place, line in enumerate(lines) if line or lines[place - 1]]
    return "\n".join(kept) + "\n"
