"""
The one window of a line: the promise that stands, from its likely to its safe day.

Dates in, dates and words out: mails, sentences to read aloud and screens take it from here, so that nobody says another
one. What is computed now is for staff: where it disagrees, ``disagreement`` says so in words.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from django.db.models import OuterRef, QuerySet, Subquery
from django.utils.formats import date_format

from inventory.ground.plurals import counted
from orders.models import Promise
from orders.rules.parts import Portion

from . import phrases


class Window(NamedTuple):
    """From when to when something ships; both None: no date can be given."""

    likely: date | None
    promised: date | None


def standing(line: Any) -> Window:
    """
    Give the window that stands for a line (``OrderLine`` or ``LineState``); a typed date is a window of one day.

    No day stands for one of a stopped order. It begins where it began when the promise was made, if the line was read
    ``as_said``, else where it is computed now.

    >>> from types import SimpleNamespace as Line
    >>> likely, promised = date(2026, 3, 12), date(2026, 3, 17)
    >>> standing(Line(likely_date=likely, promised_date=promised, is_promise_pinned=False)) == (likely, promised)
    True
    >>> standing(Line(likely_date=likely, promised_date=promised, is_promise_pinned=True)) == (promised, promised)
    True
    >>> standing(Line(likely_date=likely, promised_date=promised, is_promise_pinned=True, is_stopped=True)).promised
    """
    if line.promised_date is None or getattr(line, "is_stopped", False):
        return Window(None, None)
    said_from = getattr(line, "said_from", line.likely_date)
    return Window(line.promised_date if line.is_promise_pinned else said_from, line.promised_date)


def as_said(lines: QuerySet[Any]) -> QuerySet[Any]:
    """Read with these lines the day from which their newest promise expects them (``said_from``)."""
    newest = Promise.objects.filter(line=OuterRef("pk")).order_by("-pk").values("likely_date")[:1]
    read: QuerySet[Any] = lines.annotate(said_from=Subquery(newest))
    return read


def disagreement(line: Any, today: date) -> str:
    """
    Say to staff that what is computed now is not what is promised; nothing where it is, or where nothing waits.

    >>> from types import SimpleNamespace as Line
    >>> def said(safe):
    ...     promised = date(2026, 3, 17)
    ...     return disagreement(Line(backordered=2, promised_date=promised, safe_date=safe), date(2026, 3, 2))
    >>> said(date(2026, 3, 21))
    'What covers it now points to March 21, 4 days after what was promised. Say what was promised.'
    >>> said(date(2026, 3, 16))
    'What covers it now points to March 16, 1 day before what was promised. Say what was promised.'
    >>> said(None)
    'Nothing that covers it now has a date. Say what was promised.'
    >>> said(date(2026, 3, 17))
    ''
    """
    if line.backordered <= 0 or line.promised_date == line.safe_date or getattr(line, "is_stopped", False):
        return ""
    if line.promised_date is None:
        return f"What covers it now points to {phrases.day(line.safe_date, today)}, and no date stands. Say none."
    if line.safe_date is None:
        return "Nothing that covers it now has a date. Say what was promised."
    days = (line.safe_date - line.promised_date).days
    apart = f"{counted(abs(days), 'day')} {'after' if days > 0 else 'before'}"
    points = f"What covers it now points to {phrases.day(line.safe_date, today)}"
    return f"{points}, {apart} what was promised. Say what was promised."


def in_words(likely: date | None, promised: date | None, *, today: date) -> str:
    """
    Say when something ships, from the likely to the promised day; empty if no date can be given.

    >>> in_words(date(2026, 12, 12), date(2026, 12, 16), today=date(2026, 11, 23))
    'between December 12 and 16'
    >>> in_words(date(2026, 12, 30), date(2027, 1, 4), today=date(2026, 11, 23))
    'between December 30, 2026 and January 4, 2027'
    >>> in_words(None, date(2026, 12, 16), today=date(2026, 11, 23))
    'by December 16'
    >>> in_words(date(2026, 11, 20), date(2026, 12, 16), today=date(2026, 11, 23))  # it did not leave on the first day
    'by December 16'
    """
    if promised is None:
        return ""
    if likely is None or likely >= promised or likely < today:
        return f"by {_day(promised, today)}"
    if likely.year != promised.year:
        return f"between {date_format(likely, 'F j, Y')} and {date_format(promised, 'F j, Y')}"
    if likely.month == promised.month:
        end = f"{promised.day}" if promised.year == today.year else date_format(promised, "j, Y")
        return f"between {date_format(likely, 'F j')} and {end}"
    return f"between {date_format(likely, 'F j')} and {_day(promised, today)}"


def in_parts(parts: Sequence[Portion], *, today: date) -> str:
    """
    Say when a line ships that comes in several parts, each with its units.

    >>> first = Portion(3, date(2026, 12, 4), date(2026, 12, 7))
    >>> in_parts([first, Portion(2, date(2026, 12, 16), date(2026, 12, 20))], today=date(2026, 11, 23))
    '3 between December 4 and 7, then 2 between December 16 and 20'
    """
    return ", then ".join(f"{part.units:,} {in_words(part.likely, part.by, today=today)}" for part in parts)


def _day(day: date, today: date) -> str:
    return date_format(day, "F j" if day.year == today.year else "F j, Y")
