"""The cards of a person: what names them, what is theirs to do, which alerts wait for anybody who sees them."""

from collections.abc import Iterator
from datetime import datetime

from django.contrib.auth.models import User

from backoffice import kpi
from backoffice.screens.notebook import head
from backoffice.watching import alerts, naming
from backoffice.watching.kinds import LOST, LOST_KINDS
from inventory.ground.plurals import counted, plural
from inventory.ground.sql import paging
from inventory.models import Assignment
from inventory.notebook import owners

from .cards import Card, address, fresh


def mine(user: User, *, at: datetime) -> Iterator[Card]:
    """Give the notes that somebody has not read, what they or a role of theirs were given, and the open alerts."""
    unread, turns = head.count(user), fresh(f"dashboard:turns:{user.pk}", lambda: _turns(user))
    if unread or turns:
        named = [counted(unread, "unread note")] if unread else []
        given = [f"{paging.in_words(turns)} given to you or your role"] if turns else []
        words = ", ".join(named + given)
        yield Card("Mine", paging.in_words(unread + turns), words, "blue", address("inbox"))
    flags = kpi.attention(at=at)
    seen = {kind.name: flags[alerts.flag(kind)] for kind in alerts.seen_by(user)}
    if count := sum(seen.values()):
        words = f"{plural(count, 'alert')} that nobody has in work"
        promises = sum(number for name, number in seen.items() if name in naming.AROUND_PROMISES)
        if promises:
            said = f"{plural(promises, 'promise')} to look after, what is most at stake first"
            yield Card("Working list", paging.in_words(promises), said, "amber", address("working_list"))
        yield Card("Alerts", paging.in_words(count), words, "amber", address("inventory_alert_changelist"), count)


def _turns(user: User) -> int:
    return Assignment.objects.filter(owners.mine(user), ended_at=None)[: paging.BOUND + 1].count()


def did_not_arrive(*, at: datetime) -> Iterator[Card]:
    """Give the mails that came back, could not be delivered or may not have gone out, and that nobody looks after."""
    flags = kpi.attention(at=at)
    counts = {kind.name: flags[alerts.flag(kind)] for kind in LOST_KINDS}
    count = min(sum(counts.values()), paging.BOUND + 1)
    if count:
        parts = [(counts["bounced"], "came back"), (counts["undelivered"], "never delivered or in doubt")]
        words = ", ".join(f"{paging.in_words(number)} {said}" for number, said in parts if number)
        url = address("inventory_alert_changelist", f"?kind={LOST}")
        yield Card("Did not arrive", paging.in_words(count), f"{plural(count, 'mail')}: {words}", "red", url, count)
