"""
News of customers without an address: calls to make, with the words to say. Who has called says so.

A notice of theirs leaves the queue of mails for the list of calls when it is due, and goes back to it once there is an
address (``orders.mail.outbox``). Writes ``Notice``, its facts and the ``told_at`` of lines.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from orders.models import Notice, NoticeLine, NoticeState, OrderLine
from orders.rules import mail_hours
from orders.wording import clocks

from . import digest, letters, stood_by, told


class NotACall(Exception):
    """It was told already, newer news has overtaken it, or it goes by mail by now."""


class NewsIsMoving(Exception):
    """Somebody is just changing what is to be told."""


def words(calls: Sequence[Notice], *, at: datetime) -> dict[int, str]:
    """Give what there is to say now, by notice; of one that has nothing left to tell, what it would have said."""
    facts: dict[int, list[NoticeLine]] = {call.pk: [] for call in calls}
    rows = NoticeLine.objects.filter(notice__in=facts).select_related("notice", *told.RELATED).order_by("pk")
    for fact in rows:
        facts[fact.notice_id].append(fact)
    live = [fact for fact in rows if not fact.is_superseded]
    news: dict[int, list[NoticeLine]] = {call.pk: [] for call in calls}
    for fact in told.as_of_now(live, at=at).told:
        news[fact.notice_id].append(fact)
    told_of = {call: news[call.pk] or _once_to_say(facts[call.pk]) for call in calls}
    lines = letters.lines_of(told_of.items(), at=at)
    return {call.pk: letters.write(call, own, at=at, lines=lines).text for call, own in told_of.items()}


def of_their_customers(calls: Iterable[Notice]) -> list[Notice]:
    """Give all calls to make to the customers of these: whoever calls tells all of it, what is due first before."""
    customers = {call.customer_id for call in calls}
    rows = Notice.objects.filter(customer__in=customers, state=NoticeState.CALL).select_related("customer")
    return list(rows.order_by("customer", "due_at", "pk"))


def day_begins(calls: Iterable[Notice], *, at: datetime) -> dict[int, tuple[datetime, str]]:
    """
    Say by customer from when on it is day where their newest order goes, and what time it is there, in words.

    A moment that has come means that it is day now; what time it is is "" where no country is known.
    """
    orders = NoticeLine.objects.filter(notice__in=[call.pk for call in calls]).order_by("order")
    goes_to = dict(orders.values_list("notice__customer", "order__ship_to__country"))
    return {
        customer_id: (mail_hours.awake(at, clocks.zones(country or ""), digest.hours()), clocks.said(country or "", at))
        for customer_id, country in goes_to.items()
    }


def _once_to_say(facts: Sequence[NoticeLine]) -> Sequence[NoticeLine]:
    return [fact for fact in facts if not fact.is_superseded] or facts


@transaction.atomic
def made(notice_ids: Collection[int], *, by: User | None, at: datetime) -> int:
    """
    Mark calls as made: what they tell is told, in the words of now, which the notice keeps with who called.

    :returns: customers who were told something; of the others nothing was left to tell
    :raises NotACall: if one of them is none any more; nothing is written then
    :raises NewsIsMoving: if somebody is changing what one of them tells
    """
    chosen = Notice.objects.filter(pk__in=set(notice_ids), state=NoticeState.CALL).select_related("customer")
    calls = list(chosen.order_by("pk").select_for_update(no_key=True, of=("self", "customer")))
    if len(calls) != len(set(notice_ids)):
        raise NotACall("One of these calls was made already, or has nothing to tell any more. Look again.")
    return len({call.customer_id for call in calls if _made(call, by, at)})


def _made(call: Notice, by: User | None, at: datetime) -> bool:
    facts = told.locked([call.pk])
    if facts is None:
        raise NewsIsMoving("What this call tells is being changed at this moment. Look again.")
    for fact in facts:
        fact.notice = call
    news = told.as_of_now([fact for fact in facts if not fact.is_superseded], at=at)
    told.keep(facts, news, stood={})
    own = Notice.objects.filter(pk=call.pk)
    if not news.told:
        own.update(state=NoticeState.SUPERSEDED)
        return False
    letter = letters.write(call, news.told, at=at)
    own.update(
        state=NoticeState.SENT,
        intent_at=at,
        sent_at=at,
        called_by=by,
        error="",
        subject=letter.subject,
        body_text=letter.text,
        body_html=letter.html,
    )
    _tell({fact.line_id for fact in news.told}, at)
    return True


def _tell(line_ids: Collection[int], at: datetime) -> None:
    """Mark lines as told. They are not waited for: who holds one may wait for our facts."""
    free = OrderLine.objects.filter(pk__in=line_ids).select_for_update(no_key=True, skip_locked=True)
    if OrderLine.objects.filter(pk__in=free.values("pk")).update(told_at=at) < len(line_ids):
        raise NewsIsMoving("A line that this call tells of is being changed at this moment. Look again.")
    stood_by.mark(line_ids)
