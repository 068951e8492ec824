"""
What was said of lines, whatever became of it: the facts of each, in the order in which they became true. Reads only.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet, TextField
from django.db.models.functions import Cast

from inventory.formulas.calendars.working_days import PLAIN, Calendar
from inventory.ground.sql import bulk
from inventory.ground.sql.prepared import FixedQuery
from inventory.supply import calendars
from orders.models import Consent, NoticeKind, NoticeLine, NoticeState, OrderLine, Promise
from orders.models.kinds import APART, EVENTS, LOSSES
from orders.rules.parts import Portion
from orders.wording import parts


class Heard(NamedTuple):
    """
    What a customer believes of a line.

    :ivar is_sure: a mail said so that was sent; one that is under way, in doubt or still to leave may not have
    :ivar parts: in which it comes, if in several
    :ivar calendar: of its warehouse
    """

    waiting: int
    promised_date: date | None
    is_sure: bool = True
    parts: Sequence[Portion] = ()
    calendar: Calendar = PLAIN


class Said(NamedTuple):
    """
    One fact of a line, whatever became of it.

    :ivar intent_at: as the database writes it, which sorts as it is: to read tens of thousands of moments takes long
    """

    pk: int
    line_id: int
    kind: str
    event: str
    units: int
    waiting: int
    was_date: date | None
    promised_date: date | None
    detail: str
    told_waiting: int | None
    told_date: date | None
    told_parts: Any
    is_superseded: bool
    notice_id: int
    state: str
    intent_at: str | None
    warehouse_id: int
    revision: int

    @property
    def may_be_known(self) -> bool:
        """Whether its customer may have read it; what left an order they will read in any case."""
        if self.is_gone:
            return False
        match self.state:
            case NoticeState.SENT | NoticeState.IN_DOUBT:
                return True
            case NoticeState.CLAIMED if self.intent_at:
                return True
            case NoticeState.QUEUED | NoticeState.CLAIMED | NoticeState.CALL:
                return self.kind in EVENTS and not self.is_superseded
        return False

    @property
    def is_gone(self) -> bool:
        """Whether it was in no mail and will be in none."""
        return self.is_superseded and self.told_waiting is None

    @property
    def tells_the_rest(self) -> bool:
        """Whether its mail says, or has said, how the line stands beside what left it."""
        return self.kind in EVENTS and self.may_be_known

    def heard(self, *, as_it_was: bool) -> Heard:
        """
        Say what it told.

        :param as_it_was: hold a loss against what it was about, though its mail could tell of the loss already
        """
        calendar = calendars.of(self.warehouse_id, self.revision)
        was = Heard(self.waiting, self.promised_date, self.state == NoticeState.SENT, calendar=calendar)
        if self.told_waiting is None or (self.kind in EVENTS and not was.is_sure):
            return was
        if as_it_was and self.kind in EVENTS and self.told_waiting != self.waiting:
            return was._replace(
                waiting=min(self.waiting, self.told_waiting), promised_date=self.told_date, is_sure=False
            )
        told = parts.read(self.told_parts)
        return was._replace(waiting=self.told_waiting, promised_date=self.told_date, parts=told)

    def before(self) -> Heard | None:
        """How the line stood before this, the first fact about it; None if it was just placed, or something left it."""
        kind = NoticeKind(self.kind).declared
        if not kind.is_state or (self.kind in LOSSES and self.was_date is None):
            return None
        calendar = calendars.of(self.warehouse_id, self.revision)
        return Heard(self.waiting + kind.gain * self.units, self.was_date, calendar=calendar)


LAST = "9999"
"""A moment after all that a database writes."""
ELSEWHERE: dict[str, Any] = {
    "state": "notice__state",
    "intent_at": Cast("notice__intent_at", TextField()),
    "warehouse_id": "order__warehouse",
    "revision": "order__warehouse__calendar_revision",
}
COLUMNS = tuple(ELSEWHERE.get(name, name) for name in Said._fields)


def of_lines(line_ids: Iterable[int]) -> dict[int, list[Said]]:
    """
    Read all facts of these lines, in the order in which they became true, but for what only asks or confirms.

    A day that a customer has agreed to since they last heard of a line stands in the place of the one they heard then.
    A day that was only computed when a file was loaded in silence is none that a customer was told before.
    """
    found: dict[int, list[Said]] = defaultdict(list)
    agreed: set[int] = set()
    for *values, has_agreed in _facts([*line_ids]):
        said = Said(*values)
        if has_agreed:
            agreed.add(said.line_id)
        if said.state == NoticeState.SHADOWED and settings.MAIL == "shadow":
            # what would go next is composed as if this had gone; once mail is live again, nobody was told
            said = said._replace(state=NoticeState.SENT)
        found[said.line_id].append(said)
    for line_id in _came_untold([line_id for line_id, facts in found.items() if facts[0].was_date]):
        found[line_id][0] = found[line_id][0]._replace(was_date=None)
    last = {line_id: (day, at) for line_id, day, at in _agreements(agreed)} if agreed else {}
    for line_id, (day, at) in last.items():
        _agree(found[line_id], day, at)
    return found


@FixedQuery
def _facts(line_ids: Collection[int]) -> QuerySet[NoticeLine, tuple[Any, ...]]:
    """All facts of lines, and whether their customer has agreed to a day."""
    rows = NoticeLine.objects.filter(line__in=bulk.among(line_ids)).exclude(kind__in=APART).order_by("pk")
    return rows.values_list(*COLUMNS, Exists(Consent.objects.filter(line=OuterRef("line"))))


@FixedQuery
def _agreements(line_ids: Collection[int]) -> QuerySet[Consent, tuple[Any, ...]]:
    """What the customers of lines have agreed to and when, the last of each line last."""
    agreed = Consent.objects.filter(line__in=bulk.among(line_ids)).order_by("pk")
    return agreed.values_list("line_id", "until_date", Cast("at", TextField()))


def _agree(said: list[Said], day: date | None, at: str) -> None:
    """Note in the last that a customer had been told for sure by then, which day they agreed to since."""
    told = [place for place, each in enumerate(said) if each.state == NoticeState.SENT and not each.is_gone]
    last = max(told, key=lambda place: (said[place].intent_at or LAST, said[place].pk), default=None)
    if last is not None and (intent_at := said[last].intent_at) and intent_at <= at:
        waiting = said[last].waiting if said[last].told_waiting is None else said[last].told_waiting
        said[last] = said[last]._replace(told_waiting=waiting, told_date=day)


def _came_untold(line_ids: Collection[int]) -> set[int]:
    """Give those of these lines that came from another program whose file named no day that their customer was told."""
    if not line_ids:
        return set()
    lines = OrderLine.objects.filter(pk__in=line_ids, order__document__isnull=False)
    told = Promise.objects.filter(line=OuterRef("pk"), reason=Promise.TOLD_BEFORE)
    return set(lines.filter(~Exists(told)).values_list("pk", flat=True))
