"""
What an act did, or would do, as its customers see it: which lines stand otherwise, which promises and news they get.

Reads nothing (``rehearsal`` does). The fingerprint of it says whether it is still what a person has seen.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

from inventory import spent
from inventory.ground.post.letter import Words
from orders.allocation.writing import Given
from orders.mail.digest import Mail
from orders.models import Notice, NoticeLine, OrderLine
from orders.rules.news import MORE_LIKELY_THAN_NOT

from . import covers

LETTERS = 5
"""Mails that are written out in a preview; the others are counted."""
TIMED = 200
"""Mails of which a preview says when they go, and facts that are read with all that belongs to them."""


class SeenByCustomer(NamedTuple):
    """What a customer would notice of a line."""

    here: int
    waiting: int
    likely_date: date | None
    safe_date: date | None
    promised_date: date | None

    def keeps(self, promised: date, chance: float | None) -> bool:
        """
        Whether it ships by the day that was promised, more likely than not.

        :param chance: to break what is promised now; where that is another day, the safe date tells
        """
        if not self.waiting:
            return True
        if chance is not None and self.promised_date == promised:
            return chance <= MORE_LIKELY_THAN_NOT
        return self.safe_date is not None and self.safe_date <= promised


class Moved(NamedTuple):
    """
    One line before and after.

    :ivar cover: what covers it, where that is something else now
    :ivar breaks: what was promised before held, and no longer does
    """

    line_id: int
    was: SeenByCustomer
    now: SeenByCustomer
    cover: covers.Recovered | None = None
    breaks: bool = False

    @property
    def days(self) -> int:
        """How much later it can ship; sooner is negative, and no date is later than any."""
        if not self.was.waiting and not self.now.waiting:
            return 0
        return ((self.now.safe_date or date.max) - (self.was.safe_date or date.max)).days


class ToldFact(NamedTuple):
    """A fact that was written, in the columns that its mail and the words of it are made of."""

    pk: int
    line_id: int
    notice_id: int
    customer_id: int
    mail_kind: str
    hears: str
    kind: str
    units: int
    ready: int
    waiting: int
    was_date: date | None
    likely_date: date | None
    promised_date: date | None
    detail: str

    @property
    def said(self) -> tuple[object, ...]:
        """All that its words are made of: what its mail says of the line, and to whom."""
        return (self.customer_id, *self[6:])


@dataclass(frozen=True, slots=True)
class Effects:
    """
    What an act did, or would do: its own result, the promises it made, and the news its customers get.

    ``told`` is all the news in columns, ``news`` what is shown of it: the first ``TIMED`` facts, and those of the first
    ``TIMED`` mails, of which ``by_mail`` has what their customers want to hear. ``goes_at`` says when these go,
    ``letters`` are the first, as they would leave now; ``mails`` counts all e-mails, ``customers`` people.
    ``moved`` are the lines that stand otherwise for their customers, and of those asked for those that something else
    covers; ``added`` are those it made; ``behind`` names whom a line that
    was asked for stands behind now, if the act put it there; not its place, which changes whenever somebody before it
    is served. ``facts`` are what the act rests on.
    """

    result: object
    promises: Sequence[Given]
    told: Sequence[ToldFact]
    places: Mapping[int, tuple[int, int]]
    moved: Sequence[Moved]
    added: Sequence[OrderLine]
    behind: Mapping[int, int | None] = field(default_factory=dict)
    facts: object = None
    mails: int = 0
    customers: int = 0
    news: Sequence[NoticeLine] = ()
    letters: Sequence[tuple[Notice, Words]] = ()
    by_mail: Mapping[Mail, Sequence[NoticeLine]] = field(default_factory=dict)
    goes_at: Mapping[Mail, datetime] = field(default_factory=dict)
    is_done: bool = False

    @property
    def mails_like_these(self) -> int:
        """Mails beside those that were written out."""
        return max(0, self.mails - LETTERS)

    @property
    def fingerprint(self) -> str:
        # a line that is made gets another number each time
        name = {line.pk: -number for number, line in enumerate(self.added, start=1)}
        facts: list[tuple[object, ...]] = [
            *((pk, name.get(before or 0, before)) for pk, before in self.behind.items()),
            *((name[line.pk], line.order_id, line.product_id, line.quantity) for line in self.added),
            # what an act makes has another number each time: what covers a line goes by its name
            *_alike((move.line_id, (move.was, move.now, move.cover and move.cover.words)) for move in self.moved),
            *_alike((name.get(row.line_id, row.line_id), (row.promised_date, row.basis)) for row in self.promises),
            *_alike((name.get(row.line_id, row.line_id), row.said) for row in self.told),
            *((notice.customer_id, letter.subject, letter.text) for notice, letter in self.letters),
        ]
        return spent.fingerprint(self.facts, self.result, sorted(map(repr, facts)))


def _alike(found: Iterable[tuple[Any, Hashable]]) -> Iterator[tuple[object, ...]]:
    """Spell once what is the same of many lines: those who slip together mostly get the same days."""
    lines: dict[Hashable, list[Any]] = defaultdict(list)
    for line, what in found:
        lines[what].append(line)
    return ((what, sorted(whose)) for what, whose in lines.items())
