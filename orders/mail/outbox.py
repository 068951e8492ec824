"""
Notices as letters: what the one sender (``inventory.ground.post.sender``) asks of them.

A notice is written when it leaves, from what is true then; one that was sent tells its lines, until it comes back.
Writes facts, the ``told_at`` of lines and promises, and which notices are calls.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Greatest

from inventory.ground.post import sender
from inventory.ground.post.letter import Composed, Envelope, LetterState, Waits
from inventory.ground.sql import bulk
from inventory.ground.sql.prepared import FixedQuery
from orders.models import Customer, Notice, NoticeLine, NoticeState, OrderLine
from orders.models.kinds import CONFIRMATIONS

from . import digest, letters, stood_by, told

NO_ADDRESS = "There was no e-mail address any more."
NEWEST = 1_000
"""Mails whose lines are looked at each minute: those of a run that was cut off are among them; the night asks all."""
MOST = 5_000
"""Lines that are told at once."""
IN_A_MAIL = (
    Q(notice__state=NoticeState.SENT)
    & ~Q(is_superseded=True, told_waiting__isnull=True)
    & ~Q(kind__in=[kind.value for kind in CONFIRMATIONS])
)
"""Facts that a mail told which was sent; what only confirms to a customer what they did tells of no line."""


def is_shadow() -> bool:
    """Whether mails to customers are composed and kept, and none is sent (``MAIL``)."""
    return bool(settings.MAIL == "shadow")


def sort_out(*, at: datetime) -> int:
    """
    Take what is due to customers without an address out of the queue of mails, and give back what can be mailed now.

    Nobody is called to hear what they did themselves.

    :returns: calls that are new
    """
    nobody = Exists(Customer.objects.filter(pk=OuterRef("customer"), email=""))
    queued = Notice.objects.filter(state=NoticeState.QUEUED, due_at__lte=at)
    queued.filter(nobody, kind__in=CONFIRMATIONS).update(state=NoticeState.SUPERSEDED, error=NO_ADDRESS)
    untold = Notice.objects.filter(Q(state=NoticeState.QUEUED, due_at__lte=at) | Q(state=NoticeState.CALL))
    untold.filter(nobody, digest.is_not_wanted()).update(state=NoticeState.NOT_WANTED)
    Notice.objects.filter(~nobody, state=NoticeState.CALL).update(state=NoticeState.QUEUED, due_at=at)
    return queued.filter(nobody).update(state=NoticeState.CALL)


class NoticeOutbox(sender.Outbox[Notice]):
    """Mail to customers, from the shop."""

    BUSY = timedelta(seconds=10)
    """How long a mail waits whose facts somebody is just overtaking."""
    OVERNIGHT = timedelta(hours=1)
    """How long a mail waits that would tell a day which has passed: the night decides anew, and overtakes it."""

    model = Notice
    to = "customers"

    def envelope(self, letter: Notice) -> Envelope:
        return Envelope(sender.as_the_shop(settings.DEFAULT_FROM_EMAIL), [sender.as_the_shop(settings.REPLY_TO_EMAIL)])

    def is_shadow(self) -> bool:
        return is_shadow()

    def sort_out(self, *, at: datetime) -> int:
        tell_left(of_newest=NEWEST)
        return sort_out(at=at)

    def loaded(self, ids: Sequence[int], claim: str) -> Iterator[tuple[Notice, bool]]:
        notices = Notice.objects.filter(pk__in=ids, claim=claim).select_related("customer").in_bulk()
        live = set(NoticeLine.objects.filter(notice__in=ids, is_superseded=False).values_list("notice_id", flat=True))
        for pk in ids:
            if pk in notices:
                yield notices[pk], pk in live

    def reader(self, letter: Notice) -> str:
        return letter.customer.email

    def locked(self, letter: Notice) -> Iterable[Notice]:
        """
        One mail of a customer is written at a time, so that each is held against what the one before it says.

        Since its batch was read they may have another address, want to hear less, or have become one with another.
        """
        for row in _locked(letter.pk):
            letter.customer = row.customer
            yield row

    def compose(self, letter: Notice, *, at: datetime) -> Composed | Waits | LetterState | None:
        """
        Write the mail from what is true now.

        All that its customer is owed of how their lines stand goes in this one mail, when it is time for it
        (``orders.mail.digest``).

        Who would overtake a fact waits until then, and a mail whose facts somebody is just overtaking waits for them.
        Nobody is told a day that has passed: such a mail waits for the night.
        """
        since = digest.beside(letter)
        facts = told.locked([letter.pk, *since])
        if facts is None:
            return Waits(self.BUSY)
        own = [fact for fact in facts if fact.notice_id == letter.pk]
        stood = {fact.pk: fact.notice_id for fact in facts if fact.notice_id != letter.pk}
        digest.as_one(letter, facts, since)
        news = told.as_of_now([fact for fact in facts if not fact.is_superseded], at=at)
        if any(told.is_past(fact, at=at) for fact in news.told):
            return Waits(self.OVERNIGHT)
        news, unwanted = digest.wanted(letter, news)
        if news.told and (goes_at := digest.due(letter, news.told, at=at)) > at:
            return Waits(goes_at - at)
        told.keep([fact for fact in own if fact.pk not in unwanted], news, stood=stood)
        if news.told:
            digest.set_apart(letter, [fact for fact in own if fact.pk in unwanted], at=at)
            told_of = {fact.line_id for fact in news.told if fact.kind not in CONFIRMATIONS}
            return Composed(letters.write(letter, news.told, at=at), told_of)
        return LetterState.NOT_WANTED if unwanted else None

    def was_sent(self, told_of: Collection[int], *, at: datetime) -> Collection[int]:
        """
        Mark lines told.

        They are taken only as far as nobody holds them: to wait for an allocation here could be a deadlock, which
        would cost somebody's receipt. If some were held, all are told right after, one at a time.
        """
        free = OrderLine.objects.filter(pk__in=told_of).order_by("pk").select_for_update(no_key=True, skip_locked=True)
        taken = list(free.values_list("pk", flat=True))
        _tell(taken, at)
        return told_of if len(taken) < len(told_of) else ()

    def was_sent_before(self, left: Collection[int], *, at: datetime) -> None:
        """A worker that dies here leaves lines untold until the next minute, or the night (``tell_left``)."""
        for pk in sorted(left):
            _tell_as_sent(pk)

    def came_back(self, letter: Notice) -> None:
        """
        Let the lines that this mail told last be told by the mail before it, or by none.

        One at a time, since to hold one while waiting for another could be a deadlock with an allocation.
        """
        if letter.sent_at is None:
            return
        for line_id in letter.lines.order_by("line_id").values_list("line_id", flat=True).distinct():
            _tell_as_sent(line_id)


@FixedQuery
def _locked(pk: int) -> QuerySet[Notice]:
    whose = ("customer__name", "customer__email", "customer__hears")
    claims = Notice.objects.select_related("customer").only("state", "claim", "claimed_until", *whose)
    return claims.filter(pk=pk).select_for_update(no_key=True, of=("self", "customer"))


def tell_left(*, of_newest: int | None = None) -> int:
    """
    Tell the lines of mails that were sent by workers who died before they had told what somebody held.

    One at a time, each in a transaction of its own; what somebody holds now is left for the next time, and what was
    told meanwhile stays so.

    :param of_newest: look through so many mails that were written last, and not through all
    :returns: lines that were told
    """
    told = NoticeLine.objects.filter(IN_A_MAIL)
    if of_newest:
        newest = Notice.objects.filter(state=NoticeState.SENT).order_by("-pk")
        told = told.filter(notice__in=bulk.among(newest.values_list("pk", flat=True)[:of_newest]))
    left = told.filter(Q(line__told_at=None) | Q(line__told_at__lt=F("notice__sent_at")))
    line_ids = left.order_by("line").values_list("line", flat=True).distinct()
    return sum(_tell_as_sent(pk, waits=False) for pk in line_ids[:MOST])


def _tell_as_sent(line_id: int, *, waits: bool = True) -> bool:
    """
    Let a line be told by the mail that told of it last, or by none.

    One at a time, since to hold one while waiting for another could be a deadlock with an allocation.
    """
    sent = NoticeLine.objects.filter(IN_A_MAIL, line=OuterRef("pk")).order_by()
    last = sent.values("line").annotate(last=Max("notice__sent_at")).values("last")
    with transaction.atomic():
        line = OrderLine.objects.filter(pk=line_id)
        if not line.select_for_update(no_key=True, skip_locked=not waits):
            return False
        line.update(told_at=Subquery(last))
        stood_by.mark([line_id])
    return True


def _tell(line_ids: Collection[int], at: datetime) -> None:
    """
    Mark these lines, which the caller holds, and the promises that stand for them.

    Of two mails that leave at once the one that was later may be written down first.
    """
    OrderLine.objects.filter(pk__in=line_ids).update(told_at=Greatest(Coalesce("told_at", at), at))
    stood_by.mark(line_ids)


notice_outbox = NoticeOutbox()
