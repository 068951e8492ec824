"""
Why no mail leaves, if none does: the only writer of the project's ``Brake``. It is one, since the mail server is.

A run of the sender that was refused for a reason about us puts the brake on and stops. The next one tries with one
mail, and so on; the first that passes takes the brake off. What is said of mails to one domain may be about its own
server (decision 0116). Each try that may leave a mail in doubt costs one, so after doubts the tries grow rare.
"""

import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol, TypeVar

from django.conf import settings
from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db.models import F, Max, QuerySet
from django.db.models.expressions import OrderBy

from .delivery import About, SendResult
from .letter import Brake, Letter, LetterState
from .smtp import MOST_SECONDS

PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60))
"""Between two tries while all that came of them was doubt."""
DOUBTS = 2
"""So many in a row put the brake on."""
AMONG_OTHERS = 20
"""
So many that are told “later” in a row do, where another mail has passed in the same run, or all are to one domain: it
may be about them.
"""
ANYBODY = "*"
"""Stands beside the domains that fare alike for one that was refused before this run."""
ALONE = 6
"""Refused so often while no other mail has passed, one is why the brake goes on: there is nobody else to ask."""
LONG_AGO = datetime.min.replace(tzinfo=UTC)
OLDEST = ("due_at", "pk")
UNREFUSED = (F("refused_at").asc(nulls_first=True), *OLDEST)
"""Order of letters that are tried: first who was not refused yet, then who was longest ago; others may pass."""
REFUSED = (F("refused_at").asc(nulls_last=True), *OLDEST)
"""The other way round: a server that says “later” to whom it has not heard of takes them the second time."""
LATELY = timedelta(hours=4)
"""As long as there may lie between two tries of one mail."""
LONGEST = timedelta(seconds=MOST_SECONDS)
"""What one mail may take: a claim renewed before it stands until its end."""
BUDGET = timedelta(minutes=4)
"""No run lasts longer than this: the next tick of the clock goes on."""
# Django's own SMTP backend cannot tell a drop before the final dot from one after it; ours can
BACKENDS = {"django.core.mail.backends.smtp.EmailBackend": "inventory.ground.post.smtp.EmailBackend"}

Order = Sequence[str | OrderBy]


class LetterTable(Protocol):
    """A table of letters, as the sender has them."""

    def due(self, now: datetime) -> QuerySet[Any]: ...


T = TypeVar("T", bound=LetterTable)


@dataclass(slots=True)
class Run:
    """
    One run of the sender: its clock (``at``, and what has passed since), its connection, its counts.

    ``doubts`` counts the mails in doubt since the last one that passed, ``broken`` how often in a row the line broke,
    from ``broken_since`` on, to which domains.
    """

    at: datetime
    connection: BaseEmailBackend
    brake: Brake | None
    is_open: bool = False
    doubts: int = 0
    broken: int = 0
    broken_since: datetime | None = None
    domains: set[str] = field(default_factory=set)
    why_stopped: str = ""
    counts: Counter[str] = field(default_factory=Counter)
    started: float = field(default_factory=time.monotonic)

    @property
    def now(self) -> datetime:
        return self.at + timedelta(seconds=time.monotonic() - self.started)

    @property
    def may_go_on(self) -> bool:
        return not self.why_stopped and self.now + LONGEST <= self.at + BUDGET

    @property
    def first(self) -> Order:
        """Which letters of a table are taken first; while mail stands still that turns from minute to minute."""
        if not self.brake:
            return OLDEST
        return REFUSED if self.at.minute % 2 else UNREFUSED

    def connect(self) -> SendResult | None:
        """Open the connection before there is an intent: a server that cannot be reached leaves no doubt."""
        if self.is_open:
            return None
        self.is_open = True  # half open, it is closed too
        try:
            self.connection.open()
        except Exception as error:  # whatever keeps us out, a refused password too, is about us and not about the mail
            self.hang_up()
            return unreachable(error)
        return None

    def hang_up(self) -> None:
        if self.is_open:
            self.is_open = False
            # what was accepted stays accepted, however the goodbye goes
            with suppress(Exception):
                self.connection.close()

    def others_pass(self, letter: Letter) -> bool:
        """Whether a mail has passed since this one was last refused: then the refusal was about it after all."""
        if self.counts["sent"]:
            return True
        return bool(letter.refused_at and (self.brake is None or self.brake.since > letter.refused_at))


def connection() -> BaseEmailBackend:
    """Give the way to the mail server that is set, closed."""
    found: BaseEmailBackend = get_connection(BACKENDS.get(settings.EMAIL_BACKEND))
    return found


def unreachable(error: Exception) -> SendResult:
    return SendResult(LetterState.QUEUED, f"The mail server cannot be reached: {error}", About.US)


def _table() -> type[Brake]:
    """Find the one table of it that the project has."""
    [found] = Brake.__subclasses__()
    return found


def standing() -> Brake | None:
    """The brake that is on, if there is one."""
    return _table().objects.first()


def put_on(reason: str, *, since: datetime, doubts: int, at: datetime) -> None:
    """
    Note that mail stands still, and since when; if it did before, that stays.

    :param doubts: mails in doubt since the last one that passed
    """
    until = at + PAUSES[min(max(doubts, DOUBTS) - DOUBTS, len(PAUSES) - 1)] if doubts else at
    table: Any = _table()  # which names its key itself
    table.objects.bulk_create(
        [table(pk=1, since=since, until=until, reason=reason[:500], doubts=doubts)],
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=["until", "reason", "doubts"],
    )


def take_off() -> None:
    """Mail passes again."""
    _table().objects.all().delete()


def in_turn(tables: Sequence[T], run: Run) -> Sequence[T]:
    """
    Give tables of letters in the order in which they go.

    While mail stands still that comes first whose next letter comes first among those of all: all letters of one may be
    refused while those of another would pass.
    """
    never = run.now if run.first is REFUSED else LONG_AGO

    def refused(table: T) -> datetime:
        next_one = table.due(run.now).order_by(*run.first).values_list("refused_at", flat=True)[:1]
        return next(iter(next_one), run.now) or never

    return sorted(tables, key=refused) if run.brake else tables


def learn(outcome: SendResult, letter: Letter, run: Run) -> None:
    """Put the brake on, or take it off, by what an outcome says of the server and of the line to it."""
    if outcome.state == LetterState.SENT:
        if run.brake:
            take_off()
            run.brake = None
        run.doubts = run.broken = 0
    elif outcome.about == About.MAIL:
        run.broken = 0
    else:
        run.doubts += outcome.state == LetterState.IN_DOUBT
        if not run.broken:
            run.broken_since, run.domains = run.now, {ANYBODY} if _fared_alike(letter, run) else set()
            run.broken = len(run.domains)
        run.broken += 1
        run.domains.add(_domain(letter))
        may_be_theirs = bool(run.counts["sent"]) or len(run.domains) < 2
        most = AMONG_OTHERS if may_be_theirs and run.doubts < DOUBTS else DOUBTS
        if outcome.about != About.LINE or run.broken >= most or run.brake:
            run.why_stopped = outcome.error
            put_on(outcome.error, since=run.broken_since or run.now, doubts=run.doubts, at=run.now)


def _domain(letter: Letter) -> str:
    return letter.recipient.rpartition("@")[2].lower()


def _fared_alike(letter: Letter, run: Run) -> bool:
    """
    Whether one to another domain was refused since a mail passed last: in a quiet shop no two are tried in one run.

    In one that is quieter still, this one again and again.
    """
    since, tables = run.now - LATELY, [table._default_manager for table in Letter.__subclasses__()]
    newest = (rows.filter(sent_at__gt=since).aggregate(last=Max("sent_at"))["last"] for rows in tables)
    passed = max(filter(None, newest), default=None)
    if passed is None and letter.attempts >= ALONE:
        return True
    there = f"@{_domain(letter)}"
    return any(
        rows.filter(state=LetterState.QUEUED, refused_at__gt=passed or since)
        .exclude(recipient__iendswith=there)
        .exists()
        for rows in tables
    )
