"""
What customers have heard of their lines, and which facts are still news to them when a mail is about to leave.

A fact is written when it becomes true and told later. What its mail says is read anew then: the line as it stands
against what its customer heard last. Writes, of ``NoticeLine``, what was told, in which notice, and what was not
worth telling.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from copy import copy
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import Exists, OuterRef
from django.db.models.expressions import RawSQL
from django.utils import timezone

from inventory.ground.sql import bulk
from orders.models import Notice, NoticeKind, NoticeLine, NoticeState, OrderLine, Promise
from orders.rules.arrivals import moves_materially
from orders.wording import window

from . import stand_ins

STATES = (NoticeKind.BACKORDERED, NoticeKind.NEW_DATE, NoticeKind.RESTOCKED)
"""Kinds that say how a line stands: the newest says it all."""

EVENTS = (NoticeKind.SHIPPED, NoticeKind.CANCELED, NoticeKind.SUBSTITUTED)
"""Kinds that say what left an order: that stays true, and beside it stands how the rest stands."""

RELATED = stand_ins.RELATED


class Heard(NamedTuple):
    """
    What a customer believes of a line.

    :ivar is_sure: a mail said so that was sent; one that is under way, in doubt or still to leave may not have
    """

    waiting: int
    promised_date: date | None
    is_sure: bool = True


class Said(NamedTuple):
    """One fact of a line, whatever became of it."""

    pk: int
    line_id: int
    kind: str
    units: int
    waiting: int
    was_date: date | None
    promised_date: date | None
    told_waiting: int | None
    told_date: date | None
    is_superseded: bool
    notice_id: int
    state: str
    intent_at: datetime | None

    @property
    def may_be_known(self) -> bool:
        """Whether its customer may have read it; what left an order they will read in any case."""
        if self.is_superseded and self.told_waiting is None:
            return False
        match self.state:
            case NoticeState.SENT | NoticeState.IN_DOUBT:
                return True
            case NoticeState.CLAIMED if self.intent_at:
                return True
            case NoticeState.QUEUED | NoticeState.CLAIMED | NoticeState.CALL:
                return self.kind in EVENTS and not self.is_superseded
        return False

    def heard(self, *, as_it_was: bool) -> Heard:
        """
        Say what it told.

        :param as_it_was: hold a loss against what it was about, though its mail could tell of the loss already
        """
        was = Heard(self.waiting, self.promised_date, self.state == NoticeState.SENT)
        if self.told_waiting is None or (self.kind in EVENTS and not was.is_sure):
            return was
        if as_it_was and self.kind in EVENTS and self.told_waiting != self.waiting:
            return Heard(min(self.waiting, self.told_waiting), self.told_date, is_sure=False)
        return Heard(self.told_waiting, self.told_date, was.is_sure)

    def before(self) -> Heard | None:
        """How the line stood before this, the first fact about it; None if it was just placed, or something left it."""
        gained = {NoticeKind.BACKORDERED: -self.units, NoticeKind.RESTOCKED: self.units, NoticeKind.NEW_DATE: 0}
        if self.kind not in gained or (self.kind == NoticeKind.BACKORDERED and self.was_date is None):
            return None
        return Heard(self.waiting + gained[NoticeKind(self.kind)], self.was_date)


LAST = datetime.max.replace(tzinfo=UTC)
COLUMNS = (*(name for name in Said._fields if name not in ("state", "intent_at")), "notice__state", "notice__intent_at")


def of_lines(line_ids: Iterable[int]) -> dict[int, list[Said]]:
    """
    Read all facts of these lines, in the order in which they became true.

    A day that was only computed when a file was loaded in silence is none that a customer was told before.
    """
    source, params = bulk.staged({"id": "bigint"}, [(pk,) for pk in line_ids])
    rows = NoticeLine.objects.filter(line__in=RawSQL(f"SELECT id FROM {source}", params)).order_by("pk")
    found: dict[int, list[Said]] = defaultdict(list)
    for values in rows.values_list(*COLUMNS):
        said = Said(*values)
        if said.state == NoticeState.SHADOWED and settings.MAIL == "shadow":
            # what would go next is composed as if this had gone; once mail is live again, nobody was told
            said = said._replace(state=NoticeState.SENT)
        found[said.line_id].append(said)
    for line_id in _came_untold([line_id for line_id, facts in found.items() if facts[0].was_date]):
        found[line_id][0] = found[line_id][0]._replace(was_date=None)
    return found


def _came_untold(line_ids: Collection[int]) -> set[int]:
    """Give those of these lines that came from another program whose file named no day that their customer was told."""
    if not line_ids:
        return set()
    lines = OrderLine.objects.filter(pk__in=line_ids, order__document__isnull=False)
    told = Promise.objects.filter(line=OuterRef("pk"), reason=Promise.TOLD_BEFORE)
    return set(lines.filter(~Exists(told)).values_list("pk", flat=True))


def heard(said: Sequence[Said], kind: str) -> Heard | None:
    """
    Say what the customer of a line believes, of whom all this was to be told, when news of this kind is about to go.

    A loss is held against what had left the order, not against what the mail about that could already say.
    None: they know nothing of it yet.
    """
    known = [each for each in said if each.may_be_known]
    if known:
        last = max(known, key=lambda each: (each.intent_at or LAST, each.pk))
        return last.heard(as_it_was=kind == NoticeKind.BACKORDERED)
    return said[0].before() if said else None


def is_no_news(known: Heard | None, waiting: int, promised_date: date | None, *, at: datetime) -> bool:
    """Whether a customer was told for sure, within the threshold, how a line stands; not by a day that has passed."""
    return (
        known is not None
        and known.is_sure
        and known.waiting == waiting
        and (known.promised_date == promised_date or (known.promised_date or date.max) >= timezone.localtime(at).date())
        and not moves_materially(known.promised_date, promised_date, threshold_days=settings.MATERIAL_DELAY_DAYS)
    )


class News(NamedTuple):
    """Facts that are news now, in the numbers of their lines as they stand, and those that are none any more."""

    told: list[NoticeLine]
    dropped: list[NoticeLine]


def as_of_now(facts: Sequence[NoticeLine], *, at: datetime) -> News:
    """
    Say what of these facts is news now, in the numbers of their lines as they stand.

    With them comes what else their customer has to hear of a replacement (``orders.mail.stand_ins``).
    """
    asked = stand_ins.whole(facts)
    said = of_lines({fact.line_id for fact in asked.told})
    found = [(fact, _now(fact, said[fact.line_id], at)) for fact in asked.told]
    no_news = [fact for fact, now in found if now is None]
    return News([now for _, now in found if now], [*asked.dropped, *no_news])


def _now(fact: NoticeLine, said: Sequence[Said], at: datetime) -> NoticeLine | None:
    line, now = fact.line, copy(fact)
    if now.open_before is None:
        now.open_before = fact.ready + fact.waiting + fact.units
    now.ready, now.waiting = line.allocated, line.backordered
    now.likely_date, now.promised_date = window.standing(line)
    if fact.kind in EVENTS:
        if is_past(now, at=at):
            now.promised_date = now.likely_date = None
        return now
    is_about = now.ready if fact.kind == NoticeKind.RESTOCKED else now.waiting
    if not (line.open if fact.kind == NoticeKind.NEW_DATE else is_about):
        return None
    known = heard([each for each in said if each.notice_id != fact.notice_id] or said, fact.kind)
    if is_no_news(known, now.waiting, now.promised_date, at=at):
        return None
    now.was_date, now.was_waiting = (known.promised_date, known.waiting) if known else (None, None)
    return now


def is_past(fact: NoticeLine, *, at: datetime) -> bool:
    """Whether it would tell a day that has passed: the night has not decided anew yet."""
    return fact.promised_date is not None and fact.promised_date < timezone.localtime(at).date()


def locked(notice_id: int) -> list[NoticeLine] | None:
    """Lock the facts of a notice against who would overtake them, and read them; None if somebody does so just now."""
    rows = NoticeLine.objects.filter(notice=notice_id).order_by("pk")
    free = rows.select_related(*RELATED).select_for_update(no_key=True, skip_locked=True, of=("self",))
    facts = list(free)
    return facts if len(facts) == rows.count() else None


def keep(facts: Sequence[NoticeLine], news: News) -> None:
    """
    Write down what the mail of these facts says, and that what else there was to tell with them is no news.

    What it says of other notices stands in its own from now on; one that is left with nothing to tell is overtaken.
    """
    columns: dict[str, str] = {"id": "bigint", "notice": "bigint", "waiting": "integer", "promised": "date"}
    rows: list[tuple[Any, ...]] = [(fact.pk, fact.notice_id, fact.waiting, fact.promised_date) for fact in news.told]
    said = {fact.pk for fact in news.told}
    rest = {fact.pk for fact in (*facts, *news.dropped)} - said
    here = {fact.pk for fact in facts}
    others = list(NoticeLine.objects.filter(pk__in=(said | rest) - here).values_list("notice_id", flat=True))
    table = NoticeLine._meta.db_table
    assignments = "notice_id = staged.notice, told_waiting = staged.waiting, told_date = staged.promised"
    bulk.update(table, columns, rows, assignments, "target.id = staged.id")
    if rest:
        overtaken = "told_waiting = NULL, told_date = NULL, is_superseded = true"
        bulk.update(table, {"id": "bigint"}, [(pk,) for pk in sorted(rest)], overtaken, "target.id = staged.id")
    if others:
        _retire(others)


def _retire(notice_ids: Collection[int]) -> None:
    """Supersede those of these notices that have nothing left to tell; nobody who holds one is waited for."""
    alive = NoticeLine.objects.filter(notice=OuterRef("pk"), is_superseded=False)
    waiting = Notice.objects.filter(pk__in=notice_ids, state__in=(NoticeState.QUEUED, NoticeState.CALL))
    free = waiting.filter(~Exists(alive)).select_for_update(no_key=True, skip_locked=True, of=("self",))
    Notice.objects.filter(pk__in=list(free.values_list("pk", flat=True))).update(state=NoticeState.SUPERSEDED)
