"""
The digest: all news of how a customer's lines stand, over their orders, as one mail, opened by the clock.

Each event writes a notice of its own, with its facts (``orders.mail.notices``). When one of them leaves, it takes the
facts of all others of its customer along that nobody has begun to send; what is left of those has nothing to tell.
When that is, ``orders.rules.mail_hours`` says. Locks facts, and writes the notices of what nobody wants to hear.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import CharField, Exists, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Cast, Concat

from inventory.formulas.calendars.working_days import PLAIN, Calendar
from inventory.ground.post.letter import Words
from inventory.ground.sql import bulk
from inventory.ground.sql.prepared import FixedQuery
from inventory.supply import calendars
from orders.models import Notice, NoticeKind, NoticeLine, NoticeState, Order, PageAct
from orders.models.customer import Hears
from orders.models.kinds import ANSWERS, CONFIRMATIONS, DIGESTED, ENDS
from orders.rules import mail_hours
from orders.rules.mail_hours import MailHours, Piece
from orders.wording import clocks, parts

from . import letters, meanings, told
from .causes import OF_ORDERING, OF_THE_NIGHT
from .stand_ins import RELATED
from .told import FreshFacts

Mail = tuple[int, int]
"""A customer, and the notice that is a mail by itself; 0: their digest."""
MOST_CAUSE = 90
ANSWERED_WITHIN = timedelta(days=3)
"""Until then the first word of an order answers who placed it, whatever has moved its day since: mail stood still."""


class Goal(NamedTuple):
    """
    Where an order goes, the calendar of the warehouse it comes from, when it was placed and the last digest of its
    customer left.
    """

    warehouse_id: int
    revision: int
    country: str | None
    placed_at: datetime
    last: datetime | None


Goals = Mapping[int, Goal]
"""By order."""
NOT_BEGUN = Q(state=NoticeState.QUEUED) | Q(state=NoticeState.CLAIMED, intent_at__isnull=True)
"""Notices that no mail server was asked to take."""
LEFT = (NoticeState.SENT, NoticeState.CLAIMED, NoticeState.IN_DOUBT, NoticeState.COMPLAINED, NoticeState.SHADOWED)
"""Of those with an intent, which may have been read."""


def hours(*books: Calendar) -> MailHours:
    """Give the shop's hours; of some warehouses, on the days on which one of them works."""

    def works_on(day: date) -> bool:
        return any(book.works_on(day) for book in books or (PLAIN,))

    return MailHours(
        zone=settings.TIME_ZONE,
        hour=settings.MAIL_HOUR,
        quiet=timedelta(minutes=settings.MAIL_QUIET_MINUTES),
        night=(settings.MAIL_NIGHT_FROM, settings.MAIL_NIGHT_TO),
        works_on=works_on,
    )


def is_of_the_night(cause: str) -> bool:
    """Whether no person, supplier or parcel brought it about: a day went by."""
    return cause.startswith(OF_THE_NIGHT)


def first_due(kind: str, cause: str, at: datetime) -> datetime:
    """
    Say when the clock is to look at a notice that is written now: the sooner of what may turn out.

    Whether it goes then is decided when it is composed (``due``), from all that is to be told by then.
    """
    if kind not in DIGESTED:
        return at
    shop = hours()
    return (
        mail_hours.mail_hour(at, MailHours(zone=shop.zone, hour=shop.hour, works_on=bool))
        if is_of_the_night(cause)
        else at + shop.quiet
    )


def beside(letter: Notice) -> dict[int, datetime]:
    """
    Give the other notices that go in one mail with this one, and since when each is true.

    Nobody has begun to send them. The caller holds their customer, so nobody begins.
    """
    if letter.kind not in DIGESTED:
        return {}
    return dict(_not_begun(letter.customer_id, letter.pk))


@FixedQuery
def _not_begun(customer_id: int, but_for: int) -> QuerySet[Notice, tuple[Any, ...]]:
    found = Notice.objects.filter(NOT_BEGUN, customer=customer_id, kind__in=DIGESTED).exclude(pk=but_for)
    return found.order_by().values_list("pk", "created_at")


def as_one(letter: Notice, facts: Iterable[NoticeLine], since: Mapping[int, datetime]) -> None:
    """Let these facts stand in this one letter; ``since``: when those of other notices became true."""
    for fact in facts:
        fact.since = since.get(fact.notice_id, letter.created_at)
        fact.notice = letter


def due(letter: Notice, facts: Sequence[NoticeLine], *, at: datetime) -> datetime:
    """
    Say when a mail of these facts goes: a moment that has passed, or the next one to look again.

    :param facts: as they would be told now
    """
    if letter.kind in CONFIRMATIONS or _was_ordered(letter.kind, facts) or _answers_an_act(letter, facts):
        return at
    return _due(letter.kind, facts, _goals(facts), at=at)


def _answers_an_act(letter: Notice, facts: Sequence[NoticeLine]) -> bool:
    """Whether it says that units come no more, and its customer has done just that on the page of their order."""
    orders = {fact.order_id for fact in facts}
    return letter.kind in ENDS and PageAct.objects.filter(order__in=orders, at=letter.created_at).exists()


def _was_ordered(kind: str, facts: Iterable[NoticeLine]) -> bool:
    """Whether its customer has just ordered what it tells of."""
    return kind in ANSWERS and any(fact.event.startswith(OF_ORDERING) for fact in facts)


def _due(kind: str, facts: Sequence[NoticeLine], goals: Goals, *, at: datetime) -> datetime:
    """
    Say when a mail goes that may answer nobody: a first word can come weeks later, where the one before it came back.
    """
    *_, country, placed_at, last = goals[max(fact.order_id for fact in facts)]
    if kind in CONFIRMATIONS or _was_ordered(kind, facts) or (kind in ANSWERS and at - placed_at < ANSWERED_WITHIN):
        return at
    zones = clocks.zones(country) if country else ()
    if kind not in DIGESTED:
        if kind not in ANSWERS or not all(is_of_the_night(fact.event) for fact in facts):
            return mail_hours.awake(at, zones, hours())
        last = None  # a mail of its own waits for no digest
    places = {(goals[fact.order_id].warehouse_id, goals[fact.order_id].revision) for fact in facts}
    shop = hours(*(calendars.of(place, revision) if revision else PLAIN for place, revision in places))
    return mail_hours.due(_pieces(facts), last=last, zones=zones, hours=shop, at=at)


def _goals(facts: Iterable[NoticeLine]) -> Goals:
    """
    Read where these orders go, from where, and when the newest digest of their customers left.

    One that is just being composed has no intent yet.
    """
    read = _places_in_shadow if settings.MAIL == "shadow" else _places
    return {pk: Goal(*goal) for pk, *goal in read({fact.order_id for fact in facts})}


def _places_of(states: Collection[str], order_ids: Collection[int]) -> QuerySet[Order, tuple[Any, ...]]:
    left = Notice.objects.filter(kind__in=DIGESTED, state__in=states, intent_at__isnull=False)
    last = left.filter(customer=OuterRef("customer")).order_by("-intent_at").values("intent_at")[:1]
    orders = Order.objects.filter(pk__in=bulk.among(order_ids)).order_by()
    places = ("warehouse_id", "warehouse__calendar_revision", "ship_to__country", "placed_at")
    return orders.values_list("pk", *places, Subquery(last))


_places, _places_in_shadow = (FixedQuery(partial(_places_of, states)) for states in (LEFT[:-1], LEFT))


def _pieces(facts: Sequence[NoticeLine]) -> list[Piece]:
    return [
        Piece(
            fact.since or fact.notice.created_at,
            is_of_the_night(fact.event),
            fact.was_date,
            is_changed=fact.was_date is not None and fact.was_date != fact.promised_date,
        )
        for fact in facts
    ]


def wanted(letter: Notice, news: FreshFacts) -> tuple[FreshFacts, set[int]]:
    """Leave out what this customer chose not to hear, and say which facts these are."""
    if letter.kind not in DIGESTED:
        return news, set()
    unwanted = {fact.pk for fact in news.told if not is_wanted(fact)}
    return news._replace(told=[fact for fact in news.told if fact.pk not in unwanted]), unwanted


def is_wanted(fact: NoticeLine) -> bool:
    """Whether its customer chose to hear such news, or hears it in any case."""
    return fact.notice.kind not in DIGESTED or meanings.is_wanted(fact, fact.notice.customer.hears)


def is_not_wanted() -> Q:
    """
    Notices of which no fact, as it was written, is what their customer chose to hear: for calls, which nobody composes.

    The same as ``meanings.is_wanted``.
    """
    facts = NoticeLine.objects.filter(notice=OuterRef("pk"), is_superseded=False)
    of_date, had_one = Q(kind=NoticeKind.NEW_DATE), Q(was_date__isnull=False)
    own_wish = Concat(Value(f"{meanings.OWN_WISH}:"), Cast("order_id", CharField()), Value(":"))
    asked = of_date & Q(event__startswith=own_wish)
    no_news_of_it = Q(kind=NoticeKind.LOST) & ~had_one
    is_later = had_one & (Q(promised_date__isnull=True) | Q(promised_date__gt=F("was_date")))
    of_parts = of_date & Q(promised_date=F("was_date"))
    came = Q(kind=NoticeKind.RESTOCKED)
    at_last = ~had_one & Q(promised_date__gt=F("line__first_promised_date"))
    moved = (of_date & is_later) | (came & is_later & Q(waiting__gt=0)) | ((of_date | came) & at_last) | of_parts
    later = Q(kind__in=(NoticeKind.LOST, NoticeKind.LATE)) | moved
    return Q(kind__in=DIGESTED) & (
        Q(~Exists(facts.filter(asked | no_news_of_it)), customer__hears=Hears.SHIPPED)
        | Q(~Exists(facts.filter(asked | later)), customer__hears=Hears.LATER)
    )


def set_apart(letter: Notice, unwanted: Collection[NoticeLine], *, at: datetime) -> None:
    """Give facts that this letter leaves out, since its customer chose not to hear them, a notice that says so."""
    if not unwanted:
        return
    apart = Notice.objects.create(
        customer_id=letter.customer_id,
        kind=letter.kind,
        cause=f"{letter.cause[:MOST_CAUSE]}~{letter.pk}@{at:%y%m%d%H%M%S}",
        state=NoticeState.NOT_WANTED,
        due_at=letter.due_at,
        created_at=letter.created_at,
    )
    NoticeLine.objects.filter(pk__in=[fact.pk for fact in unwanted]).update(notice=apart)


def leaving(notice_ids: Collection[int], *, at: datetime) -> list[tuple[Notice, Words]]:
    """Write the mails of these few queued notices as they would go now; none where nothing is news."""
    facts = NoticeLine.objects.filter(notice__in=notice_ids, is_superseded=False)
    rows = facts.select_related(*RELATED, "notice__customer").order_by("notice__customer", "notice__kind", "pk")
    mails = by_mail(rows)
    for own in mails.values():
        as_one(own[0].notice, own, {fact.notice_id: fact.notice.created_at for fact in own})
    said = told.of_lines({fact.line_id for own in mails.values() for fact in own})
    coming = parts.of_lines((fact.line for own in mails.values() for fact in own), at=at)
    fresh = [(own[0].notice, told.as_of_now(own, at=at, said=said, coming=coming)) for own in mails.values()]
    news = [(notice, wanted(notice, own)[0].told) for notice, own in fresh]
    lines = letters.lines_of(news, at=at)
    return [(notice, letters.write(notice, own, at=at, lines=lines)) for notice, own in news if own]


def by_mail(facts: Iterable[NoticeLine]) -> dict[Mail, list[NoticeLine]]:
    """Sort facts by the mails that will tell them, what nobody wants to hear left out."""
    found: dict[Mail, list[NoticeLine]] = {}
    for fact in facts:
        if is_wanted(fact):
            found.setdefault(mail_of(fact.notice.customer_id, fact.notice_id, fact.notice.kind), []).append(fact)
    return found


def mail_of(customer_id: int, notice_id: int, kind: str) -> Mail:
    """Say in which mail the facts of this notice go."""
    return customer_id, 0 if kind in DIGESTED else notice_id


def when(mails: Mapping[Mail, Sequence[NoticeLine]], *, at: datetime) -> dict[Mail, datetime]:
    """
    Say when these mails, of facts that were just written, would go: two statements, however many.

    What waits for a customer already goes with it, and so may be why it goes sooner, or later.
    """
    if not mails:
        return {}
    digests = {mail for mail in mails if not mail[1]}
    waits = NoticeLine.objects.filter(
        notice__in=Notice.objects.filter(NOT_BEGUN, customer__in={customer for customer, _ in digests}),
        notice__kind__in=DIGESTED,
        is_superseded=False,
    )
    found = by_mail(waits.select_related("notice__customer", "line").order_by("pk")) if digests else {}
    whole = {
        mail: [*{fact.pk: fact for fact in (*found.get(mail, ()), *facts)}.values()] for mail, facts in mails.items()
    }
    goals = _goals(fact for facts in whole.values() for fact in facts)
    return {mail: _due(facts[0].notice.kind, facts, goals, at=at) for mail, facts in whole.items()}
