"""
Do lines agree with what their customers were promised, and told? Reads; writes nothing.

``orders.books.run`` runs these checks with the others.
"""

from datetime import date

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from orders.models import Basis, Consent, LineEvent, NoticeLine, NoticeState, OrderLine, Promise
from orders.models.kinds import CONFIRMATIONS
from orders.promising.by_hand import RELEASED

from .findings import Finding, finding


def _promised() -> Finding:
    newest = Promise.objects.filter(line=OuterRef("pk")).order_by("-pk")
    return _dated("The promised date is the newest promise", "promised_date", newest)


def _first_promised() -> Finding:
    first = Promise.objects.filter(line=OuterRef("pk"), promised_date__isnull=False).order_by("pk")
    return _dated("The first promised date is the first promise", "first_promised_date", first)


def _dated(rule: str, column: str, promises: QuerySet[Promise]) -> Finding:
    never = Value(date.max)  # NULLs would be equal to nothing
    rows = OrderLine.objects.annotate(book=Subquery(promises.values("promised_date")[:1]))
    rows = rows.annotate(stands=Coalesce(F(column), never), kept=Coalesce(F("book"), never)).exclude(stands=F("kept"))
    return finding(rule, rows, "order__reference", column, "book")


def _pinned() -> Finding:
    newest = Promise.objects.filter(line=OuterRef("pk")).order_by("-pk")
    rows = OrderLine.objects.filter(is_promise_pinned=True).annotate(book=Subquery(newest.values("basis")[:1]))
    rows = rows.exclude(book=Basis.TYPED)
    return finding("A pinned date was typed", rows, "order__reference", "promised_date", "book")


def _typed() -> Finding:
    """Who let a typed date go stands in the history; a computed one that took its place is a newer promise."""
    newer = Promise.objects.filter(line=OuterRef("line"), pk__gt=OuterRef("pk"))
    let_go = LineEvent.objects.filter(line=OuterRef("line"), cause__startswith=RELEASED, at__gte=OuterRef("at"))
    typed = Promise.objects.filter(basis=Basis.TYPED, line__is_promise_pinned=False)
    rows = typed.exclude(Exists(newer)).exclude(Exists(let_go)).order_by("pk")
    return finding("A typed date is pinned until it is let go", rows, "line__order__reference", "promised_date")


def _told() -> Finding:
    mails = NoticeLine.objects.filter(line=OuterRef("pk"), notice__sent_at=OuterRef("told_at"))
    rows = OrderLine.objects.filter(told_at__isnull=False).exclude(Exists(mails))
    return finding("Who was told got a mail at that moment", rows, "order__reference", "told_at")


def _got() -> Finding:
    """What only confirmed to a customer what they did told them of no line."""
    sent = NoticeLine.objects.filter(notice__state=NoticeState.SENT, is_superseded=False)
    sent = sent.exclude(kind__in=CONFIRMATIONS)
    untold = sent.filter(Q(line__told_at=None) | Q(line__told_at__lt=F("notice__sent_at")))
    rows = OrderLine.objects.filter(pk__in=untold.values("line")).order_by("pk")
    return finding("Who got a mail was told", rows, "order__reference", "told_at")


def _told_promises() -> Finding:
    """What was told elsewhere, before the order came here, has no mail; what was agreed to on its page needs none."""
    mails = NoticeLine.objects.filter(
        line=OuterRef("line"), notice__sent_at=OuterRef("told_at"), notice__state=NoticeState.SENT
    )
    rows = Promise.objects.filter(told_at__isnull=False).exclude(reason=Promise.TOLD_BEFORE)
    agreed = Consent.objects.filter(line=OuterRef("line"), at=OuterRef("told_at"))
    rows = rows.exclude(Exists(mails)).exclude(Exists(agreed)).order_by("pk")
    return finding("A promise was told by a mail that went then", rows, "line__order__reference", "told_at")


def _believed() -> Finding:
    never = Value(date.max)
    newest = Promise.objects.filter(line=OuterRef("pk"), told_at__isnull=False).order_by("-pk")
    rows = OrderLine.objects.annotate(
        heard=Exists(newest), day=Coalesce(Subquery(newest.values("promised_date")[:1]), never)
    ).annotate(believes=Coalesce(F("told_date"), never))
    rows = rows.exclude(has_told_date=F("heard"), believes=F("day")).order_by("pk")
    return finding("What a customer was told is the newest promise told", rows, "order__reference", "told_date", "day")


CHECKS = (_promised, _first_promised, _pinned, _typed, _told, _got, _told_promises, _believed)
