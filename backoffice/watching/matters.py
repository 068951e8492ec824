"""
What stands and waits for a person now, by kind: the grounds of alerts. Reads only, a few statements a kind, whatever
there is of it.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from django.db.models import Exists, Max, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from backoffice.models import Trouble
from inventory.desk.tables import day
from inventory.ground.plurals import counted
from inventory.ground.post.letter import LetterState
from inventory.models import Inbound, Transfer
from inventory.supply import sheets
from orders.models import (
    Notice,
    NoticeKind,
    NoticeLine,
    NoticeState,
    OrderEvent,
    OrderEventKind,
    OrderLine,
    OrderPayment,
    OrderStop,
    PageAct,
    PageActKind,
    Refund,
)
from orders.models.payment import FOR_NOTHING, OWED_BACK, TO_COLLECT, UNSOLD
from orders.promising import order_by
from orders.wording import phrases
from suppliers import unsent
from suppliers.models import OF_ORDERS, AskedDate, LetterKind, OrderLetter, PurchaseOrder
from suppliers.unsent import ApprovedUnits

ANY = Q()
LEAVES_WITHIN = timedelta(hours=1)
"""So long a letter to a supplier may wait: a mail server that is away for longer is for its buyer to know."""
OVERDUE_THERE = timedelta(days=7)
"""So long after the day on which units were to be in another warehouse somebody may still receive them unasked."""
STOPPED_FOR = timedelta(days=7)
"""So long an order may stand stopped with no end before somebody is asked about it."""
MOST_NAMED = 3
LATELY = timedelta(days=30)
"""What came back before that is no news to anybody."""


class Waiting(NamedTuple):
    """One of them: the primary key of its row, what is to be decided in a sentence, and by when."""

    pk: int
    words: str
    due_date: date


def to_order(*, at: datetime) -> Iterator[Waiting]:
    """Products on whose order of today promises hang, or lines without a date."""
    today = timezone.localdate(at)
    said = cache(day)  # many are of one day
    due = order_by.due(today)
    approved = unsent.approved([row.product.pk for row in due])
    for row in due:
        breaks = f"{counted(row.promises, 'promise')} {'breaks' if row.promises == 1 else 'break'}"
        when = f"by {said(row.day)}" if row.day > today else "today"
        if not row.promises:
            hangs = f", {counted(row.undated, 'line')} {'has' if row.undated == 1 else 'have'} no date"
        elif row.day < today:
            hangs = f": that was to be by {said(row.day)}, and {breaks} more likely each day"
        else:
            hangs = f", or {breaks}"
        words = f"Order {row.units:,} {row.product.sku} {when}{hangs}.{_approved(approved.get(row.product.pk, ()))}"
        yield Waiting(row.product.pk, words, row.day)


def _approved(found: Sequence[ApprovedUnits]) -> str:
    """Say what of it is approved and needs to be sent alone."""
    units = sum(each.units for each in found)
    named = ", ".join(each.reference for each in found[:MOST_NAMED])
    more = f" and {len(found) - MOST_NAMED:,} more" if len(found) > MOST_NAMED else ""
    return f" {units:,} {'is' if units == 1 else 'are'} approved and not sent: {named}{more}." if found else ""


def not_sent(*, at: datetime) -> Iterator[Waiting]:
    """Purchase orders that were approved and not sent within the approval time of their supplier."""
    rows = PurchaseOrder.objects.filter(unsent.not_sent_in_time(at=at)).order_by("pk")
    columns = ("pk", "reference", "supplier__name", "supplier__approval_days", "approved_at")
    for pk, reference, supplier, days, approved_at in rows.values_list(*columns):
        approved = timezone.localdate(approved_at)
        within = counted(days, "day")
        words = f"{reference} to {supplier} was approved on {day(approved)} and not sent within {within}."
        yield Waiting(pk, words, approved + timedelta(days=days))


def left_lying(*, at: datetime) -> Iterator[Waiting]:
    """Drafts that nobody has touched for a week."""
    rows = PurchaseOrder.objects.filter(unsent.untouched(at=at)).order_by("pk")
    for pk, reference, supplier, touched_at, proposed_at in rows.values_list(
        "pk", "reference", "supplier__name", "touched_at", "proposed_at"
    ):
        since = timezone.localdate(touched_at or proposed_at)
        words = f"Nobody has touched the draft {reference} to {supplier} since {day(since)}."
        yield Waiting(pk, words, since + unsent.UNTOUCHED)


def came_back(*, at: datetime) -> Iterator[Waiting]:
    """Mails that came back, or were called spam, and that newer news has not overtaken."""
    return _mails({NoticeState.BOUNCED: "came back", NoticeState.COMPLAINED: "was called spam"}, at)


def undelivered(*, at: datetime) -> Iterator[Waiting]:
    """Mails that could not be delivered, or may not have gone out, and that newer news has not overtaken."""
    states = {NoticeState.DEAD: "could not be delivered", NoticeState.IN_DOUBT: "may or may not have gone out"}
    return _mails(states, at)


def _mails(states: dict[NoticeState, str], at: datetime) -> Iterator[Waiting]:
    lately = Q(intent_at__gte=at - LATELY) | Q(intent_at=None, due_at__gte=at - LATELY)
    for pk, kind, customer, state, error, intent_at, due_at in _notices(states, lately):
        words = f"“{NoticeKind(kind).label}” to {customer} {states[NoticeState(state)]}. {error}".strip()
        yield Waiting(pk, words, timezone.localdate(intent_at or due_at))


def counts_left_open(*, at: datetime) -> Iterator[Waiting]:
    """Count sheets that were made a month ago, and neither posted nor closed since."""
    for sheet in sheets.left_open(at=at):
        opened = timezone.localdate(sheet.opened_at)
        where = f"{sheet.warehouse.code}, {sheet.bins}" if sheet.bins else sheet.warehouse.code
        words = f"{sheet} of {where} has been open since {day(opened)}. Post it, or close it without posting."
        yield Waiting(sheet.pk, words, opened + sheets.LEFT_OPEN)


def in_transit(*, at: datetime) -> Iterator[Waiting]:
    """
    Transfers of which units are still on their way a week after the day on which they were to be there, or, where none
    was named, after the one on which they left: they lie on no shelf, and it may be that nobody waits for them.
    """
    today = timezone.localdate(at)
    rows = Transfer.objects.filter(lines__inbound__outstanding__gt=0).order_by("pk")
    rows = rows.annotate(units=Sum("lines__inbound__outstanding"), named=Max("lines__inbound__expected_date"))
    columns = ("pk", "reference", "units", "named", "sent_at", "source__code", "destination__code")
    for pk, reference, units, named, sent_at, source, destination in rows.values_list(*columns):
        left = timezone.localdate(sent_at)
        due = (named or left) + OVERDUE_THERE
        if due <= today:
            said = f"{'was' if units == 1 else 'were'} to be there on {day(named)}" if named else f"left on {day(left)}"
            words = f"{counted(units, 'unit')} of {reference}, {source} to {destination}, {said}: receive what came."
            yield Waiting(pk, words, due)


def surplus(*, at: datetime) -> Iterator[Waiting]:
    """What came beyond an order by more than the tolerance, and lies apart."""
    rows = Inbound.objects.filter(set_apart__gt=0).order_by("pk")
    rows = rows.annotate(came_at=Coalesce(Max("movements__at"), "created_at"))
    columns = ("pk", "product__sku", "reference", "quantity", "set_apart", "came_at")
    for pk, sku, reference, ordered, units, came_at in rows.values_list(*columns):
        words = (
            f"{units:,} {sku} more came with {reference} than the {ordered:,} ordered: keep them, or send them back?"
        )
        yield Waiting(pk, words, timezone.localdate(came_at))


def letters_back(*, at: datetime) -> Iterator[Waiting]:
    """Letters to suppliers that came back, or were called spam, and that no other has overtaken."""
    return _letters({LetterState.BOUNCED: "came back", LetterState.COMPLAINED: "was called spam"}, at)


def letters_undelivered(*, at: datetime) -> Iterator[Waiting]:
    """Letters to suppliers that could not be delivered, may not have gone out, or have not left in time."""
    waits = dict.fromkeys((LetterState.QUEUED, LetterState.CLAIMED), "has not left within an hour")
    states = {LetterState.DEAD: "could not be delivered", LetterState.IN_DOUBT: "may or may not have gone out"}
    return _letters({**states, **waits}, at, ~Q(state__in=list(waits)) | Q(created_at__lte=at - LEAVES_WITHIN))


def _letters(states: dict[LetterState, str], at: datetime, among: Q = ANY) -> Iterator[Waiting]:
    newer = OrderLetter.objects.filter(OF_ORDERS, number__gt=OuterRef("number"))
    later = OF_ORDERS & Exists(newer.filter(purchase_order=OuterRef("purchase_order")))
    wanted = OF_ORDERS | Exists(AskedDate.objects.unanswered().filter(letter=OuterRef("pk")))
    stands = wanted & (Q(purchase_order__canceled_at=None) | Q(kind=LetterKind.CANCELED))
    lately = Q(state__in=list(states), created_at__gte=at - LATELY)
    rows = OrderLetter.objects.filter(among, stands, lately, ~later).order_by("pk")
    columns = (
        "pk",
        "kind",
        "purchase_order__reference",
        "purchase_order__supplier__name",
        "state",
        "error",
        "created_at",
    )
    for pk, kind, reference, supplier, state, error, created_at in rows.values_list(*columns):
        letter = f"“{LetterKind(kind).label}” of {reference} to {supplier}"
        yield Waiting(pk, f"{letter} {states[LetterState(state)]}. {error}".strip(), timezone.localdate(created_at))


def to_call(*, at: datetime) -> Iterator[Waiting]:
    """News of customers without an e-mail address: one call a customer, which tells all of it."""
    alive = NoticeLine.objects.filter(notice=OuterRef("pk"), is_superseded=False)
    rows = Notice.objects.filter(Exists(alive), state=NoticeState.CALL).order_by("customer", "pk")
    columns = ("customer_id", "pk", "kind", "customer__name", "due_at")
    for _, own in groupby(rows.values_list(*columns), key=itemgetter(0)):
        news = list(own)
        _, pk, _, customer, _ = news[0]
        kinds = dict.fromkeys(NoticeKind(kind).label.lower() for _, _, kind, _, _ in news)
        due_at = min(due_at for *_, due_at in news)
        yield Waiting(pk, f"Call {customer}: {', '.join(kinds)}.", timezone.localdate(due_at))


def _notices(
    states: Collection[NoticeState], among: Q = ANY
) -> list[tuple[int, str, str, str, str, datetime | None, datetime]]:
    alive = NoticeLine.objects.filter(notice=OuterRef("pk"), is_superseded=False)
    rows = Notice.objects.filter(among, Exists(alive), state__in=list(states)).order_by("pk")
    return list(rows.values_list("pk", "kind", "customer__name", "state", "error", "intent_at", "due_at"))


def typed_passed(*, at: datetime) -> Iterator[Waiting]:
    """Open lines whose typed date has passed: until the night decides again, or a person does."""
    # each question has an index of its own
    for stands in (Q(backordered__gt=0), Q(allocated__gt=0, backordered=0)):
        past = OrderLine.objects.filter(
            stands, is_stopped=False, is_promise_pinned=True, promised_date__lt=timezone.localdate(at)
        )
        columns = ("pk", "order__reference", "product__sku", "promised_date")
        for pk, order, sku, promised_date in past.order_by("pk").values_list(*columns):
            words = f"The date typed for {sku} in {order}, {day(promised_date)}, has passed."
            yield Waiting(pk, words, promised_date)


def paid_late(*, at: datetime) -> Iterator[Waiting]:
    """Orders that were paid late, and of which something may not be sold any more; and those paid for nothing."""
    is_open = Exists(OrderLine.objects.open().filter(order=OuterRef("pk")))
    is_stopped = Exists(OrderStop.objects.filter(order=OuterRef("order"), ended_at=None))
    stands = (UNSOLD & Q(is_open) & ~Q(is_stopped)) | (FOR_NOTHING & Q(paid_at__gte=at - LATELY))
    rows = OrderPayment.objects.filter(stands).order_by("pk")
    for pk, order, paid_at, canceled_at in rows.values_list("pk", "order__reference", "paid_at", "canceled_at"):
        what = "after all of it was canceled" if canceled_at else "late, and not all of it may be sold any more"
        yield Waiting(pk, f"{order} was paid {what}.", timezone.localdate(paid_at))


def left_stopped(*, at: datetime) -> Iterator[Waiting]:
    """Orders that have stood stopped for a week with no day on which they go on: their customers wait for nothing."""
    stops = OrderStop.objects.filter(ended_at=None, until_date=None, at__lte=at - STOPPED_FOR)
    waits = OrderLine.objects.open().filter(order=OuterRef("order"))
    for stop in stops.filter(Exists(waits)).select_related("order", "owner").order_by("pk"):
        since = timezone.localdate(stop.at)
        words = f"{stop.order} has been stopped since {day(since)}: {stop.words}. {stop.owner} looks after it."
        yield Waiting(stop.order_id, words, since + STOPPED_FOR)


def asked_by_page(*, at: datetime) -> Iterator[Waiting]:
    """What customers asked on the pages of their orders: until a person says that it is answered."""
    for act in _asked(PageActKind.ASKED, at):
        yield Waiting(act.pk, f"{act.order.customer} on {act.order}. {act.text}", timezone.localdate(act.at))


def address_asked(*, at: datetime) -> Iterator[Waiting]:
    """Other addresses that customers asked for: until the order has another one, or nothing of it is open."""
    changed = OrderEvent.objects.filter(order=OuterRef("order"), kind=OrderEventKind.ADDRESS, at__gte=OuterRef("at"))
    newer = PageAct.objects.filter(order=OuterRef("order"), kind=PageActKind.ADDRESS, pk__gt=OuterRef("pk"))
    is_open = Exists(OrderLine.objects.open().filter(order=OuterRef("order")))
    for act in _asked(PageActKind.ADDRESS, at).filter(is_open, ~Exists(changed), ~Exists(newer)):
        yield Waiting(act.pk, f"{act.order.customer} on {act.order}. {act.text}", timezone.localdate(act.at))


def _asked(kind: PageActKind, at: datetime) -> QuerySet[PageAct]:
    acts = PageAct.objects.filter(kind=kind, at__gte=at - LATELY)
    return acts.select_related("order__customer").order_by("pk")


def refunds_overdue(*, at: datetime) -> Iterator[Waiting]:
    """What should have been paid back to customers by now."""
    rows = Refund.objects.filter(OWED_BACK, due_date__lt=timezone.localdate(at)).order_by("pk")
    for row in rows.select_related("order__customer"):
        owed = f"{phrases.money(row.outstanding, row.currency)} to {row.order.customer.name} for {row.order}"
        unsure = "" if row.is_known_paid else "if it was paid, "
        yield Waiting(row.pk, f"{owed}, {unsure}should have been paid back by {day(row.due_date)}.", row.due_date)


def refunds_to_collect(*, at: datetime) -> Iterator[Waiting]:
    """Refunds that were paid back and whose units came onto their order again: until a person says it is settled."""
    rows = Refund.objects.filter(TO_COLLECT).distinct().order_by("pk")
    for row in rows.select_related("order__customer"):
        owed = f"{phrases.money(-row.outstanding, row.currency)} from {row.order.customer.name} for {row.order}"
        words = f"Collect {owed}, or settle it: it was paid back, and then units of it came onto the order again."
        yield Waiting(row.pk, words, row.due_date)


def troubles(name: str, *, at: datetime) -> Iterator[Waiting]:
    """What stands still or went wrong, of one name (``naming``)."""
    rows = Trouble.objects.filter(name=name, ended_at=None).order_by("pk").values_list("pk", "words", "began_at")
    for pk, words, began_at in rows:
        yield Waiting(pk, words, timezone.localdate(began_at))
