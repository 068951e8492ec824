"""
What a mail says beside its news: the rest of an order in its first mail, parcels and reasons, what its customer did of
which it is the answer, what becomes of money, and the reference by which an answer is sorted. Reads; writes nothing.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone

from inventory.ground.sql.prepared import FixedQuery
from orders.models import Notice, NoticeKind, NoticeLine, OrderLine, PageAct
from orders.models.kinds import DIGESTED, ENDS, EVENTS, Beside
from orders.models.pages import PAGE
from orders.wording import parts, refunds

LinesOf = Mapping[int, Sequence[OrderLine]]
"""The lines of orders, by order."""
REST = "rest"
"""The kind of what a mail says of a line without being news of it."""
TYPED = "typed:"
LONGEST_NAME, LONGEST_REFERENCE, MOST_ORDERS = 100, 120, 3
"""Letters of a product and of orders in a subject, and how many orders: so the reference is never cut off."""


def lines_of(order_ids: Iterable[int], *, at: datetime, but_for: Collection[int] = ()) -> dict[int, list[OrderLine]]:
    """
    Read the lines of these orders and the parts they come in, two statements for all; what was canceled is none.

    :param but_for: lines that are left out, of which the news tells
    """
    found: dict[int, list[OrderLine]] = {pk: [] for pk in order_ids}
    lines = list(_lines(found, but_for))
    for line in lines:
        found[line.order_id].append(line)
    if lines:
        parts.read_with(lines, at=at)
    return found


@FixedQuery
def _lines(order_ids: Collection[int], but_for: Collection[int]) -> QuerySet[OrderLine]:
    lines = OrderLine.objects.filter(order__in=order_ids).exclude(Q(open=0, shipped=0) | Q(pk__in=but_for))
    return lines.select_related("order__page_links", "product")


def told_more(kind: NoticeKind, facts: Sequence[NoticeLine]) -> Sequence[NoticeLine]:
    """Give the facts of whose orders a mail of this kind tells more than its news."""
    if kind in DIGESTED:
        return [fact for fact in facts if NoticeKind(fact.kind).declared.beside is not Beside.NONE]
    return facts if kind.declared.beside is not Beside.NONE else []


def others(
    notice: Notice, facts: Sequence[NoticeLine], kind: NoticeKind, lines: LinesOf | None, *, at: datetime
) -> list[NoticeLine]:
    """Give the other lines of orders of these facts, of which a mail of this kind tells too, as if they were facts."""
    about = told_more(kind, facts)
    if not about:
        return []
    said = {fact.line_id for fact in facts}
    wanted = NoticeKind(about[0].kind if kind in DIGESTED else kind).declared.beside
    orders = dict.fromkeys(fact.order_id for fact in about)
    known = lines_of(orders, at=at, but_for=said) if lines is None else lines
    own = (line for pk in orders for line in known[pk] if line.pk not in said)
    today = timezone.localtime(at).date()
    return [_as_fact(notice, line, today) for line in own if wanted is Beside.ALL or line.backordered]


def _as_fact(notice: Notice, line: OrderLine, today: date) -> NoticeLine:
    is_past = line.promised_date is not None and line.promised_date < today
    fact = NoticeLine(
        notice=notice,
        line=line,
        order=line.order,
        kind=REST,
        units=line.open,
        ready=line.allocated,
        waiting=line.backordered,
        likely_date=None if is_past or line.is_promise_pinned else line.likely_date,
        promised_date=None if is_past else line.promised_date,
    )
    fact.parts = parts.of(line)
    return fact


def read_acts(facts: Sequence[NoticeLine]) -> None:
    """Let facts that confirm what their customer did say what that was: all of it, in the words of its page."""
    numbers = (fact.event.removeprefix(f"{PAGE}:") for fact in facts)
    acts = PageAct.objects.filter(pk__in=[int(number) for number in numbers if number.isdecimal()])
    by_event = {act.event: act for act in acts}
    for fact in facts:
        fact.act = by_event.get(fact.event)


def details(facts: Sequence[NoticeLine], kind: NoticeKind) -> list[str]:
    """Give the parcels, or the reasons, of which a mail of this kind tells."""
    found = list(dict.fromkeys(detail for fact in facts for detail in _details(fact)))
    return _told_once(found) if kind.declared.has_parcels else found


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
    if fact.kind not in EVENTS and not is_typed_for_the_customer(fact):
        return ()
    return [detail for detail in fact.reasons or (fact.detail,) if detail]


def is_typed_for_the_customer(fact: NoticeLine) -> bool:
    """Whether somebody typed this date, and a reason that its customer is to read."""
    tells_a_date = fact.kind in (NoticeKind.BACKORDERED, NoticeKind.NEW_DATE)
    return tells_a_date and fact.event.startswith(TYPED) and bool(fact.detail)


def is_canceled(facts: Iterable[NoticeLine]) -> bool:
    """Whether units come no more in any product."""
    return any(fact.kind == NoticeKind.CANCELED or fact.canceled for fact in facts)


def open_before(fact: NoticeLine) -> int:
    """Units that were open when it happened: with those that left the order, if it tells of such."""
    left = fact.ready + fact.waiting
    if fact.kind not in EVENTS:
        return left
    return left + fact.units if fact.open_before is None else fact.open_before


def is_canceled_in_part(fact: NoticeLine) -> bool:
    """Whether it cancels some units of a line of which others still come."""
    return fact.kind == NoticeKind.CANCELED and fact.ready + fact.waiting > 0 and open_before(fact) > fact.units


def is_sent_again(notice: Notice, facts: Sequence[NoticeLine]) -> bool:
    """Whether what was lost, or is exchanged, is sent again: it was neither canceled nor replaced since."""
    if notice.kind not in (NoticeKind.PARCEL_LOST, NoticeKind.EXCHANGED):
        return True
    short = {fact.line_id: fact.pk for fact in facts if fact.units > fact.line.open}
    gone = NoticeLine.objects.filter(line__in=short, kind__in=ENDS, pk__gt=min(short.values(), default=0))
    return not (short and gone.exists())


def money(notice: Notice, facts: Sequence[NoticeLine], *, at: datetime) -> str:
    """
    Say what becomes of money that was paid for what comes no more: how much goes back and by when; where nothing is
    written down as owed, what the shop has set for what is canceled, if it has. What was not paid goes nowhere.
    """
    if notice.kind == NoticeKind.RETURNED:
        return refunds.in_words(refunds.of_returns(facts), today=timezone.localtime(at).date())
    if notice.kind not in ENDS:
        return ""
    owed = refunds.of_mail(notice.pk, facts)
    said = refunds.in_words(owed, today=timezone.localtime(at).date())
    may_be_paid = [fact for fact in facts if not fact.order.is_unpaid]
    return said or (" ".join(settings.CANCELED_MONEY.split()) if is_canceled(may_be_paid) else "")


def reference(references: Iterable[str]) -> str:
    """
    Name the orders of a mail, so that an answer to it can be sorted by its subject.

    >>> reference(["A-1", "A-1"]), reference(["A-1", "A-2"])
    ('order A-1', 'orders A-1, A-2')
    >>> reference(["A-1", "A-2", "A-3", "A-4", "A-5"])
    'orders A-1, A-2, A-3 and 2 more'
    """
    names = list(dict.fromkeys(references))
    shown = names[:1]
    while len(shown) < min(len(names), MOST_ORDERS) and len(", ".join(names[: len(shown) + 1])) <= LONGEST_REFERENCE:
        shown = names[: len(shown) + 1]
    more = f" and {len(names) - len(shown):,} more" if len(shown) < len(names) else ""
    return f"{'orders' if len(names) > 1 else 'order'} {', '.join(shown)}{more}"


def shortened(name: str) -> str:
    """
    Give a name as a subject has room for it.

    >>> shortened("Oak lamp"), len(shortened("A" * 200))
    ('Oak lamp', 100)
    """
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"
