"""
The kinds of mail that customers are owed, each declared once: what it says, how it stands to other news, how it looks.

A new kind is its declaration here, its words (``templates/email/<kind>.*``: subject, headline, intro and line, and a
closing if it has one of its own) and its test. Nothing is written here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from operator import attrgetter
from typing import Any

from django.db import models

Units = Callable[[Any], int]
"""Of the numbers of a fact, how many units it is about."""
UNITS: Units = attrgetter("units")
READY: Units = attrgetter("ready")
WAITING: Units = attrgetter("waiting")


def still_open(fact: Any) -> int:
    """Units that wait or, where none do, those that are here."""
    return int(fact.waiting or fact.ready)


class Beside(Enum):
    """Of which other lines of its orders a mail says how they stand."""

    NONE = "none"
    WAITING = "those that wait"
    ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """
    What is to be known of one kind of mail.

    :param color: of the rule above its headline
    :param about: the units it names; a mail of how a line stands that has none left has nothing to tell
    :param is_state: it says how a line stands, so any newer news of the line overtakes it; else it says what left an
        order, which stays true: that is never overtaken, and tells beside it how the rest stands
    :param asks: it asks something, and says nothing of how its lines stand: it overtakes nothing, and goes only while
        there is something to ask (``orders.mail.told``)
    :param confirms: it confirms what its customer did themselves, and says nothing of how lines stand: it overtakes
        nothing, nothing counts as told by it, and nobody is called for it; ``line`` words one thing that they did
    :param gain: what its units did: 1 they are here, -1 they wait, 0 neither
    :param beside: of which other lines it tells
    :param is_digested: all that a customer is owed of such kinds is one mail, which waits for its time
        (``orders.rules.mail_hours``); else it is a mail of its own, and goes at once unless it is night where they live
    :param answers: it answers what its customer has just done, and goes at once by night, too
    :param says_why: where a line comes later, it says what became of its supply
    :param is_end: units come no more; what was replaced or canceled step by step is told as one story
    :param has_parcels: its details are parcels; else they are reasons
    """

    color: str
    about: Units
    is_state: bool = False
    asks: bool = False
    confirms: bool = False
    gain: int = 0
    beside: Beside = Beside.NONE
    is_digested: bool = False
    answers: bool = False
    says_why: bool = False
    is_end: bool = False
    has_parcels: bool = False


class NoticeKind(models.TextChoices):
    """
    Of several facts about one line from one event, the later kind is the newer news.

    ``BACKORDERED`` is the first word about a line that waits, ``LOST`` takes units back that its customer counted on.
    """

    declared: Declared

    BACKORDERED = (
        "backordered",
        Declared(
            color="#8a5a00", about=WAITING, is_state=True, answers=True, gain=-1, beside=Beside.ALL, says_why=True
        ),
        "Backordered",
    )
    LOST = (
        "lost",
        Declared(color="#8a5a00", about=WAITING, is_state=True, is_digested=True, gain=-1, says_why=True),
        "Lost again",
    )
    NEW_DATE = (
        "new_date",
        Declared(color="#8a5a00", about=still_open, is_state=True, is_digested=True, says_why=True),
        "New date",
    )
    RESTOCKED = (
        "restocked",
        Declared(color="#1d6b43", about=READY, is_state=True, is_digested=True, gain=1, beside=Beside.WAITING),
        "Restocked",
    )
    SHIPPED = ("shipped", Declared(color="#1f5a92", about=UNITS, has_parcels=True), "Shipped")
    CANCELED = ("canceled", Declared(color="#5b6470", about=UNITS, is_end=True), "Canceled")
    SUBSTITUTED = ("substituted", Declared(color="#2b5c8a", about=UNITS, is_end=True), "Substituted")
    NOT_LEFT = ("not_left", Declared(color="#8a5a00", about=UNITS), "Has not left yet")
    PARCEL_LOST = ("parcel_lost", Declared(color="#8a5a00", about=UNITS, has_parcels=True), "Lost on its way")
    EXCHANGED = ("exchanged", Declared(color="#2b5c8a", about=UNITS), "Exchanged")
    RETURNED = ("returned", Declared(color="#2b5c8a", about=UNITS), "Came back, money goes back")
    CORRECTED = ("corrected", Declared(color="#1f5a92", about=UNITS, has_parcels=True), "Another tracking number")
    ADDRESS = ("address", Declared(color="#8a5a00", about=still_open, asks=True), "Address asked")
    OFFERED = ("offered", Declared(color="#2b5c8a", about=WAITING, asks=True), "Substitute offered")
    LATE = ("late", Declared(color="#8a5a00", about=WAITING, is_state=True, is_digested=True), "Late, and asked for")
    NOTED = ("noted", Declared(color="#24483b", about=UNITS, confirms=True, answers=True), "Act confirmed")

    def __new__(cls, value: str, *declared: Declared) -> "NoticeKind":
        kind = str.__new__(cls, value)
        kind._value_ = value
        (kind.declared,) = declared
        return kind

    @classmethod
    def that(cls, holds: Callable[[Declared], bool]) -> tuple["NoticeKind", ...]:
        """The kinds of which this holds, in their order."""
        return tuple(kind for kind in cls if holds(kind.declared))


def choices() -> list[tuple[str, str]]:
    """What the column may hold; asked when it is shown, so that a new kind changes no table."""
    return [(str(value), str(label)) for value, label in NoticeKind.choices]


STATES = NoticeKind.that(lambda kind: kind.is_state)
"""Kinds that say how a line stands: the newest says it all, and each newer news of the line overtakes them."""
EVENTS = NoticeKind.that(lambda kind: not (kind.is_state or kind.asks or kind.confirms))
"""Kinds that say what left an order: that stays true, and beside it stands how the rest stands."""
QUESTIONS = NoticeKind.that(lambda kind: kind.asks)
"""Kinds that ask, and say nothing of how a line stands."""
CONFIRMATIONS = NoticeKind.that(lambda kind: kind.confirms)
"""Kinds that confirm what a customer did, and say nothing of how a line stands."""
APART = NoticeKind.that(lambda kind: kind.asks or kind.confirms)
"""Kinds that say nothing of how a line stands: they overtake nothing, and what they say is held against nothing."""
ENDS = NoticeKind.that(lambda kind: kind.is_end)
"""Kinds that say that units come no more."""
DIGESTED = NoticeKind.that(lambda kind: kind.is_digested)
"""Kinds of which all that one customer is owed is one mail."""
ANSWERS = NoticeKind.that(lambda kind: kind.answers)
"""Kinds that go by night, too."""
EXPLAINED = NoticeKind.that(lambda kind: kind.says_why)
"""Kinds that say what became of the supply, where a line comes later."""
LOSSES = NoticeKind.that(lambda kind: kind.gain < 0)
"""Kinds that say that units wait."""
