"""
What news of how a line stands means to its customer, and so where in a digest it is told. Reads and writes
nothing.
"""

from collections.abc import Collection, Sequence
from enum import Enum
from typing import NamedTuple

from orders.models import Notice, NoticeKind, NoticeLine
from orders.models.customer import Hears
from orders.models.kinds import DIGESTED, ENDS, LOSSES

OWN_WISH = "terms"
"""The cause of what follows for an order whose own terms were changed; it goes on with the order."""


class Meaning(Enum):
    """
    What matters most comes first, in a digest and in its subject.

    :ivar tone: how the templates call it
    :ivar heading: what stands above it in a mail that tells of several
    :ivar subject: how that mail's subject begins
    """

    def __init__(self, tone: str, heading: str, subject: str) -> None:
        self.tone, self.heading, self.subject = tone, heading, subject

    LOST = "lost", "Waiting again", "Delayed"
    OVERDUE = "overdue", "Late", "Late, and we have no new date yet"
    UNKNOWN = "unknown", "Delayed, no date yet", "Delayed, no date yet"
    LATER = "later", "Later than we said", "New shipping date"
    HERE = "here", "Here now", "Arrived at our warehouse"
    SOONER = "sooner", "Earlier than we said", "Earlier than promised"
    ASKED = "asked", "As you asked", "Your order was changed"
    FIRST = "first", "Now with a date", "New shipping date"
    WAITS = "waits", "Not here yet", "Backordered"
    NONE = "none", "No date yet", "No date yet"


UNWELCOME = (Meaning.LOST, Meaning.OVERDUE, Meaning.UNKNOWN, Meaning.LATER)


class DigestPart(NamedTuple):
    """Facts of a digest that mean the same."""

    meaning: Meaning
    facts: list[NoticeLine]


def of(fact: NoticeLine) -> Meaning:
    """Say what a fact means that is told as how its line stands."""
    if fact.kind in LOSSES:
        return Meaning.LOST if was_told(fact) else Meaning.WAITS
    if fact.kind == NoticeKind.LATE:
        return Meaning.OVERDUE
    return Meaning.HERE if fact.kind == NoticeKind.RESTOCKED else _of_date(fact)


def was_told(fact: NoticeLine) -> bool:
    """Whether its customer had heard of the line."""
    return fact.was_date is not None or fact.was_waiting is not None


def is_wanted(fact: NoticeLine, hears: str) -> bool:
    """Whether a customer who chose to hear so much wants this told; what answers their own wish, they do."""
    meaning = of(fact)
    if hears == Hears.ALL or meaning in (Meaning.ASKED, Meaning.WAITS):
        return True
    return hears == Hears.LATER and (meaning in UNWELCOME or is_later(fact) or _is_later_at_last(fact))


def is_later(fact: NoticeLine) -> bool:
    """Whether what still waits of it comes later than its customer was told."""
    if fact.waiting <= 0 or fact.was_date is None:
        return False
    return fact.promised_date is None or fact.promised_date > fact.was_date


def _is_later_at_last(fact: NoticeLine) -> bool:
    """Whether it gives a day, later than the first, to who was promised one that was taken back: they wait for it."""
    if fact.was_date or not fact.promised_date:
        return False
    first = fact.line.first_promised_date
    return first is not None and fact.promised_date > first


def sections(facts: Sequence[NoticeLine]) -> list[DigestPart]:
    """Sort facts by what they mean, what matters most first."""
    parts = [DigestPart(meaning, [fact for fact in facts if of(fact) is meaning]) for meaning in Meaning]
    return [each for each in parts if each.facts]


def tone(facts: Sequence[NoticeLine]) -> str:
    """What their dates mean, all of them, in the word of the templates; else "mixed"."""
    tones = {_of_date(fact).tone for fact in facts}
    return tones.pop() if len(tones) == 1 else "mixed"


def _of_date(fact: NoticeLine) -> Meaning:
    if fact.event.startswith(f"{OWN_WISH}:{fact.order_id}:"):
        return Meaning.ASKED
    if fact.promised_date is None:
        return Meaning.UNKNOWN if fact.was_date else Meaning.NONE
    if fact.was_date is None:
        return Meaning.FIRST
    return Meaning.SOONER if fact.promised_date < fact.was_date else Meaning.LATER


def kind_of(notice: Notice, facts: Sequence[NoticeLine]) -> NoticeKind:
    """
    Say what a mail is to its reader as it leaves.

    What is replaced may come no more, and what is canceled may be told with what comes in its place. What is lost was
    told before: to who has heard nothing it is the first word of what waits.
    """
    if notice.kind in ENDS:
        is_replaced = any(fact.kind == NoticeKind.SUBSTITUTED for fact in facts)
        return NoticeKind.SUBSTITUTED if is_replaced else NoticeKind.CANCELED
    kind = NoticeKind(_lead(facts).kind if notice.kind in DIGESTED else notice.kind)
    if kind in LOSSES:
        return NoticeKind.LOST if any(was_told(fact) for fact in facts) else NoticeKind.BACKORDERED
    return kind


def called(kind: NoticeKind, told: Collection[str]) -> str:
    """
    Say what a notice is about: its kind, or of a mail that tells of several kinds, all of them.

    :param told: the kinds of the facts that it tells

    >>> called(NoticeKind.RESTOCKED, ["restocked"]), called(NoticeKind.RESTOCKED, [])
    ('Restocked', 'Restocked')
    >>> called(NoticeKind.RESTOCKED, ["late", "restocked", "new_date"])
    'News: new date, restocked, late'
    """
    labels = [str(each.label) for each in NoticeKind if each in told]
    if len(labels) < 2:
        return str(kind.label)
    return f"News: {', '.join(label.partition(',')[0].lower() for label in labels)}"


def _lead(facts: Sequence[NoticeLine]) -> NoticeLine:
    """The fact of a digest that matters most."""
    order = list(Meaning)
    return min(facts, key=lambda fact: order.index(of(fact)))
