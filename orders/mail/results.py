"""
What became of each mail, written down: sent, later again, put back, dead or in doubt.

Writes ``Notice`` and the ``told_at`` of lines, for ``orders.mail.outbox``.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Case, F, QuerySet, Value, When

from orders.models import Notice, NoticeState, OrderLine

from .braking import Run
from .delivery import About, SendResult

RETRY_AFTER = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240, 240, 240))
ATTEMPTS = len(RETRY_AFTER) + 1
BEHIND = timedelta(minutes=5)
"""How far a mail that may itself be why we were refused goes behind the others, for one of them to be tried first."""
STOPPED = "The worker stopped while it was sending this: it may or may not have gone out."


def record(notice: Notice, line_ids: Collection[int], outcome: SendResult, run: Run) -> None:
    """Write what became of it, if the claim is still ours or the sweep has put it in doubt under our hands."""
    now, state, error = run.now, outcome.state, outcome.error[:500]
    own = Notice.objects.filter(pk=notice.pk, claim=notice.claim, state__in=(NoticeState.CLAIMED, NoticeState.IN_DOUBT))
    again: dict[str, Any] = {"state": state, "error": error, "claim": "", "claimed_until": None, "intent_at": None}
    if outcome.about in (About.PERHAPS_US, About.LINE):
        again["refused_at"] = now
    if state == NoticeState.SENT:
        run.counts["sent"] += _record_sent(own, line_ids, outcome.provider_id, now)
    elif state == NoticeState.QUEUED and _is_no_attempt(notice, outcome, run):
        again["due_at"] = notice.due_at if outcome.about == About.US else now + BEHIND
        run.counts["put_back"] += own.update(**again, attempts=F("attempts") - 1)
    elif state == NoticeState.QUEUED and notice.attempts < ATTEMPTS:
        run.counts["delayed"] += own.update(**again, due_at=now + RETRY_AFTER[notice.attempts - 1])
    elif state == NoticeState.QUEUED:
        error = f"Gave up after {ATTEMPTS} attempts. {error}"[:500]
        run.counts["dead"] += own.update(state=NoticeState.DEAD, error=error, claimed_until=None)
    elif state == NoticeState.CALL:
        run.counts["to_call"] += own.update(**again, attempts=F("attempts") - 1)
    else:
        run.counts[state.value] += own.update(state=state, error=error, claimed_until=None)


def _is_no_attempt(notice: Notice, outcome: SendResult, run: Run) -> bool:
    """Whether a failure says nothing against this mail: it was about us, or the line breaks for others too."""
    match outcome.about:
        case About.US:
            return True
        case About.PERHAPS_US:
            return not run.others_pass(notice)
        case About.LINE:
            return bool(run.brake) and not run.others_pass(notice)
    return False


def _record_sent(own: QuerySet[Notice], line_ids: Collection[int], provider_id: str, now: datetime) -> int:
    """
    Mark the notice sent and its lines told.

    Lines are taken only as far as nobody holds them: to wait for an allocation here could be a deadlock, which
    would cost somebody's receipt. Those that were held are told right after, one at a time.
    """
    error = Case(When(error=STOPPED, then=Value("")), default=F("error"))  # it was only slow
    with transaction.atomic(durable=True):
        if not own.update(
            state=NoticeState.SENT, sent_at=now, claimed_until=None, provider_id=provider_id, error=error
        ):
            return 0
        free = OrderLine.objects.filter(pk__in=line_ids).select_for_update(no_key=True, skip_locked=True)
        told = OrderLine.objects.filter(pk__in=free.values("pk")).update(told_at=now)
    if told < len(line_ids):
        for pk in line_ids:
            OrderLine.objects.filter(pk=pk).update(told_at=now)
    return 1
