"""
Why no mail leaves, if none does: the only writer of ``MailBrake``.

A run of the sender that was refused for a reason about us puts the brake on and stops. The next one tries with one
mail; the first that passes takes the brake off. Each try that may leave a mail in doubt costs one, so after doubts
the tries grow rare.
"""

import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail.backends.base import BaseEmailBackend

from inventory.ground.post.smtp import MOST_SECONDS
from orders.models import MailBrake, Notice, NoticeState

from .delivery import About, SendResult

PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60))
"""Between two tries while all that came of them was doubt."""
DOUBTS = 2
"""So many in a row put the brake on."""
LONGEST = timedelta(seconds=MOST_SECONDS)
"""What one mail may take: a claim renewed before it stands until its end."""
BUDGET = timedelta(minutes=4)
"""No run lasts longer than this: the next tick of the clock goes on."""


@dataclass(slots=True)
class Run:
    """
    One run of the sender: its clock (``at``, and what has passed since), its connection, its counts.

    ``doubts`` counts the mails in doubt since the last one that passed, ``broken`` how often in a row the line broke,
    from ``broken_since`` on.
    """

    at: datetime
    connection: BaseEmailBackend
    brake: MailBrake | None
    is_open: bool = False
    doubts: int = 0
    broken: int = 0
    broken_since: datetime | None = None
    why_stopped: str = ""
    counts: Counter[str] = field(default_factory=Counter)
    started: float = field(default_factory=time.monotonic)

    @property
    def now(self) -> datetime:
        return self.at + timedelta(seconds=time.monotonic() - self.started)

    @property
    def may_go_on(self) -> bool:
        return not self.why_stopped and self.now + LONGEST <= self.at + BUDGET

    def others_pass(self, notice: Notice) -> bool:
        """Whether a mail has passed since this one was last refused: then the refusal was about it after all."""
        if self.counts["sent"]:
            return True
        return bool(notice.refused_at and (self.brake is None or self.brake.since > notice.refused_at))


def is_shadow() -> bool:
    """Whether mails are composed and kept, and none is sent (``MAIL``)."""
    return bool(settings.MAIL == "shadow")


def standing() -> MailBrake | None:
    """The brake that is on, if there is one."""
    return MailBrake.objects.first()


def put_on(reason: str, *, since: datetime, doubts: int, at: datetime) -> None:
    """
    Note that mail stands still, and since when; if it did before, that stays.

    :param doubts: mails in doubt since the last one that passed
    """
    until = at + PAUSES[min(max(doubts, DOUBTS) - DOUBTS, len(PAUSES) - 1)] if doubts else at
    MailBrake.objects.bulk_create(
        [MailBrake(pk=1, since=since, until=until, reason=reason[:500], doubts=doubts)],
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=["until", "reason", "doubts"],
    )


def take_off() -> None:
    """Mail passes again."""
    MailBrake.objects.all().delete()


def learn(outcome: SendResult, run: Run) -> None:
    """Put the brake on, or take it off, by what an outcome says of the server and of the line to it."""
    if outcome.state == NoticeState.SENT:
        if run.brake:
            take_off()
            run.brake = None
        run.doubts = run.broken = 0
    elif outcome.about == About.MAIL:
        run.broken = 0
    else:
        run.doubts += outcome.state == NoticeState.IN_DOUBT
        run.broken_since = run.now if not run.broken else run.broken_since
        run.broken += 1
        if outcome.about != About.LINE or run.broken >= DOUBTS or run.brake:
            run.why_stopped = outcome.error
            put_on(outcome.error, since=run.broken_since or run.now, doubts=run.doubts, at=run.now)
