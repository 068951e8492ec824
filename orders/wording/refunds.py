"""What is said of money that goes back: to the customer whose mail tells what owes it, and on the pages of staff."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from django.db.models import Exists, OuterRef, Subquery
from django.db.models.functions import Coalesce

from orders.models import NoticeLine, NoticeState, Refund
from orders.models.kinds import ENDS

from . import phrases

NOTHING = Decimal()
AFTER = "+"
"""What stands behind the cause of an event in the name of what it gives to tell."""


def of_mail(notice_id: int | None, facts: Sequence[NoticeLine]) -> list[Refund]:
    """
    Read what the events of a mail owe, as it stands now, with that of the steps before it that no mail has told yet,
    since it tells them in their sum: one statement.
    """
    ends = NoticeLine.objects.filter(kind__in=ENDS)
    told = ends.filter(line=OuterRef("line"), notice__state=NoticeState.SENT).exclude(notice=notice_id)
    last = Coalesce(Subquery(told.order_by("-pk").values("pk")[:1]), 0)
    own = NoticeLine.objects.filter(notice=notice_id).order_by("-pk").values("pk")[:1]
    lines = {fact.line_id for fact in facts}
    heard = ends.filter(order=OuterRef("order"), event=OuterRef("event"), line__in=lines)
    heard = heard.filter(pk__gt=last, pk__lte=Subquery(own))
    return list(Refund.objects.filter(Exists(heard), order__in={fact.order_id for fact in facts}).order_by("pk"))


def of_returns(facts: Sequence[NoticeLine]) -> list[Refund]:
    """Read what is owed for what came back, of which these facts tell."""
    events = {fact.event.partition(AFTER)[0] for fact in facts}
    return list(Refund.objects.filter(order__in={fact.order_id for fact in facts}, event__in=events).order_by("pk"))


def in_words(refunds: Iterable[Refund], *, today: date) -> str:
    """
    Say to a customer what goes back to them and by when; "" if nothing does.

    >>> due = date(2026, 12, 10)
    >>> one = Refund(amount=Decimal(24), repaid=NOTHING, outstanding=Decimal(24), currency="EUR", due_date=due)
    >>> in_words([one], today=date(2026, 11, 27))
    'If you have paid for it, we will refund 24.00 EUR by December 10.'
    >>> one.is_known_paid = True
    >>> in_words([one], today=date(2026, 11, 27)), in_words([one], today=date(2026, 12, 11)), in_words([], today=due)
    ('We will refund 24.00 EUR by December 10.', 'We will refund 24.00 EUR.', '')
    >>> one.repaid, one.outstanding = Decimal(10), Decimal(14)
    >>> in_words([one], today=due)
    'We have refunded 10.00 EUR, and will refund 14.00 EUR by December 10.'
    >>> one.repaid, one.outstanding = Decimal(24), NOTHING
    >>> in_words([one], today=due)
    'We have refunded 24.00 EUR.'
    """
    rows = list(refunds)
    currency = next((row.currency for row in rows), "")
    done = sum((row.repaid for row in rows), NOTHING)
    still = [row for row in rows if row.outstanding > 0]
    left = sum((row.outstanding for row in still), NOTHING)
    by = max((row.due_date for row in still), default=today)
    until = f" by {phrases.day(by, today)}" if still and by >= today else ""  # a day that has passed is no promise
    will = f"will refund {phrases.money(left, currency)}{until}"
    if done and left:
        return f"We have refunded {phrases.money(done, currency)}, and {will}."
    if done:
        return f"We have refunded {phrases.money(done, currency)}."
    if not left:
        return ""
    return f"We {will}." if all(row.is_known_paid for row in still) else f"If you have paid for it, we {will}."


def standing(refund: Refund, *, today: date, names_day: bool = True) -> str:
    """
    Say to staff how a refund stands, with the day or beside it.

    >>> one = Refund(amount=Decimal(24), outstanding=Decimal(24), due_date=date(2026, 12, 10), is_known_paid=True)
    >>> [standing(one, today=date(2026, 12, day)) for day in (9, 10, 11)]
    ['due 10 Dec 2026', 'due today', 'overdue since 10 Dec 2026']
    >>> standing(one, today=date(2026, 12, 11), names_day=False)
    'overdue'
    """
    if refund.outstanding > 0:
        day = phrases.written(refund.due_date) if names_day else ""
        if refund.due_date < today:
            return f"overdue since {day}" if day else "overdue"
        return "due today" if refund.due_date == today else f"due {day}".strip()
    if refund.repaid:
        return "paid back"
    return "not owed" if refund.waived else "withdrawn"
