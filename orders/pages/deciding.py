"""
A customer decides on the page of their order: once, as it was shown. The only writer of ``PageAct``.

Each page that asks carries the number that the act would have among those of its order, and a fingerprint of what it
rests on. The number is claimed before anything is read: who sends the same page at the same moment waits at the unique
index, and is then told what the first one did; of two acts from one state, the second is shown how it stands now.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.http import QueryDict

from inventory import spent
from inventory.ground.sql import bulk, schema
from orders.fulfillment.changes import whole
from orders.mail import notices
from orders.models import Notice, NoticeState, Order, OrderEventKind, PageAct
from orders.models.kinds import CONFIRMATIONS

from . import standing as standings
from .deeds import NotNow, PageDeed
from .forms import PageForm
from .standing import OrderStanding

SEEN = "seen"
"""The field of what a page carries."""
BUTTONS = (DO, LOOK) = ("do", "look")
"""One does it, the other only shows what it would do."""
_COLUMNS = schema.columns(PageAct, "order_id", "number", "kind", "sent", "text", "at")


class StandsOtherwise(Exception):
    """It stands otherwise than when the page was opened, or something else was done there meanwhile."""


@dataclass(frozen=True, slots=True)
class Decided:
    """
    What was done.

    :ivar is_again: it was done before, by the same page
    """

    act: PageAct
    is_again: bool


def seen(deed: PageDeed, standing: OrderStanding) -> str:
    """Give what a page carries that asks: which act it would be, of which state, and whether it promised a mail."""
    return f"{standing.next_number}-{spent.fingerprint(deed.name, standing.is_mailed, *deed.facts(standing))}"


def decide(deed: PageDeed, order: Order, data: QueryDict, *, at: datetime) -> Decided:
    """
    Do what a customer decided, if it stands as they saw it.

    :param data: what was sent: the fields of the form, and what their page carried (``seen``)
    :raises StandsOtherwise: if it stands otherwise; nothing is written then
    :raises NotNow: if it cannot be done; nothing is written then
    """
    given = data.get(SEEN, "")
    number = _number(given)
    with transaction.atomic():
        sent = _sent(deed, data)
        row = (order.pk, number, deed.kind.value, sent, "", at)
        is_ours = bulk.insert(PageAct._meta.db_table, _COLUMNS, [row], "ON CONFLICT (order_id, number) DO NOTHING")
        act = PageAct.objects.get(order=order, number=number)
        if is_ours:
            _do(deed, order, data, act, given=given, at=at)
        elif act.sent != sent:
            raise StandsOtherwise
    return Decided(act, is_again=not is_ours)


def _number(given: str) -> int:
    """:raises StandsOtherwise: if no page of ours carries this"""
    number = given.partition("-")[0]
    if not (number.isascii() and number.isdecimal() and len(number) < 10):
        raise StandsOtherwise
    return int(number)


def _do(deed: PageDeed, order: Order, data: QueryDict, act: PageAct, *, given: str, at: datetime) -> None:
    standing = standings.of(order, at=at, before=act.number)
    if given != seen(deed, standing):
        raise StandsOtherwise
    if why := deed.why_not(standing):
        raise NotNow(why)
    form: PageForm = deed.form_class(standing, data)
    if not form.is_valid():
        raise StandsOtherwise
    act.text = deed.do(standing, form, act, at=at)
    act.notice = _newest(order)
    act.save(update_fields=["text", "address", "notice"])
    whole.tell_history(order, OrderEventKind.BY_PAGE, act.text, by=None, at=at)
    if not deed.is_told(form):
        notices.confirm(act, at=at)


def _newest(order: Order) -> Notice | None:
    """The newest mail about the order that has left; one that only confirmed an act led to none."""
    left = Notice.objects.filter(lines__order=order, state=NoticeState.SENT, sent_at__isnull=False)
    return left.exclude(kind__in=CONFIRMATIONS).order_by("-sent_at", "-pk").first()


def _sent(deed: PageDeed, data: QueryDict) -> str:
    """Hash what was sent: which act, and every field but the button."""
    fields = sorted((name, values) for name, values in data.lists() if name not in BUTTONS)
    # not spent.fingerprint: it is kept with each act, and a page sent again must be known by it
    return hashlib.sha256(repr((deed.name, fields)).encode()).hexdigest()
