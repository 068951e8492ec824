"""
What became of each letter, written down: sent, later again, put back, dead or in doubt.

Writes the rows of letters, for ``inventory.ground.post.sender``; what follows for others from a letter that was sent is
written by the app whose it is, in the same transaction.
"""

import logging
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, Protocol

from django.db import transaction
from django.db.models import Case, F, QuerySet, Value, When

from .braking import Run
from .delivery import About, SendResult
from .letter import Letter, LetterState

logger = logging.getLogger(__name__)

RETRY_AFTER = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240, 240, 240))
ATTEMPTS = len(RETRY_AFTER) + 1
BEHIND = timedelta(minutes=5)
"""How far a mail that may itself be why we were refused goes behind the others, for one of them to be tried first."""
STOPPED = "The worker stopped while it was sending this: it may or may not have gone out."


class Follows(Protocol):
    """What an app writes when a letter of its has gone."""

    def was_sent(self, told_of: Collection[int], *, at: datetime) -> Collection[int]: ...

    def was_sent_before(self, left: Collection[int], *, at: datetime) -> None: ...


def sweep(letters: QuerySet[Any], run: Run) -> None:
    """Settle the claims of workers that died: back to the queue, or in doubt if they had begun to send."""
    expired = letters.filter(state=LetterState.CLAIMED, claimed_until__lt=run.at)
    # the claim stays on what is in doubt: a worker that was only slow still knows how it ended
    doubted = expired.filter(intent_at__isnull=False)
    run.counts["in_doubt"] += doubted.update(state=LetterState.IN_DOUBT, error=STOPPED, claimed_until=None)
    deadly = expired.filter(intent_at__isnull=True, attempts__gte=ATTEMPTS)
    gave_up = f"Gave up after {ATTEMPTS} attempts: the worker stopped each time before it could send."
    run.counts["dead"] += deadly.update(state=LetterState.DEAD, error=gave_up, claimed_until=None)
    expired.filter(intent_at__isnull=True).update(state=LetterState.QUEUED, claim="", claimed_until=None)


def record(letter: Letter, told_of: Collection[int], outcome: SendResult, run: Run, follows: Follows) -> None:
    """Write what became of it, if the claim is still ours or the sweep has put it in doubt under our hands."""
    now, state, error = run.now, outcome.state, outcome.error[:500]
    states = (LetterState.CLAIMED, LetterState.IN_DOUBT)
    own = type(letter).objects.filter(pk=letter.pk, claim=letter.claim, state__in=states)
    again: dict[str, Any] = {"state": state, "error": error, "claim": "", "claimed_until": None, "intent_at": None}
    if outcome.about in (About.PERHAPS_US, About.LINE):
        again["refused_at"] = now
    if state == LetterState.SENT:
        run.counts["sent"] += _record_sent(own, told_of, outcome.provider_id, now, follows)
    elif state == LetterState.QUEUED and _is_no_attempt(letter, outcome, run):
        again["due_at"] = letter.due_at if outcome.about == About.US else now + BEHIND
        run.counts["put_back"] += own.update(**again, attempts=F("attempts") - 1)
    elif state == LetterState.QUEUED and letter.attempts < ATTEMPTS:
        run.counts["delayed"] += own.update(**again, due_at=now + RETRY_AFTER[letter.attempts - 1])
    elif state == LetterState.QUEUED:
        run.counts["dead"] += _bury(own, letter, f"Gave up after {ATTEMPTS} attempts. {error}"[:500])
    elif state == LetterState.DEAD:
        run.counts["dead"] += _bury(own, letter, error)
    elif state == LetterState.CALL:
        run.counts["to_call"] += own.update(**again, attempts=F("attempts") - 1)
    else:
        run.counts[state.value] += own.update(state=state, error=error, claimed_until=None)


def _bury(own: QuerySet[Any], letter: Letter, error: str) -> int:
    """Write that it cannot be delivered; in the log too, for those whose own letter it is."""
    logger.error("%s %s could not be delivered. %s", type(letter).__name__, letter.pk, error)
    return own.update(state=LetterState.DEAD, error=error, claimed_until=None)


def _is_no_attempt(letter: Letter, outcome: SendResult, run: Run) -> bool:
    """Whether a failure says nothing against this mail: it was about us, or the line breaks for others too."""
    match outcome.about:
        case About.US:
            return True
        case About.PERHAPS_US:
            return not run.others_pass(letter)
        case About.LINE:
            return bool(run.brake) and not run.others_pass(letter)
    return False


def _record_sent(
    own: QuerySet[Any], told_of: Collection[int], provider_id: str, now: datetime, follows: Follows
) -> int:
    """Mark the letter sent, with what follows from that; what somebody held is done right after."""
    error = Case(When(error=STOPPED, then=Value("")), default=F("error"))  # it was only slow
    with transaction.atomic(durable=True):
        if not own.update(
            state=LetterState.SENT, sent_at=now, claimed_until=None, provider_id=provider_id, error=error
        ):
            return 0
        left = follows.was_sent(told_of, at=now)
    if left:
        follows.was_sent_before(left, at=now)
    return 1
