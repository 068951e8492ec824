"""
The sending half of the outbox: claim, intent, sent; retry, dead letter, in doubt.

Every step is a conditional UPDATE that commits by itself, so any number of workers may run this, and any of
them may die anywhere: before the intent is recorded the notice returns to the queue; after it the notice is
in doubt, for nobody can tell. Nothing is called sent that no server accepted. Writes ``Notice`` and the
``told_at`` of lines; ``braking`` says when to stop.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from email.utils import formataddr, make_msgid, parseaddr
from typing import Any, NamedTuple
from uuid import uuid4

from anymail.backends.base import AnymailBaseBackend
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import F

from inventory.ground.post.smtp import Unreachable
from orders.models import Notice, NoticeLine, NoticeState

from . import braking, calls, letters, results, told
from .braking import Run
from .delivery import About, SendResult, verdict
from .results import ATTEMPTS, STOPPED

BATCH = 50
LEASE = timedelta(minutes=2)
"""How long a claim stands. It begins again with each mail's intent, and for those still to come in good time."""
RENEWED_AFTER = LEASE / 4
BUSY = timedelta(seconds=10)
"""How long a mail waits whose facts somebody is just overtaking."""
OVERNIGHT = timedelta(hours=1)
"""How long a mail waits that would tell a day which has passed: the night decides anew, and overtakes it."""
STAYS: Mapping[str, Any] = {}
SHADOWED: Mapping[str, Any] = {"state": NoticeState.SHADOWED, "claim": "", "claimed_until": None, "error": ""}
# Django's own SMTP backend cannot tell a drop before the final dot from one after it; ours can
BACKENDS = {"django.core.mail.backends.smtp.EmailBackend": "inventory.ground.post.smtp.EmailBackend"}


def send_due(*, at: datetime, limit: int = 1000) -> dict[str, int | str]:
    """
    Send what is due, over one connection. Safe to run twice at once; commits each step, so not inside a transaction.

    A refusal that is about us stops the run, as a line does that broke twice in a row; then one mail at a time is
    tried until one passes (``braking``).

    :returns: notices by what became of them: sent, delayed, put_back, dead, in_doubt, superseded, to_call, shadowed;
        and ``braked``, why the run was stopped
    """
    brake = None if braking.is_shadow() else braking.standing()
    run = Run(at, get_connection(BACKENDS.get(settings.EMAIL_BACKEND)), brake, doubts=brake.doubts if brake else 0)
    _sweep(run)
    if brake and at < brake.until:
        return {**+run.counts, "braked": brake.reason}
    try:
        while limit > 0 and run.may_go_on:
            claim = str(uuid4())
            ids = _claim(claim, 1 if run.brake else min(BATCH, limit), run.now)
            if not ids:
                break
            limit -= len(ids)
            _send_batch(ids, claim, run)
    finally:
        _hang_up(run)
    return {**+run.counts, "braked": run.why_stopped} if run.why_stopped else dict(+run.counts)


def _sweep(run: Run) -> None:
    """Settle the claims of workers that died: back to the queue, or in doubt if they had begun to send."""
    expired = Notice.objects.filter(state=NoticeState.CLAIMED, claimed_until__lt=run.at)
    # the claim stays on what is in doubt: a worker that was only slow still knows how it ended
    doubted = expired.filter(intent_at__isnull=False)
    run.counts["in_doubt"] += doubted.update(state=NoticeState.IN_DOUBT, error=STOPPED, claimed_until=None)
    deadly = expired.filter(intent_at__isnull=True, attempts__gte=ATTEMPTS)
    gave_up = f"Gave up after {ATTEMPTS} attempts: the worker stopped each time before it could send."
    run.counts["dead"] += deadly.update(state=NoticeState.DEAD, error=gave_up, claimed_until=None)
    expired.filter(intent_at__isnull=True).update(state=NoticeState.QUEUED, claim="", claimed_until=None)
    # a call needs no mail server, so it does not wait for one
    run.counts["to_call"] += calls.sort_out(at=run.at)


@transaction.atomic(durable=True)
def _claim(claim: str, size: int, now: datetime) -> list[int]:
    queued = Notice.objects.filter(state=NoticeState.QUEUED, due_at__lte=now).order_by("due_at", "pk")
    free = queued.select_for_update(no_key=True, skip_locked=True)
    ids = list(free.values_list("pk", flat=True)[:size])
    Notice.objects.filter(pk__in=ids, state=NoticeState.QUEUED).update(
        state=NoticeState.CLAIMED,
        claim=claim,
        claimed_until=now + LEASE,
        attempts=F("attempts") + 1,
        intent_at=None,
    )
    return ids


def _send_batch(ids: Sequence[int], claim: str, run: Run) -> None:
    renewed = run.now
    waiting = Notice.objects.filter(pk__in=ids, claim=claim, state=NoticeState.CLAIMED, intent_at=None)
    try:
        for notice, has_news in _loaded(ids, claim):
            if not run.may_go_on:
                break
            if run.now - renewed >= RENEWED_AFTER:
                renewed = run.now
                waiting.update(claimed_until=renewed + LEASE)
            if has_news:
                _send(notice, run)
            else:
                _record(notice, SendResult(NoticeState.SUPERSEDED), run)
    finally:
        # what was not reached goes back as it was: this was no attempt
        waiting.update(state=NoticeState.QUEUED, claim="", claimed_until=None, attempts=F("attempts") - 1)


def _loaded(ids: Sequence[int], claim: str) -> Iterator[tuple[Notice, bool]]:
    """The notices of this claim, and whether there was anything left to tell."""
    notices = Notice.objects.filter(pk__in=ids, claim=claim).select_related("customer").in_bulk()
    live = set(NoticeLine.objects.filter(notice__in=ids, is_superseded=False).values_list("notice_id", flat=True))
    for pk in ids:
        if pk in notices:
            yield notices[pk], pk in live


def _send(notice: Notice, run: Run) -> None:
    """Send one mail and record what became of it; nothing if the claim was lost, or somebody is at its facts."""
    recipient = notice.customer.email
    if not recipient:
        return _record(notice, SendResult(NoticeState.CALL), run)
    try:
        validate_email(recipient)
    except ValidationError:
        return _record(notice, SendResult(NoticeState.DEAD, f"“{recipient}” is not a valid e-mail address."), run)
    if braking.is_shadow():
        shadow = _intend(notice, recipient, run, ends=SHADOWED)
        if isinstance(shadow, ComposedMail):
            run.counts["shadowed"] += 1
            return None
        return _record(notice, shadow, run) if shadow else None
    outcome, lines = _connect(run), set[int]()
    if outcome is None:
        written = _intend(notice, recipient, run)
        if not isinstance(written, ComposedMail):
            return _record(notice, written, run) if written else None
        outcome, lines = _hand_over(notice, recipient, written.letter, run), written.lines
    braking.learn(outcome, run)
    return _record(notice, outcome, run, lines)


def _record(notice: Notice, outcome: SendResult, run: Run, lines: Collection[int] = ()) -> None:
    results.record(notice, lines, outcome, run)


def _connect(run: Run) -> SendResult | None:
    """Open the connection before there is an intent: a server that cannot be reached leaves no doubt."""
    if run.is_open:
        return None
    run.is_open = True  # half open, it is closed too
    try:
        run.connection.open()
    except Exception as error:  # whatever keeps us out here, a refused password too, is about us and not about the mail
        _hang_up(run)
        return _unreachable(error)
    return None


def _unreachable(error: Exception) -> SendResult:
    return SendResult(NoticeState.QUEUED, f"The mail server cannot be reached: {error}", About.US)


class ComposedMail(NamedTuple):
    """A mail that is about to be sent, and the lines it tells of."""

    letter: letters.Letter
    lines: set[int]


@transaction.atomic(durable=True)
def _intend(
    notice: Notice, recipient: str, run: Run, *, ends: Mapping[str, Any] = STAYS
) -> ComposedMail | SendResult | None:
    """
    Write the mail from what is true now, and store it with the intent to send it.

    Who would overtake a fact waits until then, and a mail whose facts somebody is just overtaking waits for them. One
    mail of a customer is written at a time, so that each is held against what the one before it says.

    Nobody is told a day that has passed: such a mail waits for the night.

    :param ends: what becomes of a mail that is not handed over: it is done in the same moment
    :returns: None if this worker's claim is gone, or the mail has to wait; an outcome if there is no mail to send
    """
    now = run.now
    own = Notice.objects.filter(pk=notice.pk, claim=notice.claim, state=NoticeState.CLAIMED, claimed_until__gt=now)
    if not own.select_related("customer").select_for_update(no_key=True, of=("self", "customer")):
        return None
    facts = told.locked(notice.pk)
    if facts is None:
        own.update(due_at=now + BUSY)
        return None
    try:
        news = told.as_of_now([fact for fact in facts if not fact.is_superseded], at=now)
        if any(told.is_past(fact, at=now) for fact in news.told):
            own.update(due_at=now + OVERNIGHT)
            return None
        letter = letters.write(notice, news.told, at=now) if news.told else None
    except Exception as error:  # one mail that cannot be written must not hold up the others
        return SendResult(NoticeState.QUEUED, f"The mail could not be written: {error!r}")
    told.keep(facts, news)
    if letter is None:
        return SendResult(NoticeState.SUPERSEDED)
    own.update(
        **{"intent_at": now, "claimed_until": now + LEASE, **ends},
        message_id=_named(notice, letter),
        recipient=recipient,
        subject=letter.subject,
        body_text=letter.text,
        body_html=letter.html,
    )
    return ComposedMail(letter, {fact.line_id for fact in news.told})


def _named(notice: Notice, letter: letters.Letter) -> str:
    """Name the mail; sent again as it was it keeps its name, so that a mailbox that got it may drop the second."""
    if not notice.message_id or notice.body_text != letter.text:
        domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
        notice.message_id = make_msgid(f"notice.{notice.pk}", domain or "localhost")
    return notice.message_id


def _hand_over(notice: Notice, recipient: str, letter: letters.Letter, run: Run) -> SendResult:
    mail = EmailMultiAlternatives(
        subject=letter.subject,
        body=letter.text,
        from_email=_as_the_shop(settings.DEFAULT_FROM_EMAIL),
        to=[recipient],
        reply_to=[_as_the_shop(settings.REPLY_TO_EMAIL)],
        headers={"Message-ID": notice.message_id, "Auto-Submitted": "auto-generated"},
    )
    mail.attach_alternative(letter.html, "text/html")
    if isinstance(run.connection, AnymailBaseBackend):
        # what comes back may come before we know the provider's own name for it
        mail.metadata = {"notice": str(notice.pk)}  # type: ignore[attr-defined]
    try:
        taken = run.connection.send_messages([mail])
    except Exception as error:
        _hang_up(run)
        return _unreachable(error) if isinstance(error, Unreachable) else verdict(error)
    if taken == 0:
        return SendResult(NoticeState.QUEUED, "The mail backend did not take it.")
    status = getattr(mail, "anymail_status", None)
    return SendResult(NoticeState.SENT, provider_id=str((status and status.message_id) or "")[:200])


def _as_the_shop(address: str) -> str:
    """Write an address of ours with the shop's name: who reads a mail, and who answers it, sees the shop."""
    return formataddr((" ".join(settings.SHOP_NAME.split()), parseaddr(address)[1]))


def _hang_up(run: Run) -> None:
    if run.is_open:
        run.is_open = False
        # what was accepted stays accepted, however the goodbye goes
        with suppress(Exception):
            run.connection.close()
