"""
What became of a replaced product before its customer heard of it: one story, told from the product they know.

A substitute may be replaced or canceled before any mail has named it. Whichever mail leaves first then tells all of it:
what comes at last in place of what they ordered, and what comes no more. Reads; writes nothing.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from copy import copy
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import IntegerField, OuterRef, Subquery, Sum
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce

from inventory.ground.sql import bulk
from orders.models import AddedLine, NoticeKind, NoticeLine, NoticeState, OrderLine
from orders.models.kinds import ENDS, STATES

READ = (NoticeState.SENT, NoticeState.IN_DOUBT, NoticeState.COMPLAINED)
WILL_BE_READ = (NoticeState.QUEUED, NoticeState.CLAIMED, NoticeState.CALL)
RELATED = ("line__product", "order__page_links", "line__addition__beside__product", "line__backorder_cause")
"""What facts bring with them to be put into words."""

# all lines that stand, however indirectly, in for each other
FAMILY = """
WITH RECURSIVE family(id) AS (
    SELECT id FROM {source}
    UNION
    SELECT CASE WHEN added.line_id = family.id THEN added.beside_id ELSE added.line_id END
    FROM family JOIN orders_addedline AS added
    ON added.is_substitute AND (added.line_id = family.id OR added.beside_id = family.id)
)
SELECT id FROM family
"""


class Story(NamedTuple):
    """
    One replacement that its customer has not heard of, with all that happened to it since.

    :ivar lines: how each line joined the order, also those of which an earlier attempt left nothing to tell
    :ivar happened: what became of these lines
    :ivar live: of all that, what is still to be told
    :ivar gone: what it took off the product they know; None if that was told already
    """

    lines: list[NoticeLine]
    happened: list[NoticeLine]
    live: list[NoticeLine]
    gone: NoticeLine | None = None

    @property
    def lost(self) -> int:
        """Units that were canceled, and not replaced in their turn."""
        canceled = sum(fact.line.canceled for fact in self.lines)
        replaced: list[int] = [fact.replaced for fact in self.lines]  # type: ignore[attr-defined]
        return canceled - sum(replaced)


class FactsToTell(NamedTuple):
    """Facts to be told, in the numbers of their stories, and those that have no place in them any more."""

    told: list[NoticeLine]
    dropped: list[NoticeLine]


def whole(facts: Sequence[NoticeLine]) -> FactsToTell:
    """
    Complete these facts, all still to be told, by what else their customer has to hear of the same replacements.

    What is told of them comes with the notice that tells it, in which it may not stand yet.
    """
    about = {fact.line_id for fact in facts if fact.kind == NoticeKind.SUBSTITUTED or _asked(fact.line)}
    if not about:
        return FactsToTell(list(facts), [])
    family = _Family(about)
    told: list[NoticeLine] = []
    dropped: list[NoticeLine] = []
    seen: set[tuple[int, int]] = set()
    for fact in facts:
        first = family.first_unheard(fact)
        if fact.kind not in ENDS or first is None:
            (dropped if family.will_be_told_of(fact) else told).append(fact)
        elif (fact.notice_id, first) not in seen:
            seen.add((fact.notice_id, first))
            story = family.stories[first]
            news = list(_told(story, family, fact.notice_id))
            said = {each.pk for each in news}
            told += news
            dropped += [each for each in story.live if each.pk not in said]
    return FactsToTell(told, dropped)


class _Family:
    """Lines that stand in for each other, and all facts about what left or joined them: one statement, one moment."""

    def __init__(self, line_ids: Collection[int]) -> None:
        source, params = bulk.staged(bulk.IDS, [(pk,) for pk in sorted(line_ids)])
        stand_ins = OrderLine.objects.filter(addition__beside=OuterRef("line"), addition__is_substitute=True)
        replaced = stand_ins.order_by().values("addition__beside").annotate(units=Sum("quantity")).values("units")
        rows = NoticeLine.objects.filter(kind__in=ENDS, line__in=RawSQL(FAMILY.format(source=source), params))
        rows = rows.annotate(replaced=Coalesce(Subquery(replaced, output_field=IntegerField()), 0))
        self.facts = list(rows.select_related("notice", *RELATED).order_by("pk"))
        self.came = {fact.line_id: fact for fact in self.facts if _is_came(fact)}
        self.stories = self._stories()

    def _stories(self) -> dict[int, Story]:
        """By the line that stands in for the product that the customer knows."""
        stories: dict[int, Story] = defaultdict(lambda: Story([], [], []))
        for fact in self.facts:
            first = self.first_unheard(fact)
            if first is None or _is_read(fact):
                continue
            story = stories[first]
            if not fact.is_superseded:
                story.live.append(fact)
            if _is_came(fact):
                story.lines.append(fact)
            elif self.is_unheard(fact.line_id):
                story.happened.append(fact)
            elif not fact.is_superseded:
                stories[first] = story._replace(gone=fact)
        return stories

    def is_unheard(self, line_id: int) -> bool:
        """Whether it is owed to the customer that they hear of this line, and they have not."""
        came = self.came.get(line_id)
        return came is not None and not _is_read(came)

    def will_be_told_of(self, fact: NoticeLine) -> bool:
        """Whether how a line stands is told with the news that there is such a line."""
        came = self.came.get(fact.line_id)
        if came is None or _is_read(came) or fact.kind not in STATES:
            return False
        return came.notice.state in WILL_BE_READ and not came.is_superseded

    def first_unheard(self, fact: NoticeLine) -> int | None:
        """The unheard line next to the one that the customer knows, of which this fact is a consequence; or None."""
        if fact.kind not in ENDS:
            return None
        if self.is_unheard(fact.line_id):
            line_id = fact.line_id
            while (beside := self.came[line_id].line.addition.beside_id) and self.is_unheard(beside):
                line_id = beside
            return line_id
        if fact.kind != NoticeKind.SUBSTITUTED or _is_came(fact):
            return None
        return next((pk for pk, came in self.came.items() if self._replaces(came, fact) and self.is_unheard(pk)), None)

    def known(self, line_id: int) -> OrderLine:
        """The line that the customer knows, in whose place this one stands."""
        asked = self.came[line_id].line.addition.beside
        assert asked  # a stand-in stands beside what it replaces
        return self.known(asked.pk) if self.is_unheard(asked.pk) else asked

    @staticmethod
    def _replaces(came: NoticeLine, gone: NoticeLine) -> bool:
        return came.event == gone.event and came.line.addition.beside_id == gone.line_id


def _told(story: Story, family: _Family, notice_id: int) -> Iterator[NoticeLine]:
    """Tell a story in the numbers of now: what is replaced and what canceled, then what comes."""
    canceled = [fact for fact in story.happened if fact.kind == NoticeKind.CANCELED]
    if story.gone:
        reasons = tuple(fact.detail for fact in canceled if fact.detail)
        yield _gone(story.gone, story.lost, reasons, notice_id)
    for fact in story.lines:
        units = fact.line.quantity - fact.line.canceled
        if units and fact in story.live:
            yield _as(fact, notice_id, units=units, instead_of=family.known(fact.line_id))
    if story.gone is None:
        # that all of it is replaced was read; of what was to come for it, this much comes no more
        yield from (_as(fact, notice_id) for fact in canceled if fact in story.live)


def _gone(fact: NoticeLine, lost: int, reasons: tuple[str, ...], notice_id: int) -> NoticeLine:
    before = fact.ready + fact.waiting + fact.units
    if lost >= fact.units:
        canceled = {"kind": NoticeKind.CANCELED, "reasons": reasons or (fact.detail,)}
        return _as(fact, notice_id, open_before=before, **canceled)
    both = (fact.detail, *(reasons if lost else ()))
    return _as(fact, notice_id, units=fact.units - lost, canceled=lost, open_before=before, reasons=both)


def _as(fact: NoticeLine, notice_id: int, **numbers: Any) -> NoticeLine:
    now = copy(fact)
    for name, value in {"notice_id": notice_id, **numbers}.items():
        setattr(now, name, value)
    return now


def _asked(line: OrderLine) -> OrderLine | None:
    """What this line stands in for."""
    addition: AddedLine | None = getattr(line, "addition", None)
    return addition.beside if addition and addition.is_substitute else None


def _is_came(fact: NoticeLine) -> bool:
    """Whether it says that a line joined its order; that of the line it replaces carries the reason."""
    return bool(fact.kind == NoticeKind.SUBSTITUTED and not fact.detail and _asked(fact.line))


def _is_read(fact: NoticeLine) -> bool:
    """Whether its customer may have read it; one in doubt is held to be read."""
    if fact.is_superseded and fact.told_waiting is None:
        return False
    match fact.notice.state:
        case NoticeState.CLAIMED:
            return fact.notice.intent_at is not None
        case NoticeState.SHADOWED:
            return bool(settings.MAIL == "shadow")
    return fact.notice.state in READ
